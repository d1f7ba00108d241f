import type { StoredOperation } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { createInlineDocumentThread } from '../src/document/document-thread.ts'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import { noLog, noMetrics } from '../src/metrics.ts'
import { isReplaced } from '../src/feed/fold.ts'
import { decodeSnapshot } from '../src/document/snapshot.ts'
import { createMemoryStores } from '../src/testing/memory-stores.ts'
import { createWorker } from '../src/worker.ts'
import { Cluster } from './support/feed-world.ts'
import type { FedStores } from './support/feed-world.ts'
import { DOC, docOf, freshText, updateOf } from './support/world.ts'

const QUIET = DEFAULT_LIMITS.snapshotQuietMs + 1_000

/** Text of a version, loaded fresh. */
async function textOf(stores: FedStores, versionId: string, documentId = DOC): Promise<Y.Doc> {
  const bytes = await stores.versions.getSnapshot(documentId, versionId)
  const doc = new Y.Doc()
  Y.applyUpdateV2(doc, updateOf(decodeSnapshot(bytes!).state))
  return doc
}

const equal = (a: Y.Doc, b: Y.Doc): boolean => Y.equalSnapshots(Y.snapshot(a), Y.snapshot(b))

/** Hands batches to a worker's handler by hand. */
function byHand(stores: FedStores) {
  let handle: ((documentId: string, operations: readonly StoredOperation[]) => Promise<void>) | null = null
  const feed = {
    ...stores.feed,
    consume: async (given: NonNullable<typeof handle>) => {
      handle = given
      return async () => undefined
    },
  }
  return {
    stores: { ...stores, feed } as FedStores,
    give: async (operations: readonly StoredOperation[], documentId = DOC): Promise<void> =>
      handle!(documentId, operations),
  }
}

/** A document with so many operations in the log, and a worker that is fed by hand. */
async function fedByHand(count: number, cluster = new Cluster()) {
  const server = cluster.server()
  await server.create(docOf('seeded'))
  const ada = await server.join('ada')
  for (let i = 1; i < count; i++) ada.write(`paragraph ${i}`)
  await cluster.pass(cluster.limits.advanceMs)
  const log = await cluster.log(DOC)
  const hand = byHand(cluster.stores())
  const worker = await cluster.worker({ stores: hand.stores })
  return { cluster, server, ada, log, worker, ...hand }
}

