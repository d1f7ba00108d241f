import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Member } from '../cluster/member.ts'
import { SheafApi } from '../faults/sheaf-api.ts'
import { StoredLog } from '../faults/stored-log.ts'
import { plainText } from '../simulation/marker.ts'
import * as Y from 'yjs'
import { RawSession } from './raw-session.ts'
import { Stage, whyNot } from './stage.ts'
import { WatchedClient } from './watched-client.ts'
import type { WatchedOptions } from './watched-client.ts'

const reason = await whyNot('shared stores')
if (reason !== null) console.warn(`Sections 1 to 7 of the flow are not tried: ${reason}`)

/** Deadlines are for a machine that does much besides. */
const SOON = { timeout: 30_000, interval: 100 }
const DAY_MS = 24 * 60 * 60 * 1_000
const HOUR_MS = 60 * 60 * 1_000

describe.skipIf(reason !== null)('the flow, through the gateway, on all stores', { timeout: 90_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.open()
  }, 180_000)
  afterAll(() => stage?.close())

  const open = async (documentId: string, api = stage.api): Promise<RawSession> => {
    const session = await RawSession.open(api, documentId)
    onTestFinished(() => session.close())
    return session
  }
  const edit = async (documentId: string, options: WatchedOptions = {}, api = stage.api): Promise<WatchedClient> => {
    const client = new WatchedClient(api, documentId, options)
    onTestFinished(() => client.close())
    await client.document.whenLoaded()
    await expect.poll(() => client.document.getSnapshot().connection, SOON).toBe('connected')
    return client
  }
  const server = (index: number): Member => stage.cluster.servers[index] as Member
  const somebody = (): Promise<SheafApi> => SheafApi.register(stage.cluster.origin, `p${randomUUID().slice(0, 8)}`)
  const textOn = async (api: SheafApi, documentId: string): Promise<string> => {
    const doc = new Y.Doc()
    Y.applyUpdateV2(doc, await api.content(documentId))
    return plainText(doc)
  }

  describe('1. Client authentication and authorization', () => {
    it('FL-1 checks a log-in against users in PostgreSQL, on any server, and answers with a token', async () => {
      const { email } = (await somebody()).session.user
      const [row] = await stage.records.rows('SELECT * FROM users WHERE email = $1', email)
      expect(row).toMatchObject({ email, can_create_documents: true, disabled_at: null })
      expect(row?.['password_hash']).toMatch(/^\$argon2id\$/)

      const before = await stage.requestsTo('/v1/auth/login')
      const login = (password: string): Promise<Response> =>
        fetch(`${stage.cluster.origin}/v1/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password }),
        })
      for (let index = 0; index < 20; index++) {
        const answer = await login('correct horse battery staple')
        expect(answer.status).toBe(200)
        const { accessToken, refreshToken } = (await answer.json()) as Record<string, string>
        expect(accessToken?.split('.')).toHaveLength(3)
        expect(JSON.stringify(await stage.records.rows('SELECT * FROM refresh_tokens'))).not.toContain(refreshToken)
      }
      expect((await login('wrong')).status).toBe(401)
      const each = (await stage.requestsTo('/v1/auth/login')).map((count, index) => count - (before[index] ?? 0))
      expect(Math.min(...each)).toBeGreaterThan(0)
      expect((each[0] as number) + (each[1] ?? 0) + (each[2] ?? 0)).toBe(21)
      const tokens = await stage.records.rows('SELECT * FROM refresh_tokens WHERE user_id = $1', row?.['id'] as string)
      expect(tokens).toHaveLength(21)
    })

    it('FL-2 verifies the token of each request, and its right against permissions in PostgreSQL, on every server', async () => {
      const documentId = await stage.api.createDocument()
      const other = await somebody()
      const statusesOf = (token: string): Promise<number[]> =>
        Promise.all(
          stage.cluster.servers.map(async ({ origin }) => {
            const headers = { authorization: `Bearer ${token}` }
            return (await fetch(`${origin}/v1/documents/${documentId}`, { headers })).status
          }),
        )
      expect(await statusesOf(stage.api.token)).toEqual([200, 200, 200])
      expect(await statusesOf(`${stage.api.token.slice(0, -4)}AAAA`)).toEqual([401, 401, 401])
      expect(await statusesOf(other.token)).toEqual([404, 404, 404])
      // What decides is the row: whoever puts one there, everybody follows it at the next request.
      await stage.records.rows(
        "INSERT INTO permissions VALUES ($1, $2, 'viewer', $2, 0)",
        documentId,
        other.session.user.id,
      )
      expect(await statusesOf(other.token)).toEqual([200, 200, 200])
      await stage.records.rows('DELETE FROM permissions WHERE user_id = $1', other.session.user.id)
      expect(await statusesOf(other.token)).toEqual([404, 404, 404])
    })
  })

  describe('2. New document creation', () => {
    it('FL-3 creates a documents entity with its owner and its initial version, and answers with its id', async () => {
      const documentId = await stage.api.createDocument('A plan')
      const { id: userId } = stage.api.session.user
      expect(await stage.records.document(documentId)).toMatchObject({
        title: 'A plan',
        createdBy: userId,
        deletedAt: null,
      })
      const versions = await stage.records.entities('document_versions', documentId)
      expect(versions).toHaveLength(1)
      expect(versions[0]).toMatchObject({ documentId, kind: 'initial', authorIds: [userId] })
      expect(versions[0]?.['snapshot']).not.toBeNull()
      expect(
        await stage.records.rows('SELECT user_id, role FROM permissions WHERE document_id = $1', documentId),
      ).toEqual([{ user_id: userId, role: 'owner' }])
    })

    it('FL-4 refuses who may not create documents', async () => {
      const other = await somebody()
      await stage.records.rows('UPDATE users SET can_create_documents = false WHERE id = $1', other.session.user.id)
      await expect(other.createDocument()).rejects.toThrow('403')
    })
  })

  describe('3. Initial document load and WebSocket connection', () => {
    it('FL-5 takes requests and sockets of one document to one server, and checks the right at the opening', async () => {
      const documentId = await stage.api.createDocument()
      const before = await stage.sessions()
      for (let count = 0; count < 4; count++) await open(documentId)
      const more = (await stage.sessions()).map((count, index) => count - (before[index] ?? 0))
      expect(more.toSorted()).toEqual([0, 0, 4])
      const requests = await stage.requestsTo('/v1/documents/:documentId')
      for (let count = 0; count < 6; count++) await stage.api.call('GET', `/v1/documents/${documentId}`)
      const asked = (await stage.requestsTo('/v1/documents/:documentId')).map(
        (count, index) => count - (requests[index] ?? 0),
      )
      expect(asked).toEqual(more.map((count) => (count === 4 ? 6 : 0)))
      await expect(open(documentId, await somebody())).rejects.toThrow('4404')
    })

    it('FL-6 opens a document with the snapshot in Redis, else with the one in MongoDB, which is cached again', async () => {
      const documentId = await stage.api.createDocument()
      const home = stage.api.at(server(0).origin)
      const session = await open(documentId, home)
      for (const text of ['one', 'two', 'three']) session.write(text)
      await session.hears('committed', ({ counter }) => counter === 3)
      const { seq } = await home.createVersion(documentId, 'kept')
      expect(seq).toBe(3)
      const key = stage.records.snapshotKey(documentId)
      await expect.poll(() => stage.records.redis.exists(key), SOON).toBe(1)
      // What the snapshot holds is given up, so that nothing but a snapshot can bring it back.
      await stage.records.mongo.collection('crdt_operations').deleteMany({ documentId, seq: { $lt: 3 } })
      const versions = stage.records.mongo.collection('document_versions')
      const [sound] = await versions.find({ documentId, kind: 'named' }).toArray()

      await versions.updateMany({ documentId }, { $set: { checksum: 1 } })
      expect(await textOn(stage.api.at(server(1).origin), documentId)).toBe('one\ntwo\nthree')
      expect(await server(1).metric('sheaf_snapshots_damaged_total')).toBe(0)

      await versions.updateOne({ _id: sound?._id as never }, { $set: { checksum: sound?.['checksum'] } })
      await stage.records.flush(documentId)
      expect(await textOn(stage.api.at(server(2).origin), documentId)).toBe('one\ntwo\nthree')
      await expect.poll(() => stage.records.redis.pttl(key), SOON).toBeGreaterThan(DAY_MS / 2)
      expect(await stage.records.redis.pttl(key)).toBeLessThanOrEqual(DAY_MS)
    })
  })

  describe('4. CRDT operation processing', () => {
    it('FL-7 sends after 200 ms without a key, after 2 s of typing, and at 20 characters', async () => {
      const documentId = await stage.api.createDocument()
      const never = 600_000
      /** Milliseconds from a key press to the operation, where these rules alone could send it. */
      const waitsFor = async (text: string, batching: NonNullable<WatchedOptions['batching']>): Promise<number> => {
        const client = await edit(documentId, { batching })
        const typedAt = performance.now()
        client.type(text)
        await expect.poll(() => client.sent.length, SOON).toBe(1)
        await client.document.whenDurable()
        return (client.sent[0]?.at ?? 0) - typedAt
      }
      // The numbers that are not given are those that the flow asks for.
      const pause = await waitsFor('hello', { intervalMs: never })
      expect(pause).toBeGreaterThan(190)
      expect(pause).toBeLessThan(1_500)
      const interval = await waitsFor('hello', { pauseMs: never })
      expect(interval).toBeGreaterThan(1_990)
      expect(interval).toBeLessThan(4_000)
      const below = await waitsFor('x'.repeat(19), { intervalMs: never })
      expect(below).toBeGreaterThan(190)
      expect(await waitsFor('x'.repeat(20), { pauseMs: never, intervalMs: never })).toBeLessThan(1_500)
    })

    it('FL-8 acknowledges the receipt, makes the operation durable in crdt_operations, and only then acknowledges it', async () => {
      const documentId = await stage.api.createDocument()
      const session = await open(documentId)
      const { counter, baseSeq, versionVector, update } = session.write('kept')
      const { seq } = await session.hears('committed')
      // Read in the moment of the acknowledgement: it is there.
      const [entity, ...more] = await stage.records.entities('crdt_operations', documentId)
      expect(more).toEqual([])
      expect(entity).toMatchObject({ documentId, replicaId: session.replicaId, counter, seq, baseSeq })
      expect(entity).toMatchObject({ authorId: stage.api.session.user.id })
      expect(entity?.['createdAt']).toBeInstanceOf(Date)
      expect(entity?.['versionVector'].buffer.length).toBeGreaterThan(versionVector.length)
      expect(Buffer.from(entity?.['data'].buffer).equals(update)).toBe(true)
      expect(session.heard.findIndex(({ kind }) => kind === 'received')).toBeLessThan(
        session.heard.findIndex(({ kind }) => kind === 'committed'),
      )
      // The documents entity follows: the position of the document, and what was published of it.
      await expect.poll(() => stage.records.document(documentId), SOON).toMatchObject({ seq, publishedSeq: seq })
    })

    it('FL-9 takes an operation with a known unique id for what it is: acknowledged again, stored once, told once', async () => {
      const documentId = await stage.api.createDocument()
      const [author, reader] = [await open(documentId), await open(documentId)]
      const operation = author.write('once')
      await author.hears('committed')
      author.send(operation)
      await expect.poll(() => author.all('committed').length, SOON).toBe(2)
      expect(author.all('committed')[1]).toEqual(author.all('committed')[0])
      author.write('next')
      await reader.hears('operation', ({ counter }) => counter === 2)
      expect(reader.all('operation').map(({ counter }) => counter)).toEqual([1, 2])
      expect(await stage.records.entities('crdt_operations', documentId)).toHaveLength(2)
    })

    it('FL-10 holds the lock of the document in MongoDB while it writes, gives it back, and lets its fence grow', async () => {
      const documentId = await stage.api.createDocument()
      const session = await open(documentId)
      const lock = () => stage.records.mongo.collection('locks').findOne({ documentId }, { sort: { fence: -1 } })
      session.write('first')
      await session.hears('committed')
      const held = await lock()
      expect(held).toMatchObject({ documentId, fence: expect.any(Number), owner: expect.any(String), releasedAt: null })
      expect(held?.['expiresAt'].getTime()).toBeGreaterThan(Date.now())
      await expect.poll(async () => (await lock())?.['releasedAt'], SOON).toBeInstanceOf(Date)
      session.write('second')
      await session.hears('committed', ({ counter }) => counter === 2)
      expect((await lock())?.['fence']).toBeGreaterThan(held?.['fence'])
    })

    it('FL-11 publishes operations to Kafka under the key of their document, each document in its order', async () => {
      const ids = await Promise.all([1, 2, 3].map(() => stage.api.createDocument()))
      for (const id of ids) {
        const session = await open(id)
        for (let count = 1; count <= 8; count++) {
          session.write(`${count}`)
          await session.hears('committed', ({ counter }) => counter === count)
        }
      }
      const ofOurs = (messages: Awaited<ReturnType<typeof stage.records.topic>>, id: string) =>
        messages.filter(({ documentId }) => documentId === id)
      const messages = await stage.records.topic(
        (all) => ids.every((id) => ofOurs(all, id).flatMap(({ operations }) => operations).length >= 8),
        40_000,
      )
      for (const id of ids) {
        const own = ofOurs(messages, id)
        expect(own.flatMap(({ operations }) => operations.map(({ seq }) => seq))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1)
      }
    })

    it('FL-12 tells everybody who has the document open, on other servers too, and not the author', async () => {
      const documentId = await stage.api.createDocument()
      const sessions = await Promise.all([0, 1, 2].map((index) => open(documentId, stage.api.at(server(index).origin))))
      const [author] = sessions as [RawSession, RawSession, RawSession]
      const { counter } = author.write('for everybody')
      for (const reader of sessions.slice(1)) {
        const told = await reader.hears('operation', ({ replicaId }) => replicaId === author.replicaId)
        expect(told).toMatchObject({ counter })
        expect(plainText(reader.ydoc)).toBe('for everybody')
      }
      expect(author.all('operation')).toEqual([])
    })
  })

  describe('5. Kafka consumer processing', () => {
    it('FL-13 lets the worker fold: last_processed_version, a new version, the snapshot in Redis; what comes twice counts once', async () => {
      const { records, cluster } = stage
      const [worker] = cluster.workers as readonly [Member]
      const documentId = await stage.api.createDocument()
      const session = await open(documentId)
      const write = async (count: number): Promise<void> => {
        session.write(`${count} `)
        await session.hears('committed', ({ counter }) => counter === count)
      }
      for (const count of [1, 2, 3]) await write(count)
      const foldedTo = async (): Promise<unknown> =>
        (await records.entities('last_processed_version', documentId)).at(-1)?.['seq']
      await expect.poll(foldedTo, SOON).toBe(3)
      const [progress] = await records.entities('last_processed_version', documentId)
      expect(progress).toMatchObject({ documentId, replicaId: session.replicaId, counter: 3 })
      expect(progress?.['versionVector'].buffer.length).toBeGreaterThan(1)
      expect(progress?.['updatedAt']).toBeInstanceOf(Date)
      const kept = async (): Promise<unknown> => (await records.entities('document_versions', documentId)).at(-1)
      await expect.poll(kept, SOON).toMatchObject({ kind: 'auto', seq: 3, authorIds: [stage.api.session.user.id] })
      await expect.poll(() => records.redis.exists(records.snapshotKey(documentId)), SOON).toBe(1)
      expect(await worker.metric('sheaf_snapshots_stored_total')).toBeGreaterThan(0)

      const [message] = (await records.topic((all) => all.some((one) => one.documentId === documentId), 40_000)).filter(
        (one) => one.documentId === documentId,
      )
      expect(message?.operations[0]?.seq).toBe(1)
      if (message !== undefined) await records.republish(message)
      await write(4)
      await expect.poll(foldedTo, SOON).toBe(4)
      expect(await records.entities('last_processed_version', documentId)).toHaveLength(1)
      await expect.poll(kept, SOON).toMatchObject({ seq: 4 })
      await records.flush(documentId)
      const elsewhere = await Promise.all(cluster.servers.map(({ origin }) => textOn(stage.api.at(origin), documentId)))
      expect(elsewhere).toEqual(['1 \n2 \n3 \n4 ', '1 \n2 \n3 \n4 ', '1 \n2 \n3 \n4 '])
      expect(await worker.metric('sheaf_operations_quarantined_total')).toBe(0)
    })
  })

  describe('6. Client-side operation application', () => {
    it('FL-14 applies what is new and ignores what it has', async () => {
      const documentId = await stage.api.createDocument()
      const reader = await edit(documentId, { hearsTwice: true })
      const writer = await edit(documentId, { batching: 'immediate' })
      for (const letter of 'abcdefgh') {
        writer.type(letter)
        await writer.document.whenDurable()
      }
      await expect.poll(() => reader.text, SOON).toBe('abcdefgh')
      expect(reader.heard.filter(({ kind }) => kind === 'operation').length).toBeGreaterThan(1)
      expect(reader.sent).toEqual([])
      const replayed = await new StoredLogReader(stage).text(documentId)
      expect(replayed).toBe('abcdefgh')
    })
  })

  describe('7. Document versioning', () => {
    it('FL-15 gives a version from Redis, and from MongoDB where Redis has none, which then has it', async () => {
      const documentId = await stage.api.createDocument()
      const session = await open(documentId)
      session.write('as it was')
      await session.hears('committed')
      const { id: versionId } = await stage.api.createVersion(documentId, 'then')
      session.write('later')
      await session.hears('committed', ({ counter }) => counter === 2)
      const { records } = stage
      const key = records.versionKey(documentId, versionId)
      const ask = (index: number): Promise<{ readonly content: unknown }> =>
        stage.api.at(server(index).origin).call('GET', `/v1/documents/${documentId}/versions/${versionId}?format=json`)
      await records.flush(documentId)
      const first = await ask(0)
      expect(JSON.stringify(first.content)).toContain('as it was')
      expect(JSON.stringify(first.content)).not.toContain('later')
      await expect.poll(() => records.redis.pttl(key), SOON).toBeGreaterThan(0)
      expect(await records.redis.pttl(key)).toBeLessThanOrEqual(HOUR_MS)
      // Without the bytes in MongoDB only the cache can answer, on every server; without the cache nobody can.
      await records.mongo.collection('document_versions').updateMany({ documentId }, { $set: { checksum: 1 } })
      for (const index of [0, 1, 2]) expect(await ask(index)).toEqual(first)
      await records.flush(documentId)
      const alarms = await server(1).metric('sheaf_snapshots_damaged_total')
      await expect(ask(1)).rejects.toThrow('document-damaged')
      expect(await server(1).metric('sheaf_snapshots_damaged_total')).toBe(alarms + 1)
    })
  })
})

/** The log of a document as MongoDB holds it, replayed past all code of the server. */
class StoredLogReader {
  readonly #log: StoredLog

  constructor({ cluster }: Stage) {
    this.#log = new StoredLog(cluster.settings['SHEAF_MONGODB_URL'] ?? '')
  }

  async text(documentId: string): Promise<string> {
    const { doc, faults } = await this.#log.replay(documentId)
    await this.#log.close()
    expect(faults).toEqual([])
    return plainText(doc)
  }
}
