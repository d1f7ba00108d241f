import { describe, expect, it } from 'vitest'
import { Cluster, counting } from './support/feed-world.ts'
import type { FedStores } from './support/feed-world.ts'
import { DOC } from './support/world.ts'
import type { Replica, World } from './support/world.ts'

/** A server whose calls of stores are counted, with one document that ada and bob have open. */
async function counted(cluster = new Cluster()) {
  const { stores, calls } = counting<FedStores>(cluster.stores())
  const server = cluster.server({ stores })
  await server.create()
  const ada = await server.join('ada')
  const bob = await server.join('bob')
  await cluster.pass()
  calls.clear()
  /** What was called since the last look; the lag of the feed and the like left out. */
  const since = (): Record<string, number> => {
    const seen = Object.fromEntries([...calls].sort(([a], [b]) => (a < b ? -1 : 1)))
    calls.clear()
    return seen
  }
  return { cluster, server, ada, bob, since, stores }
}

/** One operation after the other, each when the one before is acknowledged. */
async function type(cluster: Cluster, replica: Replica, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    replica.write(String(i))
    await cluster.pass(1)
  }
}

describe('round trips', () => {
  it('FD-41 the first commit of a server takes the lock, then it appends: what others wrote was heard', async () => {
    const { cluster, ada, since } = await counted()
    ada.write('first')
    await cluster.pass()
    expect(ada.committed).toBe(1)
    expect(since()).toEqual({ 'locks.acquire': 1, 'operations.append': 1, 'feed.publish': 1 })
  })

  it('FD-42 every further commit costs one append and, beside it, one publish, and nothing else', async () => {
    const { cluster, ada, since } = await counted(new Cluster({ advanceMs: 60_000 }))
    await type(cluster, ada, 1)
    since()
    await type(cluster, ada, 500)
    expect(ada.committed).toBe(501)
    expect(since()).toEqual({ 'operations.append': 500, 'feed.publish': 500 })
  })

  it('FD-42 a group that queued while an append was under way costs one append and one publish', async () => {
    const { cluster, server, ada, bob, since } = await counted(new Cluster({ advanceMs: 60_000 }))
    await type(cluster, ada, 1)
    since()
    let go: () => void = () => undefined
    server.stores.delayWrites((write) =>
      write === 'operations.append' ? new Promise<void>((resolve) => (go = resolve)) : Promise.resolve(),
    )
    ada.write('alone')
    await cluster.pass()
    for (let i = 0; i < 200; i++) (i % 2 === 0 ? ada : bob).write(String(i))
    await cluster.pass()
    go()
    await cluster.pass()
    server.stores.delayWrites(null)
    go()
    await cluster.pass()
    expect([ada.unsettled, bob.unsettled]).toEqual([[], []])
    expect(since()).toEqual({ 'operations.append': 2, 'feed.publish': 2 })
  })

  it('FD-43 the position is written at most once in a second, whatever is committed, and with it what is published', async () => {
    const { cluster, ada, since, stores } = await counted()
    await type(cluster, ada, 1)
    await cluster.pass(cluster.limits.advanceMs)
    since()
    for (let i = 0; i < 300; i++) {
      ada.write(String(i))
      await cluster.pass(20)
    }
    // Six seconds of typing.
    expect(since()['documents.advance']).toBeLessThanOrEqual(6)
    await cluster.pass(cluster.limits.advanceMs)
    expect(since()['documents.advance'] ?? 0).toBeLessThanOrEqual(1)
    await cluster.pass(2_000)
    expect(since()).toEqual({})
    expect(await stores.documents.get(DOC)).toMatchObject({ seq: 301, publishedSeq: 301 })
  })

  it('FD-44 the lock is asked for again only when two thirds of its time are over', async () => {
    const { cluster, ada, since } = await counted()
    await type(cluster, ada, 1)
    since()
    const seconds = 60
    for (let i = 0; i < seconds * 4; i++) {
      ada.write(String(i))
      ada.wire.say({ kind: 'ping' })
      await cluster.pass(250)
    }
    expect(ada.committed).toBe(seconds * 4 + 1)
    const { lockLeaseMs } = cluster.limits
    expect(since()['locks.acquire']).toBeLessThanOrEqual(Math.ceil((seconds * 1_000) / ((lockLeaseMs * 2) / 3)))
  })

  it('FD-45 while the feed takes nothing a commit costs one append, and a probe now and then', async () => {
    const { cluster, ada, since } = await counted(new Cluster({ advanceMs: 60_000, foldMs: 3_600_000 }))
    await type(cluster, ada, 1)
    cluster.feed.setDown(true)
    await type(cluster, ada, 1)
    since()
    await type(cluster, ada, 500)
    const seen = since()
    expect(seen['operations.append']).toBe(500)
    expect(seen['feed.publish'] ?? 0).toBeLessThanOrEqual(1)
  })
})

