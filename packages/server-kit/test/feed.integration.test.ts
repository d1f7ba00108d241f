import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { randomUUID } from 'node:crypto'
import { absences, sharedSetting, startServices } from '@sheaf/services'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import * as Y from 'yjs'
import { migrateKafka } from '../src/adapters/kafka/index.ts'
import type { KafkaOptions } from '../src/adapters/kafka/index.ts'
import { systemClock } from '../src/clock.ts'
import { createInlineDocumentThread } from '../src/document/document-thread.ts'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import type { LogFacts } from '../src/metrics.ts'
import { noMetrics } from '../src/metrics.ts'
import type { OperationFeed } from '../src/ports.ts'
import { decodeSnapshot } from '../src/document/snapshot.ts'
import { createMemoryStores } from '../src/testing/memory-stores.ts'
import type { MemoryStores } from '../src/testing/memory-stores.ts'
import { createWorker } from '../src/worker.ts'
import { FakeClock } from './support/fake-clock.ts'
import { aFeed, eventually, everythingIn, kafkaOptions } from './support/kafka-under-test.ts'
import { aMigratedDatabase, aMongoAdapter } from './support/mongo-under-test.ts'
import type { TestDatabase } from './support/mongo-under-test.ts'
import { Replica, World, docOf, updateOf } from './support/world.ts'
import type { Wire } from './support/world.ts'

/** Time as it is. */
class RealClock extends FakeClock {
  override now(): number {
    return Date.now()
  }
  override after(ms: number, run: () => void): () => void {
    return systemClock.after(ms, run)
  }
  override async pass(ms = 0): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
}

/** A server on which one document is edited. */
class Desk extends World {
  readonly documentId = randomUUID()

  override connect(): Wire {
    return super.connect(this.documentId)
  }

  async open(): Promise<Replica> {
    const { documentId, rooms } = this
    const document = { id: documentId, title: '', schemaId: '', content: docOf('seeded'), createdBy: 'ada' }
    await rooms.createDocument(document)
    this.roles.set(`${documentId}/ada`, 'owner')
    const replica = new Replica(this, 'ada')
    replica.hello()
    await eventually(() => replica.wire.of('state').length > 0)
    return replica
  }
}

/** What clients do while they have nothing to say. */
function keepAlive(replicas: readonly Replica[]): void {
  const timer = setInterval(() => {
    for (const { wire } of replicas) if (wire.closedWith === null) wire.say({ kind: 'ping' })
  }, 5_000)
  onTestFinished(() => clearInterval(timer))
}

const mongoServer = sharedSetting('mongodb')
const sharedBrokers = sharedSetting('kafka')
const absent = (await absences()).find(({ name }) => name === 'kafka')
if (mongoServer === null || sharedBrokers === null)
  console.warn('Servers and workers on MongoDB and Kafka: skipped, see `pnpm services up`.')

