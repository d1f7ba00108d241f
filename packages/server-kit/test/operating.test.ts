import { randomUUID } from 'node:crypto'
import { sharedSetting } from '@sheaf/services'
import type { ServiceName } from '@sheaf/services'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { readSettings } from '../src/config.ts'
import { doctor } from '../src/operating/operating.ts'
import { aFolder } from './support/folder.ts'
import { aTopic } from './support/kafka-under-test.ts'
import { aMigratedDatabase as aMigratedMongo } from './support/mongo-under-test.ts'
import { aMigratedDatabase as aMigratedPostgres } from './support/postgres-under-test.ts'
import { buildCommand } from './support/sheaf-command.ts'
import type { BuiltCommand, Run } from './support/sheaf-command.ts'
import { joinBySocket } from './support/socket-client.ts'

// Each test starts processes; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

type Environment = Record<string, string>

let sheaf: BuiltCommand
beforeAll(async () => {
  sheaf = await buildCommand()
})
afterAll(() => sheaf.remove())

const missing = (['postgres', 'mongodb', 'redis', 'kafka'] as const).filter((name) => sharedSetting(name) === null)
if (missing.length > 0)
  console.warn(`Logs and disabling on ${missing.join(', ')} are not tested: "pnpm services up" starts such servers.`)
const on = (...names: ServiceName[]) => it.skipIf(names.some((name) => missing.includes(name as never)))
const sharedOf = (name: ServiceName): string => sharedSetting(name) ?? ''

const SECRET = 'the-secret-that-signs-tokens-of-this-test'
const STORE_PASSWORD = 'password-of-the-database'

async function aCluster(): Promise<Environment> {
  const [database, mongo] = [await aMigratedPostgres(sharedOf('postgres')), await aMigratedMongo(sharedOf('mongodb'))]
  onTestFinished(() => database.drop())
  onTestFinished(() => mongo.drop())
  const postgresUrl = new URL(database.url)
  // The server of the tests asks for none.
  postgresUrl.password = STORE_PASSWORD
  return {
    SHEAF_PORT: '0',
    SHEAF_WORKER_PORT: '0',
    SHEAF_DATA_DIR: await aFolder(),
    SHEAF_JWT_SECRET: SECRET,
    SHEAF_POSTGRES_URL: postgresUrl.href,
    SHEAF_MONGODB_URL: mongo.url,
  }
}

async function serving(environment: Environment): Promise<{ run: Run; url: string }> {
  const run = sheaf.run(['serve'], environment)
  await run.until('\n')
  return { run, url: run.out().trim().split(' ').at(-1) ?? '' }
}

async function stopped(run: Run): Promise<void> {
  run.signal('SIGTERM')
  expect(await run.ended(), run.err()).toBe(0)
}

interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any
}

async function call(url: string, method: string, path: string, token: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

describe('the log', () => {
  on(
    'postgres',
    'mongodb',
    'redis',
    'kafka',
  )(
    'OP-51 at its finest level it holds no content, no title, no address, no password, no token and no secret',
    async () => {
      const environment = {
        ...(await aCluster()),
        SHEAF_REDIS_URL: sharedOf('redis'),
        SHEAF_REDIS_PREFIX: `sheaf-test-${randomUUID()}`,
        SHEAF_KAFKA_BROKERS: sharedOf('kafka'),
        SHEAF_KAFKA_TOPIC: aTopic(),
        SHEAF_KAFKA_PARTITIONS: '1',
        SHEAF_LOG_LEVEL: 'trace',
      }
      expect(await sheaf.run(['migrate'], environment).ended()).toBe(0)
      const { run, url } = await serving(environment)
      const worker = sheaf.run(['worker'], environment)
      await worker.until('\n')

      const [email, password] = ['ada.lovelace@example.com', 'password-of-ada']
      const { body: login } = await call(url, 'POST', '/v1/auth/register', '', { email, password, displayName: 'Ada' })
      const { body: bob } = await call(url, 'POST', '/v1/auth/register', '', {
        email: 'bob@example.com',
        password: 'password-of-bob',
        displayName: 'Bob',
      })
      const { accessToken: token, refreshToken } = login
      const { body: document } = await call(url, 'POST', '/v1/documents', token, { title: 'title-of-it' })
      const path = `/v1/documents/${document.id}`
      const client = await joinBySocket(url, document.id, token)
      await client.write('word-that-is-secret')
      expect((await call(url, 'PATCH', path, token, { title: 'title-after-it' })).status).toBe(200)
      await call(url, 'PUT', `${path}/permissions/${bob.user.id}`, token, { role: 'editor' })
      await call(url, 'POST', `${path}/permissions`, token, { email: 'bob@example.com', role: 'editor' })
      await call(url, 'POST', `${path}/versions`, token, { name: 'name-of-a-version' })
      await call(url, 'GET', `${path}/content?format=markdown&token=token-in-a-query`, token)
      await call(url, 'POST', '/v1/auth/refresh', '', { refreshToken })

      // What fails is what programs like to quote.
      await call(url, 'POST', '/v1/auth/login', '', { email, password: 'password-that-is-wrong' })
      await call(url, 'POST', '/v1/auth/login', '', { email, password: 12, newPassword: 'password-too-much' })
      await call(url, 'POST', '/v1/auth/login', '', `{"email": "${email}", "password": "password-half-sent`)
      await call(url, 'POST', '/v1/auth/refresh', '', { refreshToken: 'refresh-token-of-nobody' })
      await call(url, 'POST', '/v1/documents', token, { title: 'x', content: { type: 'content-that-is-none' } })
      await call(url, 'GET', path, 'token-that-is-none')
      await expect(joinBySocket(url, document.id, 'token-that-is-none')).rejects.toThrow('4401')
      client.close()
      await stopped(run)
      await stopped(worker)

      const log = run.err() + worker.err()
      for (const line of log.trimEnd().split('\n')) expect(JSON.parse(line), line).toHaveProperty('level')
      expect(log).toContain(`"path":"${path}"`)
      const content = ['title-', 'word-that-is-secret', 'name-of-a-version', 'content-that-is-none']
      const tokens = [
        'token-in-a-query',
        'refresh-token-of-nobody',
        'token-that-is',
        refreshToken,
        ...token.split('.').slice(1),
      ]
      for (const secret of [email, password, 'password-', SECRET, STORE_PASSWORD, ...content, ...tokens])
        expect(log.includes(secret), `the log holds ${secret}`).toBe(false)
    },
  )
})

describe('doctor', () => {
  on(
    'postgres',
    'mongodb',
    'redis',
  )('OP-13 hints at a clock that differs from that of a store, on either side', async () => {
    const environment = {
      ...(await aCluster()),
      SHEAF_REDIS_URL: sharedOf('redis'),
      SHEAF_REDIS_PREFIX: `sheaf-test-${randomUUID()}`,
    }
    const hints = async (): Promise<string[]> =>
      (await doctor(readSettings(environment))).filter(({ status }) => status === 'hint').map(({ line }) => line)
    expect(await hints()).toEqual([])
    onTestFinished(() => void vi.useRealTimers())
    for (const shift of [60_000, -60_000]) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + shift })
      const lines = await hints()
      vi.useRealTimers()
      expect(lines.map((line) => /^The clock of (\w+) .* differ by (\d+) seconds/.exec(line)?.[1])).toEqual([
        'PostgreSQL',
        'MongoDB',
        'Redis',
      ])
    }
  })
})

