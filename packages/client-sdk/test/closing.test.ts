import { describe, expect, it } from 'vitest'
import { memoryDeviceStore } from '../src/index.ts'
import type { DeviceStore } from '../src/index.ts'
import { newDevice, text, world, write } from './support/world.ts'
import type { Device } from './support/world.ts'

const never = (): Promise<never> => new Promise(() => undefined)
const deviceWith = (failure: Partial<DeviceStore>): Device => newDevice({ ...memoryDeviceStore(), ...failure })

/** Whether it has settled. */
function watched(work: Promise<unknown>): { readonly isSettled: () => boolean } {
  let settled = false
  const done = (): void => {
    settled = true
  }
  void work.then(done, done)
  return { isSettled: () => settled }
}

describe('closing on a device that does not answer', () => {
  it('JO-27 a document is closed within some seconds where its content cannot be kept, and its connection too', async () => {
    const all = world()
    const { document } = all.tab('ada', deviceWith({ writeState: never }))
    await all.advance(10_000)
    all.server.somebodyWrites('news')
    await all.advance(0)
    const closed = watched(document.close())
    await all.advance(6_000)
    expect([closed.isSettled(), all.server.sessions]).toEqual([true, 0])
  })

  for (const method of ['list', 'listAll'] as const)
    it(`JO-27 a client is closed, and a document opened again, where ${method} hangs in the search for what closed tabs left`, async () => {
      const all = world()
      const store = memoryDeviceStore()
      let hangs = false
      const asked: DeviceStore = { ...store, [method]: (id: string) => (hangs ? never() : store[method](id)) }
      const { client, document, network } = all.tab('ada', newDevice(asked))
      await all.advance(100)
      hangs = true
      network.cut()
      await all.advance(100)
      const closed = document.close()
      await all.advance(100)
      await closed
      hangs = false
      const again = client.open('doc')
      await all.advance(6_000)
      expect(again.getSnapshot().connection).toBe('connected')
      hangs = true
      network.cut()
      await all.advance(100)
      const ended = watched(client.close())
      await all.advance(6_000)
      expect(ended.isSettled()).toBe(true)
    })

  it('DO-32 a device that fails after a document was closed is not written to for it', async () => {
    const all = world()
    const store = memoryDeviceStore()
    let writes = 0
    let fail: (error: Error) => void = () => undefined
    const { document } = all.tab(
      'ada',
      newDevice({
        ...store,
        write: (...call) => {
          writes += 1
          return store.write(...call)
        },
        rememberPrincipal: () => new Promise((_resolve, reject) => (fail = reject)),
      }),
    )
    await all.advance(0)
    write(document, 'saved')
    await all.advance(100)
    const closed = document.close()
    await all.advance(100)
    await closed
    const before = writes
    fail(new Error('full'))
    await all.advance(120_000)
    expect([writes - before, await store.listAll(), all.clock.timers]).toEqual([0, [], 0])
  })
})

describe('what is given up, and what is not', () => {
  it('DO-25 discardUnsaved gives edits up while the document is closing too', async () => {
    const all = world()
    const device = newDevice()
    const { client, document, network } = all.tab('ada', device)
    await all.advance(0)
    network.hold('up')
    write(document, 'never mind')
    await all.advance(0)
    const closed = document.close()
    await all.advance(1)
    const discarded = document.discardUnsaved()
    await all.advance(100)
    await Promise.all([closed, discarded])
    expect(await device.store.listAll()).toEqual([])
    // What is held on its way is lost.
    network.cut()
    network.heal()
    const again = client.open('doc')
    await all.advance(5_000)
    expect([text(again), again.getSnapshot().recovered]).toEqual(['', 0])
  })

  it('JO-31 edits of a document that is closing, which are in this page only, are not lost by a sign-out', async () => {
    const all = world()
    const full = (): Promise<never> => Promise.reject(new Error('full'))
    const { client, document, network } = all.tab('ada', deviceWith({ write: full }))
    await all.advance(0)
    network.hold('up')
    write(document, 'only here')
    await all.advance(0)
    const closed = document.close()
    await all.advance(1)
    const refused = client.forgetDevice().catch((error: unknown) => error)
    await all.advance(10_000)
    await closed
    expect(await refused).toMatchObject({ code: 'unsaved-edits' })
    network.heal()
    network.cut()
    const again = client.open('doc')
    await all.advance(10_000)
    expect([text(again), text(all.server.content())]).toEqual(['only here', 'only here'])
  })
})

describe('the right to see a document', () => {
  it('JO-25 its content does not come back to the device, not later and not when it is closed', async () => {
    for (const lose of ['access', 'deleted'] as const) {
      const all = world()
      const device = newDevice()
      all.server.somebodyWrites('secret')
      const { document } = all.tab('ada', device)
      await all.advance(5_000)
      expect(await device.store.readState('doc')).not.toBe(null)
      // Something came just before, and is about to be kept.
      all.server.somebodyWrites('more ')
      await all.advance(0)
      if (lose === 'access') all.server.withdraw('ada')
      else all.server.delete('doc')
      await all.advance(10_000)
      expect(document.getSnapshot().connection).toBe('closed')
      expect(await device.store.readState('doc')).toBe(null)
      const closed = document.close()
      await all.advance(100)
      await closed
      expect(await device.store.readState('doc')).toBe(null)
    }
  })
})
