import { SheafServerError } from './errors.ts'
import { usesDataFolder } from './store-choice.ts'
import type { KafkaSasl, StoreChoice } from './store-choice.ts'
import { MIN_SECRET_BYTES } from './people/tokens.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Everything that can be set, checked. */
export interface Settings {
  readonly port: number
  readonly workerPort: number
  readonly host: string
  readonly stores: StoreChoice
  /** The first signs, all verify; null: the one in the data folder. */
  readonly jwtSecrets: readonly Uint8Array[] | null
  /** Exact origins of pages that may call, besides the server's own. */
  readonly allowedOrigins: readonly string[]
  readonly logLevel: LogLevel
  readonly registration: 'open' | 'closed'
  /** Hops of proxies in front whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: number
  /** Requests per minute from one address, and of one user. */
  readonly requestsPerMinute: number
  readonly keepDays: number
  readonly production: boolean
  /** Lines about names that mean nothing here and resemble nothing that does. */
  readonly warnings: readonly string[]
}

interface Setting<T> {
  readonly fallback: string | null
  readonly meaning: string
  /** Throws with what is expected. */
  readonly read: (value: string) => T
}

const setting = <T>(fallback: string | null, meaning: string, read: (value: string) => T): Setting<T> => ({
  fallback,
  meaning,
  read,
})

const wholeNumber =
  (least: number, most: number) =>
  (value: string): number => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= least && number <= most)) throw new Error(`a whole number from ${least} to ${most}`)
    return number
  }

const oneOf =
  <const Words extends readonly string[]>(words: Words) =>
  (value: string): Words[number] => {
    const word = words.find((candidate) => candidate === value)
    if (word === undefined) throw new Error(`one of ${words.join(', ')}`)
    return word
  }

const nonEmpty =
  (what: string) =>
  (value: string): string => {
    if (value.trim() === '' || value.includes('\0')) throw new Error(what)
    return value
  }

/** Every setting; docs/reference/settings.md shows this table, and a test compares the two. */
export const SETTINGS = {
  SHEAF_PORT: setting('4400', 'Port to listen on; 0 for any free one.', wholeNumber(0, 65_535)),
  SHEAF_WORKER_PORT: setting(
    '4401',
    'Port on which a worker tells of its health; 0 for any free one.',
    wholeNumber(0, 65_535),
  ),
  SHEAF_HOST: setting('127.0.0.1', 'Address to listen on; 0.0.0.0 for all.', nonEmpty('an address or a host name')),
  SHEAF_DATA_DIR: setting(
    './.sheaf',
    'Folder that everything is kept in which has no server of its own below.',
    nonEmpty('the path of a folder'),
  ),
  SHEAF_POSTGRES_URL: setting(
    null,
    'PostgreSQL for accounts, permissions and tokens, such as postgres://sheaf:password@host:5432/sheaf.',
    readUrl(['postgres', 'postgresql'], 'postgres://user:password@host:5432/database'),
  ),
  SHEAF_MONGODB_URL: setting(
    null,
    'MongoDB for documents, operations and versions, such as mongodb://user:password@host:27017/sheaf.',
    readUrl(['mongodb', 'mongodb+srv'], 'mongodb://user:password@host:27017/database'),
  ),
  SHEAF_REDIS_URL: setting(
    null,
    'Redis for cached snapshots, messages between servers and shared limits, such as redis://:password@host:6379/0.',
    readUrl(['redis', 'rediss'], 'redis://:password@host:6379/0'),
  ),
  SHEAF_REDIS_PREFIX: setting(
    'sheaf',
    'Begins all names in Redis: clusters that share a Redis need different ones.',
    readName('a name of letters, digits, ., _ and -'),
  ),
  SHEAF_KAFKA_BROKERS: setting(
    null,
    'Kafka between servers and workers: brokers as host:port, with commas between them.',
    readBrokers,
  ),
  SHEAF_KAFKA_TOPIC: setting(
    'sheaf.operations',
    'Topic of the operations. "sheaf migrate" makes it.',
    readName('the name of a topic: letters, digits, ., _ and -'),
  ),
  SHEAF_KAFKA_PARTITIONS: setting(
    '12',
    'Partitions that the topic has at least: no more workers can share the load.',
    wholeNumber(1, 10_000),
  ),
  SHEAF_KAFKA_TLS: setting('off', 'Whether Kafka is reached over TLS: on or off.', oneOf(['on', 'off'])),
  SHEAF_KAFKA_SASL: setting(
    null,
    'How Kafka is signed in to, as mechanism:user:password; the mechanism is plain, scram-sha-256 or scram-sha-512.',
    readSasl,
  ),
  SHEAF_JWT_SECRET: setting(
    null,
    'Secret that tokens are signed with, at least 32 bytes. Several with commas between them: the first signs, all are accepted. Without it a random one is made and kept in the data folder; production requires it, and so does a cluster.',
    readSecrets,
  ),
  SHEAF_ALLOWED_ORIGINS: setting(
    '',
    "Origins of pages that may call, with commas between them, such as https://app.example.com. The server's own origin may always.",
    readOrigins,
  ),
  SHEAF_LOG_LEVEL: setting('info', `Least level of log lines: ${LOG_LEVELS.join(', ')}.`, oneOf(LOG_LEVELS)),
  SHEAF_REGISTRATION: setting('open', 'open: anybody may make an account. closed: nobody.', oneOf(['open', 'closed'])),
  SHEAF_TRUSTED_PROXIES: setting(
    '0',
    'Number of proxies in front of the server whose X-Forwarded-For header is believed.',
    wholeNumber(0, 16),
  ),
  SHEAF_KEEP_DAYS: setting(
    '30',
    'Days for which "sheaf compact" leaves every operation and automatic version as it is.',
    wholeNumber(0, 100_000),
  ),
  SHEAF_REQUESTS_PER_MINUTE: setting(
    '1200',
    'HTTP requests per minute from one address, and of one user.',
    wholeNumber(1, 1_000_000),
  ),
} as const

