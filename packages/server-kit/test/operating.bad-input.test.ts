import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { sharedSetting, startServices } from '@sheaf/services'
import type { ServiceName } from '@sheaf/services'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { migrateKafka } from '../src/adapters/kafka/index.ts'
import { LATEST_MIGRATION } from '../src/adapters/mongo/collections.ts'
import { noLog } from '../src/metrics.ts'
import { HELLO, aFakeMongod } from './support/fake-mongod.ts'
import { aPostgresThatRefuses } from './support/fake-postgres.ts'
import { aFolder } from './support/folder.ts'
import { aClient, aTopic } from './support/kafka-under-test.ts'
import { aMigratedDatabase as aMigratedMongo, aDatabase as aMongo } from './support/mongo-under-test.ts'
import { aMigratedDatabase as aMigratedPostgres, aDatabase as aPostgres } from './support/postgres-under-test.ts'
import type { TestDatabase } from './support/postgres-under-test.ts'
import { aRedisClient } from './support/redis-under-test.ts'
import { buildCommand } from './support/sheaf-command.ts'
import type { BuiltCommand, Run } from './support/sheaf-command.ts'

// Each test starts processes; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

type Environment = Record<string, string>

const PASSWORD = 'hush-hush'
const SECRET = 'a secret that is long enough for everybody'
const NOWHERE = {
  SHEAF_POSTGRES_URL: `postgres://sheaf:${PASSWORD}@127.0.0.1:1/sheaf`,
  SHEAF_MONGODB_URL: `mongodb://sheaf:${PASSWORD}@127.0.0.1:1/sheaf`,
  SHEAF_REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:1/0`,
  SHEAF_KAFKA_BROKERS: '127.0.0.1:1',
}

let sheaf: BuiltCommand
beforeAll(async () => {
  sheaf = await buildCommand()
})
afterAll(() => sheaf.remove())

const missing = (['postgres', 'mongodb', 'redis', 'kafka'] as const).filter((name) => sharedSetting(name) === null)
if (missing.length > 0)
  console.warn(`Bad input of ${missing.join(', ')} is not tested on real servers: "pnpm services up" starts them.`)
const on = (...names: ServiceName[]) => it.skipIf(names.some((name) => missing.includes(name as never)))
const sharedOf = (name: ServiceName): string => sharedSetting(name) ?? ''

/** A corner in which nothing was written yet: whoever writes there is found out. */
async function aCorner() {
  const dataDir = join(await aFolder(), 'data')
  const prefix = `sheaf-test-${randomUUID()}`
  return {
    settings: { SHEAF_PORT: '0', SHEAF_WORKER_PORT: '0', SHEAF_DATA_DIR: dataDir, SHEAF_REDIS_PREFIX: prefix },
    prefix,
    async expectUntouched(): Promise<void> {
      await expect(access(dataDir)).rejects.toMatchObject({ code: 'ENOENT' })
      const url = sharedSetting('redis')
      if (url === null) return
      const client = aRedisClient(url)
      expect(await client.keys(`${prefix}*`)).toEqual([])
    },
  }
}

/** One line on standard error, nothing on standard output, exit code 1; resolves with the line. */
async function refusal(run: Run): Promise<string> {
  expect([await run.ended(), run.out()], run.err()).toEqual([1, ''])
  expect(run.err()).toMatch(/^sheaf: SHEAF_[A-Z_]+[^\n]*\n$/)
  expect(run.err()).not.toContain(PASSWORD)
  return run.err().slice('sheaf: '.length, -1)
}

async function wrongLines(run: Run): Promise<string[]> {
  expect([await run.ended(), run.err()], run.out()).toEqual([1, ''])
  expect(run.out()).not.toContain(PASSWORD)
  const lines = run.out().split('\n')
  return lines.filter((line) => line.startsWith('WRONG: ')).map((line) => line.slice('WRONG: '.length))
}

/** Found by `serve`, by `worker` where it is its business, and by `doctor`, in the same words; nothing is written. */
async function expectFound(
  environment: Environment,
  line: RegExp,
  { commands = ['serve'], nodeOptions = [] as readonly string[] } = {},
): Promise<void> {
  const corner = await aCorner()
  const shared = sharedSetting('redis')
  const whole = {
    SHEAF_JWT_SECRET: SECRET,
    ...(shared === null ? {} : { SHEAF_REDIS_URL: shared }),
    ...corner.settings,
    ...environment,
  }
  const [wrong, ...refused] = await Promise.all([
    wrongLines(sheaf.run(['doctor'], whole, { nodeOptions })),
    ...commands.map((name) => refusal(sheaf.run([name], whole, { nodeOptions }))),
  ])
  expect(wrong).toHaveLength(1)
  expect(wrong[0]).toMatch(line)
  for (const one of refused) expect(one).toMatch(line)
  if (!('SHEAF_REDIS_PREFIX' in environment)) await corner.expectUntouched()
}

describe('a store that cannot be used', () => {
  it('OP-1 one that nobody answers for is named with its setting, all of them in one run of doctor', async () => {
    const corner = await aCorner()
    const lines = await wrongLines(sheaf.run(['doctor'], { ...corner.settings, SHEAF_JWT_SECRET: SECRET, ...NOWHERE }))
    expect(lines.map((line) => /^SHEAF_[A-Z_]+(?=: )/.exec(line)?.[0])).toEqual(Object.keys(NOWHERE))
    await corner.expectUntouched()
    for (const [name, value] of Object.entries(NOWHERE)) await expectFound({ [name]: value }, new RegExp(`^${name}: `))
  })

  it('OP-2 every command refuses it, in one line', async () => {
    const corner = await aCorner()
    const environment = {
      ...corner.settings,
      SHEAF_MONGODB_URL: NOWHERE.SHEAF_MONGODB_URL,
      SHEAF_KAFKA_BROKERS: '127.0.0.1:1',
    }
    const commands = ['serve', 'worker', 'migrate', 'compact', 'export x', 'import x', 'disable a@b.c', 'enable a@b.c']
    const lines = await Promise.all(commands.map((args) => refusal(sheaf.run(args.split(' '), environment))))
    for (const line of lines) expect(line).toMatch(/^SHEAF_MONGODB_URL: /)
    await corner.expectUntouched()
  })

  it('OP-3 a wrong password', async () => {
    const postgres = await aPostgresThatRefuses('sheaf')
    await expectFound(
      { SHEAF_POSTGRES_URL: `postgres://sheaf:${PASSWORD}@${postgres}/sheaf` },
      /^SHEAF_POSTGRES_URL: the server refuses the password of sheaf; correct it$/,
    )
  })

  on('mongodb')('OP-3 a wrong password of MongoDB', async () => {
    const url = sharedOf('mongodb').replace('mongodb://', `mongodb://nobody:${PASSWORD}@`)
    await expectFound({ SHEAF_MONGODB_URL: url }, /^SHEAF_MONGODB_URL: .*refuses user or password; correct them/)
  })

  on('kafka')('OP-3 a sign-in where Kafka takes none', async () => {
    const environment = { SHEAF_KAFKA_BROKERS: sharedOf('kafka'), SHEAF_KAFKA_SASL: `plain:sheaf:${PASSWORD}` }
    await expectFound(environment, /^SHEAF_KAFKA_SASL: /)
  })

  on('redis')('OP-3 OP-4 a wrong password of Redis, and a Redis that is a copy', async () => {
    const services = await startServices(['redis'])
    onTestFinished(() => services.stop())
    const url = services.settings['SHEAF_REDIS_URL'] ?? ''
    const client = new Redis(url)
    onTestFinished(() => client.disconnect())
    await client.call('REPLICAOF', '127.0.0.1', '1')
    await expectFound(
      { SHEAF_REDIS_URL: url },
      /^SHEAF_REDIS_URL: .*read-only replica; give the address of the primary$/,
    )
    await client.call('REPLICAOF', 'NO', 'ONE')
    await client.config('SET', 'requirepass', 'right')
    const wrong = url.replace('redis://', `redis://:${PASSWORD}@`)
    await expectFound(
      { SHEAF_REDIS_URL: wrong },
      /^SHEAF_REDIS_URL: .*does not know this user or password; correct them$/,
    )
    await expectFound({ SHEAF_REDIS_URL: url }, /^SHEAF_REDIS_URL: .*wants a password; put it into the address/)
  })

  on('postgres')('OP-4 a PostgreSQL that takes no writes', async () => {
    const database = await aMigratedPostgres(sharedOf('postgres'))
    onTestFinished(() => database.drop())
    await database.run(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`)
    await expectFound({ SHEAF_POSTGRES_URL: database.url }, /^SHEAF_POSTGRES_URL: .*takes no writes; /)
  })

  it('OP-4 OP-5 a MongoDB that takes no writes, and one that is too old', async () => {
    const mongod = (hello: object, version: string) =>
      aFakeMongod((address) => (command) => {
        if ('hello' in command || 'isMaster' in command || 'ismaster' in command)
          return { ...HELLO, me: address, ...hello }
        return 'buildInfo' in command ? { version } : {}
      })
    const copy = await mongod({ isWritablePrimary: false, secondary: true, setName: 'rs0' }, '7.0.12')
    await expectFound(
      { SHEAF_MONGODB_URL: `mongodb://${copy}/x?directConnection=true` },
      /^SHEAF_MONGODB_URL: .*takes no writes/,
    )
    const old = await mongod({}, '5.0.31')
    await expectFound({ SHEAF_MONGODB_URL: `mongodb://${old}/x` }, /^SHEAF_MONGODB_URL: .*take MongoDB 6 or newer$/)
  })
})

