import { SheafServerError } from './errors.ts'
import { MIN_SECRET_BYTES } from './tokens.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Everything that can be set, checked. */
export interface Settings {
  readonly port: number
  readonly host: string
  readonly dataDir: string
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
  SHEAF_HOST: setting('127.0.0.1', 'Address to listen on; 0.0.0.0 for all.', nonEmpty('an address or a host name')),
  SHEAF_DATA_DIR: setting('./.sheaf', 'Folder that everything is kept in.', nonEmpty('the path of a folder')),
  SHEAF_JWT_SECRET: setting(
    null,
    'Secret that tokens are signed with, at least 32 bytes. Several with commas between them: the first signs, all are accepted. Without it a random one is made and kept in the data folder; production requires it.',
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
  SHEAF_REQUESTS_PER_MINUTE: setting(
    '1200',
    'HTTP requests per minute from one address, and of one user.',
    wholeNumber(1, 1_000_000),
  ),
} as const

export type SettingName = keyof typeof SETTINGS

/** Names that later versions know; today they stop the start instead of being ignored. */
const NOT_YET = ['SHEAF_POSTGRES_URL', 'SHEAF_MONGODB_URL', 'SHEAF_REDIS_URL', 'SHEAF_KAFKA_BROKERS']

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
  return {
    port: required('SHEAF_PORT', environment),
    host: required('SHEAF_HOST', environment),
    dataDir: required('SHEAF_DATA_DIR', environment),
    jwtSecrets,
    allowedOrigins: required('SHEAF_ALLOWED_ORIGINS', environment),
    logLevel: required('SHEAF_LOG_LEVEL', environment),
    registration: required('SHEAF_REGISTRATION', environment),
    trustedProxies: required('SHEAF_TRUSTED_PROXIES', environment),
    requestsPerMinute: required('SHEAF_REQUESTS_PER_MINUTE', environment),
    production,
    warnings,
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

/** A name that is so near to a setting is a slip of the pen; one that is further off may belong to another program. */
const SLIP = 3

function checkNames(environment: Environment): string[] {
  const warnings: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('SHEAF_') || value === undefined || value === '' || name in SETTINGS) continue
    if (NOT_YET.includes(name))
      throw new SheafServerError(
        'configuration',
        `${name} is set, but this version of Sheaf keeps everything in SHEAF_DATA_DIR and supports no other store; remove it`,
      )
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
