import { randomBytes } from 'node:crypto'
import { sharedSetting } from '@sheaf/services'
import { ObjectId } from 'mongodb'
import type { Document } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrateMongo, openMongo } from '../src/adapters/mongo/index.ts'
import type { MongoAdapter } from '../src/adapters/mongo/index.ts'
import { factsOf } from '../src/adapters/mongo/inspection.ts'
import { decodeVector, encodeVector } from '../src/adapters/mongo/vector.ts'
import { noLog } from '../src/metrics.ts'
import { aDocument, aReplicaId, aVersion, anId, anOperation, atOnce, operations } from '../src/testing/contract.ts'
import { aMongoProxy } from './support/mongo-proxy.ts'
import { aMigratedDatabase, aMongoAdapter, eventually } from './support/mongo-under-test.ts'
import type { TestDatabase } from './support/mongo-under-test.ts'

const server = sharedSetting('mongodb')
if (server === null)
  console.warn('Tests of the MongoDB adapter are skipped: no TEST_MONGODB_URL, no `pnpm services up`.')

const DAMAGED = { code: 'document-damaged' }
const ROUNDS = 200
const LARGE = 8 * 1024 * 1024 + 1

describe('MongoDB: version vectors', () => {
  it('MG-1 a vector of thousands of entries is a few bytes for each, and is read back', () => {
    const vector = Array.from({ length: 5_000 }, (_, index) => [index * 858_993, index] as const)
    const bytes = encodeVector(vector)
    expect(decodeVector(bytes)).toEqual(vector)
    expect(bytes.length).toBeLessThan(vector.length * 8)
    for (const wrong of [bytes.subarray(1), bytes.subarray(0, -1), Uint8Array.of(), null, 'text'])
      expect(() => decodeVector(wrong)).toThrow()
  })
})