describe('a store that is not as this program needs it', () => {
  const tablesOf = async (database: TestDatabase): Promise<number> =>
    (await database.run("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")).rows.length

  on('postgres', 'mongodb')('OP-6 not migrated yet: what to do is said, and nothing is made', async () => {
    const [database, mongo] = [await aPostgres(sharedOf('postgres')), aMongo(sharedOf('mongodb'))]
    onTestFinished(() => database.drop())
    onTestFinished(() => mongo.drop())
    await expectFound({ SHEAF_POSTGRES_URL: database.url }, /^SHEAF_POSTGRES_URL: .*run `sheaf migrate`$/)
    await expectFound({ SHEAF_MONGODB_URL: mongo.url }, /^SHEAF_MONGODB_URL: .*run `sheaf migrate`$/)
    expect(await tablesOf(database)).toBe(0)
    expect(await mongo.db.listCollections().toArray()).toEqual([])
  })

  on('kafka')('OP-6 a topic that is missing, and one with too few partitions', async () => {
    const brokers = sharedOf('kafka')
    const topic = aTopic()
    const environment = { SHEAF_KAFKA_BROKERS: brokers, SHEAF_KAFKA_TOPIC: topic, SHEAF_KAFKA_PARTITIONS: '3' }
    await expectFound(environment, /^SHEAF_KAFKA_TOPIC: Kafka has no topic .*; run "sheaf migrate"$/)
    const options = {
      brokers: brokers.split(','),
      topic,
      partitions: 2,
      tls: false,
      sasl: null,
      clusterId: '',
      log: noLog,
    }
    const admin = aClient({ ...options, group: topic }).admin()
    expect(await admin.listTopics()).not.toContain(topic)
    await migrateKafka(options)
    await expectFound(
      environment,
      /^SHEAF_KAFKA_TOPIC: .* 2 partitions, and SHEAF_KAFKA_PARTITIONS wants 3; run "sheaf migrate"$/,
    )
    expect((await admin.fetchTopicOffsets(topic)).length).toBe(2)
    await admin.disconnect()
  })

  on('postgres', 'mongodb')(
    'OP-7 migrations that are newer than the program are refused by every command',
    async () => {
      const [database, mongo] = [
        await aMigratedPostgres(sharedOf('postgres')),
        await aMigratedMongo(sharedOf('mongodb')),
      ]
      onTestFinished(() => database.drop())
      onTestFinished(() => mongo.drop())
      await database.run("INSERT INTO sheaf_migrations (number, name) VALUES (999, 'of tomorrow')")
      await mongo.db
        .collection<{ _id: string }>('meta')
        .updateOne({ _id: 'sheaf' }, { $set: { migration: LATEST_MIGRATION + 1 } })
      const commands = ['serve', 'migrate']
      await expectFound({ SHEAF_POSTGRES_URL: database.url }, /^SHEAF_POSTGRES_URL: .*newer/, { commands })
      await expectFound({ SHEAF_MONGODB_URL: mongo.url }, /^SHEAF_MONGODB_URL: .*newer/, { commands })
    },
  )

  on(
    'postgres',
    'mongodb',
    'redis',
  )('OP-8 two clusters on one Redis', async () => {
    const mongo = await aMigratedMongo(sharedOf('mongodb'))
    onTestFinished(() => mongo.drop())
    const prefix = `sheaf-test-${randomUUID()}`
    const client = aRedisClient(sharedOf('redis'))
    await client.set(`${prefix}:cluster`, 'another one')
    onTestFinished(() => void client.del(`${prefix}:cluster`))
    const line =
      /^SHEAF_REDIS_URL: this Redis is used by another Sheaf cluster .* give each cluster its own SHEAF_REDIS_PREFIX/
    // The folder is one that is still to be made, so that what Redis holds cannot be its own.
    const dataDir = join(await aFolder(), 'data')
    for (const environment of [{ SHEAF_MONGODB_URL: mongo.url }, { SHEAF_DATA_DIR: dataDir }] as Environment[])
      await expectFound({ ...environment, SHEAF_REDIS_PREFIX: prefix }, line)
    await expect(access(dataDir)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await client.get(`${prefix}:cluster`)).toBe('another one')
  })

  on('postgres')('OP-9 migrate writes to no store while another one is wrong', async () => {
    const database = await aPostgres(sharedOf('postgres'))
    onTestFinished(() => database.drop())
    const environment = { SHEAF_POSTGRES_URL: database.url, SHEAF_JWT_SECRET: SECRET }
    for (const [name, value] of Object.entries(NOWHERE)) {
      if (name === 'SHEAF_POSTGRES_URL' || name === 'SHEAF_REDIS_URL') continue
      const run = sheaf.run(['migrate'], { ...environment, [name]: value })
      expect(await refusal(run)).toMatch(new RegExp(`^${name}: `))
    }
    expect(await tablesOf(database)).toBe(0)
  })

  on(
    'postgres',
    'mongodb',
    'redis',
    'kafka',
  )('OP-10 what migrate has made is good, twice, and doctor says so', async () => {
    const corner = await aCorner()
    const [database, mongo] = [await aPostgres(sharedOf('postgres')), aMongo(sharedOf('mongodb'))]
    onTestFinished(() => database.drop())
    onTestFinished(() => mongo.drop())
    const environment: Environment = {
      ...corner.settings,
      SHEAF_JWT_SECRET: SECRET,
      SHEAF_POSTGRES_URL: database.url,
      SHEAF_MONGODB_URL: mongo.url,
      SHEAF_REDIS_URL: sharedOf('redis'),
      SHEAF_KAFKA_BROKERS: sharedOf('kafka'),
      SHEAF_KAFKA_TOPIC: aTopic(),
      SHEAF_KAFKA_PARTITIONS: '1',
      NODE_ENV: 'production',
    }
    for (let round = 0; round < 2; round++) {
      const migrate = sheaf.run(['migrate'], environment)
      expect([await migrate.ended(), migrate.err()]).toEqual([0, ''])
    }
    const before = sheaf.run(['doctor'], environment)
    expect([await before.ended(), before.err()]).toEqual([0, ''])
    expect(before.out()).toMatch(/^HINT: No worker consumes, and 0 batches wait/m)
    expect(before.out()).toMatch(/^HINT: SHEAF_REGISTRATION is open/m)
    expect(before.out()).not.toMatch(/clock/)
    await corner.expectUntouched()

    const worker = sheaf.run(['worker'], environment)
    await worker.until('\n')
    const after = sheaf.run(['doctor'], environment)
    expect(await after.ended()).toBe(0)
    expect(after.out()).toMatch(/^1 worker consumes, and 0 batches wait/m)
    worker.signal('SIGTERM')
    expect(await worker.ended()).toBe(0)
  })
})

