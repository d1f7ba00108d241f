import kafkajs from 'kafkajs'
import type { Admin } from 'kafkajs'
import { SheafServerError } from '../../errors.ts'
import { noLog } from '../../metrics.ts'
import { KafkaClient } from './client.ts'
import { causesOf, configurationError, explain, hasType } from './failure.ts'
import { LARGEST_MESSAGE_BYTES } from './message.ts'
import type { KafkaSetup } from './options.ts'
import { BackOff, within } from './waiting.ts'

const UNSETTLED = [
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'LISTENER_NOT_FOUND',
  'KAFKA_STORAGE_ERROR',
]

/** The topic as it was found. */
export interface TopicState {
  readonly partitions: number
  readonly brokers: number
}

/**
 * Looks whether everything is there: brokers that are reached at the addresses they tell, and the topic with enough
 * partitions. Changes nothing.
 * @throws {SheafServerError} `configuration`, with what to do.
 */
export const inspectTopic = (setup: KafkaSetup): Promise<TopicState> =>
  asAdmin(setup, async (admin) => {
    const state = await look(admin, setup)
    if (state.partitions < setup.partitions)
      throw configurationError(
        `SHEAF_KAFKA_TOPIC: topic ${setup.topic} has ${state.partitions} partitions, and SHEAF_KAFKA_PARTITIONS wants ${setup.partitions}; run "sheaf migrate"`,
      )
    return state
  })

/** Makes the topic, or adds partitions. */
export const migrateTopic = (setup: KafkaSetup): Promise<TopicState & { readonly before: number }> =>
  asAdmin(setup, async (admin) => {
    const before = await partitionsOf(admin, setup.topic)
    if (before === 0) await create(admin, setup)
    else if (before < setup.partitions) await grow(admin, setup)
    return { ...(await lookWhenSettled(admin, setup)), before }
  })

/** Brokers learn of a new partition one after the other, and who asks too early is told that there is none. */
async function lookWhenSettled(admin: Admin, setup: KafkaSetup): Promise<TopicState> {
  const backOff = new BackOff(50, 500)
  for (;;) {
    try {
      const state = await look(admin, setup)
      if (state.partitions >= setup.partitions) return state
    } catch (error) {
      if (!hasType(error, ...UNSETTLED)) throw error
    }
    await backOff.pause()
  }
}

async function create(admin: Admin, { topic, partitions }: KafkaSetup): Promise<void> {
  await admin.createTopics({
    waitForLeaders: false,
    topics: [
      {
        topic,
        numPartitions: partitions,
        configEntries: [{ name: 'max.message.bytes', value: String(LARGEST_MESSAGE_BYTES) }],
      },
    ],
  })
}

async function grow(admin: Admin, { topic, partitions }: KafkaSetup): Promise<void> {
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
  } catch (error) {
    // Somebody else has added them meanwhile.
    if (!hasType(error, 'INVALID_PARTITIONS')) throw error
  }
}

/** 0 where there is no such topic. */
async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length ?? 0
  } catch (error) {
    if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return 0
    throw error
  }
}

async function look(admin: Admin, { topic }: KafkaSetup): Promise<TopicState> {
  const { brokers } = await admin.describeCluster()
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  // Asks the leader of every partition, at the address that the cluster tells.
  await admin.fetchTopicOffsets(topic)
  const limit = await largestMessage(admin, topic)
  if (limit !== null && limit < LARGEST_MESSAGE_BYTES)
    throw configurationError(
      `SHEAF_KAFKA_TOPIC: topic ${topic} takes messages of ${limit} bytes at most, and one operation may need more; set its max.message.bytes to ${LARGEST_MESSAGE_BYTES}`,
    )
  return { partitions: topics[0]?.partitions.length ?? 0, brokers: brokers.length }
}

/** Null where this user may not know. */
async function largestMessage(admin: Admin, topic: string): Promise<number | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['max.message.bytes'] }],
    })
    const value = Number(resources[0]?.configEntries[0]?.configValue)
    return value > 0 ? value : null
  } catch (error) {
    if (hasType(error, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED')) return null
    throw error
  }
}

/** Tries again, each time with a new client, what may pass, for as long as a start may take. */
async function asAdmin<T>(setup: KafkaSetup, work: (admin: Admin) => Promise<T>): Promise<T> {
  const end = performance.now() + setup.timings.startMs
  const backOff = new BackOff(setup.timings.retryMs, setup.timings.longestRetryMs)
  for (;;) {
    // What fails is told by the error alone.
    const client = new KafkaClient({ ...setup, log: noLog })
    const admin = client.kafka.admin()
    try {
      const attempt = async (): Promise<T> => {
        await admin.connect()
        return work(admin)
      }
      return await within(Math.max(setup.timings.requestMs, end - performance.now()), 'Kafka', attempt())
    } catch (error) {
      if (error instanceof SheafServerError) throw error
      const { final, line } = explain(error, client.sockets.findings, setup)
      if (final || isMistake(error) || performance.now() >= end) throw configurationError(line, error)
      await backOff.pause()
    } finally {
      void admin.disconnect().catch(() => undefined)
      client.abandon()
    }
  }
}

/** Errors of the program itself, which trying again does not mend. */
const isMistake = (error: unknown): boolean =>
  causesOf(error).some(({ name }) => ['TypeError', 'RangeError', 'ReferenceError'].includes(name))
