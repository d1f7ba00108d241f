import { describe, expect, it } from 'vitest'
import { memoryDeviceStore } from '../src/index.ts'
import type { DeviceStore } from '../src/index.ts'
import { newDevice, text, world, write } from './support/world.ts'
import type { Device, World } from './support/world.ts'

const REPLICAS = 'doc'

async function leftovers(device: Device): Promise<number> {
  return (await device.store.list(REPLICAS)).reduce((sum, journal) => sum + journal.leftovers, 0)
}

/** Opens the document anew on the device and lets everything be sent. */
async function visit({ tab, advance }: World, device: Device, user = 'ada') {
  const visited = tab(user, device)
  await advance(1)
  return visited
}

describe('a tab that dies', () => {
  it('JO-13 with edits that were never sent: the next visit shows and sends them', async () => {
    const all = world()
    const device = newDevice()
    const { document, network, kill } = all.tab('ada', device)
    await all.advance(0)
    network.partition()
    write(document, 'second ')
    write(document, 'first ')
    await all.advance(0)
    kill()
    const { document: again } = await visit(all, device)
    expect(again.getSnapshot()).toMatchObject({ recovered: 2, saveState: 'saved', unsavedChanges: 0 })
    expect(text(again)).toBe('first second ')
    expect(text(all.server.content())).toBe('first second ')
    expect(await leftovers(device)).toBe(0)
  })

  it('JO-14 after minting, before sending: the operation keeps its identity', async () => {
    const all = world()
    const device = newDevice()
    const first = all.tab('ada', device, { batching: {} })
    await all.advance(0)
    first.network.partition()
    write(first.document, 'once')
    await first.document.flush()
    await all.advance(0)
    const [journal] = await device.store.list(REPLICAS)
    const minted = (await device.store.read(REPLICAS, journal!.replicaId))!.operations
    first.kill()
    await visit(all, device)
    expect(all.server.operations).toMatchObject([
      { replicaId: journal!.replicaId, counter: minted[0]!.counter, update: minted[0]!.update },
    ])
  })

  it('JO-15 after sending, before the server has it: it is sent again', async () => {
    const all = world()
    const device = newDevice()
    const { document, network, kill } = all.tab('ada', device)
    await all.advance(0)
    network.hold('up')
    write(document, 'once')
    await all.advance(0)
    kill()
    const { document: again } = await visit(all, device)
    expect([text(all.server.content()), again.getSnapshot().saveState]).toEqual(['once', 'saved'])
  })

  it('JO-16 after the commit, before the acknowledgement: it is there once', async () => {
    const all = world()
    const device = newDevice()
    const { document, network, kill } = all.tab('ada', device)
    await all.advance(0)
    network.hold('down')
    write(document, 'once')
    await all.advance(0)
    kill()
    expect([all.server.seq, await leftovers(device)]).toEqual([1, 1])
    const { document: again } = await visit(all, device)
    expect(all.server.seq).toBe(1)
    expect([text(again), again.getSnapshot().saveState]).toEqual(['once', 'saved'])
    expect(await leftovers(device)).toBe(0)
  })

  it('JO-17 after the acknowledgement: nothing is left and nothing is sent', async () => {
    const all = world()
    const device = newDevice()
    const { document, kill } = all.tab('ada', device)
    await all.advance(0)
    write(document, 'once')
    await all.advance(0)
    kill()
    const { document: again } = await visit(all, device)
    expect(again.getSnapshot().recovered).toBe(0)
    expect(all.server.heardOf('operation')).toHaveLength(1)
  })

  it('JO-18 again and again, at every step, loses and doubles nothing', async () => {
    const all = world()
    const device = newDevice()
    let expected = ''
    for (let round = 0; round < 12; round++) {
      const { document, network, kill } = all.tab('ada', device)
      // The shorter the life, the earlier the step that it dies in.
      for (let turn = 0; turn < round % 4; turn++) await all.settle()
      network.hold(round % 2 === 0 ? 'up' : 'down')
      if (!document.getSnapshot().loaded) await all.settle()
      write(document, `${round},`)
      expected = `${round},${expected}`
      await all.settle()
      kill()
      await all.settle()
    }
    const { document } = await visit(all, device)
    await all.advance(1_000)
    const words = (content: string): string[] => content.split(',').filter(Boolean).sort()
    expect(words(text(all.server.content()))).toEqual(words(expected))
    expect(text(document)).toBe(text(all.server.content()))
    expect(await leftovers(device)).toBe(0)
  })
})