/** Every setting of the server. */
export type SettingName = keyof typeof SETTINGS

/** Settings as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. Nothing else in Sheaf reads it. */
// oxlint-disable-next-line node/no-process-env -- the only reader of it
export const processEnvironment = (): Environment => process.env

/**
 * Settings from the environment; an empty value counts as not set.
 * @throws {SheafServerError} `configuration`, one line that names the setting and says what is expected. A misspelt name
 * is refused too.
 */
export function readSettings(environment: Environment): Settings {
  const warnings = checkNames(environment)
  const production = environment['NODE_ENV'] === 'production'
  const jwtSecrets = read('SHEAF_JWT_SECRET', environment)
  if (production && jwtSecrets === null)
    throw new SheafServerError(
      'configuration',
      `SHEAF_JWT_SECRET is required with NODE_ENV=production: set it to at least ${MIN_SECRET_BYTES} random bytes, such as the output of "openssl rand -base64 32"`,
    )
  const stores = readStores(environment)
  if (!usesDataFolder(stores) && jwtSecrets === null)
    throw new SheafServerError(
      'configuration',
      `SHEAF_JWT_SECRET is required with SHEAF_POSTGRES_URL and SHEAF_MONGODB_URL, since all servers sign with the same one: set it to at least ${MIN_SECRET_BYTES} random bytes, such as the output of "openssl rand -base64 32"`,
    )
  return {
    port: required('SHEAF_PORT', environment),
    workerPort: required('SHEAF_WORKER_PORT', environment),
    host: required('SHEAF_HOST', environment),
    stores,
    jwtSecrets,
    allowedOrigins: required('SHEAF_ALLOWED_ORIGINS', environment),
    logLevel: required('SHEAF_LOG_LEVEL', environment),
    registration: required('SHEAF_REGISTRATION', environment),
    trustedProxies: required('SHEAF_TRUSTED_PROXIES', environment),
    requestsPerMinute: required('SHEAF_REQUESTS_PER_MINUTE', environment),
    keepDays: required('SHEAF_KEEP_DAYS', environment),
    production,
    warnings,
  }
}

function readStores(environment: Environment): StoreChoice {
  const brokers = read('SHEAF_KAFKA_BROKERS', environment)
  // Read whether Kafka is used or not: a wrong value is wrong today, too.
  const kafka = {
    topic: required('SHEAF_KAFKA_TOPIC', environment),
    partitions: required('SHEAF_KAFKA_PARTITIONS', environment),
    tls: required('SHEAF_KAFKA_TLS', environment) === 'on',
    sasl: read('SHEAF_KAFKA_SASL', environment),
  }
  return {
    dataDir: required('SHEAF_DATA_DIR', environment),
    postgresUrl: read('SHEAF_POSTGRES_URL', environment),
    mongodbUrl: read('SHEAF_MONGODB_URL', environment),
    redisUrl: read('SHEAF_REDIS_URL', environment),
    redisPrefix: required('SHEAF_REDIS_PREFIX', environment),
    kafka: brokers === null ? null : { brokers, ...kafka },
  }
}