/** Writes wait so long, and every `failing`th append fails. */
function slow(server: World, ms: number, failing = Infinity): void {
  let appends = 0
  server.stores.delayWrites(async (write) => {
    await new Promise<void>((resolve) => server.clock.after(ms, resolve))
    if (write === 'operations.append' && ++appends % failing === 0) server.stores.failNextAppend('lose-answer')
  })
}

describe('slow stores', () => {
  it('FD-46 a store that takes two seconds for each write holds nothing but what is bounded, and everything is saved', async () => {
    const cluster = new Cluster({ maxPending: 200, advanceMs: 2_000 })
    const server = cluster.server()
    await server.create()
    const people = await Promise.all(['ada', 'bob', 'ada', 'bob'].map((user) => server.join(user)))
    slow(server, 2_000)
    let most = 0
    for (let round = 0; round < 40; round++) {
      for (const replica of people) {
        // As the client does: it sends no more than so many before the first is acknowledged.
        if (replica.unsettled.length < 30) for (let i = 0; i < 10; i++) replica.write(`${round} ${i}`)
        replica.wire.say({ kind: 'ping' })
      }
      await cluster.pass(1_000)
      most = Math.max(most, server.rooms.stats().pendingOperations)
    }
    server.stores.delayWrites(null)
    await cluster.pass(10_000)
    expect(most).toBeGreaterThan(50)
    expect(most).toBeLessThanOrEqual(200)
    for (const replica of people) expect(replica.unsettled).toEqual([])
    const log = await cluster.log(DOC)
    expect(log.length).toBe(people.reduce((sum, { counter }) => sum + counter, 0))
    expect(server.rooms.stats()).toMatchObject({ pendingOperations: 0, unpublishedOperations: 0 })
  })

  it('FD-46 operations that are waited for are bounded by their bytes too: more are sent back for later', async () => {
    const cluster = new Cluster({ maxPendingBytes: 100_000 })
    const server = cluster.server()
    await server.create()
    const ada = await server.join('ada')
    slow(server, 60_000)
    for (let i = 0; i < 20 && ada.wire.closedWith === null; i++) {
      ada.write('x'.repeat(10_000) + i)
      await cluster.pass()
    }
    expect(ada.wire.closedWith?.code).toBe(1013)
    expect(server.rooms.stats().pendingOperations).toBeLessThanOrEqual(11)
    server.stores.delayWrites(null)
    await cluster.pass(61_000)
    await ada.reconnect()
    await cluster.pass(1_000)
    expect(ada.unsettled).toEqual([])
  })

  it('FD-47 a store that flaps, and loses its answers, costs time: nothing is acknowledged falsely, lost or doubled', async () => {
    const cluster = new Cluster({ maxPending: 300 })
    const server = cluster.server()
    await server.create()
    const people = [await server.join('ada'), await server.join('bob')]
    slow(server, 300, 5)
    let losses = 0
    for (let round = 0; round < 60; round++) {
      for (const replica of people) {
        if (replica.wire.closedWith !== null) {
          losses += 1
          await replica.reconnect()
        } else replica.write(`round ${round}`)
      }
      await cluster.pass(500)
    }
    server.stores.delayWrites(null)
    await cluster.pass(2_000)
    for (const replica of people) {
      await replica.reconnect()
      await cluster.pass(2_000)
      expect(replica.unsettled).toEqual([])
    }
    expect(losses).toBeGreaterThan(4)
    const log = await cluster.log(DOC)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
    for (const { replicaId, counter } of people)
      expect(log.filter((operation) => operation.replicaId === replicaId).map((o) => o.counter)).toEqual(
        Array.from({ length: counter }, (_, index) => index + 1),
      )
    expect(people[0]!.text).toBe(people[1]!.text)
  })

  it('FD-48 what waits to be folded takes no memory beyond a bound: the rest is read from the log', async () => {
    const cluster = new Cluster({ maxHeardBytes: 20_000, foldMs: 3_600_000, snapshotQuietMs: 10_000 })
    const { stores, calls } = counting<FedStores>({ ...cluster.stores() })
    Object.assign(stores, { feed: null })
    const server = cluster.server({ stores })
    await server.create()
    const ada = await server.join('ada')
    for (let i = 0; i < 400; i++) ada.write('x'.repeat(100))
    await cluster.pass(100)
    calls.clear()
    await cluster.pass(12_000)
    expect(calls.get('operations.read')).toBeGreaterThan(0)
    expect(await cluster.progress(DOC)).toMatchObject({ seq: 400 })
  })
})
