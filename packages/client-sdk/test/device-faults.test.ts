import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { describeSaveStatus, indexedDbDeviceStore, memoryDeviceStore, outboxOf } from '../src/index.ts'
import type { DeviceStore, SheafDocument } from '../src/index.ts'
import { newDevice, text, world, write } from './support/world.ts'
import type { Device, Tab, World } from './support/world.ts'

const full = (): Promise<never> =>
  Promise.reject(new DOMException('Encountered full disk while opening backing store', 'QuotaExceededError'))
const never = (): Promise<never> => new Promise(() => undefined)

interface Faulty {
  readonly device: Device
  /** What every call does in place of the store's own answer; null where the store works. */
  fault: (() => Promise<never>) | null
}

/** A device whose store does at each call what the test says at that moment. */
function faulty(store: DeviceStore = memoryDeviceStore()): Faulty {
  const state: Faulty = {
    fault: null,
    device: newDevice(
      new Proxy(store, {
        get: (target, name: keyof DeviceStore) =>
          state.fault === null || name === 'onLost' ? Reflect.get(target, name) : state.fault,
      }),
    ),
  }
  return state
}

/** What the journals of a device hold, as the number of edits that are not in the database of the server. */
async function editsOn({ store }: Device): Promise<number> {
  const journals = await Promise.all((await store.list('doc')).map(({ replicaId }) => store.read('doc', replicaId)))
  return journals.reduce(
    (sum, journal) =>
      sum +
      (journal?.updates.length ?? 0) +
      (journal?.operations ?? []).reduce((edits, operation) => edits + operation.edits, 0),
    0,
  )
}

async function offline({ advance }: World, tab: Tab): Promise<void> {
  await advance(0)
  tab.runtime.page.signal('offline')
  tab.network.partition()
  tab.network.cut()
  await advance(0)
}

async function online({ advance }: World, tab: Tab): Promise<void> {
  tab.network.heal()
  tab.runtime.page.signal('online')
  // A connection that hangs is given up first.
  await advance(20_000)
}

const said = (document: SheafDocument): string => describeSaveStatus(document.getSnapshot()).text

describe('a storage that is full', () => {
  it('JO-38 is said in words, takes nothing away, and is written again when there is room', async () => {
    const all = world()
    const disk = faulty()
    const tab = all.tab('ada', disk.device)
    const { document } = tab
    await offline(all, tab)
    write(document, 'two ')
    await all.advance(0)
    expect(said(document)).toBe('Offline – 1 change on this device')
    disk.fault = full
    write(document, 'one ')
    await all.advance(0)
    expect(document.getSnapshot()).toMatchObject({
      device: 'keeps-nothing',
      unsavedChanges: 2,
      editable: true,
      error: { code: 'journal-unavailable', message: expect.stringContaining('is full') },
    })
    expect(said(document)).toBe('Offline – 2 changes in this page only')
    disk.fault = null
    await all.advance(2_000)
    expect(document.getSnapshot()).toMatchObject({ device: 'keeps-edits', error: null })
    expect(said(document)).toBe('Offline – 2 changes on this device')
    expect(await editsOn(disk.device)).toBe(2)
    tab.kill()
    const next = all.tab('ada', disk.device)
    await all.advance(1_000)
    expect([text(next.document), text(all.server.content())]).toEqual(['one two ', 'one two '])
  })

  it('JO-38 that stays full is tried ever more rarely, and once a minute at least', async () => {
    const all = world()
    const disk = faulty()
    const { document } = all.tab('ada', disk.device)
    await all.advance(0)
    let tries = 0
    disk.fault = () => {
      tries += 1
      return full()
    }
    write(document, 'word')
    await all.advance(600_000)
    expect(tries).toBeGreaterThan(10)
    expect(tries).toBeLessThan(40)
    expect(document.getSnapshot()).toMatchObject({ saveState: 'saved', device: 'keeps-nothing' })
  })

  it('JO-41 what the device has already stays there as long as nothing is sent that it lacks', async () => {
    const all = world()
    const store = memoryDeviceStore()
    let isFull = false
    // What is there could be removed all the same.
    const device = newDevice({ ...store, write: (...call) => (isFull ? full() : store.write(...call)) })
    const tab = all.tab('ada', device)
    await offline(all, tab)
    write(tab.document, 'kept ')
    await all.advance(0)
    isFull = true
    write(tab.document, 'not kept ')
    await all.advance(10_000)
    tab.kill()
    isFull = false
    const next = all.tab('ada', device)
    await all.advance(1_000)
    expect([text(next.document), text(all.server.content())]).toEqual(['kept ', 'kept '])
  })
})

