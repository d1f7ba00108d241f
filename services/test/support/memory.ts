import { Redis } from 'ioredis'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { Client } from 'pg'
import type { ServiceName } from '../../src/service.ts'

/** A client that writes one text into a server and reads all that it ever wrote. */
export interface Memory {
  write(text: string): Promise<void>
  read(): Promise<string[]>
  close(): Promise<void>
}

/** Connects to the server of this setting. */
export const memories: Record<ServiceName, (setting: string) => Promise<Memory>> = {
  async postgres(url) {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    await client.query('create table if not exists memory (text text not null)')
    return {
      write: async (text) => void (await client.query('insert into memory values ($1)', [text])),
      read: async () => (await client.query<{ text: string }>('select text from memory')).rows.map(({ text }) => text),
      close: () => client.end(),
    }
  },
  async mongodb(url) {
    const client = await new MongoClient(url, { serverSelectionTimeoutMS: 5_000 }).connect()
    const collection = client.db().collection<{ text: string }>('memory')
    return {
      write: async (text) => void (await collection.insertOne({ text })),
      read: async () => (await collection.find().toArray()).map(({ text }) => text),
      close: () => client.close(),
    }
  },
  async redis(url) {
    const client = new Redis(url, { retryStrategy: () => null })
    client.on('error', () => undefined)
    return {
      write: async (text) => void (await client.rpush('memory', text)),
      read: () => client.lrange('memory', 0, -1),
      close: async () => client.disconnect(),
    }
  },
  async kafka(brokers) {
    const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'memory', numPartitions: 1 }] })
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    return {
      write: async (text) => void (await producer.send({ topic: 'memory', acks: -1, messages: [{ value: text }] })),
      read: () => readTopic(kafka, admin),
      close: async () => void (await Promise.all([producer.disconnect(), admin.disconnect()])),
    }
  },
}

async function readTopic(kafka: Kafka, admin: ReturnType<Kafka['admin']>): Promise<string[]> {
  const [partition] = await admin.fetchTopicOffsets('memory')
  const end = Number(partition?.high ?? 0)
  if (end === 0) return []
  const consumer = kafka.consumer({ groupId: `reader-${process.pid}-${performance.now()}` })
  const texts: string[] = []
  try {
    await consumer.connect()
    await consumer.subscribe({ topic: 'memory', fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      // After a start the group's coordinator is loading for a moment; the consumer tries again by itself.
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) reject(payload.error)
      })
      const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
        texts.push(String(message.value))
        if (texts.length === end) resolve()
      }
      consumer.run({ eachMessage }).catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
  return texts
}
