import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { SETTINGS, readSettings } from '../src/config.ts'
import { EMBEDDED } from '../src/store-choice.ts'

const LONG = 'x'.repeat(32)

/** The message of the refusal, which is one line. */
function refusal(environment: Record<string, string>): string {
  try {
    readSettings(environment)
  } catch (error) {
    expect(error).toMatchObject({ code: 'configuration' })
    expect((error as Error).message).not.toContain('\n')
    return (error as Error).message
  }
  throw new Error(`nothing was refused: ${JSON.stringify(environment)}`)
}

describe('settings', () => {
  it('CF-1 without any setting everything has its default', () => {
    expect(readSettings({})).toEqual({
      port: 4400,
      workerPort: 4401,
      host: '127.0.0.1',
      stores: EMBEDDED,
      jwtSecrets: null,
      allowedOrigins: [],
      logLevel: 'info',
      registration: 'open',
      trustedProxies: 0,
      requestsPerMinute: 1200,
      keepDays: 30,
      production: false,
      warnings: [],
    })
    expect(readSettings({ SHEAF_PORT: '', SHEAF_JWT_SECRET: '' })).toEqual(readSettings({}))
  })

  it('CF-2 each setting is read', () => {
    const settings = readSettings({
      SHEAF_PORT: '0',
      SHEAF_HOST: '0.0.0.0',
      SHEAF_DATA_DIR: '/data',
      SHEAF_JWT_SECRET: `${LONG}, ${'y'.repeat(40)}`,
      SHEAF_ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
      SHEAF_LOG_LEVEL: 'debug',
      SHEAF_REGISTRATION: 'closed',
      SHEAF_TRUSTED_PROXIES: '2',
      SHEAF_REQUESTS_PER_MINUTE: '60',
      NODE_ENV: 'production',
      PATH: '/bin',
    })
    expect(settings).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      allowedOrigins: ['https://a.example', 'http://localhost:5173'],
      logLevel: 'debug',
      registration: 'closed',
      trustedProxies: 2,
      production: true,
    })
    expect(settings.jwtSecrets?.map((secret) => secret.length)).toEqual([32, 40])
  })

  it('CF-3 a wrong value is refused with the name of the setting and what it must be, never with the value', () => {
    const wrong: Record<string, string[]> = {
      SHEAF_PORT: ['eighty', '-1', '65536', '80.5', '0x50', ' 80'],
      SHEAF_HOST: [' ', 'a\0b'],
      SHEAF_WORKER_PORT: ['-1', 'x'],
      SHEAF_DATA_DIR: [' '],
      SHEAF_POSTGRES_URL: ['host:5432', 'mysql://host', 'postgres://', 'postgres://a b'],
      SHEAF_MONGODB_URL: ['host', 'http://host'],
      SHEAF_REDIS_URL: ['localhost:6379', 'redis:'],
      SHEAF_REDIS_PREFIX: ['a:b', ' ', 'x'.repeat(101)],
      SHEAF_KAFKA_BROKERS: ['kafka', 'kafka:0', 'kafka:70000', 'kafka:9092,', 'http://kafka:9092', 'a:b@kafka:9092'],
      SHEAF_KAFKA_TOPIC: ['a b', 'a/b'],
      SHEAF_KAFKA_PARTITIONS: ['0', 'few'],
      SHEAF_KAFKA_TLS: ['yes', 'true'],
      SHEAF_KAFKA_SASL: ['plain', 'plain:user', 'magic:user:short-secret', 'plain::short-secret'],
      SHEAF_JWT_SECRET: ['short-secret', `${LONG},short-secret`],
      SHEAF_ALLOWED_ORIGINS: [
        '*',
        'example.com',
        'https://a.example/',
        'https://a.example/path',
        'ftp://a.example',
        'https://*.a.example',
      ],
      SHEAF_LOG_LEVEL: ['loud', 'INFO'],
      SHEAF_REGISTRATION: ['maybe'],
      SHEAF_TRUSTED_PROXIES: ['true', '99'],
      SHEAF_KEEP_DAYS: ['-1', 'ever'],
      SHEAF_REQUESTS_PER_MINUTE: ['0', 'many'],
    }
    for (const [name, values] of Object.entries(wrong))
      for (const value of values) {
        const message = refusal({ [name]: value })
        expect(message).toContain(`${name} must be`)
        expect(message).not.toContain('short-secret')
      }
    expect(new Set(Object.keys(wrong))).toEqual(new Set(Object.keys(SETTINGS)))
  })

  it('CF-4 a misspelt or shortened name is refused with the one that was meant; any other is warned of', () => {
    expect(refusal({ SHEAF_PROT: '80' })).toContain('did you mean SHEAF_PORT?')
    expect(refusal({ SHEAF_SECRET: LONG })).toContain('did you mean SHEAF_JWT_SECRET?')
    expect(readSettings({ SHEAF_WEATHER: 'fine' }).warnings).toEqual([expect.stringContaining('SHEAF_WEATHER')])
    expect(refusal({ SHEAF_JWT_SECERT: LONG })).toContain('did you mean SHEAF_JWT_SECRET?')
    expect(refusal({ SHEAF_ALLOWED_ORIGIN: 'https://a.example' })).toContain('did you mean SHEAF_ALLOWED_ORIGINS?')
  })

  it('CF-5 each store is chosen on its own; PostgreSQL and MongoDB together need the secret that all servers share', () => {
    const postgres = { SHEAF_POSTGRES_URL: 'postgres://sheaf:pass@db/sheaf' }
    const mongodb = { SHEAF_MONGODB_URL: 'mongodb://db:27017/sheaf' }
    const kafka = {
      SHEAF_KAFKA_BROKERS: 'a:9092, b:9092',
      SHEAF_KAFKA_SASL: 'scram-sha-512:me:a:b',
      SHEAF_KAFKA_TLS: 'on',
    }
    expect(readSettings(postgres).stores).toEqual({ ...EMBEDDED, postgresUrl: 'postgres://sheaf:pass@db/sheaf' })
    expect(readSettings(mongodb).stores).toEqual({ ...EMBEDDED, mongodbUrl: 'mongodb://db:27017/sheaf' })
    expect(readSettings({ SHEAF_REDIS_URL: 'rediss://db', SHEAF_REDIS_PREFIX: 'a-b' }).stores).toEqual({
      ...EMBEDDED,
      redisUrl: 'rediss://db',
      redisPrefix: 'a-b',
    })
    expect(readSettings(kafka).stores.kafka).toEqual({
      brokers: ['a:9092', 'b:9092'],
      topic: 'sheaf.operations',
      partitions: 12,
      tls: true,
      sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'a:b' },
    })
    expect(refusal({ ...postgres, ...mongodb })).toContain('SHEAF_JWT_SECRET is required')
    expect(readSettings({ ...postgres, ...mongodb, SHEAF_JWT_SECRET: LONG }).stores.dataDir).toBe('./.sheaf')
  })

  it('SC-3 production does not start without its secret, or with a short one', () => {
    expect(refusal({ NODE_ENV: 'production' })).toContain('SHEAF_JWT_SECRET is required')
    expect(refusal({ NODE_ENV: 'production', SHEAF_JWT_SECRET: 'x'.repeat(31) })).toContain('32 bytes')
    expect(readSettings({ NODE_ENV: 'production', SHEAF_JWT_SECRET: LONG }).production).toBe(true)
  })

  it('CF-6 the reference of the settings is this table', async () => {
    const reference = await readFile(new URL('../../../docs/reference/settings.md', import.meta.url), 'utf8')
    const rows = [...reference.matchAll(/^\| `(SHEAF_[A-Z_]+)` +\| +(.*?) +\| (.*?) +\|$/gm)].map(
      ([, name, fallback, meaning]) => [name, fallback!.replaceAll('`', ''), meaning],
    )
    expect(rows).toEqual(
      Object.entries(SETTINGS).map(([name, { fallback, meaning }]) => [name, fallback || 'none', meaning]),
    )
  })
})
