import { absences, sharedSetting, startServices } from '@sheaf/services'
import type { Service } from '@sheaf/services'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { inspectMongo, migrateMongo } from '../src/adapters/mongo/index.ts'
import type { MongoAdapter } from '../src/adapters/mongo/index.ts'
import { noLog } from '../src/metrics.ts'
import { aDocument, aVersion, anId, anOperation, operations } from '../src/testing/contract.ts'
import { aMongoProxy } from './support/mongo-proxy.ts'
import { aMigratedDatabase, aMongoAdapter, eventually, timed, withDatabase } from './support/mongo-under-test.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 90_000 })

const absence = (await absences()).find(({ name }) => name === 'mongodb')
if (absence !== undefined) console.warn(`Faults of MongoDB are skipped: ${absence.reason}; ${absence.remedy}`)

/** Longest that a call may take, whatever happens to the server, and what a busy machine adds. */
const PATIENCE_MS = 10_000
const BUSY_MS = 1_000

/** Every kind of call. Those that write are of documents of their own. */
const calls = ({ ports }: MongoAdapter, documentId: string): Record<string, () => Promise<unknown>> => ({
  append: () => ports.operations.append(anId(), operations(1, 2)),
  read: () => ports.operations.read(documentId, 0, 10),
  head: () => ports.operations.head(documentId),
  create: () => ports.documents.create(aDocument()),
  get: () => ports.documents.get(documentId),
  advance: () => ports.documents.advance(documentId, { seq: 1, versionVector: [], updatedAt: 1 }),
  listUnpublished: () => ports.documents.listUnpublished(10),
  acquire: () => ports.locks.acquire(documentId, 'owner', 1_000, 0),
  release: () => ports.locks.release(documentId, 'owner', 1),
  progress: () => ports.progress.get(documentId),
  put: () => ports.versions.put(aVersion(), new Uint8Array(10)),
  putLarge: () => ports.versions.put(aVersion(), new Uint8Array(9 * 1024 * 1024)),
  list: () => ports.versions.list(documentId, { limit: 3 }),
})

async function expectUnavailable(adapter: MongoAdapter): Promise<number> {
  const results = await Promise.all(
    Object.entries(calls(adapter, anId())).map(async ([name, call]) => ({ name, ...(await timed(call)) })),
  )
  for (const { name, outcome } of results) expect({ name, outcome }).toMatchObject({ outcome: { code: 'unavailable' } })
  const longest = Math.max(...results.map(({ milliseconds }) => milliseconds))
  expect(longest).toBeLessThan(PATIENCE_MS + BUSY_MS)
  return longest
}

async function expectSickness(adapter: MongoAdapter): Promise<void> {
  const { outcome, milliseconds } = await timed(() => adapter.dependency.check())
  expect(outcome).toMatchObject({ code: 'unavailable' })
  expect(milliseconds).toBeLessThan(2_000 + BUSY_MS)
}

const isWell = (adapter: MongoAdapter) => (): Promise<boolean> =>
  adapter.dependency.check().then(
    () => true,
    () => false,
  )

describe.skipIf(absence !== undefined)('MongoDB: faults', () => {
  let mongodb: Service
  let url: string
  let stop: () => Promise<void>

  beforeAll(async () => {
    const services = await startServices(['mongodb'])
    stop = () => services.stop()
    mongodb = services.get('mongodb')
    url = withDatabase(mongodb.settings['SHEAF_MONGODB_URL']!, 'faults')
    await migrateMongo({ url, log: noLog })
  })

  beforeEach(() => mongodb.start())

  afterAll(() => stop())

  it('MG-71 after the server was killed calls fail in time, and go on by themselves when it is back', async () => {
    const adapter = await aMongoAdapter(url)
    expect(adapter.dependency.name).toBe('mongodb')
    await adapter.dependency.check()
    const documentId = anId()
    await adapter.ports.operations.append(documentId, operations(1, 3))
    await mongodb.kill('SIGKILL')
    const longest = await expectUnavailable(adapter)
    await expectSickness(adapter)
    const again = await timed(() => inspectMongo({ url, log: noLog }))
    expect(again.outcome).toMatchObject({ code: 'configuration' })
    await mongodb.start()
    const recovery = await eventually(isWell(adapter), 30_000)
    expect(await adapter.ports.operations.head(documentId)).toBe(3)
    expect((await adapter.ports.operations.append(documentId, operations(4, 5))).status).toBe('appended')
    console.info(
      `MongoDB killed: longest call ${longest.toFixed(0)} ms, well ${recovery.toFixed(0)} ms after its start`,
    )
  })

  it('MG-72 under load, what was acknowledged before the server was killed is there, and no hole', async () => {
    const adapter = await aMongoAdapter(url)
    const acknowledged = new Map<string, number>()
    const state = { stopped: false }
    const write = async (documentId: string): Promise<void> => {
      for (let seq = 1; !state.stopped; seq += 3) {
        const batch = [seq, seq + 1, seq + 2].map((one) => anOperation({ seq: one }))
        const result = await adapter.ports.operations.append(documentId, batch).catch(() => null)
        if (result === null) return
        expect(result.status).toBe('appended')
        acknowledged.set(documentId, seq + 2)
      }
    }
    const writing = Array.from({ length: 10 }, () => write(anId()))
    await eventually(() => acknowledged.size === 10 && [...acknowledged.values()].some((seq) => seq > 30), 30_000)
    await mongodb.kill('SIGKILL')
    await Promise.all(writing)
    state.stopped = true
    await mongodb.start()
    await eventually(isWell(adapter), 30_000)
    for (const [documentId, seq] of acknowledged) {
      const stored = await adapter.ports.operations.read(documentId, 0, 10_000)
      expect(stored.length).toBeGreaterThanOrEqual(seq)
      expect(stored.at(-1)?.seq).toBe(stored.length)
    }
  })

  it('MG-73 a server that hangs makes no call hang, and is used again when it goes on', async () => {
    const adapter = await aMongoAdapter(url)
    await Promise.all(Array.from({ length: 10 }, () => adapter.ports.operations.head(anId())))
    await mongodb.kill('SIGSTOP')
    try {
      const [longest] = await Promise.all([expectUnavailable(adapter), expectSickness(adapter)])
      const later = await expectUnavailable(adapter)
      const opening = await timed(() => inspectMongo({ url, log: noLog }))
      expect(opening.outcome).toMatchObject({ code: 'configuration' })
      expect(opening.milliseconds).toBeLessThan(PATIENCE_MS + BUSY_MS)
      console.info(
        `MongoDB hung: longest call ${longest.toFixed(0)} ms, later ${later.toFixed(0)} ms, inspection ${opening.milliseconds.toFixed(0)} ms`,
      )
    } finally {
      await mongodb.kill('SIGCONT')
    }
    await eventually(isWell(adapter), 30_000)
    expect((await adapter.ports.operations.append(anId(), operations(1, 2))).status).toBe('appended')
  })

  it('MG-73 closing does not wait for a server that hangs', async () => {
    const adapter = await aMongoAdapter(url)
    await mongodb.kill('SIGSTOP')
    try {
      const call = timed(() => adapter.ports.operations.append(anId(), operations(1, 1)))
      const { milliseconds } = await timed(() => adapter.close())
      expect(milliseconds).toBeLessThan(PATIENCE_MS + BUSY_MS)
      expect((await call).outcome).toMatchObject({ code: 'unavailable' })
    } finally {
      await mongodb.kill('SIGCONT')
    }
  })

  it('MG-74 a restart in good order loses nothing', async () => {
    const adapter = await aMongoAdapter(url)
    const documentId = anId()
    await adapter.ports.operations.append(documentId, operations(1, 2))
    const lock = await adapter.ports.locks.acquire(documentId, 'a', 60_000, 0)
    await mongodb.stop()
    await expectSickness(adapter)
    await mongodb.start()
    await eventually(isWell(adapter), 30_000)
    expect(await adapter.ports.operations.head(documentId)).toBe(2)
    expect(await adapter.ports.locks.acquire(documentId, 'a', 60_000, 1)).toMatchObject({
      status: 'granted',
      fence: lock.status === 'granted' ? lock.fence : null,
    })
  })
})

