import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoredOperation } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import { afterFailure, CLOSED } from '../src/feed/breaker.ts'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import type { LogFacts } from '../src/metrics.ts'
import { noMetrics } from '../src/metrics.ts'
import { Publisher } from '../src/feed/publisher.ts'
import type { PublisherOptions } from '../src/feed/publisher.ts'
import { aDocument, aReplicaId, operations } from '../src/testing/contract.ts'
import { createMemoryFeed } from '../src/testing/memory-feed.ts'
import { createMemoryStores } from '../src/testing/memory-stores.ts'
import { Cluster } from './support/feed-world.ts'
import { FakeClock } from './support/fake-clock.ts'
import { DOC, docOf } from './support/world.ts'

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** A publisher by itself, with what it says. */
function setting(options: Partial<PublisherOptions> = {}) {
  const clock = new FakeClock()
  const stores = createMemoryStores()
  const feed = createMemoryFeed({ clock })
  const lines: (LogFacts & { readonly message: string })[] = []
  const states: string[] = []
  const say = (facts: LogFacts, message: string): void => void lines.push({ ...facts, message })
  const publisher = new Publisher({
    feed,
    stores,
    clock,
    limits: DEFAULT_LIMITS,
    log: { info: say, warn: say, error: say },
    metrics: noMetrics,
    chance: () => 0.5,
    changed: (state) => void states.push(state),
    ...options,
  })
  return { clock, stores, feed, publisher, lines, states }
}