describe('tabs of one device', () => {
  it('JO-19 two tabs have a replica each', async () => {
    const all = world()
    const device = newDevice()
    const [one, two] = [all.tab('ada', device), all.tab('ada', device)]
    await all.advance(0)
    write(one.document, 'one ')
    write(two.document, 'two ')
    await all.advance(1)
    expect(new Set(all.server.operations.map(({ replicaId }) => replicaId)).size).toBe(2)
    expect(text(one.document)).toBe(text(two.document))
  })

  it('JO-20 what several dead tabs left is sent by the next one, each under its own identity', async () => {
    const all = world()
    const device = newDevice()
    const tabs = ['a', 'b', 'c'].map((word) => ({ ...all.tab('ada', device), word }))
    await all.advance(0)
    for (const { document, network, word } of tabs) {
      network.partition()
      write(document, word)
    }
    await all.advance(0)
    for (const { kill } of tabs) kill()
    const { document } = await visit(all, device)
    await all.advance(1_000)
    expect([...text(all.server.content())].sort()).toEqual(['a', 'b', 'c'])
    expect(new Set(all.server.operations.map(({ replicaId }) => replicaId)).size).toBe(3)
    expect([...text(document)].sort()).toEqual(['a', 'b', 'c'])
    expect(await leftovers(device)).toBe(0)
  })

  it('JO-21 the journal of a tab that lives is left alone', async () => {
    const all = world()
    const device = newDevice()
    const alive = all.tab('ada', device)
    await all.advance(0)
    alive.network.partition()
    write(alive.document, 'mine')
    await all.advance(0)
    const { document } = await visit(all, device)
    expect(document.getSnapshot().recovered).toBe(0)
    expect([all.server.seq, await leftovers(device)]).toEqual([0, 1])
  })
})

describe('whose edits they are', () => {
  it('JO-22 edits of one user are never sent in the name of another, and are not lost', async () => {
    const all = world()
    const device = newDevice()
    const ada = all.tab('ada', device)
    await all.advance(0)
    ada.network.partition()
    write(ada.document, 'secret')
    await all.advance(0)
    ada.kill()
    const grace = await visit(all, device, 'grace')
    expect(grace.document.getSnapshot()).toMatchObject({ connection: 'closed', error: { code: 'other-user' } })
    expect(all.server.seq).toBe(0)
    grace.kill()
    const later = await visit(all, device, 'grace')
    expect(later.document.getSnapshot()).toMatchObject({ connection: 'connected', recovered: 0, error: null })
    expect(text(later.document)).toBe('')
    later.kill()
    await device.store.rememberPrincipal('ada')
    await visit(all, device, 'ada')
    expect(text(all.server.content())).toBe('secret')
  })
})

describe('the last known state', () => {
  it('JO-23 is shown without a network, and edits on it are sent later', async () => {
    const all = world()
    const device = newDevice()
    all.server.somebodyWrites('known')
    const { document, kill } = all.tab('ada', device)
    await all.advance(5_000)
    expect(text(document)).toBe('known')
    kill()
    const offline = all.tab('ada', device)
    offline.network.partition()
    await all.settle()
    expect(offline.document.getSnapshot()).toMatchObject({ loaded: true, editable: true, connection: 'connecting' })
    expect(text(offline.document)).toBe('known')
    write(offline.document, 'well ')
    await all.settle()
    offline.network.heal()
    await all.advance(60_000)
    expect(text(all.server.content())).toBe('well known')
    expect(all.server.heardOf('hello').at(-1)?.lastSeq).toBe(1)
  })

  it('JO-23 is on the device as soon as the document is open, so that edits of the first seconds can be shown on it', async () => {
    const all = world()
    const device = newDevice()
    all.server.somebodyWrites('known')
    const { document, network, kill } = all.tab('ada', device)
    await all.advance(0)
    expect(text(document)).toBe('known')
    network.partition()
    write(document, 'well ')
    await all.advance(1_000)
    kill()
    const offline = all.tab('ada', device)
    offline.network.partition()
    await all.settle()
    expect(offline.document.getSnapshot()).toMatchObject({ loaded: true, recovered: 1 })
    expect(text(offline.document)).toBe('well known')
  })

  it('JO-24 holds committed content only: edits that are not committed are the journal of their replica', async () => {
    const all = world()
    const device = newDevice()
    const { document } = all.tab('ada', device)
    await all.advance(0)
    all.server.stall()
    write(document, 'not yet')
    await all.advance(10_000)
    expect((await device.store.readState('doc'))?.lastSeq).toBe(0)
    all.server.resume()
    await all.advance(10_000)
    expect((await device.store.readState('doc'))?.lastSeq).toBe(1)
  })

  it('JO-25 leaves the device when the right to see it is gone', async () => {
    const all = world()
    const device = newDevice()
    all.server.somebodyWrites('secret')
    const { document } = all.tab('ada', device)
    await all.advance(5_000)
    expect(await device.store.readState('doc')).not.toBe(null)
    all.server.tell({ kind: 'access', role: null })
    await all.advance(0)
    expect(document.getSnapshot().error?.code).toBe('forbidden')
    expect(await device.store.readState('doc')).toBe(null)
  })
})