const server = sharedSetting('mongodb')
if (server === null) console.warn('Lost answers of MongoDB are not tested: no TEST_MONGODB_URL, no `pnpm services up`.')

describe.skipIf(server === null)('MongoDB: lost answers', () => {
  async function behindProxy() {
    const database = await aMigratedDatabase(server!)
    onTestFinished(() => database.drop())
    const proxy = await aMongoProxy(database.url)
    return { proxy, database, adapter: await aMongoAdapter(proxy.url) }
  }

  it('MG-75 an append whose answer was lost is not acknowledged, is stored once, and is found when it is tried again', async () => {
    const { proxy, adapter } = await behindProxy()
    const { operations: log } = adapter.ports
    const documentId = anId()
    const batch = operations(1, 3)
    proxy.loseAnswerTo('insert')
    const { outcome } = await timed(() => log.append(documentId, batch))
    // A server that knows retried writes may answer a second time, and then it is stored.
    const isRetried = proxy.commands.filter((command) => command === 'insert').length > 1
    if (isRetried) expect(outcome).toEqual({ status: 'appended' })
    else expect(outcome).toMatchObject({ code: 'unavailable' })
    await eventually(async () => (await log.head(documentId)) === 3)
    expect(await log.append(documentId, batch)).toEqual({ status: 'conflict' })
    const stored = await log.read(documentId, 0, 10)
    expect(stored.map(({ replicaId, counter }) => [replicaId, counter])).toEqual(
      batch.map(({ replicaId, counter }) => [replicaId, counter]),
    )
  })

  it('MG-76 a lock whose answer was lost is its owner’s when he asks again', async () => {
    const { proxy, adapter, database } = await behindProxy()
    const { locks } = adapter.ports
    const documentId = anId()
    proxy.loseAnswerTo('insert')
    const { outcome } = await timed(() => locks.acquire(documentId, 'a', 10_000, 0))
    if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'unavailable' })
    await eventually(async () => (await database.db.collection('locks').countDocuments({ documentId })) === 1)
    expect(await locks.acquire(documentId, 'a', 10_000, 1)).toMatchObject({ status: 'granted', fence: 1 })
    expect((await locks.acquire(documentId, 'b', 10_000, 1)).status).toBe('held')
  })

  it('MG-77 a version whose answer was lost is there as a whole, and progress too', async () => {
    const { proxy, adapter } = await behindProxy()
    const { versions, progress } = adapter.ports
    const version = aVersion()
    proxy.loseAnswerTo('insert')
    await timed(() => versions.put(version, Uint8Array.of(1, 2, 3)))
    await eventually(async () => (await versions.get(version.documentId, version.id)) !== null)
    expect((await versions.getSnapshot(version.documentId, version.id))?.length).toBe(3)
    const at = { documentId: anId(), seq: 4, versionVector: [], replicaId: 'r', counter: 1, updatedAt: 1 }
    proxy.loseAnswerTo('insert')
    await timed(() => progress.advance(at))
    await eventually(async () => (await progress.get(at.documentId))?.seq === 4)
    await progress.advance(at)
    expect(await progress.get(at.documentId)).toEqual(at)
  })
})
