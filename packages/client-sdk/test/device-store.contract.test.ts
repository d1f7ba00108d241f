import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { indexedDbDeviceStore, memoryDeviceStore } from '../src/index.ts'
import { deviceStoreContract } from '../src/testing/index.ts'

const tools = { it, equal: (actual: unknown, expected: unknown) => expect(actual).toEqual(expected) }
let databases = 0

describe('the device store in memory', () => {
  deviceStoreContract(tools, () => Promise.resolve(memoryDeviceStore()))
})

describe('the device store in IndexedDB', () => {
  deviceStoreContract(tools, () => Promise.resolve(indexedDbDeviceStore(`contract ${databases++}`)))

  it('JO-11 survives the end of the page', async () => {
    const before = indexedDbDeviceStore('page')
    await before.write('doc', 'a'.repeat(32), [{ kind: 'update', key: 1, update: Uint8Array.of(1, 2) }])
    await before.writeState('doc', { update: Uint8Array.of(3), lastSeq: 7, schemaId: 's' })
    await before.close()
    const after = indexedDbDeviceStore('page')
    expect((await after.read('doc', 'a'.repeat(32)))?.updates).toEqual([{ key: 1, update: Uint8Array.of(1, 2) }])
    expect((await after.readState('doc'))?.lastSeq).toBe(7)
    await after.close()
  })

  it('JO-12 a write that fails in its middle leaves nothing behind', async () => {
    const store = indexedDbDeviceStore('torn')
    const unclonable = {
      counter: 1,
      baseSeq: 0,
      versionVector: [],
      update: (() => 0) as unknown as Uint8Array,
      edits: 1,
    }
    const written = store.write('doc', 'a'.repeat(32), [
      { kind: 'update', key: 1, update: Uint8Array.of(1) },
      { kind: 'operation', operation: unclonable, consumes: 0 },
    ])
    await expect(written).rejects.toThrow()
    expect(await store.list('doc')).toEqual([])
    await store.close()
  })
})