describe('a device that others use', () => {
  it('JO-30 keeps nothing of who has signed out', async () => {
    const all = world()
    const device = newDevice()
    const { client, document } = all.tab('ada', device)
    await all.advance(0)
    write(document, 'confidential')
    const forgotten = client.forgetDevice()
    await all.advance(10_000)
    await forgotten
    expect(text(all.server.content())).toBe('confidential')
    expect(await device.store.listAll()).toEqual([])
    expect(await device.store.readState('doc')).toBe(null)
    expect(await device.store.lastPrincipal()).toBe(null)
    expect(document.getSnapshot().connection).toBe('closed')
  })

  it('JO-31 edits that are not saved are given up only on request, and until then everything goes on', async () => {
    const all = world()
    const device = newDevice()
    const { client, document, network } = all.tab('ada', device)
    await all.advance(0)
    network.partition()
    write(document, 'unsent')
    // It is sent, and lost on its way.
    await all.advance(0)
    network.cut()
    const refused = client.forgetDevice().catch((error: unknown) => error)
    await all.advance(6_000)
    expect(await refused).toMatchObject({ code: 'unsaved-edits' })
    write(document, 'more, ')
    network.heal()
    await all.advance(60_000)
    expect(document.getSnapshot().saveState).toBe('saved')
    expect(text(all.server.content())).toBe('more, unsent')

    network.partition()
    network.cut()
    write(document, 'never sent')
    const given = client.forgetDevice({ discardUnsaved: true })
    await all.advance(10_000)
    await given
    expect(await device.store.listAll()).toEqual([])
    expect(text(all.server.content())).toBe('more, unsent')
  })

  it('JO-32 what another user could not send stays, and is sent when its author is back', async () => {
    const all = world()
    const device = newDevice()
    const ada = all.tab('ada', device)
    await all.advance(0)
    ada.network.partition()
    ada.network.cut()
    write(ada.document, 'by ada')
    await all.advance(100)
    ada.kill()
    const grace = all.tab('grace', device)
    await all.advance(1_000)
    const forgotten = grace.client.forgetDevice()
    await all.advance(10_000)
    await forgotten
    expect(text(all.server.content())).toBe('')
    all.tab('ada', device)
    await all.advance(10_000)
    expect(text(all.server.content())).toBe('by ada')
  })
})

describe('a device that keeps nothing', () => {
  const failing = (failure: Partial<DeviceStore>): Device => newDevice({ ...memoryDeviceStore(), ...failure })
  const no = (): Promise<never> => Promise.reject(new Error('quota'))

  it('JO-26 is shown, and editing and sending go on', async () => {
    for (const failure of [
      { write: no },
      { list: no },
      { readState: no },
      { lastPrincipal: no },
    ] as Partial<DeviceStore>[]) {
      const all = world()
      const { document } = all.tab('ada', failing(failure))
      await all.advance(0)
      write(document, 'on')
      await all.advance(0)
      expect(document.getSnapshot()).toMatchObject({ saveState: 'saved', error: { code: 'journal-unavailable' } })
      expect(document.getSnapshot().editable).toBe(true)
      expect(text(all.server.content())).toBe('on')
    }
  })

  it('JO-27 one that never answers does not hold up anything for long', async () => {
    const all = world()
    const { document } = all.tab('ada', failing({ list: () => new Promise(() => undefined) }))
    write(document, 'on')
    await all.advance(5_500)
    expect(document.getSnapshot()).toMatchObject({ saveState: 'saved', error: { code: 'journal-unavailable' } })
  })

  it('JO-28 a journal that failed on the way is removed: a stale one would give its counters to other edits', async () => {
    const all = world()
    const store = memoryDeviceStore()
    let full = false
    const write2: DeviceStore['write'] = (...call) => (full ? no() : store.write(...call))
    const { document, network } = all.tab('ada', newDevice({ ...store, write: write2 }))
    await all.advance(0)
    network.partition()
    write(document, 'a')
    await all.advance(0)
    expect((await store.list('doc')).length).toBe(1)
    full = true
    write(document, 'b')
    await all.advance(0)
    expect(await store.list('doc')).toEqual([])
    expect(document.getSnapshot()).toMatchObject({ unsavedChanges: 2, error: { code: 'journal-unavailable' } })
  })
})
