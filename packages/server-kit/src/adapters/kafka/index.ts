import type { Adapter } from '../../ports.ts'
import { FeedConsumer } from './consumer.ts'
import { Monitor } from './monitor.ts'
import { setupOf } from './options.ts'
import type { KafkaOptions } from './options.ts'
import { Publisher } from './publisher.ts'
import { inspectTopic, migrateTopic } from './topic.ts'

export type { KafkaOptions, KafkaSasl, KafkaTimings } from './options.ts'

/**
 * The feed in a topic of Kafka. Kafka may go and come afterwards; at the start it has to be there. The producer connects
 * with the first publish.
 * @throws {SheafServerError} `configuration` where Kafka cannot be used as it is set: one line with what to do.
 */
export async function openKafka(options: KafkaOptions): Promise<Adapter<'feed'>> {
  const setup = setupOf(options)
  await inspectTopic(setup)
  const publisher = new Publisher(setup)
  const monitor = new Monitor(setup)
  const consumers = new Set<FeedConsumer>()
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await Promise.all([publisher.close(), ...[...consumers].map((consumer) => consumer.stop())])
    await monitor.close()
  }
  return {
    ports: {
      feed: {
        publish: (documentId, operations) => publisher.publish(documentId, operations),
        consume: async (handle) => {
          const consumer = await FeedConsumer.begin(setup, handle)
          consumers.add(consumer)
          return async () => {
            await consumer.stop()
            consumers.delete(consumer)
          }
        },
        lag: () => monitor.lag(),
      },
    },
    dependency: { name: 'kafka', check: () => monitor.check() },
    close: () => (closing ??= close()),
  }
}

/**
 * Makes the topic where there is none, and adds partitions where there are too few. Resolves with one line for people.
 * @throws {SheafServerError} `configuration`
 */
export async function migrateKafka(options: KafkaOptions): Promise<string> {
  const setup = setupOf(options)
  const { before, partitions } = await migrateTopic(setup)
  const topic = `Kafka: topic ${setup.topic}`
  if (before === 0) return `${topic} was made, with ${partitions} partitions.`
  if (before < partitions) return `${topic} has ${partitions} partitions now; there were ${before}.`
  return `${topic} is there, with ${partitions} partitions; nothing to do.`
}

/**
 * Looks whether Kafka can be used as it is set, and changes nothing. Resolves with one line for people.
 * @throws {SheafServerError} `configuration`, with what to do.
 */
export async function inspectKafka(options: KafkaOptions): Promise<string> {
  const setup = setupOf(options)
  const { partitions, brokers } = await inspectTopic(setup)
  return `Kafka: topic ${setup.topic} with ${partitions} partitions on ${brokers} ${brokers === 1 ? 'broker' : 'brokers'}.`
}
