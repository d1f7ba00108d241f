import type * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { Cluster, loseNext, overhear } from './support/cluster.ts'
import type { ClusterOptions } from './support/cluster.ts'
import { FakeClock } from './support/fake-clock.ts'
import { SeededRandom } from './support/random-editing.ts'
import { DOC, docOf, freshText } from './support/world.ts'
import type { Replica, World } from './support/world.ts'

/** How long a call of the store takes where this matters. */
const ROUND_TRIP_MS = 2

async function two(options: ClusterOptions = {}) {
  const cluster = await Cluster.of(2, { content: docOf('some', 'text'), ...options })
  const [first, second] = [cluster.server(0), cluster.server(1)]
  const ada = await first.join('ada')
  const bob = await second.join('bob')
  return { cluster, first, second, ada, bob }
}

async function expectOneDocument(cluster: Cluster, replicas: readonly Replica[]): Promise<void> {
  const [first] = replicas
  for (const replica of replicas) {
    expect(replica.unsettled).toEqual([])
    expect(replica.rejected).toEqual([])
    expect(replica.wire.closedWith).toBeNull()
    expect(replica.text).toBe(first?.text)
  }
  for (const server of cluster.servers) expect(await freshText(server)).toBe(first?.text)
  const log = await cluster.server(0).stores.operations.read(DOC, 0, 100_000)
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
  expect(new Set(log.map(({ replicaId, counter }) => `${replicaId}/${counter}`)).size).toBe(log.length)
}

/** Every call of these stores that writes, and every lock, takes a while. */
function slow(server: World, ms = ROUND_TRIP_MS): void {
  server.stores.delayWrites(() => new Promise((resolve) => server.clock.after(ms, resolve)))
}

/** Takes the lock as somebody who is not in the cluster, and never gives it back. */
const holdLock = (server: World, leaseMs: number) =>
  server.stores.locks.acquire(DOC, 'somebody who died', leaseMs, server.clock.now())

