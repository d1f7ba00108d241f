import { encodeOperations } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { createInlineDocumentThread } from '../src/document/document-thread.ts'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import { nextStep } from '../src/feed/fold.ts'
import { decodeSnapshot } from '../src/document/snapshot.ts'
import { DOC, World, docOf, freshText, operationFrame, updateOf } from './support/world.ts'

const QUIET = DEFAULT_LIMITS.snapshotQuietMs + 1_000

describe('materializer', () => {
  it('MA-1 a document that became quiet is kept as a version and in the cache, equal to the document', async () => {
    const world = new World()
    await world.create(docOf('seeded'))
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    ada.write('one')
    bob.write('two')
    await world.pass(QUIET)
    const [newest] = await world.stores.versions.list(DOC, { limit: 1 })
    expect(newest).toMatchObject({ seq: 3, kind: 'auto', name: null, authorIds: ['ada', 'bob'] })
    const bytes = await world.stores.versions.getSnapshot(DOC, newest!.id)
    const doc = new Y.Doc()
    Y.applyUpdateV2(doc, updateOf(decodeSnapshot(bytes!).state))
    expect(Y.equalSnapshots(Y.snapshot(doc), Y.snapshot(ada.ydoc))).toBe(true)
    expect((await world.stores.cache.get(DOC))?.seq).toBe(3)
    expect(ada.wire.of('versionCreated')).toEqual([{ kind: 'versionCreated', versionId: newest!.id }])
  })

  it('MA-2 progress is stored once per batch, equals what is folded, and never falls', async () => {
    const world = new World()
    await world.create()
    const seen: number[] = []
    const { progress } = world.stores
    const advance = progress.advance
    Object.assign(progress, {
      advance: async (next: Parameters<typeof advance>[0]) => {
        await advance(next)
        seen.push((await progress.get(DOC))?.seq ?? 0)
      },
    })
    const ada = await world.join('ada')
    for (let i = 0; i < 30; i++) {
      ada.write(String(i))
      await world.pass(100)
    }
    await world.pass(QUIET)
    expect(seen.length).toBeLessThan(10)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    const stored = await progress.get(DOC)
    expect(stored).toMatchObject({ seq: 30, replicaId: ada.replicaId, counter: 30 })
    expect(stored?.versionVector).toEqual([...Y.decodeStateVector(Y.encodeStateVector(ada.ydoc))])
  })

  it('MA-3 a busy document is kept after so many operations, without waiting for quiet', async () => {
    const world = new World({ limits: { snapshotEveryOperations: 50, foldEveryOperations: 10 } })
    await world.create()
    const ada = await world.join('ada')
    for (let i = 0; i < 120; i++) {
      ada.write('x')
      if (i % 4 === 0) await world.pass(200)
    }
    await world.pass(250)
    const newest = await world.stores.versions.latest(DOC)
    expect(newest?.seq).toBeGreaterThanOrEqual(50)
    expect(world.rooms.stats().unfoldedOperations).toBeLessThan(120)
  })

  it('MA-4 automatic versions that follow each other closely leave one; named ones stay', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('one')
    await world.pass(QUIET)
    await world.rooms.versions.create(DOC, 'first', { id: 'ada', name: 'Ada' })
    for (let i = 0; i < 100; i++) {
      ada.write(String(i))
      await world.pass(QUIET * 5)
    }
    const versions = await world.stores.versions.list(DOC, { limit: 100 })
    const autos = versions.filter(({ kind }) => kind === 'auto')
    expect(versions.map(({ kind }) => kind)).toContain('named')
    expect(versions.at(-1)?.kind).toBe('initial')
    // 50 minutes of edits, spaced by ten minutes.
    expect(autos.length).toBeGreaterThanOrEqual(4)
    expect(autos.length).toBeLessThanOrEqual(7)
    expect(autos[0]?.seq).toBe(101)
  })

  it('MA-5 after a restart everything that was not folded is folded out of the log', async () => {
    const world = new World()
    await world.create(docOf('seeded'))
    const ada = await world.join('ada')
    ada.write('one')
    ada.write('two')
    await world.pass()
    const next = new World({ stores: world.stores.crash(), clock: world.clock, serverId: 'server-2' })
    next.admit()
    await next.join('bob')
    await next.pass(QUIET)
    expect(await next.stores.progress.get(DOC)).toMatchObject({ seq: 3 })
    expect(await next.stores.versions.latest(DOC)).toMatchObject({ seq: 3, kind: 'auto', authorIds: ['ada'] })
  })

  it('MA-6 the room lets go of operations that a snapshot covers, and joiners are sent the snapshot', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    for (let i = 0; i < 400; i++) {
      ada.write(`paragraph ${i} with words that compress well, words that compress well`)
      if (i % 50 === 0) await world.pass(1)
    }
    await world.pass()
    const before = (await world.join('bob')).wire.of('state')[0]!
    await world.pass(QUIET)
    const after = (await world.join('bob')).wire.of('state')[0]!
    expect(before.parts.length).toBe(400)
    expect(after.parts.length).toBe(1)
    expect(after.parts[0]?.encoding).toBe('deflate')
    expect(await freshText(world)).toBe(ada.text)
  })

  it('MA-7 a store that fails holds nothing up: it is tried again', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const put = world.stores.versions.put
    let failures = 2
    Object.assign(world.stores.versions, {
      put: async (...args: Parameters<typeof put>) => {
        if (failures-- > 0) throw new Error('disk full')
        return put(...args)
      },
    })
    ada.write('one')
    await world.pass(QUIET * 5)
    expect(await world.stores.versions.latest(DOC)).toMatchObject({ seq: 1 })
  })

  it('MA-8 a snapshot that is not equal to its document is never kept, and raises an alarm', async () => {
    const limits = DEFAULT_LIMITS
    const thread = createInlineDocumentThread(limits)
    const world = new World({ thread: { ...thread, snapshot: async () => ({ status: 'refused', reason: 'differs' }) } })
    await world.create(docOf('seeded'))
    const ada = await world.join('ada')
    ada.write('one')
    await world.pass(QUIET)
    expect(await world.stores.versions.latest(DOC)).toMatchObject({ seq: 1, kind: 'initial' })
    expect(world.count('snapshots_refused_total')).toBeGreaterThan(0)
    expect(world.alarms.length).toBeGreaterThan(0)
    expect(await freshText(world)).toBe(ada.text)
  })

  it('MA-17 operations that name neighbours which never were (LE-14) cost few attempts, and the document goes on', async () => {
    const world = new World()
    await world.create(docOf('a', 'b', 'c'))
    const ada = await world.join('ada')
    const eve = await world.join('bob')
    const [a, b] = childrenOf(ada.ydoc)
    const [first, second] = [900_000, 4_294_967_295]
    eve.wire.say(operationFrame(1, 1, between(ada.ydoc, first, b!, a!)))
    await world.pass()
    const x = childrenOf(ada.ydoc).find(({ id }) => id.client === first)
    eve.wire.say(operationFrame(2, 2, between(ada.ydoc, second, a!, x!)))
    await world.pass()
    expect(eve.wire.of('rejected')).toEqual([])
    // The reason for all this: a document that is loaded in one piece shows another order.
    const whole = new Y.Doc()
    Y.applyUpdateV2(whole, Y.encodeStateAsUpdateV2(ada.ydoc))
    expect(childrenOf(whole).map(({ id }) => id.client)).not.toEqual(childrenOf(ada.ydoc).map(({ id }) => id.client))

    await world.pass(3_600_000)
    const attempts = world.count('snapshots_refused_total')
    expect(attempts).toBeGreaterThan(0)
    // Twice as long a rest after each, up to ten minutes: not every five seconds for ever.
    expect(attempts).toBeLessThan(15)
    expect(world.alarms.length).toBe(attempts)
    expect(await world.stores.versions.latest(DOC)).toMatchObject({ seq: 1, kind: 'initial' })

    const writer = await world.join('ada')
    writer.write('written after it')
    await world.pass()
    expect(writer.text).toContain('written after it')
    expect(await freshText(world)).toBe(writer.text)
    const next = new World({ stores: world.stores.crash(), clock: world.clock, serverId: 'server-2' })
    next.admit()
    expect(await freshText(next)).toBe(writer.text)
  })

  it('MA-9 documents that are kept open are bounded by their size, and folded from what is stored when they come back', async () => {
    const world = new World({ limits: { threadBytes: 2_000 } })
    for (const id of ['a', 'b', 'c']) {
      await world.rooms.createDocument({ id, title: '', schemaId: '', content: docOf('seeded'), createdBy: 'ada' })
      world.roles.set(`${id}/ada`, 'owner')
    }
    for (let round = 0; round < 3; round++) {
      await world.pass(1)
      for (const id of ['a', 'b', 'c']) {
        const text = `round ${round} `.repeat(100)
        await world.rooms.versions.create(id, text.slice(0, 10), { id: 'ada', name: 'Ada' })
      }
    }
    const { items } = await world.rooms.versions.list('b', { limit: 10 })
    expect(items.map(({ kind }) => kind)).toEqual(['named', 'named', 'named', 'initial'])
  })

  it('MA-10 an operation that Yjs cannot apply is left out of snapshots with an alarm, and the document goes on', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('one')
    ada.write('breaks')
    ada.write('three')
    await world.pass()
    const thread = createInlineDocumentThread(world.limits)
    // What Yjs would throw at is not known, or the ledger would refuse it: the operation is made unreadable instead.
    const log = (await world.stores.operations.read(DOC, 0, 10)).map((operation) =>
      operation.seq === 2 ? { ...operation, update: Uint8Array.of(0, 0) } : operation,
    )
    const result = await thread.fold(DOC, 0, encodeOperations(log), null)
    expect(result).toMatchObject({ status: 'folded', quarantined: [2, 3] })
    expect(await thread.snapshot(DOC, 3)).toMatchObject({ status: 'made' })
  })

  it('MA-11 what a document needs next follows from its numbers alone', () => {
    const fold = {
      head: 10,
      folded: 10,
      snapshotSeq: 10,
      snapshotAt: -60_000,
      waitingSince: 0,
      noticedAt: 0,
      restUntil: 0,
    }
    const at = (now: number, change: Partial<Omit<typeof fold, 'folded'>> & { readonly folded?: number | null }) =>
      nextStep({ ...fold, ...change }, now, DEFAULT_LIMITS)
    expect(at(10, { folded: 9 })).toBe('wait')
    expect(at(10_000, { folded: 9, noticedAt: 9_000 })).toBe('fold')
    expect(at(10, { folded: null })).toBe('wait')
    expect(at(10_000, { folded: null, noticedAt: 9_000 })).toBe('fold')
    expect(at(10, { head: 10_000, folded: 0, snapshotSeq: 10, snapshotAt: 0 })).toBe('fold')
    expect(at(10, { head: 510 })).toBe('snapshot')
    expect(at(10, { head: 510, snapshotAt: 0 })).toBe('wait')
    expect(at(10, { head: 10_000, folded: null })).toBe('fold')
    expect(at(5_000, {})).toBe('snapshot')
    expect(at(5_000, { restUntil: 6_000 })).toBe('wait')
  })
})

