import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { mergeUpdate } from '../src/content/merge.ts'
import { SeededRandom } from './support/random-editing.ts'
import { DOC, Replica, World, docOf, freshText } from './support/world.ts'

describe('rooms', () => {
  it('RO-1 a document is loaded once for everybody who opens it at the same time', async () => {
    const world = new World()
    await world.create(docOf('seeded'))
    let reads = 0
    const get = world.stores.documents.get
    Object.assign(world.stores.documents, { get: (id: string) => (reads++, get(id)) })
    const replicas = Array.from({ length: 20 }, () => new Replica(world, 'ada'))
    for (const replica of replicas) replica.hello()
    await world.pass()
    expect(reads).toBe(1)
    expect(new Set(replicas.map(({ text }) => text)).size).toBe(1)
    await world.stores.fanOut.announce({ kind: 'document-reset', documentId: DOC })
    await world.join('ada')
    expect(reads).toBe(2)
  })

  it('RO-2 a room that nobody uses is unloaded, with everything durable and its lock given back', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('one')
    ada.wire.cut()
    await world.pass(world.limits.roomIdleMs - world.limits.sweepMs)
    expect(world.rooms.stats().rooms).toBe(1)
    await world.pass(world.limits.sweepMs * 4)
    expect(world.rooms.stats()).toMatchObject({ rooms: 0, sessions: 0, pendingOperations: 0, bytes: 0 })
    expect((await world.stores.documents.get(DOC))?.seq).toBe(1)
    expect((await world.stores.locks.acquire(DOC, 'somebody', 1, world.clock.now())).status).toBe('granted')
    // Nothing is left that would wake this process up.
    expect(world.clock.waiting).toBe(0)
    expect(await freshText(world)).toBe(ada.text)
  })

  it('RO-3 beyond the number of rooms allowed, those without sessions go', async () => {
    const world = new World({ limits: { maxRooms: 3 } })
    await world.create()
    const ada = await world.join('ada')
    for (let i = 0; i < 10; i++) {
      const id = `other-${i}`
      await world.rooms.createDocument({ id, title: '', schemaId: '', content: docOf('x'), createdBy: 'ada' })
      await world.rooms.content(id, 'json')
    }
    await world.pass(world.limits.sweepMs)
    expect(world.rooms.stats().rooms).toBe(3)
    expect(ada.wire.closedWith).toBeNull()
  })

  it('RO-4 a deleted document tells its sessions and closes them with 4404; a reset one is loaded anew', async () => {
    const world = new World()
    await world.create(docOf('seeded'))
    const ada = await world.join('ada')
    await world.stores.fanOut.announce({ kind: 'document-reset', documentId: DOC })
    expect(ada.wire.closedWith?.code).toBe(1012)
    await ada.reconnect()
    await world.stores.documents.update(DOC, { deletedAt: world.clock.now() })
    await world.stores.fanOut.announce({ kind: 'document-deleted', documentId: DOC })
    expect(ada.wire.of('documentDeleted')).toHaveLength(1)
    expect(ada.wire.closedWith?.code).toBe(4404)
    expect((await world.join('bob')).wire.closedWith?.code).toBe(4404)
  })

  it('RO-5 a drain finishes what was accepted, folds it, closes with 1012 and gives the locks back', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('last words')
    const drained = world.rooms.drain()
    await world.pass()
    await drained
    expect(ada.wire.of('draining')).toHaveLength(1)
    expect(ada.committed).toBe(1)
    expect(ada.wire.closedWith?.code).toBe(1012)
    expect((await world.stores.documents.get(DOC))?.seq).toBe(1)
    expect(await world.stores.versions.latest(DOC)).toMatchObject({ seq: 1 })
    expect((await world.stores.locks.acquire(DOC, 'somebody', 1, world.clock.now())).status).toBe('granted')
    expect(world.connect().closedWith?.code).toBe(1012)
    await expect(world.rooms.content('other', 'json')).rejects.toMatchObject({ code: 'draining' })
  })

  it('RO-5 a drain ends where the store does not answer', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    world.stores.delayWrites(() => new Promise(() => undefined))
    ada.write('never')
    await world.pass()
    const drained = world.rooms.drain()
    await world.pass(world.limits.drainMs * 5)
    await drained
    expect(ada.committed).toBe(0)
    expect(ada.wire.closedWith?.code).toBe(1012)
  })

  it('RO-6 everybody who joins between two commits is sent the very same state frame', async () => {
    const world = new World()
    await world.create(docOf('seeded'))
    const replicas = Array.from({ length: 50 }, () => new Replica(world, 'ada'))
    for (const replica of replicas) replica.hello()
    await world.pass()
    expect(new Set(replicas.map(({ wire }) => wire.raw[0]?.[1])).size).toBe(1)
  })

  it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'RO-7 replicas that edit, lose connections and crash servers end with one document (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed)
      const pick = (bound: number): number => random.below(bound)
      let world = new World({ limits: { snapshotEveryOperations: 20, foldEveryOperations: 5 } })
      await world.create(docOf('seeded'))
      const replicas = [await world.join('ada'), await world.join('bob'), await world.join('bob')]
      for (let step = 0; step < 150; step++) {
        const replica = replicas[pick(replicas.length)]!
        const open = replica.wire.closedWith === null
        const dice = pick(100)
        if (dice < 70) replica.tryEdit((fragment) => editRandomly(fragment, pick), open)
        else if (dice < 80 && open) await world.pass(pick(300))
        else if (dice < 85) await replica.reconnect(world)
        else if (dice < 90) world.stores.failNextAppend(pick(2) === 0 ? 'fail' : 'lose-answer')
        else if (dice < 93) {
          world = new World({
            stores: world.stores.crash(),
            clock: world.clock,
            limits: world.limits,
            serverId: `s${step}`,
          })
          world.admit()
          for (const each of replicas) each.wire.cut()
        } else if (!open) await replica.reconnect(world)
      }
      for (let round = 0; round < 5 && replicas.some(({ unsettled }) => unsettled.length > 0); round++)
        for (const replica of replicas) await replica.reconnect(world)
      for (const replica of replicas) await replica.reconnect(world)
      for (let round = 0; round < 3; round++) {
        for (const replica of replicas) replica.flush()
        await world.pass()
      }
      for (const replica of replicas) {
        expect(replica.unsettled).toEqual([])
        expect(replica.rejected).toEqual([])
        expect(replica.text).toBe(replicas[0]!.text)
      }
      expect(await freshText(world)).toBe(replicas[0]!.text)
      const replayed = new Y.Doc()
      for (const { update } of await world.stores.operations.read(DOC, 0, 10_000)) mergeUpdate(replayed, update)
      expect(Y.equalSnapshots(Y.snapshot(replayed), Y.snapshot(replicas[0]!.ydoc))).toBe(true)
      await world.pass(world.limits.snapshotQuietMs + 1_000)
      const { rendered } = await world.rooms.content(DOC, 'json')
      expect(rendered.format === 'json' && JSON.stringify(rendered.content)).toBe(replicas[0]!.text)
      expect(world.alarms.filter(({ message }) => !message.startsWith('the room is dropped'))).toEqual([])
    },
  )
})

function editRandomly(fragment: Y.XmlFragment, pick: (bound: number) => number): void {
  const at = pick(fragment.length + 1)
  const block = fragment.get(at)
  const text = block instanceof Y.XmlElement ? block.get(0) : undefined
  const dice = pick(10)
  if (dice < 6 && text instanceof Y.XmlText) {
    const position = pick(text.length + 1)
    if (pick(3) === 0 && text.length > position) text.delete(position, 1 + pick(text.length - position))
    else text.insert(position, String.fromCharCode(97 + pick(26)).repeat(1 + pick(4)))
  } else if (dice < 7 && text instanceof Y.XmlText && text.length > 0) text.format(0, text.length, { strong: {} })
  else if (dice < 8 && fragment.length > at) fragment.delete(at, 1)
  else {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText('new')])
    fragment.insert(at, [paragraph])
  }
}