describe('a storage that does not answer', () => {
  it('JO-38 is given up after 5 s, said in words, and written when it answers again', async () => {
    const all = world()
    const disk = faulty()
    disk.fault = never
    const tab = all.tab('ada', disk.device)
    tab.network.partition()
    write(tab.document, 'typed while opening')
    await all.advance(6_000)
    expect(tab.document.getSnapshot()).toMatchObject({ device: 'keeps-nothing', unsavedChanges: 1 })
    expect(outboxOf(tab.document).getSnapshot()).toMatchObject([{ step: 'gathering' }])
    disk.fault = null
    await all.advance(120_000)
    expect(tab.document.getSnapshot().device).toBe('keeps-edits')
    expect(outboxOf(tab.document).getSnapshot()).toMatchObject([{ step: 'on-device' }])
    expect(await editsOn(disk.device)).toBe(1)
    tab.kill()
    const next = all.tab('ada', disk.device)
    await all.advance(1_000)
    expect(text(next.document)).toBe('typed while opening')
  })

  it('JO-38 does not keep a journal locked that it answered for too late', async () => {
    const all = world()
    const disk = faulty()
    const first = all.tab('ada', disk.device)
    await offline(all, first)
    write(first.document, 'left')
    await all.advance(0)
    first.kill()
    let answer = (): void => undefined
    const { store } = disk.device
    const slow: DeviceStore = new Proxy(store, {
      get: (target, name) =>
        name === 'list'
          ? () => new Promise((resolve) => (answer = () => resolve(store.list('doc'))))
          : Reflect.get(target, name),
    })
    const second = all.tab('ada', { ...disk.device, store: slow })
    second.network.partition()
    await all.advance(6_000)
    answer()
    await all.advance(0)
    const third = all.tab('ada', disk.device)
    await all.advance(1_000)
    expect(text(third.document)).toBe('left')
  })

  it('JO-38 a page that may not even lock writes to no journal, and works', async () => {
    const all = world()
    const disk = faulty()
    const refused = (): Promise<never> => Promise.reject(new DOMException('denied', 'SecurityError'))
    disk.fault = refused
    const { document } = all.tab('ada', { ...disk.device, locks: { tryAcquire: refused } })
    write(document, 'sent')
    await all.advance(0)
    disk.fault = null
    await all.advance(300_000)
    expect(document.getSnapshot()).toMatchObject({ saveState: 'saved', device: 'keeps-nothing' })
    expect(await disk.device.store.list('doc')).toEqual([])
  })
})

