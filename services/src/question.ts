import type { ServiceName } from './service.ts'

const limitMs = 2_000

/**
 * Asks a server, with the client that applications use, which version it is.
 *
 * @param setting what the server's setting says, a URL or a list of brokers
 * @returns such as `PostgreSQL 15.13`
 * @throws what its client throws where it does not answer within two seconds
 */
export function ask(name: ServiceName, setting: string): Promise<string> {
  return questions[name](setting)
}

const questions: Record<ServiceName, (setting: string) => Promise<string>> = {
  async postgres(url) {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: limitMs, query_timeout: limitMs })
    // Without a listener, a connection that breaks later would end this process.
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query<{ server_version: string }>('show server_version')
      return `PostgreSQL ${rows[0]?.server_version.split(' ')[0]}`
    } finally {
      await client.end()
    }
  },
  async mongodb(url) {
    const { MongoClient } = await import('mongodb')
    const client = new MongoClient(url, { serverSelectionTimeoutMS: limitMs, socketTimeoutMS: limitMs })
    try {
      const { version } = await client.db().command({ buildInfo: 1 })
      return `MongoDB ${version}`
    } finally {
      await client.close()
    }
  },
  async redis(url) {
    const { Redis } = await import('ioredis')
    const client = new Redis(url, {
      lazyConnect: true,
      connectTimeout: limitMs,
      commandTimeout: limitMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const about = await client.info('server')
      return `Redis ${/redis_version:(\S+)/.exec(about)?.[1]}`
    } finally {
      client.disconnect()
    }
  },
  async kafka(brokers) {
    const { Kafka, logLevel } = await import('kafkajs')
    const admin = new Kafka({
      brokers: brokers.split(','),
      logLevel: logLevel.NOTHING,
      connectionTimeout: limitMs,
      requestTimeout: limitMs,
      retry: { retries: 0 },
    }).admin()
    try {
      await admin.connect()
      const { brokers: members } = await admin.describeCluster()
      if (members.length === 0) throw new Error('no broker has joined yet')
      return `Kafka, ${members.length === 1 ? 'one broker' : `${members.length} brokers`}`
    } finally {
      await admin.disconnect()
    }
  },
}
