/*
 * A worker as a process of its own, which dies on the spot behind so many stored progresses: after the progress, before
 * the offset. One JSON line for each event. Run with --import tsx --conditions=@sheaf/source.
 */
import { openKafka } from '../../src/adapters/kafka/index.ts'
import { openMongo } from '../../src/adapters/mongo/index.ts'
import { systemClock } from '../../src/clock.ts'
import { createDocumentThread } from '../../src/document/document-thread.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import { noLog, noMetrics } from '../../src/metrics.ts'
import { createMemoryStores } from '../../src/testing/memory-stores.ts'
import { createWorker } from '../../src/worker.ts'

const [mongoUrl = '', brokers = '', topic = '', group = '', dieAfter = ''] = process.argv.slice(2)
const say = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`)

const mongo = await openMongo({ url: mongoUrl, log: noLog })
const kafka = await openKafka({
  brokers: brokers.split(','),
  topic,
  group,
  partitions: 4,
  tls: false,
  sasl: null,
  clusterId: 'test',
  log: noLog,
  timings: { sessionMs: 6_000 },
})
let left = Number(dieAfter)
const { progress } = mongo.ports
const stores = {
  ...createMemoryStores(),
  ...mongo.ports,
  ...kafka.ports,
  progress: {
    ...progress,
    get: (id: string) => progress.get(id),
    advance: async (next: Parameters<typeof progress.advance>[0]) => {
      await progress.advance(next)
      say({ event: 'progress', documentId: next.documentId, seq: next.seq })
      left -= 1
      if (left === 0) process.kill(process.pid, 'SIGKILL')
    },
  },
}
const worker = createWorker({
  stores,
  thread: createDocumentThread(DEFAULT_LIMITS),
  clock: systemClock,
  limits: DEFAULT_LIMITS,
  log: noLog,
  metrics: noMetrics,
})
await worker.start()
say({ event: 'started' })
setInterval(() => undefined, 1_000)
