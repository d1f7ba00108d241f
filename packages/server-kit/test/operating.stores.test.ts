import { randomUUID } from 'node:crypto'
import { sharedSetting } from '@sheaf/services'
import type { ServiceName } from '@sheaf/services'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readSettings } from '../src/config.ts'
import { migrate } from '../src/operating/operating.ts'
import { createSheafServer } from '../src/operating/standalone.ts'
import { createSheafWorker } from '../src/operating/standalone-worker.ts'
import { aFolder } from './support/folder.ts'
import { aDatabase as aMongoDatabase } from './support/mongo-under-test.ts'
import { aDatabase as aPostgresDatabase } from './support/postgres-under-test.ts'
import { joinBySocket } from './support/socket-client.ts'

const CHEAP = { passwords: { memoryKiB: 64, passes: 1 } }
const NAMES = ['postgres', 'mongodb', 'redis', 'kafka'] as const satisfies readonly ServiceName[]

/** Each choice of servers that take the place of a part of the folder. */
const SUBSETS = Array.from({ length: 2 ** NAMES.length }, (_, bits) => NAMES.filter((_name, at) => bits & (2 ** at)))
const missing = NAMES.filter((name) => sharedSetting(name) === null)
if (missing.length > 0)
  console.warn(
    `Combinations with ${missing.join(', ')} are not tested: no such server is there; "pnpm services up" starts them.`,
  )
const sharedOf = (name: ServiceName): string => sharedSetting(name) ?? ''

/** Settings of a corner of these servers that nobody else uses. */
async function settingsFor(names: readonly ServiceName[]): Promise<Record<string, string>> {
  const settings: Record<string, string> = {
    SHEAF_PORT: '0',
    SHEAF_WORKER_PORT: '0',
    SHEAF_LOG_LEVEL: 'silent',
    SHEAF_DATA_DIR: await aFolder(),
    SHEAF_JWT_SECRET: 'a secret that all servers of this test share',
  }
  if (names.includes('postgres')) {
    const database = await aPostgresDatabase(sharedOf('postgres'))
    onTestFinished(() => database.drop())
    settings['SHEAF_POSTGRES_URL'] = database.url
  }
  if (names.includes('mongodb')) {
    const database = aMongoDatabase(sharedOf('mongodb'))
    onTestFinished(() => database.drop())
    settings['SHEAF_MONGODB_URL'] = database.url
  }
  if (names.includes('redis')) {
    settings['SHEAF_REDIS_URL'] = sharedOf('redis')
    settings['SHEAF_REDIS_PREFIX'] = `sheaf-test-${randomUUID()}`
  }
  if (names.includes('kafka')) {
    settings['SHEAF_KAFKA_BROKERS'] = sharedOf('kafka')
    settings['SHEAF_KAFKA_TOPIC'] = `sheaf.test.${randomUUID()}`
    settings['SHEAF_KAFKA_PARTITIONS'] = '2'
  }
  return settings
}

async function serve(environment: Record<string, string>) {
  // Something is folded at once, so that it is seen who folds.
  const limits = { snapshotEveryOperations: 2 }
  const settings = readSettings(environment)
  const server = createSheafServer(settings, { ...CHEAP, limits })
  onTestFinished(() => server.stop())
  const url = await server.start()
  const { kafka, mongodbUrl } = settings.stores
  if (kafka === null || mongodbUrl === null) return { server, url, workerUrl: null, stop: () => server.stop() }
  const worker = createSheafWorker(settings, limits)
  onTestFinished(() => worker.stop())
  const workerUrl = await worker.start()
  return { server, url, workerUrl, stop: () => Promise.all([server.stop(), worker.stop()]) }
}

interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any
}

async function call(url: string, path: string, token: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: await response.json() }
}

const metricOf = async (url: string, name: string): Promise<number> =>
  Number(new RegExp(`^${name} (.+)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1])

describe('every combination of servers', { timeout: 60_000 }, () => {
  for (const names of SUBSETS) {
    const isAbsent = names.some((name) => missing.includes(name as never))
    const what = names.length === 0 ? 'the folder alone' : names.join(', ')
    it.skipIf(isAbsent)(
      `OP-21 ${what}: register, write, keep a version, restart, and everything is there`,
      async () => {
        const environment = await settingsFor(names)
        await migrate(readSettings(environment))
        const before = await serve(environment)
        const person = { email: 'ada@example.com', password: 'long enough' }
        const { body: login } = await call(before.url, '/v1/auth/register', '', { ...person, displayName: 'Ada' })
        const { body: document } = await call(before.url, '/v1/documents', login.accessToken, { title: 'Minutes' })
        const ada = await joinBySocket(before.url, document.id, login.accessToken)
        const bob = await joinBySocket(before.url, document.id, login.accessToken)
        for (const word of ['one', 'two', 'three']) await ada.write(word)
        await bob.until('three')
        if (names.includes('kafka')) {
          const folding = before.workerUrl ?? before.url
          await expect
            .poll(() => metricOf(folding, 'sheaf_snapshots_stored_total'), { timeout: 20_000 })
            .toBeGreaterThan(0)
          expect(await metricOf(folding, 'sheaf_worker_unfolded_operations')).toBe(0)
        }
        const path = `/v1/documents/${document.id}`
        const made = await call(before.url, `${path}/versions`, login.accessToken, { name: 'First' })
        expect(made.status).toBe(201)
        const ready = await (await fetch(`${before.url}/readyz`)).json()
        expect(ready).toMatchObject({ status: 'ok' })
        await before.stop()

        const after = await serve(environment)
        const { body: again } = await call(after.url, '/v1/auth/login', '', person)
        const { body: content } = await call(after.url, `${path}/content`, again.accessToken)
        expect(JSON.stringify(content)).toMatch(/one.*two.*three/)
        const { body: versions } = await call(after.url, `${path}/versions`, again.accessToken)
        expect(JSON.stringify(versions)).toContain('First')
        const carol = await joinBySocket(after.url, document.id, again.accessToken)
        expect(carol.text()).toMatch(/one.*two.*three/)
        await carol.write('four')
        await after.stop()
      },
    )
  }
})