describe('a storage that is emptied while the document is open', () => {
  let names = 0

  const gone = (name: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.onsuccess = () => resolve()
      request.addEventListener('error', () => reject(request.error ?? new Error('not deleted')))
    })

  async function eventually(all: World, holds: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (await holds()) return
      await all.advance(100)
    }
    throw new Error('it never came to hold')
  }

  it('JO-39 has everything again that was not committed, and who it belongs to', async () => {
    const all = world()
    const name = `emptied ${names++}`
    const store = indexedDbDeviceStore(name)
    const device = newDevice(store)
    const tab = all.tab('ada', device)
    await eventually(all, () => Promise.resolve(tab.document.getSnapshot().connection === 'connected'))
    await offline(all, tab)
    for (const word of ['three ', 'two ', 'one ']) write(tab.document, word)
    await eventually(all, async () => (await editsOn(device)) === 3)
    await gone(name)
    expect(tab.document.getSnapshot()).toMatchObject({ unsavedChanges: 3, device: 'keeps-nothing' })
    await eventually(all, async () => (await editsOn(device)) === 3)
    expect(tab.document.getSnapshot()).toMatchObject({ unsavedChanges: 3, device: 'keeps-edits', error: null })
    expect((await store.list('doc')).map(({ principalId }) => principalId)).toEqual(['ada'])
    expect(await store.lastPrincipal()).toBe('ada')
    tab.kill()
    const next = all.tab('ada', device)
    await eventually(all, () => Promise.resolve(text(all.server.content()) === 'one two three '))
    expect(text(next.document)).toBe('one two three ')
    expect(new Set(all.server.operations.map(({ replicaId }) => replicaId)).size).toBe(1)
    await store.close()
  })

  it('JO-39 keeps the content for the next visit without a network too', async () => {
    const all = world()
    const name = `emptied ${names++}`
    const store = indexedDbDeviceStore(name)
    const { document } = all.tab('ada', newDevice(store))
    write(document, 'saved')
    await eventually(
      all,
      async () => (await store.readState('doc')) !== null && document.getSnapshot().saveState === 'saved',
    )
    await gone(name)
    await eventually(all, async () => ((await store.readState('doc'))?.lastSeq ?? 0) === 1)
    await store.close()
  })

  it('JO-43 writes the content that was known last anew beside edits that are not committed, so that a visit without a network shows both', async () => {
    const all = world()
    const name = `emptied ${names++}`
    const store = indexedDbDeviceStore(name)
    const device = newDevice(store)
    const tab = all.tab('ada', device)
    write(tab.document, 'saved')
    await eventually(
      all,
      async () => (await store.readState('doc'))?.lastSeq === 1 && tab.document.getSnapshot().saveState === 'saved',
    )
    await offline(all, tab)
    write(tab.document, 'before ')
    await eventually(all, async () => (await editsOn(device)) === 1)
    await gone(name)
    write(tab.document, 'after ')
    await eventually(all, async () => (await editsOn(device)) === 2 && (await store.readState('doc')) !== null)
    const kept = await store.readState('doc')
    const content = new Y.Doc()
    Y.applyUpdateV2(content, kept?.update ?? new Uint8Array())
    expect([kept?.lastSeq, text(content)]).toEqual([1, 'saved'])
    tab.kill()
    const next = all.tab('ada', device)
    next.network.partition()
    await eventually(all, () => Promise.resolve(next.document.getSnapshot().loaded))
    expect(text(next.document)).toBe('after before saved')
    await store.close()
  })

  it('JO-39 a newer version of this code in another tab is not held up', async () => {
    const all = world()
    const name = `emptied ${names++}`
    const store = indexedDbDeviceStore(name)
    const { document } = all.tab('ada', newDevice(store))
    write(document, 'kept')
    await eventually(all, () => Promise.resolve(document.getSnapshot().saveState === 'saved'))
    const upgraded = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 2)
      request.onsuccess = () => resolve(request.result)
      request.addEventListener('error', () => reject(request.error ?? new Error('not opened')))
      request.onblocked = () => reject(new Error('held up'))
    })
    write(document, 'sent, ')
    await eventually(all, () => Promise.resolve(document.getSnapshot().saveState === 'saved'))
    expect(document.getSnapshot()).toMatchObject({ device: 'keeps-nothing', error: { code: 'journal-unavailable' } })
    upgraded.close()
    await store.close()
  })
})

describe('a document that is closed while the device keeps nothing', () => {
  it('JO-40 is found with its edits by the next open in this page, and they are sent once', async () => {
    const all = world()
    const disk = faulty()
    const tab = all.tab('ada', disk.device)
    await offline(all, tab)
    disk.fault = full
    write(tab.document, 'only here')
    await all.advance(0)
    const closed = tab.document.close()
    await all.advance(10_000)
    await closed
    const again = tab.client.open('doc')
    await all.advance(10_000)
    expect(text(again)).toBe('only here')
    expect(again.getSnapshot()).toMatchObject({ unsavedChanges: 1, recovered: 0, device: 'keeps-nothing' })
    await online(all, tab)
    expect(again.getSnapshot().saveState).toBe('saved')
    expect(all.server.operations).toHaveLength(1)
  })

  it('JO-40 and its edits are sent from this page though nobody opens it again', async () => {
    const all = world()
    const disk = faulty()
    const tab = all.tab('ada', disk.device)
    await offline(all, tab)
    disk.fault = full
    write(tab.document, 'only here')
    await all.advance(0)
    const closed = tab.document.close()
    await all.advance(10_000)
    await closed
    await expect(tab.client.forgetDevice()).rejects.toThrow()
    disk.fault = null
    const refused = tab.client.forgetDevice().catch((error: unknown) => error)
    await all.advance(10_000)
    expect(await refused).toMatchObject({ code: 'unsaved-edits' })
    await online(all, tab)
    expect(text(all.server.content())).toBe('only here')
  })
})