describe.skipIf(server === null)('MongoDB', () => {
  let database: TestDatabase
  let one: MongoAdapter
  let other: MongoAdapter
  let updatesAreAtomic: boolean

  beforeAll(async () => {
    database = await aMigratedDatabase(server!)
    one = await openMongo({ url: database.url, log: noLog })
    other = await openMongo({ url: database.url, log: noLog })
    updatesAreAtomic = factsOf(await database.db.admin().command({ buildInfo: 1 })).updatesAreAtomic
  })

  afterAll(async () => {
    await one?.close()
    await other?.close()
    await database?.drop()
  })

  const entities = (collection: string, filter: Document): Promise<Document[]> =>
    database.db.collection(collection).find(filter, { promoteBuffers: true }).toArray()

  describe('operations', () => {
    it('MG-11 of two servers that append the same seq exactly one does, two hundred times, and there is no hole', async () => {
      const documentId = anId()
      const wins = [0, 0]
      for (let seq = 1; seq <= ROUNDS; seq++) {
        const rivals = [anOperation({ seq }), anOperation({ seq })] as const
        const results = await Promise.all([
          one.ports.operations.append(documentId, [rivals[0]]),
          other.ports.operations.append(documentId, [rivals[1]]),
        ])
        expect(results.map(({ status }) => status).sort()).toEqual(['appended', 'conflict'])
        const winner = results[0].status === 'appended' ? 0 : 1
        wins[winner] = (wins[winner] ?? 0) + 1
        const stored = await one.ports.operations.find(documentId, rivals[winner].replicaId, 1)
        expect(stored?.seq).toBe(seq)
      }
      const all = await other.ports.operations.read(documentId, 0, 1_000)
      expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: ROUNDS }, (_, index) => index + 1))
      expect((wins[0] ?? 0) + (wins[1] ?? 0)).toBe(ROUNDS)
    }, 60_000)

    it('MG-12 batches of two servers that overlap leave no hole, and whoever appended all of his is told so', async () => {
      for (let round = 0; round < 20; round++) {
        const documentId = anId()
        const batches = [operations(1, 5), operations(1, 7), operations(3, 9)] as const
        const results = await Promise.all([
          one.ports.operations.append(documentId, batches[0]),
          other.ports.operations.append(documentId, batches[1]),
        ])
        expect(results.filter(({ status }) => status === 'appended')).toHaveLength(1)
        const stored = await one.ports.operations.read(documentId, 0, 100)
        const winner = batches[results[0].status === 'appended' ? 0 : 1]!
        expect(stored.map(({ replicaId }) => replicaId)).toEqual(winner.map(({ replicaId }) => replicaId))
        expect((await one.ports.operations.append(documentId, batches[2])).status).toBe('conflict')
        expect(await one.ports.operations.head(documentId)).toBe(winner.length)
      }
    })

    it('MG-13 a hole, and an operation whose bytes are not its own, are damage', async () => {
      const log = database.db.collection('crdt_operations')
      const documentId = anId()
      const [first] = operations(1, 4)
      await one.ports.operations.append(documentId, [first!, ...operations(2, 4)])
      await log.deleteOne({ documentId, seq: 3 })
      await expect(one.ports.operations.read(documentId, 0, 10)).rejects.toMatchObject(DAMAGED)
      expect(await one.ports.operations.read(documentId, 0, 2)).toHaveLength(2)
      const changes: Document[] = [
        { data: 'text' },
        { data: null },
        { versionVector: Buffer.from([200]) },
        { versionVector: [1, 2] },
        { counter: -1 },
        { baseSeq: 'x' },
        { authorId: null },
        { createdAt: 1 },
      ]
      for (const change of changes) {
        const damagedId = anId()
        await one.ports.operations.append(damagedId, [first!])
        await log.updateOne({ documentId: damagedId }, { $set: change })
        await expect(one.ports.operations.read(damagedId, 0, 10)).rejects.toMatchObject(DAMAGED)
      }
    })

    it('MG-14 a trim leaves the newest operation, and its seq stays taken', async () => {
      const documentId = anId()
      await one.ports.operations.append(documentId, operations(1, 5))
      expect(await one.ports.operations.trim(documentId, 100)).toBe(4)
      expect(await one.ports.operations.trim(documentId, 100)).toBe(0)
      expect(await one.ports.operations.head(documentId)).toBe(5)
      expect((await one.ports.operations.append(documentId, operations(5, 6))).status).toBe('conflict')
    })

    it('MG-14 a log is trimmed in the middle of a read, and nobody takes the trim for damage', async () => {
      const proxy = await aMongoProxy(database.url)
      const { operations: log } = (await aMongoAdapter(proxy.url)).ports
      const documentId = anId()
      await one.ports.operations.append(documentId, operations(1, 9))
      // What a reader may see of a trim that is under way.
      await database.db.collection('crdt_operations').deleteMany({ documentId, seq: { $in: [2, 3] } })
      proxy.before('find', async () => {
        proxy.before('find', () => one.ports.operations.trim(documentId, 4))
      })
      expect((await log.read(documentId, 0, 10)).map(({ seq }) => seq)).toEqual([5, 6, 7, 8, 9])
      expect(proxy.commands).toContain('find')
    })

    it('MG-14 a log is trimmed in several steps', async () => {
      const documentId = anId()
      await one.ports.operations.append(documentId, operations(1, 2_400))
      expect(await one.ports.operations.trim(documentId, 2_390)).toBe(2_390)
      expect((await one.ports.operations.read(documentId, 0, 5)).map(({ seq }) => seq)[0]).toBe(2_391)
    })

    it('MG-15 what is stored are the fields of the design', async () => {
      const documentId = anId()
      const operation = anOperation({ versionVector: [[7, 1]] })
      await one.ports.operations.append(documentId, [operation])
      const [entity] = await entities('crdt_operations', { documentId })
      const { _id, ...fields } = entity!
      expect(_id).toBeInstanceOf(ObjectId)
      expect(fields).toEqual({
        documentId,
        replicaId: operation.replicaId,
        counter: 1,
        seq: 1,
        baseSeq: 0,
        versionVector: Buffer.from([1, 7, 1]),
        data: Buffer.from(operation.update),
        authorId: 'author',
        createdAt: new Date(1_700_000_000_000),
      })
    })

    it('MG-16 identifiers that no store takes are not found, and are refused where they would be written', async () => {
      for (const id of ['', 'x'.repeat(5_000), 'a\0b', 'a\ud800']) {
        expect(await one.ports.documents.get(id)).toBeNull()
        expect(await one.ports.documents.getMany([id])).toEqual([])
        expect(await one.ports.operations.head(id)).toBe(0)
        expect(await one.ports.operations.read(id, 0, 10)).toEqual([])
        expect(await one.ports.operations.find(anId(), id, 1)).toBeNull()
        await expect(one.ports.documents.create(aDocument({ id }))).rejects.toMatchObject({ code: 'bad-request' })
      }
    })
  })

  describe('locks', () => {
    it('MG-21 of fifty that ask at once over two servers one is granted, whether the lock is new, expired or given back', async () => {
      const documentId = anId()
      let last = 0
      for (let round = 0; round < 12; round++) {
        const now = round * 10_000
        const results = await atOnce(50, (index) =>
          (index % 2 === 0 ? one : other).ports.locks.acquire(documentId, `${round}-${index}`, 1_000, now),
        )
        const granted = results.flatMap((result, index) => (result.status === 'granted' ? [{ ...result, index }] : []))
        expect(granted).toHaveLength(1)
        const { fence, index } = granted[0]!
        expect(fence).toBeGreaterThan(last)
        last = fence
        const holder = `${round}-${index}`
        for (const result of results) if (result.status === 'held') expect(result.owner).toBe(holder)
        if (round % 3 === 0) await (index % 2 === 0 ? one : other).ports.locks.release(documentId, holder, fence)
      }
      await eventually(async () => (await entities('locks', { documentId })).length === 1)
      expect((await entities('locks', { documentId }))[0]).toMatchObject({ _id: `${documentId}:${last}`, fence: last })
    }, 60_000)

    it('MG-22 who comes late with a fence that was taken, overtaken and removed is not granted it', async () => {
      const documentId = anId()
      const mine = await one.ports.locks.acquire(documentId, 'late', 1_000, 0)
      expect(mine).toMatchObject({ status: 'granted', fence: 1 })
      // From here on this server believes that the next fence is 2, and tries it without looking.
      await one.ports.locks.release(documentId, 'late', 1)
      for (const fence of [2, 3]) {
        expect(await other.ports.locks.acquire(documentId, 'quick', 1_000, 10)).toMatchObject({
          status: 'granted',
          fence,
        })
        if (fence === 2) await other.ports.locks.release(documentId, 'quick', 2)
      }
      await eventually(async () => (await entities('locks', { documentId })).length === 1)
      expect(await one.ports.locks.acquire(documentId, 'late', 1_000, 20)).toMatchObject({
        status: 'held',
        owner: 'quick',
      })
      expect((await entities('locks', { documentId })).map(({ fence }) => fence)).toEqual([3])
    })

    it('MG-23 a holder who was overtaken does not renew', async () => {
      const documentId = anId()
      await one.ports.locks.acquire(documentId, 'paused', 1_000, 0)
      // The clock of the other server is ahead.
      expect((await other.ports.locks.acquire(documentId, 'next', 1_000, 5_000)).status).toBe('granted')
      await eventually(async () => (await entities('locks', { documentId })).length === 1)
      expect(await one.ports.locks.acquire(documentId, 'paused', 1_000, 500)).toMatchObject({
        status: 'held',
        owner: 'next',
      })
      await one.ports.locks.release(documentId, 'paused', 1)
      expect((await other.ports.locks.acquire(documentId, 'third', 1_000, 5_500)).status).toBe('held')
    })
  })

  describe('positions', () => {
    it('MG-24 progress never falls, whoever reads while two servers write', async () => {
      const documentId = anId()
      const state = { done: false }
      const write = async ({ ports }: MongoAdapter, first: number): Promise<void> => {
        for (let seq = first; seq <= 200; seq += 2) {
          const at = { documentId, seq, versionVector: [], replicaId: aReplicaId(), counter: seq, updatedAt: seq }
          await Promise.all([ports.progress.advance(at), ports.progress.advance({ ...at, seq: Math.max(1, seq - 9) })])
        }
      }
      const watch = async ({ ports }: MongoAdapter): Promise<number> => {
        let highest = 0
        while (!state.done) {
          const seq = (await ports.progress.get(documentId))?.seq ?? 0
          expect(seq).toBeGreaterThanOrEqual(highest)
          highest = seq
        }
        return highest
      }
      const watching = [watch(one), watch(other)]
      await Promise.all([write(one, 1), write(other, 2)])
      state.done = true
      await Promise.all(watching)
      expect((await one.ports.progress.get(documentId))?.seq).toBe(200)
      expect((await entities('last_processed_version', { documentId })).length).toBeLessThan(20)
    }, 60_000)

    it('MG-25 a position ends at the highest, in whatever order two servers move it', async () => {
      const document = aDocument()
      await one.ports.documents.create(document)
      const at = (seq: number) => ({ seq, versionVector: [[1, seq] as const], publishedSeq: seq - 1, updatedAt: seq })
      await atOnce(60, (index) =>
        (index % 2 === 0 ? one : other).ports.documents.advance(document.id, at(((index * 37) % 60) + 1)),
      )
      // FerretDB may have lost one of two that came in the same millisecond: the next one puts it right.
      if (!updatesAreAtomic) await one.ports.documents.advance(document.id, at(60))
      const moved = await other.ports.documents.get(document.id)
      expect(moved).toMatchObject({ seq: 60, versionVector: [[1, 60]], publishedSeq: 59, updatedAt: 1_000 })
      expect(await one.ports.documents.listUnpublished(1_000)).toContain(document.id)
      await one.ports.documents.advance(document.id, { seq: 60, versionVector: [], publishedSeq: 60, updatedAt: 5 })
      expect(await one.ports.documents.listUnpublished(1_000)).not.toContain(document.id)
      expect((await entities('documents', { _id: document.id }))[0]).toMatchObject({ unpublished: false })
    })

    it('MG-25 where updates are not atomic a position that another server overwrote is written again', async () => {
      const proxy = await aMongoProxy(database.url)
      const { documents } = (await aMongoAdapter(proxy.url)).ports
      const document = aDocument()
      await documents.create(document)
      proxy.commands.length = 0
      proxy.before('find', () =>
        database.db.collection<{ _id: string }>('documents').updateOne({ _id: document.id }, { $set: { seq: 3 } }),
      )
      await documents.advance(document.id, { seq: 7, versionVector: [[1, 7]], updatedAt: 2_000 })
      expect(proxy.commands).toEqual(updatesAreAtomic ? ['update'] : ['update', 'find', 'update', 'find'])
      expect((await one.ports.documents.get(document.id))?.seq).toBe(7)
    })

    it('MG-26 a document that is marked as unpublished though it is not is left out', async () => {
      const documents = [aDocument({ seq: 3, publishedSeq: 3, updatedAt: 1 }), aDocument({ seq: 3, updatedAt: 2 })]
      for (const document of documents) await one.ports.documents.create(document)
      await database.db
        .collection<{ _id: string }>('documents')
        .updateOne({ _id: documents[0]!.id }, { $set: { unpublished: true } })
      expect(await one.ports.documents.listUnpublished(1)).toEqual([documents[1]!.id])
    })

    it('MG-27 a record that cannot be read is damage', async () => {
      const document = aDocument()
      await one.ports.documents.create(document)
      await database.db
        .collection<{ _id: string }>('documents')
        .updateOne({ _id: document.id }, { $set: { versionVector: null } })
      await expect(one.ports.documents.get(document.id)).rejects.toMatchObject(DAMAGED)
    })
  })

  describe('versions', () => {
    const files = (): ReturnType<typeof entities> => entities('snapshots.files', {})
    const large = (): Uint8Array => Uint8Array.from(randomBytes(LARGE))

    it('MG-51 a snapshot of up to eight megabytes stands in its record, a larger one in a file that goes with it', async () => {
      const small = aVersion()
      await one.ports.versions.put(small, new Uint8Array(8 * 1024 * 1024))
      expect(await files()).toEqual([])
      const version = aVersion()
      await one.ports.versions.put(version, large())
      const [file] = await files()
      expect(file).toMatchObject({ length: LARGE, metadata: { documentId: version.documentId, versionId: version.id } })
      expect(await entities('unfinished_files', {})).toEqual([])
      await expect(one.ports.versions.put(version, large())).rejects.toMatchObject({ code: 'conflict' })
      await expect(one.ports.versions.put(small, new Uint8Array(1))).rejects.toMatchObject({ code: 'conflict' })
      await other.ports.versions.remove(version.documentId, version.id)
      for (const collection of ['snapshots.files', 'snapshots.chunks', 'unfinished_files'])
        expect(await entities(collection, {})).toEqual([])
      expect(await one.ports.versions.getSnapshot(version.documentId, version.id)).toBeNull()
    })

    it('MG-52 bytes of a snapshot that changed or are missing are damage, in a record and in a file', async () => {
      const { db } = database
      const inline = aVersion()
      await one.ports.versions.put(inline, Uint8Array.of(1, 2, 3))
      const change = (fields: Document): Promise<unknown> =>
        db.collection<{ _id: string }>('document_versions').updateOne({ _id: inline.id }, { $set: fields })
      for (const snapshot of [Buffer.from([1, 2, 4]), Buffer.from([1, 2]), null]) {
        await change({ snapshot })
        await expect(one.ports.versions.getSnapshot(inline.documentId, inline.id)).rejects.toMatchObject(DAMAGED)
      }
      expect(await one.ports.versions.get(inline.documentId, inline.id)).toEqual(inline)

      const breakages = [
        () => db.collection('snapshots.chunks').deleteOne({ n: 1 }),
        () => db.collection('snapshots.chunks').deleteOne({ n: 2 }),
        () => db.collection('snapshots.chunks').updateOne({ n: 1 }, { $set: { data: Buffer.alloc(4 * 1024 * 1024) } }),
        () => db.collection('snapshots.files').deleteMany({}),
      ]
      for (const breakIt of breakages) {
        const version = aVersion()
        await one.ports.versions.put(version, large())
        await breakIt()
        await expect(one.ports.versions.getSnapshot(version.documentId, version.id)).rejects.toMatchObject(DAMAGED)
        await one.ports.versions.remove(version.documentId, version.id)
      }
      expect(await files()).toEqual([])
    }, 60_000)

    it('MG-53 what a crash left of a file is removed a day later by a migration, what is used or under way stays', async () => {
      const { db } = database
      const used = aVersion()
      await one.ports.versions.put(used, large())
      const [usedFile] = await files()
      const [abandoned, underWay] = [new ObjectId(), new ObjectId()]
      const old = new Date(Date.now() - 25 * 60 * 60 * 1_000)
      const announce = (_id: unknown, versionId: string, startedAt: Date): Document => ({
        _id,
        documentId: used.documentId,
        versionId,
        startedAt,
      })
      await db
        .collection('unfinished_files')
        .insertMany([
          announce(usedFile!['_id'], used.id, old),
          announce(abandoned, anId(), old),
          announce(underWay, anId(), new Date()),
        ])
      const chunks = db.collection('snapshots.chunks')
      await chunks.insertMany([abandoned, underWay].map((id) => ({ files_id: id, n: 0, data: Buffer.of(1) })))
      await migrateMongo({ url: database.url, log: noLog })
      const left = (await entities('unfinished_files', {})).map(({ _id }) => String(_id))
      expect(left).toEqual([String(underWay)])
      expect(await chunks.countDocuments({ files_id: abandoned })).toBe(0)
      expect(await chunks.countDocuments({ files_id: underWay })).toBe(1)
      expect((await one.ports.versions.getSnapshot(used.documentId, used.id))?.length).toBe(LARGE)
      await one.ports.versions.remove(used.documentId, used.id)
    }, 60_000)

    it('MG-54 many versions of one seq and one moment are listed once each', async () => {
      const documentId = anId()
      const made = Array.from({ length: 11 }, () => aVersion({ documentId }))
      for (const version of made) await one.ports.versions.put(version, new Uint8Array(1))
      const seen: string[] = []
      for (let before: string | undefined; ;) {
        const page = await one.ports.versions.list(documentId, {
          limit: 3,
          ...(before === undefined ? {} : { before }),
        })
        seen.push(...page.map(({ id }) => id))
        before = page.at(-1)?.id
        if (before === undefined) break
      }
      expect(seen).toEqual(
        made
          .map(({ id }) => id)
          .sort()
          .reverse(),
      )
    })
  })

  it('MG-61 what must not be turned off by an address is not: majority, journal, primary', () => {
    const options = { log: noLog, url: `${database.url}?w=0&journal=false&readPreference=secondary` }
    return openMongo(options).then(async (adapter) => {
      try {
        expect((await adapter.ports.operations.append(anId(), operations(1, 2))).status).toBe('appended')
        const again = operations(1, 1)
        const documentId = anId()
        await adapter.ports.operations.append(documentId, again)
        // With w=0 nobody would hear of it.
        expect((await adapter.ports.operations.append(documentId, again)).status).toBe('conflict')
      } finally {
        await adapter.close()
      }
    })
  })

  it('MG-62 a closed adapter answers, and says that it is closed', async () => {
    const adapter = await openMongo({ url: database.url, log: noLog })
    const last = adapter.ports.operations.append(anId(), operations(1, 3))
    await Promise.all([adapter.close(), adapter.close()])
    expect((await last).status).toBe('appended')
    await expect(adapter.ports.operations.head(anId())).rejects.toMatchObject({ code: 'unavailable' })
    await expect(adapter.dependency.check()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('MG-63 each call costs as few round trips as it can', async () => {
    const proxy = await aMongoProxy(database.url)
    const { ports } = await aMongoAdapter(proxy.url)
    const [documentId, id] = [anId(), anId()]
    await ports.documents.create(aDocument({ id }))
    const position = { seq: 1, versionVector: [], publishedSeq: 1, updatedAt: 1 }
    const trip = async (call: () => Promise<unknown>): Promise<string[]> => {
      proxy.commands.length = 0
      await call()
      return [...proxy.commands]
    }
    const acquire = (owner: string) => () => ports.locks.acquire(documentId, owner, 1_000, 0)
    expect(await trip(() => ports.operations.append(documentId, operations(1, 100)))).toEqual(['insert'])
    expect(await trip(() => ports.operations.append(documentId, operations(101, 300)))).toEqual(['insert', 'insert'])
    expect(await trip(() => ports.operations.read(documentId, 0, 300))).toEqual(['find'])
    expect(await trip(() => ports.operations.read(documentId, 10, 1_000))).toEqual(['find'])
    expect(await trip(() => ports.operations.head(documentId))).toEqual(['find'])
    expect(await trip(() => ports.documents.advance(id, position))).toEqual(
      updatesAreAtomic ? ['update'] : ['update', 'find'],
    )
    expect(await trip(() => ports.documents.get(id))).toEqual(['find'])
    expect(await trip(acquire('a'))).toEqual(['find', 'insert', 'find'])
    expect(await trip(acquire('b'))).toEqual(['find'])
    expect(await trip(acquire('a'))).toEqual(['update'])
    expect(await trip(() => ports.locks.release(documentId, 'a', 1))).toEqual(['update'])
    expect((await trip(acquire('b'))).filter((command) => command !== 'delete')).toEqual(['insert', 'find'])
  })
})
