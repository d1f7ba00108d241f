import { sharedSetting } from '@sheaf/services'
import type { Document } from 'mongodb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MongoDatabase } from '../src/adapters/mongo/database.ts'
import { inspectMongo, migrateMongo, openMongo } from '../src/adapters/mongo/index.ts'
import { factsOf } from '../src/adapters/mongo/inspection.ts'
import { missingRights } from '../src/adapters/mongo/rights.ts'
import { noLog } from '../src/metrics.ts'
import { HELLO, aFakeMongod } from './support/fake-mongod.ts'
import { aDatabase, aMigratedDatabase, withDatabase } from './support/mongo-under-test.ts'
import type { TestDatabase } from './support/mongo-under-test.ts'

const server = sharedSetting('mongodb')
if (server === null)
  console.warn('Tests of the start of the MongoDB adapter are skipped: no TEST_MONGODB_URL, no `pnpm services up`.')

const refusal = async (work: Promise<unknown>): Promise<{ code: unknown; message: string }> => {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: Error & { code?: unknown }) => reason,
  )
  return { code: 'code' in error ? error.code : null, message: error.message }
}

/** One line that begins with the setting, says what is wrong, and shows no password. */
async function expectRefusal(url: string, what: RegExp): Promise<void> {
  const { code, message } = await refusal(openMongo({ url, log: noLog }))
  expect(message).toMatch(what)
  expect(message).toMatch(/^SHEAF_MONGODB_URL: [^\n]+$/)
  expect(message).not.toContain('hush')
  expect(code).toBe('configuration')
}

describe('MongoDB: addresses', () => {
  it('MG-64 a server opens a bounded number of connections, which the address may change', async () => {
    const most = async (url: string): Promise<number> => {
      const { client } = new MongoDatabase(url)
      await client.close()
      return client.options.maxPoolSize
    }
    expect(await most('mongodb://127.0.0.1:1/sheaf')).toBe(50)
    expect(await most('mongodb://127.0.0.1:1/sheaf?maxPoolSize=7')).toBe(7)
  })

  it.each([
    'http://host/sheaf',
    '',
    'hush',
    'mongodb://',
    'mongodb://user:hu@sh@host/sheaf',
    'mongodb://user:hush@host/sheaf?no=option',
    'mongodb://user:%zzhush@host/sheaf',
    'mongodb://user:hush@host/she$af.x',
  ])('MG-31 %j is refused as no address', (url) => expectRefusal(url, /is not the URL of a MongoDB database; write/))

  it('MG-32 nobody answers there', () =>
    expectRefusal(
      'mongodb://user:hush@127.0.0.1:1/sheaf',
      /no MongoDB answers at 127\.0\.0\.1:1\/sheaf .*ECONNREFUSED/,
    ))

  it('MG-32 a name that is not known', () =>
    expectRefusal('mongodb://user:hush@no-such-host.invalid/x', /no MongoDB answers at no-such-host\.invalid:27017\/x/))
})