describe('disabling', () => {
  for (const names of [
    ['postgres', 'mongodb'],
    ['postgres', 'mongodb', 'redis'],
  ] as const)
    on(...names)(
      `OP-61 with ${names.join(', ')}: open sessions end within 5 s on every server, and nobody comes back`,
      async () => {
        const environment: Environment = {
          ...(await aCluster()),
          ...(names.length === 2 ? {} : { SHEAF_REDIS_URL: sharedOf('redis') }),
          SHEAF_REDIS_PREFIX: `sheaf-test-${randomUUID()}`,
          SHEAF_LOG_LEVEL: 'error',
        }
        const [first, second] = await Promise.all([serving(environment), serving(environment)])
        const person = { email: 'Ada@example.com', password: 'password-of-ada' }
        const { body: login } = await call(first.url, 'POST', '/v1/auth/register', '', {
          ...person,
          displayName: 'Ada',
        })
        const { accessToken: token, refreshToken } = login
        const { body: document } = await call(first.url, 'POST', '/v1/documents', token, { title: 'Minutes' })
        const sessions = await Promise.all(
          [first, second].map(async ({ url }) => joinBySocket(url, document.id, token)),
        )
        const endedAt = Promise.all(
          sessions.map(async (session) => ({ code: await session.ended(), at: performance.now() })),
        )
        const disable = sheaf.run(['disable', 'ada@example.com'], environment)
        expect(await disable.ended(), disable.err()).toBe(0)
        const done = performance.now()
        for (const { code, at } of await endedAt) {
          expect(code).toBe(4401)
          expect(at - done).toBeLessThan(5_000)
        }
        const returns = async (url: string) => [
          (await call(url, 'POST', '/v1/auth/login', '', person)).status,
          (await call(url, 'POST', '/v1/auth/refresh', '', { refreshToken })).status,
          (await call(url, 'GET', '/v1/me', token)).status,
        ]
        for (const { url } of [first, second]) {
          expect(await returns(url)).toEqual([401, 401, 401])
          await expect(joinBySocket(url, document.id, token)).rejects.toThrow('4401')
        }
        const enable = sheaf.run(['enable', 'ada@example.com'], environment)
        expect(await enable.ended(), enable.err()).toBe(0)
        // Whoever may sign in again has to: log-ins that were ended do not come back.
        expect(await returns(second.url)).toEqual([200, 401, 401])
        await Promise.all([stopped(first.run), stopped(second.run)])
      },
    )

  it('OP-62 in a folder: while its server runs it is said who has it, and afterwards nobody comes back', async () => {
    const environment = { SHEAF_PORT: '0', SHEAF_DATA_DIR: await aFolder(), SHEAF_LOG_LEVEL: 'error' }
    const before = await serving(environment)
    const person = { email: 'ada@example.com', password: 'password-of-ada' }
    const { body: login } = await call(before.url, 'POST', '/v1/auth/register', '', { ...person, displayName: 'Ada' })
    const busy = sheaf.run(['disable', person.email], environment)
    expect(await busy.ended()).toBe(1)
    expect(busy.err()).toContain(`process ${before.run.pid}`)
    await stopped(before.run)
    expect(await sheaf.run(['disable', person.email], environment).ended()).toBe(0)
    const unknown = sheaf.run(['disable', 'nobody@example.com'], environment)
    expect(await unknown.ended()).toBe(1)
    expect(unknown.err()).toContain('nobody with the address nobody@example.com')
    const { url, run } = await serving(environment)
    expect((await call(url, 'POST', '/v1/auth/login', '', person)).status).toBe(401)
    expect((await call(url, 'POST', '/v1/auth/refresh', '', { refreshToken: login.refreshToken })).status).toBe(401)
    expect((await call(url, 'GET', '/v1/me', login.accessToken)).status).toBe(401)
    await stopped(run)
  })
})
