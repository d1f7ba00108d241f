import type { StoredOperation } from '@sheaf/protocol'
import { decodeOperations } from '@sheaf/protocol'
import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import type { Kafka, KafkaMessage } from 'kafkajs'
import { MongoClient } from 'mongodb'
import type { Db, Document } from 'mongodb'
import { Client } from 'pg'
import type { QueryResultRow } from 'pg'

/** A message of the topic, with where it stands. */
export interface TopicMessage {
  readonly documentId: string
  readonly partition: number
  readonly operations: readonly StoredOperation[]
  readonly raw: KafkaMessage
}

/** What stands in the stores of a cluster, read by their own drivers, past all code of the server. */
export class Records {
  readonly mongo: Db
  readonly redis: Redis
  readonly #prefix: string
  readonly #settings: Readonly<Record<string, string>>
  readonly #mongoClient: MongoClient
  readonly #postgres: Client

  private constructor(settings: Readonly<Record<string, string>>, mongoClient: MongoClient, postgres: Client) {
    this.#settings = settings
    this.#prefix = settings['SHEAF_REDIS_PREFIX'] ?? ''
    this.#mongoClient = mongoClient
    this.#postgres = postgres
    this.mongo = mongoClient.db(new URL(settings['SHEAF_MONGODB_URL'] ?? '').pathname.slice(1))
    this.redis = new Redis(settings['SHEAF_REDIS_URL'] ?? '')
  }

  static async open(settings: Readonly<Record<string, string>>): Promise<Records> {
    const postgres = new Client({ connectionString: settings['SHEAF_POSTGRES_URL'] })
    await postgres.connect()
    return new Records(settings, await MongoClient.connect(settings['SHEAF_MONGODB_URL'] ?? ''), postgres)
  }

  async rows<Row extends QueryResultRow>(query: string, ...values: readonly string[]): Promise<Row[]> {
    const { rows } = await this.#postgres.query<Row>(query, [...values])
    return rows
  }

  /** Entities of one document in a collection of MongoDB, by ascending seq. */
  async entities(collection: string, documentId: string): Promise<Document[]> {
    return this.mongo
      .collection(collection)
      .find({ documentId }, { sort: { seq: 1 } })
      .toArray()
  }

  /** The `documents` entity. */
  async document(documentId: string): Promise<Document | null> {
    return this.mongo.collection('documents').findOne({ _id: documentId as never })
  }

  snapshotKey(documentId: string): string {
    return `${this.#prefix}:{${documentId}}:snapshot`
  }

  versionKey(documentId: string, versionId: string): string {
    return `${this.#prefix}:{${documentId}}:version:${versionId}`
  }

  /** Forgets all that Redis holds of one document, and nothing of other tests. */
  async flush(documentId: string): Promise<void> {
    const keys = await this.redis.keys(`${this.#prefix}:{${documentId}}:*`)
    if (keys.length > 0) await this.redis.del(...keys)
  }

  /** Everything in the topic from its beginning on, until the condition holds or the time is over. */
  async topic(
    isEnough: (messages: readonly TopicMessage[]) => boolean,
    withinMs: number,
  ): Promise<readonly TopicMessage[]> {
    const topic = this.#topic
    const consumer = this.#kafka().consumer({ groupId: `${topic}.read-by-a-test.${Date.now()}` })
    const messages: TopicMessage[] = []
    await consumer.connect()
    try {
      await consumer.subscribe({ topic, fromBeginning: true })
      const enough = new Promise<void>((resolve) => {
        const late = setTimeout(resolve, withinMs)
        void consumer.run({
          eachMessage: async ({ partition, message }) => {
            const operations = decodeOperations(message.value ?? Buffer.alloc(0))
            messages.push({ documentId: String(message.key), partition, operations, raw: message })
            if (!isEnough(messages)) return
            clearTimeout(late)
            resolve()
          },
        })
      })
      await enough
      return messages
    } finally {
      await consumer.disconnect()
    }
  }

  /** Publishes a message again, as a server does that did not hear that it was taken. */
  async republish({ raw: { key, value, headers = {} } }: TopicMessage): Promise<void> {
    const producer = this.#kafka().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await producer.connect()
    try {
      await producer.send({ topic: this.#topic, messages: [{ key, value, headers }] })
    } finally {
      await producer.disconnect()
    }
  }

  async close(): Promise<void> {
    this.redis.disconnect()
    await Promise.all([this.#mongoClient.close(), this.#postgres.end()])
  }

  get #topic(): string {
    return this.#settings['SHEAF_KAFKA_TOPIC'] ?? ''
  }

  #kafka(): Kafka {
    const brokers = (this.#settings['SHEAF_KAFKA_BROKERS'] ?? '').split(',')
    return new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
  }
}
