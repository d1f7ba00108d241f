/** Kafka, and how to reach it. */
export interface KafkaChoice {
  /** Each `host:port`. */
  readonly brokers: readonly string[]
  readonly topic: string
  /** The topic has at least so many partitions: no more workers can share the load. */
  readonly partitions: number
  readonly tls: boolean
  readonly sasl: KafkaSasl | null
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

/** Where things are kept. Each null stands for the embedded default, which keeps them in the data folder or in memory. */
export interface StoreChoice {
  readonly dataDir: string
  /** Accounts, permissions and refresh tokens. */
  readonly postgresUrl: string | null
  /** Documents, their operations and versions. */
  readonly mongodbUrl: string | null
  /** Snapshot cache, messages between servers, counted attempts. */
  readonly redisUrl: string | null
  /** Begins all names in Redis. */
  readonly redisPrefix: string
  /** Carries operations from servers to workers. */
  readonly kafka: KafkaChoice | null
}

export const EMBEDDED: StoreChoice = {
  dataDir: './.sheaf',
  postgresUrl: null,
  mongodbUrl: null,
  redisUrl: null,
  redisPrefix: 'sheaf',
  kafka: null,
}

/** True where something that must be durable is kept in the data folder: then there is one server, and no more. */
export const usesDataFolder = ({ postgresUrl, mongodbUrl }: StoreChoice): boolean =>
  postgresUrl === null || mongodbUrl === null