describe('publishing', () => {
  it('FD-1 an acknowledgement waits for the append, never for the feed', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create()
    Object.assign(server.stores.feed!, { publish: () => new Promise(() => undefined) })
    const ada = await server.join('ada')
    const bob = await server.join('bob')
    ada.write('one')
    await cluster.pass()
    expect(ada.committed).toBe(1)
    expect(bob.text).toBe(ada.text)
    ada.write('two')
    await cluster.pass()
    expect(ada.committed).toBe(2)
  })

  it('FD-2 operations of a document go to the feed in their order, one call at a time, and those of others beside them', async () => {
    let underWay = 0
    let most = 0
    const calls: [string, number[]][] = []
    const gates: (() => void)[] = []
    const { publisher, clock } = setting({
      feed: {
        ...createMemoryFeed(),
        publish: async (id, batch) => {
          calls.push([id, batch.map(({ seq }) => seq)])
          most = Math.max(most, id === 'a' ? ++underWay : 0)
          await new Promise<void>((resolve) => gates.push(resolve))
          if (id === 'a') underWay -= 1
        },
      },
    })
    const a = publisher.attach('a', { seq: 0, publishedSeq: 0 }, () => undefined)
    const b = publisher.attach('b', { seq: 0, publishedSeq: 0 }, () => undefined)
    for (const operation of operations(1, 5)) a.send([operation])
    b.send(operations(1, 1))
    await clock.pass()
    expect(calls).toEqual([
      ['a', [1]],
      ['b', [1]],
    ])
    for (const go of gates.splice(0)) go()
    await clock.pass()
    expect(calls.at(-1)).toEqual(['a', [2, 3, 4, 5]])
    expect(most).toBe(1)
  })

  it('FD-3 the record says what is published with the position, and no more often', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create()
    const ada = await server.join('ada')
    for (let i = 0; i < 50; i++) {
      ada.write(String(i))
      await cluster.pass(10)
    }
    await cluster.pass(cluster.limits.advanceMs)
    expect(await server.stores.documents.get(DOC)).toMatchObject({ seq: 50, publishedSeq: 50 })
    expect(server.stores.writes.get('documents.advance')).toBeLessThanOrEqual(2)
    expect(cluster.published(DOC)).toEqual(numbers(1, 50))
    expect(server.rooms.stats()).toMatchObject({ unpublishedOperations: 0, feedShut: 0 })
  })

  it('FD-4 while the feed takes nothing, editing goes on, little is asked of it, and nothing is kept in memory', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create()
    let asked = 0
    const { publish } = cluster.feed
    Object.assign(cluster.feed, { publish: (...args: Parameters<typeof publish>) => (asked++, publish(...args)) })
    const ada = await server.join('ada')
    const bob = await server.join('bob')
    cluster.feed.setDown(true)
    for (let i = 0; i < 100; i++) {
      ada.write(String(i))
      await cluster.pass(300)
    }
    expect(ada.committed).toBe(100)
    expect(bob.text).toBe(ada.text)
    expect(asked).toBeGreaterThanOrEqual(3)
    expect(asked).toBeLessThan(8)
    expect(server.count('publishes_failed_total')).toBe(asked)
    expect(server.rooms.stats()).toMatchObject({ unpublishedOperations: 100, feedShut: 1 })
  })

  it('FD-5 when the feed is back, what it lacks goes there in order out of the log, and then what is new', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create()
    const ada = await server.join('ada')
    ada.write('before')
    await cluster.pass()
    cluster.feed.setDown(true)
    for (let i = 0; i < 700; i++) {
      ada.write(String(i))
      if (i % 10 === 0) await cluster.pass(20)
    }
    await cluster.pass()
    cluster.feed.setDown(false)
    for (let i = 0; i < 40; i++) {
      await cluster.pass(1_000)
      ada.write('meanwhile')
    }
    await cluster.pass(2_000)
    expect(cluster.published(DOC)).toEqual(numbers(1, 741))
    expect(server.rooms.stats()).toMatchObject({ unpublishedOperations: 0, feedShut: 0 })
    expect(await server.stores.documents.get(DOC)).toMatchObject({ seq: 741, publishedSeq: 741 })
  })

  it('FD-5 opening and closing are told, with the size of the backlog', async () => {
    const { publisher, clock, feed, stores, lines, states } = setting()
    const log = operations(1, 300)
    await stores.operations.append('a', log)
    const line = publisher.attach('a', { seq: 0, publishedSeq: 0 }, () => undefined)
    feed.setDown(true)
    line.send(log)
    await clock.pass()
    expect(states).toEqual(['open'])
    expect(lines).toMatchObject([{ backlog: 300, message: expect.stringContaining('does not take') }])
    feed.setDown(false)
    await clock.pass(2_000)
    expect(states).toEqual(['open', 'closed'])
    expect(lines.at(-1)).toMatchObject({ backlog: 44, message: expect.stringContaining('takes operations again') })
  })

  it('FD-6 a feed that does not answer in time counts as one that takes nothing', async () => {
    const { publisher, clock, stores, states } = setting({
      feed: { ...createMemoryFeed(), publish: () => new Promise(() => undefined) },
    })
    await stores.operations.append('a', operations(1, 1))
    publisher.attach('a', { seq: 0, publishedSeq: 0 }, () => undefined).send(operations(1, 1))
    await clock.pass(DEFAULT_LIMITS.publishTimeoutMs)
    expect(states).toEqual(['open'])
    expect(publisher.stats()).toMatchObject({ breaker: 'open', queuedBytes: 0 })
  })

  it('FD-6 a call that was under way when another one failed does not open the way again', async () => {
    let finish: () => void = () => undefined
    const { publisher, clock, stores, states } = setting({
      feed: {
        ...createMemoryFeed(),
        publish: async (id) =>
          id === 'a' ? new Promise((resolve) => (finish = resolve)) : Promise.reject(new Error()),
      },
    })
    for (const id of ['a', 'b']) {
      const log = operations(1, 1)
      await stores.operations.append(id, log)
      publisher.attach(id, { seq: 0, publishedSeq: 0 }, () => undefined).send(log)
    }
    await clock.pass()
    finish()
    await clock.pass(500)
    expect(states).toEqual(['open'])
    expect(publisher.stats()).toMatchObject({ unpublished: 1, breaker: 'open' })
  })

  it('FD-7 a document that the feed refuses does not keep it shut for the others', async () => {
    const memory = createMemoryFeed()
    const { publisher, clock, stores } = setting({
      feed: {
        ...memory,
        publish: async (id, batch) =>
          id === 'bad' ? Promise.reject(new Error('too large')) : memory.publish(id, batch),
      },
    })
    const logs = { bad: operations(1, 1), good: operations(1, 3_600) }
    for (const [id, log] of Object.entries(logs)) await stores.operations.append(id, log)
    const [bad, good] = ['bad', 'good'].map((id) => publisher.attach(id, { seq: 0, publishedSeq: 0 }, () => undefined))
    bad!.send(logs.bad)
    let shut = 0
    for (const operation of logs.good) {
      good!.send([operation])
      await clock.pass(1_000)
      if (publisher.isShut) shut += 1
    }
    await clock.pass(60_000)
    expect(memory.published.at(-1)?.operations.at(-1)?.seq).toBe(3_600)
    // An hour: a few seconds for each of ever rarer attempts.
    expect(shut).toBeLessThan(60)
  }, 60_000)

  it('FD-8 what a server left behind that is no more is found at the start, and from time to time', async () => {
    const { publisher, clock, stores, feed } = setting()
    const leave = async (id: string, seq: number): Promise<void> => {
      await stores.documents.create(aDocument({ id, seq, publishedSeq: 2 }))
      await stores.operations.append(id, operations(1, seq))
    }
    await leave('old', 600)
    publisher.start()
    await clock.pass()
    expect(feed.published.flatMap((batch) => batch.operations.map(({ seq }) => seq))).toEqual(numbers(3, 600))
    expect(await stores.documents.get('old')).toMatchObject({ seq: 600, publishedSeq: 600 })
    await leave('later', 5)
    await clock.pass(DEFAULT_LIMITS.findUnpublishedMs * 3)
    expect(await stores.documents.get('later')).toMatchObject({ publishedSeq: 5 })
    expect(publisher.stats().unpublished).toBe(0)
  })

  it('FD-8 a document whose record only lags a little, since another server publishes it, is left to that one', async () => {
    const { publisher, clock, stores, feed } = setting()
    publisher.start()
    await clock.pass()
    await stores.documents.create(aDocument({ id: 'busy', seq: 1 }))
    for (let seq = 2; seq < 200; seq++) {
      await stores.operations.append('busy', operations(seq, seq))
      await stores.documents.advance('busy', { seq, versionVector: [], publishedSeq: seq - 1, updatedAt: seq })
      await clock.pass(1_000)
    }
    expect(feed.published).toEqual([])
  })

  it('FD-9 a hundred thousand unpublished operations wait in the log, not in memory, and are published page by page', async () => {
    const replicaId = aReplicaId()
    const total = 100_000
    const page = (after: number, limit: number): StoredOperation[] =>
      operations(after + 1, Math.min(total, after + limit), replicaId)
    let [published, calls, disordered] = [0, 0, 0]
    let down = true
    const memory = createMemoryStores()
    const { publisher, clock } = setting({
      stores: {
        ...memory,
        operations: { ...memory.operations, read: async (_id, after, limit) => page(after, limit) },
      },
      feed: {
        ...createMemoryFeed(),
        publish: async (_id, batch) => {
          if (down) throw new Error('down')
          calls += 1
          if (batch[0]?.seq !== published + 1) disordered += 1
          published = batch.at(-1)?.seq ?? published
        },
      },
    })
    const line = publisher.attach('a', { seq: 0, publishedSeq: 0 }, () => undefined)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    let most = 0
    for (let seq = 1; seq <= total; seq++) {
      line.send(operations(seq, seq, replicaId))
      most = Math.max(most, publisher.stats().queuedBytes)
      if (seq % 1_000 === 0) await nextTurn()
    }
    globalThis.gc?.()
    const grown = process.memoryUsage().heapUsed - before
    expect(publisher.stats()).toEqual({ unpublished: total, queuedBytes: 0, breaker: 'open' })
    down = false
    const startedAt = performance.now()
    await clock.pass(2_000)
    while (publisher.stats().unpublished > 0) await nextTurn()
    const milliseconds = performance.now() - startedAt
    expect([published, disordered]).toEqual([total, 0])
    expect(publisher.stats()).toEqual({ unpublished: 0, queuedBytes: 0, breaker: 'closed' })
    console.log(
      `100,000 unpublished operations: at most ${most} bytes queued, heap ${(grown / 2 ** 20).toFixed(1)} MiB more` +
        ` (garbage too), drained in ${calls} calls and ${milliseconds.toFixed(0)} ms`,
    )
  }, 60_000)

  it('FD-9 a feed that is slow does not fill the memory: beyond the bound operations wait in the log', async () => {
    const maxUnpublishedBytes = 100_000
    const memory = createMemoryFeed()
    const { publisher, clock, stores } = setting({
      limits: { ...DEFAULT_LIMITS, maxUnpublishedBytes },
      feed: {
        ...memory,
        publish: async (id, batch) => {
          await new Promise<void>((resolve) => clock.after(2_000, resolve))
          return memory.publish(id, batch)
        },
      },
    })
    const log = operations(1, 3_000)
    await stores.operations.append('a', log)
    const line = publisher.attach('a', { seq: 0, publishedSeq: 0 }, () => undefined)
    let most = 0
    for (const operation of log) {
      line.send([operation])
      most = Math.max(most, publisher.stats().queuedBytes)
    }
    expect(most).toBeLessThanOrEqual(maxUnpublishedBytes)
    await clock.pass(60_000)
    expect(memory.published.flatMap((batch) => batch.operations.map(({ seq }) => seq))).toEqual(numbers(1, 3_000))
  })

  it('FD-10 a log that does not answer, or is damaged, holds up its own document only', async () => {
    const { publisher, clock, stores, feed, lines, states } = setting()
    for (const id of ['a', 'b']) {
      await stores.documents.create(aDocument({ id, seq: 10 }))
      await stores.operations.append(id, operations(1, 10))
    }
    stores.tamper.operations('a', (log) => log.filter(({ seq }) => seq !== 5))
    publisher.start()
    await clock.pass(600_000)
    expect(feed.published.map(({ documentId }) => documentId)).toEqual(['b'])
    const alarms = lines.filter(({ message }) => message.includes('damaged'))
    expect(alarms.length).toBeGreaterThan(1)
    expect(alarms.length).toBeLessThan(12)
    stores.tamper.operations('a', () => operations(1, 10))
    await clock.pass(900_000)
    expect(await stores.documents.get('a')).toMatchObject({ publishedSeq: 10 })
    expect(states).toEqual([])
  })

  it('FD-11 a server that stops publishes what is queued, and leaves a backlog to others', async () => {
    const cluster = new Cluster()
    const server = cluster.server()
    await server.create()
    const ada = await server.join('ada')
    for (let i = 0; i < 20; i++) ada.write(String(i))
    const drained = server.rooms.drain()
    await cluster.pass(1_000)
    await drained
    expect(cluster.published(DOC)).toEqual(numbers(1, 20))
    expect(await server.stores.documents.get(DOC)).toMatchObject({ seq: 20, publishedSeq: 20 })

    const second = cluster.server()
    const bob = await second.join('bob')
    cluster.feed.setDown(true)
    bob.write('unpublished')
    await cluster.pass(1_000)
    const over = second.rooms.drain()
    await cluster.pass(20_000)
    await over
    cluster.feed.setDown(false)
    cluster.server()
    await cluster.pass()
    expect(cluster.published(DOC)).toEqual(numbers(1, 21))
  })

  it('FD-12 what another server wrote is published by that server, and read by nobody for it', async () => {
    const cluster = new Cluster()
    const [one, two] = [cluster.server(), cluster.server()]
    await one.create(docOf('seeded'))
    const ada = await one.join('ada')
    const bob = await two.join('bob')
    for (let i = 0; i < 20; i++) {
      ada.write(`a${i}`)
      await cluster.pass(200)
      bob.write(`b${i}`)
      await cluster.pass(200)
    }
    await cluster.pass(5_000)
    expect([...new Set(cluster.published(DOC))].sort((a, b) => a - b)).toEqual(numbers(1, 41))
    // Both opened the document while its first operation was unpublished.
    expect(cluster.published(DOC).length).toBeLessThanOrEqual(42)
  })

  it('FD-8 what a server left behind that is no more is found also where the document is open on another one', async () => {
    const cluster = new Cluster()
    const one = cluster.server()
    const stores = cluster.stores()
    const feed = { ...cluster.feed, publish: () => new Promise<void>(() => undefined) }
    const two = cluster.server({ stores: { ...stores, feed } })
    await one.create(docOf('seeded'))
    const ada = await one.join('ada')
    await cluster.pass(5_000)
    expect(cluster.published(DOC)).toEqual([1])
    const bob = await two.join('bob')
    bob.write('said and not published')
    await cluster.pass(1_000)
    expect(ada.text).toBe(bob.text)
    stores.crash()
    for (let i = 0; i < 30; i++) {
      ada.wire.say({ kind: 'ping' })
      await cluster.pass(5_000)
    }
    expect(cluster.published(DOC)).toContain(2)
    expect(ada.wire.closedWith).toBeNull()
    expect(await one.stores.documents.get(DOC)).toMatchObject({ seq: 2, publishedSeq: 2 })
  })

  it('FD-4 probes come ever more rarely, each server at its own time', () => {
    let state = afterFailure(CLOSED, 0, 0)
    const waits: number[] = []
    for (let i = 0; i < 8; i++) {
      if (state.status === 'closed') throw new Error('closed by a failure')
      waits.push(state.probeAt)
      state = afterFailure(state, 0, 1)
    }
    expect(waits).toEqual([1_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000])
  })
})