describe('worker', () => {
  it('FD-21 what servers commit is folded by a worker, kept as a version, and taken up by the open rooms', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    const worker = await cluster.worker()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    for (let i = 0; i < 300; i++) ada.write(`paragraph ${i} with words that compress well, words that compress well`)
    await cluster.pass(1_000)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 301, replicaId: ada.replicaId, counter: 300 })
    expect(server.rooms.stats().unfoldedOperations).toBe(0)
    await cluster.pass(QUIET)
    const latest = await server.stores.versions.latest(DOC)
    expect(latest).toMatchObject({ seq: 301, kind: 'auto', authorIds: ['ada'] })
    expect(equal(await textOf(worker.stores, latest!.id), ada.ydoc)).toBe(true)
    expect(ada.wire.of('versionCreated')).toEqual([{ kind: 'versionCreated', versionId: latest!.id }])
    // Not one snapshot was made by the server, and its room has let go of what the worker's covers.
    expect(server.count('snapshots_stored_total')).toBe(0)
    expect(worker.count('snapshots_stored_total')).toBe(1)
    const bob = await server.join('bob')
    expect(bob.wire.of('state')[0]!.parts.length).toBe(1)
    expect(bob.text).toBe(ada.text)
  })

  it('FD-22 progress is stored once per batch, before the feed goes on, and says what is folded', async () => {
    const { log, give, worker } = await fedByHand(40)
    const { progress } = worker.stores
    const seen: number[] = []
    const advance = progress.advance
    Object.assign(progress, {
      advance: async (next: Parameters<typeof advance>[0]) => {
        seen.push(next.seq)
        return advance(next)
      },
    })
    await give(log.slice(0, 10))
    expect(seen).toEqual([10])
    await give(log.slice(10, 40))
    expect(seen).toEqual([10, 40])
    const doc = new Y.Doc()
    for (const { update } of log) Y.applyUpdateV2(doc, update)
    const stored = await progress.get(DOC)
    expect(new Map(stored?.versionVector)).toEqual(Y.decodeStateVector(Y.encodeStateVector(doc)))
  })

  it('FD-23 what comes twice, late or in another order is folded once, and what does not come is read from the log', async () => {
    const thread = createInlineDocumentThread(DEFAULT_LIMITS)
    const pages: [number, number][] = []
    const { cluster, ada, log, give, stores } = await fedByHand(40)
    const worker = await cluster.worker({
      stores,
      thread: {
        ...thread,
        fold: (id, after, operations, base) => {
          if (base === undefined) pages.push([after, operations.length])
          return thread.fold(id, after, operations, base)
        },
      },
    })
    const at = (...seqs: number[]): StoredOperation[] => seqs.map((seq) => log[seq - 1]!)
    await give(at(1, 2, 3))
    await give(at(1, 2, 3))
    await give(at(3, 2, 4, 4, 6, 5))
    // Where something is missing the log is asked, which may tell more than was missing.
    expect((await cluster.progress(DOC))!.seq).toBeGreaterThanOrEqual(6)
    await give(at(20))
    expect((await cluster.progress(DOC))!.seq).toBeGreaterThanOrEqual(20)
    await give(at(7, 8, 9))
    await give(at(40))
    await give(at(39))
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 40 })
    const afters = pages.map(([after]) => after)
    expect(afters).toEqual([...new Set(afters)].sort((a, b) => a - b))
    await cluster.pass(QUIET)
    const latest = await worker.stores.versions.latest(DOC)
    expect(equal(await textOf(worker.stores, latest!.id), ada.ydoc)).toBe(true)
    expect(worker.alarms).toEqual([])
  })

  it('FD-24 where a store does not answer the batch comes again, and nothing is lost or folded twice', async () => {
    const { cluster, ada, log, give, worker } = await fedByHand(30)
    worker.stores.setDown(true)
    await expect(give(log.slice(0, 10))).rejects.toThrow('does not answer')
    worker.stores.setDown(false)
    await give(log.slice(0, 10))
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 10 })
    // Folded, but not said: the store of progress fails alone.
    const { advance } = worker.stores.progress
    Object.assign(worker.stores.progress, { advance: async () => Promise.reject(new Error('no majority')) })
    await expect(give(log.slice(10, 20))).rejects.toThrow('no majority')
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 10 })
    Object.assign(worker.stores.progress, { advance })
    await give(log.slice(10, 20))
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 20 })
    await give(log.slice(20))
    await cluster.pass(QUIET)
    const latest = await worker.stores.versions.latest(DOC)
    expect(equal(await textOf(worker.stores, latest!.id), ada.ydoc)).toBe(true)
    expect(worker.alarms).toEqual([])
  })

  it('FD-25 a document that is damaged raises an alarm and holds up nobody; it is folded when it is mended', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    for (let i = 1; i < 10; i++) ada.write(`paragraph ${i}`)
    await cluster.pass(1_000)
    const stores = cluster.stores()
    const log = await cluster.log(DOC)
    stores.tamper.operations(DOC, (all) => all.filter(({ seq }) => seq !== 4))
    await server.rooms.createDocument({ id: 'other', title: '', schemaId: '', content: docOf('x'), createdBy: 'ada' })
    await stores.feed.publish('other', await cluster.log('other'))
    const hand = byHand(stores)
    const worker = await cluster.worker({ stores: hand.stores })
    const other = await cluster.log('other')
    await hand.give(log.slice(5, 6))
    await hand.give(log.slice(6))
    await hand.give(other, 'other')
    expect(worker.alarms).toMatchObject([{ documentId: DOC }])
    expect(worker.count('folds_failed_total')).toBe(1)
    expect(await cluster.progress(DOC)).toBe(null)
    expect(await cluster.progress('other')).toMatchObject({ seq: 1 })
    expect(worker.worker.stats()).toMatchObject({ sickDocuments: 1 })
    await cluster.pass(3_600_000)
    expect(worker.alarms.length).toBeLessThan(15)
    expect(await stores.versions.latest(DOC)).toMatchObject({ kind: 'initial' })
    stores.tamper.operations(DOC, () => log)
    await cluster.pass(1_200_000)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 10 })
    expect(await stores.versions.latest(DOC)).toMatchObject({ seq: 10, kind: 'auto' })
    expect(worker.worker.stats()).toMatchObject({ sickDocuments: 0 })
  })

  it('FD-25 so does one that the document thread cannot fold', async () => {
    const thread = createInlineDocumentThread(DEFAULT_LIMITS)
    let broken = true
    const { cluster, log, stores, give } = await fedByHand(10)
    const worker = await cluster.worker({
      stores,
      thread: {
        ...thread,
        fold: async (...args) => (broken ? Promise.reject(new Error('out of memory')) : thread.fold(...args)),
      },
    })
    await give(log)
    await give(log)
    expect(worker.alarms.length).toBe(1)
    broken = false
    await cluster.pass(QUIET * 2)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 10 })
  })

  it('FD-26 a poison operation in the log is left out with an alarm, and the document goes on', async () => {
    const { cluster, log, give, worker } = await fedByHand(10)
    const poison = { ...log[4]!, update: Uint8Array.of(9, 9, 9) }
    worker.stores.tamper.operations(DOC, (all) => all.map((operation) => (operation.seq === 5 ? poison : operation)))
    await give([...log.slice(0, 4), poison, ...log.slice(5)])
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 10 })
    expect(worker.count('operations_quarantined_total')).toBeGreaterThan(0)
    expect(worker.alarms.length).toBeGreaterThan(0)
    await cluster.pass(QUIET)
    const latest = await worker.stores.versions.latest(DOC)
    expect(latest).toMatchObject({ seq: 10 })
    const text = JSON.stringify((await textOf(worker.stores, latest!.id)).getXmlFragment('content').toJSON())
    expect(text).toContain('paragraph 3')
    expect(text).not.toContain('paragraph 4')
    const server = cluster.server()
    expect(await freshText(server)).toContain('paragraph 3')
  })

  it('FD-26 a torn snapshot is passed over with an alarm, and the next one is made from an older one and the log', async () => {
    const { cluster, ada, log, give, worker } = await fedByHand(30)
    await give(log.slice(0, 20))
    await cluster.pass(QUIET)
    const torn = await worker.stores.versions.latest(DOC)
    expect(torn).toMatchObject({ seq: 20 })
    worker.stores.tamper.versionSnapshot(torn!.id, (bytes) => bytes.subarray(0, bytes.length / 2))
    const hand = byHand(cluster.stores())
    const next = await cluster.worker({ stores: hand.stores })
    await hand.give(log.slice(20))
    expect(next.count('snapshots_damaged_total')).toBe(1)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 30 })
    await cluster.pass(QUIET)
    const latest = await next.stores.versions.latest(DOC)
    expect(latest).toMatchObject({ seq: 30 })
    expect(equal(await textOf(next.stores, latest!.id), ada.ydoc)).toBe(true)
  })

  it('FD-27 a worker that dies between progress and offset leaves nothing behind that another one folds wrongly', async () => {
    const { cluster, ada, log, give, worker } = await fedByHand(30)
    await give(log.slice(0, 20))
    // Its process is gone; what it had is given to another one, from the last offset on.
    worker.stores.crash()
    const hand = byHand(cluster.stores())
    const next = await cluster.worker({ stores: hand.stores })
    const seen: number[] = []
    await hand.give(log.slice(0, 20))
    seen.push((await cluster.progress(DOC))!.seq)
    await hand.give(log.slice(20))
    seen.push((await cluster.progress(DOC))!.seq)
    expect(seen).toEqual([20, 30])
    await cluster.pass(QUIET)
    const latest = await next.stores.versions.latest(DOC)
    expect(latest).toMatchObject({ seq: 30, kind: 'auto' })
    expect(equal(await textOf(next.stores, latest!.id), ada.ydoc)).toBe(true)
  })

  it('FD-28 zombies and rebalances: workers that fold the same document at once end with one truth, and with a version', async () => {
    const { cluster, ada, log } = await fedByHand(120)
    const hands = [1, 2, 3].map(() => byHand(cluster.stores()))
    const workers = await Promise.all(hands.map(({ stores }) => cluster.worker({ stores })))
    const progress: number[] = []
    for (let from = 0; from < log.length; from += 10) {
      const batch = log.slice(from, from + 10)
      // The second is always late, the third gets every other batch; now and then all fall asleep.
      await hands[0]!.give(batch)
      if (from >= 30) await hands[1]!.give(log.slice(from - 30, from - 20))
      if (from % 20 === 0) await hands[2]!.give(batch)
      progress.push((await cluster.progress(DOC))!.seq)
      if (from % 30 === 0) await cluster.pass(QUIET)
    }
    await cluster.pass(QUIET)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 120 })
    const { versions } = workers[0]!.stores
    const all = await versions.list(DOC, { limit: 100 })
    expect(all[0]).toMatchObject({ seq: 120, kind: 'auto' })
    for (const { id, seq } of all) expect(decodeSnapshot((await versions.getSnapshot(DOC, id))!).seq).toBe(seq)
    expect(equal(await textOf(workers[0]!.stores, all[0]!.id), ada.ydoc)).toBe(true)
    expect(workers.flatMap(({ alarms }) => alarms)).toEqual([])
    for (const { stores } of workers) expect((await stores.cache.get(DOC))?.seq ?? 120).toBeLessThanOrEqual(120)
  })

  it('FD-29 only automatic versions go, only for a later one, and never the last one', () => {
    const at = (seq: number, kind: string, createdAt = 0) => ({ seq, kind, createdAt })
    const close = at(1, 'auto', 9)
    expect(isReplaced(at(5, 'auto', 10), close, at(6, 'auto', 11), 100)).toBe(true)
    expect(isReplaced(at(5, 'auto', 10), close, at(5, 'auto', 11), 100)).toBe(false)
    expect(isReplaced(at(7, 'auto', 10), close, at(6, 'auto', 11), 100)).toBe(false)
    expect(isReplaced(at(5, 'named', 10), close, at(6, 'auto', 11), 100)).toBe(false)
    expect(isReplaced(at(5, 'auto', 10), close, at(6, 'named', 11), 100)).toBe(false)
    expect(isReplaced(at(5, 'auto', 10), close, at(5, 'named', 11), 100)).toBe(true)
    expect(isReplaced(at(5, 'auto', 10), at(1, 'auto', 9), at(6, 'auto', 109), 100)).toBe(false)
    expect(isReplaced(undefined, undefined, at(6, 'auto', 109), 100)).toBe(false)
  })

  it('FD-29 two materializers that keep one seq at the same moment leave at least one version, and thin out later', async () => {
    const { cluster, ada, log } = await fedByHand(60)
    const hands = [1, 2].map(() => byHand(cluster.stores()))
    await Promise.all(hands.map(({ stores }) => cluster.worker({ stores })))
    const { versions } = hands[0]!.stores
    for (let to = 10; to <= 60; to += 10) {
      await Promise.all(hands.map(({ give }) => give(log.slice(to - 10, to))))
      await cluster.pass(QUIET)
      expect(await versions.latest(DOC)).toMatchObject({ seq: to })
    }
    const all = await versions.list(DOC, { limit: 100 })
    expect(all.length).toBeLessThanOrEqual(4)
    expect(equal(await textOf(hands[0]!.stores, all[0]!.id), ada.ydoc)).toBe(true)
  })

  it('FD-30 a document that no message tells of any more is told of by the server that opens it', async () => {
    const cluster = new Cluster({ snapshotEveryOperations: 50 })
    const server = cluster.server()
    const first = await cluster.worker()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    for (let i = 1; i < 80; i++) ada.write(String(i))
    await cluster.pass(100)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 80 })
    first.stores.crash()
    const before = cluster.feed.published.length
    await server.rooms.drain()
    // A rebalance: the first one is gone for good.
    const cluster2 = cluster.server()
    const worker = await cluster.worker()
    await cluster2.join('ada')
    await cluster.pass(100)
    expect(cluster.feed.published.length).toBe(before + 1)
    expect(cluster.feed.published.at(-1)).toMatchObject({ documentId: DOC, operations: [{ seq: 80 }] })
    expect(worker.worker.stats().documents + first.worker.stats().documents).toBeGreaterThan(0)
  })

  it('FD-31 documents that are kept and unused are forgotten, and folded on when they come back', async () => {
    const cluster = new Cluster({ roomIdleMs: 30_000 })
    const { log, give, worker } = await fedByHand(20, cluster)
    await give(log.slice(0, 10))
    expect(worker.worker.stats()).toEqual({ documents: 1, unfoldedOperations: 0, sickDocuments: 0 })
    await cluster.pass(QUIET + 31_000)
    expect(worker.worker.stats()).toMatchObject({ documents: 0 })
    await give(log.slice(10))
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 20 })
  })

  it('FD-31 with very many documents the longest unused ones are forgotten first', async () => {
    const cluster = new Cluster({ maxRooms: 3 })
    const server = cluster.server()
    const hand = byHand(cluster.stores())
    const worker = await cluster.worker({ stores: hand.stores })
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await server.rooms.createDocument({ id, title: '', schemaId: '', content: docOf('x'), createdBy: 'ada' })
      await hand.give(await cluster.log(id), id)
    }
    expect(worker.worker.stats().documents).toBe(5)
    await cluster.pass(QUIET)
    expect(worker.worker.stats().documents).toBe(3)
  })

  it('FD-32 a worker that is drained keeps what time allows and gives its share away', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    const worker = await cluster.worker()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    ada.write('one')
    await cluster.pass(100)
    await worker.worker.drain()
    await worker.worker.drain()
    expect(await server.stores.versions.latest(DOC)).toMatchObject({ seq: 2, kind: 'auto' })
    ada.write('two')
    await cluster.pass(QUIET)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 2 })
    await cluster.worker()
    await cluster.pass(QUIET)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 3 })
  })

  it('FD-32 it ends in time, also where the store does not answer', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    const worker = await cluster.worker()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    worker.stores.delayWrites(() => new Promise(() => undefined))
    ada.write('one')
    await cluster.pass(100)
    let ended = false
    void worker.worker.drain().then(() => (ended = true))
    await cluster.pass(cluster.limits.drainMs * 2)
    expect(ended).toBe(true)
  })

  it('FD-33 a progress that is ahead of snapshot and log is damage: neither opened nor folded over', async () => {
    const { cluster, log, give, worker } = await fedByHand(10)
    await give(log)
    worker.stores.tamper.operations(DOC, (all) => all.slice(0, 6))
    await worker.stores.documents.advance(DOC, { seq: 6, versionVector: [], updatedAt: 0 })
    const record = await worker.stores.documents.get(DOC)
    Object.assign(record!, { seq: 6 })
    const server = cluster.server()
    const eve = await server.join('ada')
    expect(eve.wire.closedWith?.code).toBe(1013)
    expect(server.count('rooms_damaged_total')).toBe(1)
    const hand = byHand(cluster.stores())
    const next = await cluster.worker({ stores: hand.stores })
    await hand.give(log.slice(5, 6))
    expect(next.alarms).toMatchObject([{ documentId: DOC }])
    await cluster.pass(QUIET)
    expect(next.count('snapshots_stored_total')).toBe(0)
  })

  it('FD-34 while the feed takes nothing the server folds and keeps its documents itself; after it, the workers', async () => {
    const cluster = new Cluster({ foldMs: 2_000 })
    const server = cluster.server()
    const worker = await cluster.worker()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    ada.write('one')
    await cluster.pass(1_000)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 2 })
    cluster.feed.setDown(true)
    const seen: number[] = []
    for (let i = 0; i < 10; i++) {
      ada.write(`two ${i}`)
      await cluster.pass(1_000)
      seen.push((await cluster.progress(DOC))!.seq)
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBeGreaterThan(5)
    await cluster.pass(QUIET)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 12 })
    expect(await server.stores.versions.latest(DOC)).toMatchObject({ seq: 12 })
    expect(server.count('snapshots_stored_total')).toBeGreaterThan(0)
    cluster.feed.setDown(false)
    await cluster.pass(40_000)
    const stored = server.count('snapshots_stored_total')
    const bob = await server.join('ada')
    bob.write('three')
    await cluster.pass(QUIET)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 13 })
    expect(server.count('snapshots_stored_total')).toBe(stored)
    expect(await server.stores.versions.latest(DOC)).toMatchObject({ seq: 13 })
    const latest = await server.stores.versions.latest(DOC)
    expect(equal(await textOf(worker.stores, latest!.id), bob.ydoc)).toBe(true)
  })

  it('FD-34 also a document that nobody writes to any more', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    cluster.feed.setDown(true)
    ada.write('the last one')
    await cluster.pass(QUIET)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 2 })
    expect(await server.stores.versions.latest(DOC)).toMatchObject({ seq: 2, kind: 'auto' })
  })

  it('FD-34 what the server had not kept when the feed came back is left to the workers', async () => {
    const cluster = new Cluster({ snapshotQuietMs: 20_000 })
    const server = cluster.server()
    const worker = await cluster.worker()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    cluster.feed.setDown(true)
    ada.write('one')
    await cluster.pass(1_000)
    ada.write('two')
    cluster.feed.setDown(false)
    await cluster.pass(10_000)
    expect(server.rooms.stats()).toMatchObject({ feedShut: 0, unfoldedOperations: 0 })
    await cluster.pass(20_000)
    expect(await server.stores.versions.latest(DOC)).toMatchObject({ seq: 3, kind: 'auto' })
    expect([server.count('snapshots_stored_total'), worker.count('snapshots_stored_total')]).toEqual([0, 1])
  })

  it('FD-35 named versions and restores are made by the server at once, whatever the feed does', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    ada.write('one')
    await cluster.pass()
    const version = await server.rooms.versions.create(DOC, 'first', { id: 'ada', name: 'Ada' })
    expect(version).toMatchObject({ seq: 2, kind: 'named' })
    ada.write('two')
    await cluster.pass()
    const second = await server.rooms.versions.create(DOC, 'second', { id: 'ada', name: 'Ada' })
    expect(second).toMatchObject({ seq: 3, kind: 'named' })
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 3 })
  })

  it('FD-36 a room takes up a snapshot also where the word of it was lost', async () => {
    const cluster = new Cluster({ snapshotEveryOperations: 50 })
    const server = cluster.server()
    const worker = await cluster.worker()
    Object.assign(worker.stores.fanOut, { announce: async () => undefined })
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    for (let i = 1; i < 200; i++) ada.write(`paragraph ${i} with words that compress well, words that compress well`)
    await cluster.pass(30_000)
    const bob = await server.join('bob')
    expect(bob.wire.of('state')[0]!.parts.length).toBe(1)
  })

  it('FD-37 where no worker folds for long the server does, so that a document never grows without end', async () => {
    const cluster = new Cluster({ snapshotEveryOperations: 20 })
    const server = cluster.server()
    await server.create(docOf('seeded'))
    const ada = await server.join('ada')
    for (let i = 1; i < 150; i++) ada.write(String(i))
    await cluster.pass(20_000)
    expect(server.count('snapshots_stored_total')).toBe(0)
    for (let i = 0; i < 100; i++) ada.write(String(i))
    await cluster.pass(17_000)
    expect(server.count('snapshots_stored_total')).toBe(1)
    expect(await server.stores.versions.latest(DOC)).toMatchObject({ seq: 250 })
  })

  it('FD-38 a worker without a feed does not start', () => {
    const stores = createMemoryStores()
    const thread = createInlineDocumentThread(DEFAULT_LIMITS)
    const { clock } = new Cluster()
    expect(() =>
      createWorker({ stores, thread, clock, limits: DEFAULT_LIMITS, log: noLog, metrics: noMetrics }),
    ).toThrow('A worker needs a feed')
  })
})