type ValueOf<Name extends SettingName> = ReturnType<(typeof SETTINGS)[Name]['read']>

function read<Name extends SettingName>(name: Name, environment: Environment): ValueOf<Name> | null {
  const { fallback, read: parse } = SETTINGS[name] as Setting<ValueOf<Name>>
  const value = environment[name]
  const given = value === undefined || value === '' ? fallback : value
  if (given === null) return null
  try {
    return parse(given)
  } catch (error) {
    // The value is not repeated: it may be a secret.
    throw new SheafServerError('configuration', `${name} must be ${(error as Error).message}`)
  }
}

function required<Name extends SettingName>(name: Name, environment: Environment): ValueOf<Name> {
  const value = read(name, environment)
  if (value === null) throw new SheafServerError('configuration', `${name} is required`)
  return value
}

function readSecrets(value: string): readonly Uint8Array[] {
  const secrets = value.split(',').map((secret) => Buffer.from(secret.trim()))
  if (secrets.some((secret) => secret.length < MIN_SECRET_BYTES))
    throw new Error(`at least ${MIN_SECRET_BYTES} bytes long`)
  return secrets
}

function readOrigins(value: string): readonly string[] {
  const origins = value.split(',').map((origin) => origin.trim())
  return origins
    .filter((origin) => origin !== '')
    .map((origin) => {
      const url = URL.canParse(origin) ? new URL(origin) : null
      if (url === null || !['http:', 'https:'].includes(url.protocol) || url.origin !== origin || origin.includes('*'))
        throw new Error('a list of origins such as https://app.example.com, without a path and without *')
      return origin
    })
}

/** Drivers take many forms of a URL; what none of them could use is refused here, and the rest by trying it. */
function readUrl(schemes: readonly string[], example: string): (value: string) => string {
  return (value) => {
    const scheme = /^([a-z+]+):\/\/[^\s]+$/.exec(value)?.[1]
    if (scheme === undefined || !schemes.includes(scheme)) throw new Error(`a URL such as ${example}`)
    return value
  }
}

function readName(what: string): (value: string) => string {
  return (value) => {
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(value)) throw new Error(what)
    return value
  }
}

function readBrokers(value: string): readonly string[] {
  const brokers = value.split(',').map((broker) => broker.trim())
  const isBroker = (broker: string): boolean => {
    const port = /^[^\s/:@]+:(\d{1,5})$|^\[[0-9a-fA-F:]+\]:(\d{1,5})$/.exec(broker)
    return port !== null && Number(port[1] ?? port[2]) > 0 && Number(port[1] ?? port[2]) < 65_536
  }
  if (!brokers.every(isBroker)) throw new Error('a list of host:port, such as kafka-1:9092,kafka-2:9092')
  return brokers
}

function readSasl(value: string): KafkaSasl {
  const [, mechanism, username, password] = /^(plain|scram-sha-256|scram-sha-512):([^:]+):(.+)$/.exec(value) ?? []
  if (mechanism === undefined || username === undefined || password === undefined)
    throw new Error('mechanism:user:password, with the mechanism plain, scram-sha-256 or scram-sha-512')
  return { mechanism: mechanism as KafkaSasl['mechanism'], username, password }
}

/** A name that is so near to a setting is a slip of the pen; one that is further off may belong to another program. */
const SLIP = 3

function checkNames(environment: Environment): string[] {
  const warnings: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('SHEAF_') || value === undefined || value === '' || name in SETTINGS) continue
    const near = nearest(name)
    if (near !== null) throw new SheafServerError('configuration', `there is no setting ${name}; did you mean ${near}?`)
    warnings.push(`there is no setting ${name}; it is ignored`)
  }
  return warnings
}

/** The setting that was probably meant: misspelt, or with a part of its name left out. Null where there is none. */
function nearest(name: string): string | null {
  const own = name.slice('SHEAF_'.length)
  const names = Object.keys(SETTINGS)
  const shortened = names.find((candidate) => candidate.endsWith(`_${own}`))
  const [closest] = names.sort((a, b) => distance(name, a) - distance(name, b))
  if (closest !== undefined && distance(name, closest) <= SLIP) return closest
  return shortened ?? null
}

/** Edits (insert, delete, replace) between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      )
    row = next
  }
  return row[b.length] ?? 0
}