describe('settings that do not fit together', () => {
  it('OP-11 a driver that is not installed', async () => {
    const hook = (driver: string): string =>
      `export async function resolve(name, context, next) {
        if (name !== ${JSON.stringify(driver)}) return next(name, context)
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
      }`
    const url = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`
    const drivers = {
      pg: 'SHEAF_POSTGRES_URL',
      mongodb: 'SHEAF_MONGODB_URL',
      ioredis: 'SHEAF_REDIS_URL',
      kafkajs: 'SHEAF_KAFKA_BROKERS',
    } as const
    for (const [driver, name] of Object.entries(drivers)) {
      const register = `import { register } from 'node:module'; register(${JSON.stringify(url(hook(driver)))})`
      const corner = await aCorner()
      const environment = { ...corner.settings, [name]: NOWHERE[name] }
      const options = { nodeOptions: ['--import', url(register)] }
      const line = `${name} needs the package ${driver}: npm install ${driver}`
      expect(await refusal(sheaf.run(['serve'], environment, options))).toBe(line)
      expect(await wrongLines(sheaf.run(['doctor'], environment, options))).toEqual([line])
      await corner.expectUntouched()
    }
  })

  it('OP-12 a worker without Kafka or MongoDB, and a cluster without a secret', async () => {
    const corner = await aCorner()
    const { SHEAF_KAFKA_BROKERS, SHEAF_MONGODB_URL, SHEAF_POSTGRES_URL } = NOWHERE
    const worker = (environment: Environment) => refusal(sheaf.run(['worker'], { ...corner.settings, ...environment }))
    expect(await worker({})).toMatch(/^SHEAF_KAFKA_BROKERS is required for a worker/)
    expect(await worker({ SHEAF_KAFKA_BROKERS })).toMatch(/^SHEAF_MONGODB_URL is required for a worker/)
    const cluster = { ...corner.settings, SHEAF_MONGODB_URL, SHEAF_POSTGRES_URL }
    for (const command of ['serve', 'doctor', 'migrate'])
      expect(await refusal(sheaf.run([command], cluster))).toMatch(/^SHEAF_JWT_SECRET is required with .*openssl rand/)
    await corner.expectUntouched()
  })
})