describe('several servers on one document', () => {
  it('CL-10 sessions on different servers see each other, in the order of seq', async () => {
    const { cluster, ada, bob } = await two()
    for (let i = 0; i < 20; i++) {
      ;(i % 2 === 0 ? ada : bob).write(String(i))
      await cluster.pass(200)
    }
    await expectOneDocument(cluster, [ada, bob])
    expect(ada.lastSeq).toBe(21)
  })

  it('CL-11 a lost message is healed by the gap that the next one shows', async () => {
    const { cluster, ada, bob } = await two()
    loseNext(cluster.server(0).stores, 'operations', 2)
    ada.write('one')
    await cluster.pass()
    ada.write('two')
    await cluster.pass()
    expect(bob.lastSeq).toBe(1)
    ada.write('three')
    await cluster.pass()
    expect(bob.lastSeq).toBe(4)
    await expectOneDocument(cluster, [ada, bob])
  })

  it('CL-12 the last message of all, lost, is found by the slow look at the log', async () => {
    const { cluster, ada, bob } = await two()
    loseNext(cluster.server(0).stores, 'operations')
    ada.write('last words')
    await cluster.pass(1_000)
    expect(bob.lastSeq).toBe(1)
    await cluster.pass(30_000)
    expect(bob.text).toBe(ada.text)
  })

  it('CL-13 while the servers do not hear each other they read the log, within the catch-up time', async () => {
    const { cluster, first, ada, bob } = await two()
    cluster.bus.setCut(true)
    ada.write('unheard')
    await cluster.pass(first.limits.catchUpMs + first.limits.sweepMs)
    expect(bob.text).toBe(ada.text)
    ada.write('again')
    await cluster.pass(first.limits.catchUpMs + first.limits.sweepMs)
    await expectOneDocument(cluster, [ada, bob])
  })

  it('CL-13 when they hear each other again every open document catches up at once', async () => {
    const { cluster, ada, bob } = await two({ limits: { catchUpMs: 60_000 } })
    cluster.bus.setCut(true)
    ada.write('unheard')
    await cluster.pass(2_000)
    expect(bob.text).not.toBe(ada.text)
    cluster.bus.setCut(false)
    await cluster.pass()
    await expectOneDocument(cluster, [ada, bob])
  })

  it('CL-13 looking at the logs of many documents is bounded in parallel, and costs one look each', async () => {
    const cluster = await Cluster.of(2, { limits: { parallelChecks: 4 } })
    const server = cluster.server(1)
    for (let i = 0; i < 40; i++) {
      const id = `other-${i}`
      await server.rooms.createDocument({ id, title: '', schemaId: '', content: docOf('x'), createdBy: 'ada' })
      await server.rooms.content(id, 'json')
    }
    await cluster.pass(server.limits.sweepMs)
    let [running, most, looks] = [0, 0, 0]
    const head = server.stores.operations.head.bind(server.stores.operations)
    server.stores.operations.head = async (documentId) => {
      looks += 1
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => cluster.clock.after(5, resolve))
      running -= 1
      return head(documentId)
    }
    cluster.bus.setCut(true)
    await cluster.pass(server.limits.catchUpMs)
    expect(most).toBe(4)
    expect(looks).toBeLessThanOrEqual(40)
    expect(looks).toBeGreaterThan(0)
  })

  it('CL-13 a server that is alone never looks', async () => {
    const { World: Alone } = await import('./support/world.ts')
    const world = new Alone()
    await world.create()
    await world.join('ada')
    let looks = 0
    const head = world.stores.operations.head.bind(world.stores.operations)
    world.stores.operations.head = (documentId) => (looks++, head(documentId))
    const { lookups } = world
    await world.pass(35_000)
    expect(looks).toBe(0)
    expect(world.lookups).toBe(lookups)
  })

  it('CL-14 two servers that write at the same time, 1,000 rounds, end with one document without a hole', async () => {
    const { cluster, ada, bob } = await two()
    const random = new SeededRandom(7)
    for (let round = 0; round < 1_000; round++) {
      for (const replica of [ada, bob])
        replica.tryEdit((fragment) => {
          const text = (fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
          const at = random.below(text.length + 1)
          if (text.length > 60) text.delete(0, 20)
          else text.insert(at, replica === ada ? 'a' : 'b')
        })
      await cluster.pass(round % 10 === 0 ? 30 : 1)
    }
    await cluster.pass(3_000)
    await expectOneDocument(cluster, [ada, bob])
    expect(ada.committed).toBe(1_000)
    expect(bob.committed).toBe(1_000)
  })

  it.each(Array.from({ length: 10 }, (_, index) => index + 1))(
    'CL-14 servers that write at once, lose messages, are cut off and killed end with one document (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed)
      const cluster = await Cluster.of(3, {
        content: docOf('seeded'),
        limits: { lockLeaseMs: 3_000, safetyCatchUpMs: 2_000 },
      })
      for (const server of cluster.servers) slow(server)
      const homes = [0, 1, 2, 0]
      const replicas: Replica[] = []
      for (const home of homes) replicas.push(await cluster.server(home).join(home === 0 ? 'ada' : 'bob'))
      for (let step = 0; step < 120; step++) {
        const index = random.below(replicas.length)
        const replica = replicas[index] as Replica
        const isOpen = replica.wire.closedWith === null
        const dice = random.below(100)
        if (dice < 60) replica.write(`${step}`, isOpen)
        else if (dice < 80) await cluster.pass(random.below(100))
        else if (dice < 85) loseNext(cluster.server(random.below(3)).stores, 'operations')
        else if (dice < 88) cluster.bus.setCut(true)
        else if (dice < 93) cluster.bus.setCut(false)
        else if (dice < 94) {
          const index = random.below(3)
          const killed = cluster.server(index)
          slow(cluster.kill(index))
          for (const other of replicas) if (other.wire.world === killed) other.wire.cut()
        } else if (dice < 96) cluster.server(random.below(3)).stores.failNextAppend('lose-answer')
        else await replica.reconnect(cluster.server(random.below(3)))
        if (!isOpen) await replica.reconnect(cluster.server(random.below(3)))
      }
      cluster.bus.setCut(false)
      for (const [index, replica] of replicas.entries()) {
        await replica.reconnect(cluster.server(index % 3))
        await cluster.pass(1_500)
      }
      for (const [index, replica] of replicas.entries()) {
        await replica.reconnect(cluster.server((index + 1) % 3))
        await cluster.pass(1_500)
      }
      await cluster.pass(3_000)
      await expectOneDocument(cluster, replicas)
    },
  )

  it('CL-15 a holder that stood still beyond its lease is refused what it writes then, and follows the log', async () => {
    const cluster = await Cluster.of(1, { content: docOf('x'), limits: { safetyCatchUpMs: 2_000 } })
    const stopped = new FakeClock()
    const first = cluster.addServer(stopped)
    const second = cluster.addServer()
    first.admit()
    const joining = first.join('ada')
    await stopped.pass(50)
    const writer = await joining
    writer.write('before')
    await stopped.pass(50)
    expect(writer.committed).toBe(1)
    // The process stops: its clock stands, nothing that it had to do is done, and what others say is not heard.
    const stop = first.stores
    stop.setCut(true)
    const bob = await second.join('bob')
    await cluster.pass(second.limits.lockLeaseMs + 1_000)
    bob.write('meanwhile')
    await cluster.pass(2_000)
    expect(bob.committed).toBe(1)
    // It goes on, and believes in its lock for as long as it has not looked at the clock.
    writer.write('after')
    await stopped.pass(20)
    expect(first.count('append_conflicts_total')).toBe(1)
    stop.setCut(false)
    await stopped.pass(100)
    await cluster.pass(4_000)
    expect(writer.committed).toBe(2)
    const log = await second.stores.operations.read(DOC, 0, 100)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
    expect(bob.text).toBe(writer.text)
  })

  it('CL-16 a version is restored on one server while people type on another', async () => {
    const { cluster, first, second, ada, bob } = await two()
    const version = await first.rooms.versions.create(DOC, 'then', { id: 'ada', name: 'Ada' })
    ada.write('later')
    await cluster.pass(300)
    const restoring = first.rooms.versions.restore(DOC, version.id, { id: 'ada', name: 'Ada' })
    for (let i = 0; i < 30; i++) {
      bob.edit((fragment) => ((fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(0, `${i % 10}`))
      await cluster.pass(20)
    }
    await cluster.pass(2_000)
    await restoring
    await expectOneDocument(cluster, [ada, bob])
    expect(bob.committed).toBe(30)
    expect(bob.text).not.toContain('later')
    expect(bob.text).toContain('0987654321')
    const listed = await second.rooms.versions.list(DOC, { limit: 10 })
    expect(listed.items.some(({ kind }) => kind === 'restore')).toBe(true)
  })

  // ── the lock ─────────────────────────────────────────────────────────────────────────────────────────────────────

  it('CL-17 a holder with nothing to write gives the lock to who asks, within 100 ms', async () => {
    const { cluster, ada, bob } = await two()
    for (const server of cluster.servers) slow(server)
    ada.write('holds the lock')
    await cluster.pass(50)
    const before = cluster.clock.now()
    bob.write('wants it')
    while (bob.committed === 0 && cluster.clock.now() - before < 5_000) await cluster.pass(1)
    expect(cluster.clock.now() - before).toBeLessThanOrEqual(100)
    expect(cluster.count('appends_without_lock_total')).toBe(0)
  })

  it('CL-17 a server that drains gives its locks back before it folds', async () => {
    const { cluster, first, second, ada } = await two()
    ada.write('before the restart')
    await cluster.pass()
    // Nothing can be heard, and folding takes long.
    cluster.bus.setCut(true)
    first.stores.delayWrites((write) =>
      write === 'versions.put' ? new Promise((resolve) => cluster.clock.after(8_000, resolve)) : Promise.resolve(),
    )
    let hasEnded = false
    void first.rooms.drain().then(() => (hasEnded = true))
    await cluster.pass(50)
    expect(ada.wire.closedWith?.code).toBe(1012)
    await ada.reconnect(second)
    ada.write('after it')
    await cluster.pass(100)
    expect(ada.committed).toBe(2)
    expect(hasEnded).toBe(false)
    await cluster.pass(10_000)
    expect(hasEnded).toBe(true)
    expect(cluster.count('appends_without_lock_total')).toBe(0)
  })

  it('CL-17 while a server waits for the lock its people see what others write', async () => {
    const { cluster, second, ada, bob } = await two()
    await holdLock(second, 10_000)
    bob.write('waits')
    await cluster.pass(50)
    const log = await second.stores.operations.read(DOC, 0, 10)
    ada.write('written without the lock')
    await cluster.pass(1_200)
    expect(log).toHaveLength(1)
    expect(bob.text).toBe(ada.text)
  })

  it('CL-18 two servers under constant load take turns: nobody waits for long, and most of the time somebody writes', async () => {
    const figures = await underLoad(false)
    expect(figures.worst).toBeLessThan(400)
    expect(figures.share).toBeGreaterThan(0.4)
    expect(figures.appends).toBeGreaterThan(0.5 * figures.appendsOfOne)
    expect(figures.withoutLock).toBe(0)
  })

  it('CL-18 they do so where they do not hear each other', async () => {
    const figures = await underLoad(true)
    expect(figures.worst).toBeLessThan(2_000)
    expect(figures.share).toBeGreaterThan(0.3)
    expect(figures.appends).toBeGreaterThan(0.4 * figures.appendsOfOne)
  })

  it('CL-19 the lock of a server that died is not waited for to its end', async () => {
    const { cluster, second, ada, bob } = await two()
    await holdLock(second, second.limits.lockLeaseMs)
    const before = cluster.clock.now()
    bob.write('one')
    while (bob.committed === 0 && cluster.clock.now() - before < 20_000) await cluster.pass(10)
    const waited = cluster.clock.now() - before
    expect(waited).toBeGreaterThanOrEqual(second.limits.lockPatienceMs)
    expect(waited).toBeLessThan(second.limits.lockPatienceMs + 100)
    // Nobody else is seen to write: what follows need not wait again.
    bob.write('two')
    await cluster.pass(30)
    expect(bob.committed).toBe(2)
    await cluster.pass(second.limits.lockLeaseMs)
    bob.write('three')
    await cluster.pass(30)
    await expectOneDocument(cluster, [ada, bob])
  })

  it('CL-20 where nobody else writes the lock is kept: one append is one call', async () => {
    const { cluster, first, ada } = await two()
    const messages = overhear(first.stores)
    ada.write('takes it')
    await cluster.pass()
    const acquired = first.stores.writes.get('locks.acquire')
    for (let i = 0; i < 20; i++) {
      ada.write(String(i))
      await cluster.pass(50)
    }
    expect(first.stores.writes.get('locks.acquire')).toBe(acquired)
    expect(first.stores.writes.get('locks.release') ?? 0).toBe(0)
    expect(messages.every(({ kind }) => kind === 'operations')).toBe(true)
  })

  async function underLoad(isCut: boolean) {
    const MS = 1_500
    const run = async (writers: 1 | 2) => {
      const { cluster, ada, bob } = await two()
      for (const server of cluster.servers) slow(server)
      if (isCut) cluster.bus.setCut(true)
      const active = writers === 2 ? [ada, bob] : [ada]
      const sentAt = new Map<Replica, number[]>(active.map((replica) => [replica, []]))
      let worst = 0
      for (let ms = 0; ms < MS; ms++) {
        for (const replica of active) {
          const sent = sentAt.get(replica) as number[]
          replica.edit((fragment) => ((fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(0, 'x'))
          sent.push(cluster.clock.now())
          const oldest = sent[replica.committed]
          if (oldest !== undefined) worst = Math.max(worst, cluster.clock.now() - oldest)
        }
        await cluster.pass(1)
      }
      const committed = active.map((replica) => replica.committed)
      const appends = cluster.servers.reduce(
        (sum, { stores }) => sum + (stores.writes.get('operations.append') ?? 0),
        0,
      )
      await cluster.pass(5_000)
      await expectOneDocument(cluster, [ada, bob])
      return { cluster, worst, committed, appends }
    }
    const one = await run(1)
    const { cluster, worst, committed, appends } = await run(2)
    const sum = committed.reduce((a, b) => a + b, 0)
    const figures = {
      worst,
      share: Math.min(...committed) / sum,
      appends,
      appendsOfOne: one.appends,
      conflicts: cluster.count('append_conflicts_total'),
      withoutLock: cluster.count('appends_without_lock_total'),
      committed,
    }
    if (process.env['FIGURES'] !== undefined) process.stdout.write(`${JSON.stringify({ isCut, ...figures })}\n`)
    return figures
  }
})