describe('MongoDB: servers that cannot be worked with', () => {
  const answering =
    (more: (command: Document) => Document | undefined, hello: Document = {}) =>
    (address: string) =>
    (command: Document): Document => {
      if ('hello' in command || 'isMaster' in command || 'ismaster' in command)
        return { ...HELLO, me: address, ...hello, ...('setName' in hello ? { hosts: [address] } : {}) }
      return more(command) ?? ('buildInfo' in command ? { version: '7.0.12' } : {})
    }

  it('MG-33 one that is older than MongoDB 6', async () => {
    const address = await aFakeMongod(
      answering((command) => ('buildInfo' in command ? { version: '5.0.31' } : undefined)),
    )
    await expectRefusal(`mongodb://${address}/x`, /the server is MongoDB 5\.0\.31; take MongoDB 6 or newer/)
  })

  it('MG-33 one that is so old that the driver does not know it', async () => {
    const address = await aFakeMongod(answering(() => undefined, { maxWireVersion: 6 }))
    await expectRefusal(`mongodb://${address}/x`, /is too old for this program; take MongoDB 6 or newer/)
  })

  it('MG-33 the number of a version is understood, FerretDB has its own', () => {
    expect(factsOf({ version: '8.2.1' })).toEqual({ name: 'MongoDB 8.2.1', updatesAreAtomic: true })
    expect(factsOf({ version: '10.0.0' }).updatesAreAtomic).toBe(true)
    expect(factsOf({ version: '7.0.42', ferretdbVersion: 'v1.24.2' })).toEqual({
      name: 'FerretDB v1.24.2 (as MongoDB 7.0.42)',
      updatesAreAtomic: false,
    })
    expect(factsOf({ version: '7.0.77', ferretdb: { version: 'v2.7.0' } }).updatesAreAtomic).toBe(false)
    expect(() => factsOf({ version: '4.4.0' })).toThrow('take MongoDB 6 or newer')
  })

  it('MG-34 a secondary that was named alone', async () => {
    const address = await aFakeMongod(
      answering(() => undefined, { isWritablePrimary: false, secondary: true, setName: 'rs' }),
    )
    await expectRefusal(`mongodb://${address}/x?directConnection=true`, /takes no writes; name its primary/)
  })

  it('MG-34 a replica set without a primary', async () => {
    const address = await aFakeMongod(
      answering(() => undefined, { isWritablePrimary: false, secondary: true, setName: 'rs' }),
    )
    await expectRefusal(`mongodb://${address}/x?replicaSet=rs`, /the replica set has no primary now/)
    await expectRefusal(`mongodb://${address}/x?replicaSet=other`, /see whether replicaSet= is its name/)
  })

  it('MG-35 a user who may only read', async () => {
    const status = {
      authInfo: {
        authenticatedUsers: [{ user: 'u', db: 'admin' }],
        authenticatedUserPrivileges: [{ resource: { db: 'x', collection: '' }, actions: ['find', 'listIndexes'] }],
      },
    }
    const address = await aFakeMongod(answering((command) => ('connectionStatus' in command ? status : undefined)))
    await expectRefusal(`mongodb://${address}/x`, /may not insert, update, remove in .*; give it the role readWrite/)
    expect(missingRights(status, 'y')).toEqual(['find', 'insert', 'update', 'remove'])
    const all = (resource: Document, actions: string[]) => ({
      authInfo: { authenticatedUsers: [{}], authenticatedUserPrivileges: [{ resource, actions }] },
    })
    expect(missingRights(all({ anyResource: true }, ['anyAction']), 'x')).toEqual([])
    expect(missingRights(all({ db: '', collection: '' }, ['find', 'insert', 'update', 'remove']), 'x')).toEqual([])
    expect(missingRights({ authInfo: { authenticatedUsers: [] } }, 'x')).toEqual([])
  })

  it('MG-35 a user who may do nothing', async () => {
    const unauthorized = { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on x: hush' }
    const address = await aFakeMongod(answering((command) => ('find' in command ? unauthorized : undefined)))
    await expectRefusal(`mongodb://${address}/x`, /does not let this user work with .*readWrite/)
  })

  it('MG-36 a wrong password', async () => {
    const failed = { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'hush' }
    const address = await aFakeMongod(answering((command) => ('saslStart' in command ? failed : undefined)))
    await expectRefusal(`mongodb://user:hush@${address}/x`, /refuses user or password; .*authSource=/)
  })

  it.skipIf(server === null)('MG-36 the real server refuses a user whom it does not know', () =>
    expectRefusal(server!.replace('mongodb://', 'mongodb://nobody:hush@'), /refuses user or password/),
  )
})

describe.skipIf(server === null)('MongoDB: migration', () => {
  const empty = (): TestDatabase => {
    const database = aDatabase(server!)
    onTestFinished(() => database.drop())
    return database
  }
  const migrated = async (): Promise<TestDatabase> => {
    const database = await aMigratedDatabase(server!)
    onTestFinished(() => database.drop())
    return database
  }
  const indexNames = async ({ db }: TestDatabase, collection: string): Promise<string[]> =>
    (await db.collection(collection).listIndexes().toArray()).map(({ name }) => String(name)).sort()

  it('MG-41 before the first migration opening and inspecting refuse, say what to do, and write nothing', async () => {
    const { url, db } = empty()
    await expectRefusal(url, /is not prepared yet; run `sheaf migrate`/)
    await expect(inspectMongo({ url, log: noLog })).rejects.toThrow('run `sheaf migrate`')
    expect(await db.listCollections().toArray()).toEqual([])
  })

  it('MG-42 a migration may run twice and several times at once, and the cluster keeps its id', async () => {
    const { url, db } = empty()
    const options = { url, log: noLog }
    await Promise.all([migrateMongo(options), migrateMongo(options), migrateMongo(options)])
    const first = await db.collection('meta').findOne()
    expect(first?.['clusterId']).toMatch(/^[0-9a-f]{32}$/)
    expect(await migrateMongo(options)).toMatch(/up to date \(migration 1\)/)
    expect(await db.collection('meta').find().toArray()).toEqual([first])
    expect(await inspectMongo(options)).toMatch(/ready \(migration 1\)$/)
    const adapter = await openMongo(options)
    expect(adapter.clusterId).toBe(first?.['clusterId'])
    await adapter.close()
  })

  it('MG-43 data of a newer version is refused by everything', async () => {
    const { url, db } = await migrated()
    await db.collection('meta').updateOne({}, { $set: { migration: 99 } })
    for (const work of [openMongo, inspectMongo, migrateMongo]) {
      const { code, message } = await refusal(work({ url, log: noLog }))
      expect(code).toBe('format-unknown')
      expect(message).toMatch(/was written by a newer version of Sheaf/)
    }
  })

  it('MG-43 a database that is somebody else’s is refused', async () => {
    const { url, db } = empty()
    await db.collection<{ _id: string }>('meta').insertOne({ _id: 'sheaf' })
    await expectRefusal(url, /is not Sheaf's; name another database/)
  })

  it('MG-44 an index that somebody dropped or made otherwise is noticed, and made again by a migration', async () => {
    const database = await migrated()
    const { url, db } = database
    const log = db.collection('crdt_operations')
    const before = await indexNames(database, 'crdt_operations')
    await log.dropIndex('documentId_1_seq_1')
    await expectRefusal(url, /crdt_operations .* lacks its unique index on documentId, seq; run `sheaf migrate`/)
    await log.createIndex({ documentId: 1, seq: 1 })
    await expect(inspectMongo({ url, log: noLog })).rejects.toThrow('lacks its unique index on documentId, seq')
    await migrateMongo({ url, log: noLog })
    expect(await indexNames(database, 'crdt_operations')).toEqual(before)
    expect(await inspectMongo({ url, log: noLog })).toMatch(/ready/)
  })

  it('MG-44 where two operations share a seq the index cannot be made again, and nothing is removed', async () => {
    const { url, db } = await migrated()
    const log = db.collection('crdt_operations')
    await log.dropIndex('documentId_1_seq_1')
    await log.insertMany([1, 2].map((counter) => ({ documentId: 'd', replicaId: 'r', counter, seq: 1 })))
    await expect(migrateMongo({ url, log: noLog })).rejects.toThrow(/two entities with the same documentId, seq/)
    expect(await log.countDocuments()).toBe(2)
  })

  it('MG-45 without a database in the address it is the one named sheaf', async () => {
    const address = withDatabase(server!, '')
    const outcome = await inspectMongo({ url: address, log: noLog }).catch((error: Error) => error.message)
    expect(outcome).toContain('/sheaf')
  })
})