describe.skipIf(mongoServer === null || sharedBrokers === null)('on MongoDB and Kafka', { timeout: 300_000 }, () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await aMigratedDatabase(mongoServer!)
  })
  afterAll(() => database?.drop())

  /** The stores of one more process. */
  async function storesOf(feed: OperationFeed): Promise<MemoryStores> {
    const mongo = await aMongoAdapter(database.url)
    return { ...createMemoryStores(), ...mongo.ports, feed }
  }

  const desk = async (feed: OperationFeed, limits = {}): Promise<Desk> => {
    const server = new Desk({ stores: await storesOf(feed), clock: new RealClock(), serverId: randomUUID(), limits })
    onTestFinished(() => server.rooms.drain(), 30_000)
    return server
  }

  async function aWorker(options: KafkaOptions) {
    const { feed } = await aFeed(options)
    const stores = await storesOf(feed)
    const alarms: (LogFacts & { message: string })[] = []
    const worker = createWorker({
      stores,
      thread: createInlineDocumentThread(DEFAULT_LIMITS),
      clock: systemClock,
      limits: DEFAULT_LIMITS,
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (facts, message) => void alarms.push({ ...facts, message }),
      },
      metrics: noMetrics,
    })
    await worker.start()
    onTestFinished(() => worker.drain(), 30_000)
    return { worker, stores, alarms }
  }

  /** The newest version holds just what its editor has. */
  async function expectKept(stores: MemoryStores, { world, ydoc }: Replica, seq: number): Promise<void> {
    const { documentId } = world as Desk
    await eventually(async () => (await stores.versions.latest(documentId))?.seq === seq, 60_000)
    const latest = await stores.versions.latest(documentId)
    const kept = new Y.Doc()
    const bytes = await stores.versions.getSnapshot(documentId, latest!.id)
    Y.applyUpdateV2(kept, updateOf(decodeSnapshot(bytes!).state))
    expect(Y.equalSnapshots(Y.snapshot(kept), Y.snapshot(ydoc))).toBe(true)
  }

  it('FD-51 two workers share the documents; one that is killed between progress and offset leaves no trace', async () => {
    const options = kafkaOptions(sharedBrokers!, { timings: { sessionMs: 6_000 } })
    await migrateKafka(options)
    const { feed } = await aFeed(options)
    const desks = await Promise.all(Array.from({ length: 8 }, () => desk(feed)))
    const replicas = await Promise.all(desks.map((server) => server.open()))
    keepAlive(replicas)

    const child = fileURLToPath(new URL('support/worker-child.mts', import.meta.url))
    const args = [database.url, options.brokers.join(','), options.topic, options.group ?? '', '30']
    const victim = spawn(process.execPath, ['--import', 'tsx', '--conditions=@sheaf/source', child, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void victim.kill('SIGKILL'))
    const said: { event: string; documentId?: string; seq?: number }[] = []
    createInterface({ input: victim.stdout }).on('line', (line) => said.push(JSON.parse(line)))
    let ended: string | null = null
    victim.on('exit', (_code, signal) => (ended = signal))
    await eventually(() => said.length > 0, 60_000)
    const second = await aWorker(options)

    const progress = new Map<string, number[]>(desks.map(({ documentId }) => [documentId, []]))
    const look = async (): Promise<void> => {
      for (const [id, seen] of progress) seen.push((await second.stores.progress.get(id))?.seq ?? 0)
    }
    for (let i = 0; i < 100; i++) {
      for (const replica of replicas) replica.write(`paragraph ${i}`)
      if (i % 4 === 0) await look()
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    await eventually(() => replicas.every(({ unsettled }) => unsettled.length === 0), 60_000)
    await eventually(() => ended !== null, 60_000)
    const took = await eventually(async () => {
      await look()
      return [...progress.values()].every((seen) => seen.at(-1) === 101)
    }, 60_000)
    expect(ended).toBe('SIGKILL')
    for (const seen of progress.values()) expect(seen).toEqual([...seen].sort((a, b) => a - b))
    for (const replica of replicas) await expectKept(second.stores, replica, 101)
    expect(second.alarms).toEqual([])
    const byVictim = new Set(said.flatMap(({ documentId = [] }) => documentId)).size
    console.log(
      `the killed worker had folded ${byVictim} of 8 documents; the other one was through ${took.toFixed(0)} ms later`,
    )
    expect(byVictim).toBeGreaterThan(0)
  })

  it.skipIf(absent !== undefined)(
    'FD-52 while Kafka is stopped people go on, and progress with them; when it is back the backlog goes there in order',
    async () => {
      const services = await startServices(['kafka'])
      onTestFinished(() => services.stop(), 60_000)
      const kafka = services.get('kafka')
      const options = kafkaOptions(kafka.settings['SHEAF_KAFKA_BROKERS'] ?? '', { timings: { sessionMs: 6_000 } })
      await migrateKafka(options)
      const { feed } = await aFeed(options)
      const server = await desk(feed, { foldMs: 1_000 })
      const ada = await server.open()
      keepAlive([ada])
      const { documentId, stores } = server
      const second = await aWorker(options)
      ada.write('before')
      const progress = async (): Promise<number> => (await stores.progress.get(documentId))?.seq ?? 0
      await eventually(async () => (await progress()) === 2, 60_000)

      await kafka.stop()
      const waits: number[] = []
      for (let i = 0; i < 100; i++) {
        ada.write(`during ${i}`)
        waits.push(await eventually(() => ada.unsettled.length === 0))
      }
      await eventually(() => server.rooms.stats().feedShut === 1, 30_000)
      const behind = server.rooms.stats().unpublishedOperations
      const folded = await eventually(async () => (await progress()) === 102, 60_000)
      await kafka.start()
      const closed = await eventually(() => server.rooms.stats().feedShut === 0, 90_000)
      for (let i = 0; i < 20; i++) ada.write(`after ${i}`)
      await eventually(async () => (await progress()) === 122, 60_000)
      await eventually(async () => (await stores.documents.get(documentId))?.publishedSeq === 122, 60_000)
      expect([...((await everythingIn(options)).get(documentId) ?? [])].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 122 }, (_, index) => index + 1),
      )
      await expectKept(second.stores, ada, 122)
      expect([second.alarms, server.alarms]).toEqual([[], []])
      waits.sort((a, b) => a - b)
      console.log(
        `without Kafka: p50 ${waits[50]?.toFixed(1)} ms, worst ${waits.at(-1)?.toFixed(1)} ms to committed, ` +
          `${behind} operations behind, folded by the server ${folded.toFixed(0)} ms later; ` +
          `published again ${closed.toFixed(0)} ms after Kafka answered`,
      )
    },
  )
})