const childrenOf = (ydoc: Y.Doc): Y.Item[] => {
  const items: Y.Item[] = []
  for (let item = ydoc.getXmlFragment('content')._first; item !== null; item = item.right) items.push(item)
  return items
}

/** A paragraph by this client that claims to have been written between two others. */
function between(ydoc: Y.Doc, clientId: number, left: Y.Item, right: Y.Item): Uint8Array {
  const copy = new Y.Doc()
  Y.applyUpdateV2(copy, Y.encodeStateAsUpdateV2(ydoc))
  const before = Y.encodeStateVector(copy)
  copy.clientID = clientId
  copy.getXmlFragment('content').insert(0, [new Y.XmlElement('paragraph')])
  const [item] = childrenOf(copy)
  Object.assign(item!, { origin: left.lastId, rightOrigin: right.id })
  return Y.encodeStateAsUpdateV2(copy, before)
}

/** Written down again here, so that the test does not trust what it tests. */
const applyOnly = (ydoc: Y.Doc, update: Uint8Array): void =>
  ydoc.transact((transaction) => {
    Y.applyUpdateV2(ydoc, update)
    transaction.local = true
  })

describe('folding', () => {
  it('MA-15 a format mark that is redundant for a while is not removed by the server', async () => {
    const world = new World()
    await world.create(docOf('some words'))
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const text = (replica: typeof ada): Y.XmlText => (replica.fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
    // Both mark the same words at the same time: one pair of marks is redundant, and each editor removes it by itself.
    ada.edit(() => text(ada).format(0, 6, { strong: {} }))
    bob.edit(() => text(bob).format(0, 6, { strong: {} }))
    await world.pass(QUIET)
    const replayed = new Y.Doc()
    for (const { update } of await world.stores.operations.read(DOC, 0, 100)) applyOnly(replayed, update)
    const newest = await world.stores.versions.latest(DOC)
    const kept = new Y.Doc()
    const bytes = await world.stores.versions.getSnapshot(DOC, newest!.id)
    applyOnly(kept, updateOf(decodeSnapshot(bytes!).state))
    expect(newest?.kind).toBe('auto')
    expect(Y.equalSnapshots(Y.snapshot(kept), Y.snapshot(replayed))).toBe(true)
  })

  it('MA-16 more operations than are kept in memory are folded all the same, in their order', async () => {
    const world = new World({
      limits: { foldMs: 60_000, foldEveryOperations: 5_000, snapshotEveryOperations: 5_000, maxHeardBytes: 20_000 },
    })
    await world.create()
    const ada = await world.join('ada')
    let reads = 0
    const read = world.stores.operations.read
    Object.assign(world.stores.operations, {
      read: (...args: Parameters<typeof read>) => (reads++, read(...args)),
    })
    ada.write('first')
    await world.pass(QUIET)
    // The committer appends without looking (FD-41), and the fold has everything in memory.
    expect(reads).toBe(0)
    for (let i = 0; i < 1_300; i++)
      ada.edit((fragment) => {
        fragment.delete(0, 1)
        fragment.insert(0, [new Y.XmlText('x')])
      })
    await world.pass(QUIET)
    expect(reads).toBeGreaterThan(0)
    expect(await world.stores.progress.get(DOC)).toMatchObject({ seq: 1_301 })
    expect(await freshText(world)).toBe(ada.text)
  })
})
