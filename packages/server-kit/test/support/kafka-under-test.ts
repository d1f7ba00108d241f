import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import { onTestFinished } from 'vitest'
import { openKafka } from '../../src/adapters/kafka/index.ts'
import type { KafkaOptions } from '../../src/adapters/kafka/index.ts'
import { readMessage } from '../../src/adapters/kafka/message.ts'
import type { Log, LogFacts } from '../../src/metrics.ts'
import type { Adapter, OperationFeed } from '../../src/ports.ts'

/** A topic, and with it a group, that no other test uses. */
export const aTopic = (): string => `sheaf.test.${randomUUID()}`

/** Options on these brokers, with a group of its own for each topic. */
export function kafkaOptions(brokers: string, change: Partial<KafkaOptions> = {}): KafkaOptions {
  const topic = change.topic ?? aTopic()
  return {
    brokers: brokers.split(','),
    topic,
    partitions: 4,
    tls: false,
    sasl: null,
    clusterId: 'test',
    log: new LinesLog(),
    group: `${topic}.group`,
    ...change,
  }
}

/** Keeps the lines. */
export class LinesLog implements Log {
  readonly lines: (LogFacts & { level: 'info' | 'warn' | 'error'; message: string })[] = []

  info(facts: LogFacts, message: string): void {
    this.lines.push({ ...facts, level: 'info', message })
  }

  warn(facts: LogFacts, message: string): void {
    this.lines.push({ ...facts, level: 'warn', message })
  }

  error(facts: LogFacts, message: string): void {
    this.lines.push({ ...facts, level: 'error', message })
  }
}

export interface FeedAdapter extends Adapter<'feed'> {
  readonly feed: OperationFeed
}

/** An adapter that closes with the test. */
export async function aFeed(options: KafkaOptions): Promise<FeedAdapter> {
  const adapter = await openKafka(options)
  onTestFinished(() => adapter.close(), 30_000)
  const { feed } = adapter.ports
  if (feed === null) throw new Error('there is no feed')
  return { ...adapter, feed }
}

/** Waits until it is so, and resolves with the milliseconds that it took. */
export async function eventually(isSo: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<number> {
  const start = performance.now()
  while (!(await isSo())) {
    if (performance.now() - start > withinMs) throw new Error(`it did not happen within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return performance.now() - start
}

/** How long it took, and what it was rejected with. */
export async function took(call: Promise<unknown>): Promise<[number, unknown]> {
  const start = performance.now()
  try {
    await call
    return [performance.now() - start, undefined]
  } catch (error) {
    return [performance.now() - start, error]
  }
}

/** A client of the test's own, to look and to tamper. */
export const aClient = ({ brokers }: KafkaOptions) =>
  new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })

/** All that the topic holds: the seqs of each document. */
export async function everythingIn(options: KafkaOptions): Promise<Map<string, Set<number>>> {
  const client = aClient(options)
  const admin = client.admin()
  const ends = await admin.fetchTopicOffsets(options.topic)
  await admin.disconnect()
  const missing = new Map(ends.map(({ partition, high }) => [partition, Number(high)]))
  for (const [partition, high] of missing) if (high === 0) missing.delete(partition)
  const found = new Map<string, Set<number>>()
  const consumer = client.consumer({ groupId: `${options.topic}.${randomUUID()}` })
  await consumer.connect()
  await consumer.subscribe({ topics: [options.topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const read = readMessage(message, options.clusterId)
      if (read.status === 'read') {
        const seqs = found.get(read.documentId) ?? new Set()
        for (const { seq } of read.operations) seqs.add(seq)
        found.set(read.documentId, seqs)
      }
      if (Number(message.offset) + 1 >= (missing.get(partition) ?? 0)) missing.delete(partition)
    },
  })
  await eventually(() => missing.size === 0, 60_000)
  await consumer.disconnect()
  return found
}
