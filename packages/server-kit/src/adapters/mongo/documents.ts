import type { AnyBulkWriteOperation } from 'mongodb'
import { SheafServerError } from '../../errors.ts'
import { OneAtATime } from '../../one-at-a-time.ts'
import type { DocumentRecord, DocumentStore } from '../../ports.ts'
import type { DocumentEntity } from './collections.ts'
import { orNull, readEntity, text, time, whole } from './damage.ts'
import { isDuplicate } from './database.ts'
import type { MongoDatabase } from './database.ts'
import { assertPossible, isPossible } from './identifier.ts'
import { decodeVector, encodeVector } from './vector.ts'

type Position = Parameters<DocumentStore['advance']>[1]
type Change = Parameters<DocumentStore['update']>[1]

/** How often a position that another server overwrote is written again. */
const WRITES = 5

/**
 * `documents`. On MongoDB an update and its condition are one: a position never moves back. On FerretDB they are not, and
 * an update writes the whole entity: there, what one server writes takes turns, and it looks whether its position stayed.
 * What remains on FerretDB: where two servers change one document in the same millisecond, the one that read first and
 * wrote last undoes what the other wrote, be it title or position. The log is the truth: a position that is behind is
 * brought forward by the next advance.
 */
export class MongoDocumentStore implements DocumentStore {
  readonly #database: MongoDatabase
  readonly #updatesAreAtomic: boolean
  readonly #turns = new OneAtATime()

  constructor(database: MongoDatabase, updatesAreAtomic: boolean) {
    this.#database = database
    this.#updatesAreAtomic = updatesAreAtomic
  }

  async create(document: DocumentRecord): Promise<void> {
    assertPossible(document.id)
    await this.#database.call(async () => {
      try {
        await this.#collection.insertOne(toEntity(document))
      } catch (error) {
        if (!isDuplicate(error)) throw error
        throw new SheafServerError('conflict', `there is a document ${document.id} already`)
      }
    })
  }

  async get(id: string): Promise<DocumentRecord | null> {
    if (!isPossible(id)) return null
    const entity = await this.#database.call(() => this.#collection.findOne({ _id: id }))
    return entity === null ? null : toRecord(entity)
  }

  async getMany(ids: readonly string[]): Promise<DocumentRecord[]> {
    const possible = ids.filter(isPossible)
    if (possible.length === 0) return []
    const found = await this.#database.call(() => this.#collection.find({ _id: { $in: possible } }).toArray())
    return found.map(toRecord)
  }

  update(id: string, change: Change): Promise<boolean> {
    const turn = this.#turns.take(id, async () => {
      const { title, schemaId, deletedAt, updatedAt } = change
      const fields: Partial<DocumentEntity> = {
        ...(title === undefined ? {} : { title }),
        ...(schemaId === undefined ? {} : { schemaId }),
        ...(deletedAt === undefined ? {} : { deletedAt: deletedAt === null ? null : new Date(deletedAt) }),
        ...(updatedAt === undefined ? {} : { updatedAt: new Date(updatedAt) }),
      }
      // MongoDB refuses an update that names nothing.
      if (Object.keys(fields).length === 0) return (await this.get(id)) !== null
      const { matchedCount } = await this.#database.call(() =>
        this.#collection.updateOne({ _id: id }, { $set: fields }),
      )
      return matchedCount > 0
    })
    return this.#database.within(turn)
  }

  advance(id: string, position: Position): Promise<void> {
    const turn = this.#turns.take(id, async () => {
      const writes = advances(id, position)
      for (let write = 1; write <= WRITES; write++) {
        await this.#database.call(() => this.#collection.bulkWrite(writes, { ordered: true }))
        if (this.#updatesAreAtomic || (await this.#stands(id, position))) return
      }
      throw new SheafServerError('unavailable', `the position of document ${id} is overwritten again and again`)
    })
    return this.#database.within(turn)
  }

  async list(page: { limit: number; after?: string }): Promise<DocumentRecord[]> {
    if (page.limit <= 0) return []
    const { after } = page
    const found = await this.#database.call(() =>
      this.#collection
        .find(after === undefined ? {} : { _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(page.limit)
        .batchSize(page.limit)
        .toArray(),
    )
    return found.map(toRecord)
  }

  listUnpublished(limit: number): Promise<string[]> {
    return this.#database.call(async () => {
      const ids: string[] = []
      if (limit <= 0) return ids
      const cursor = this.#collection
        .find({ unpublished: true })
        .sort({ updatedAt: 1 })
        .project<Pick<DocumentEntity, '_id' | 'seq' | 'publishedSeq'>>({ seq: 1, publishedSeq: 1 })
      for await (const { _id, seq, publishedSeq } of cursor) {
        if (publishedSeq < seq) ids.push(_id)
        // Leaving the loop closes the cursor.
        if (ids.length === limit) break
      }
      return ids
    })
  }

  get #collection() {
    return this.#database.collections.documents
  }

  /** True where what is stored is as far as this position, or where there is no such document. */
  async #stands(id: string, { seq, publishedSeq = 0 }: Position): Promise<boolean> {
    const stored = await this.#database.call(() =>
      this.#collection.findOne({ _id: id }, { projection: { seq: 1, publishedSeq: 1 } }),
    )
    return stored === null || (stored.seq >= seq && stored.publishedSeq >= publishedSeq)
  }
}

/** One round trip. Each of them is right alone, in whatever order those of several servers arrive. */
function advances(id: string, position: Position): AnyBulkWriteOperation<DocumentEntity>[] {
  const { seq, versionVector, publishedSeq, updatedAt } = position
  const forward: AnyBulkWriteOperation<DocumentEntity> = {
    updateOne: {
      filter: { _id: id, seq: { $lt: seq } },
      update: {
        $set: { seq, versionVector: encodeVector(versionVector), unpublished: true },
        $max: { updatedAt: new Date(updatedAt) },
      },
    },
  }
  if (publishedSeq === undefined) return [forward]
  return [
    forward,
    { updateOne: { filter: { _id: id, publishedSeq: { $lt: publishedSeq } }, update: { $set: { publishedSeq } } } },
    {
      // Taken away only where no seq can be ahead of what is published.
      updateOne: {
        filter: { _id: id, unpublished: true, seq: { $lte: publishedSeq } },
        update: { $set: { unpublished: false } },
      },
    },
  ]
}

const toEntity = (document: DocumentRecord): DocumentEntity => ({
  _id: document.id,
  title: document.title,
  schemaId: document.schemaId,
  seq: document.seq,
  versionVector: encodeVector(document.versionVector),
  publishedSeq: document.publishedSeq,
  unpublished: document.publishedSeq < document.seq,
  createdBy: document.createdBy,
  createdAt: new Date(document.createdAt),
  updatedAt: new Date(document.updatedAt),
  deletedAt: document.deletedAt === null ? null : new Date(document.deletedAt),
})

const toRecord = (entity: DocumentEntity): DocumentRecord =>
  readEntity(entity._id, 'its record', () => ({
    id: text(entity._id),
    title: text(entity.title),
    schemaId: text(entity.schemaId),
    seq: whole(entity.seq),
    versionVector: decodeVector(entity.versionVector),
    publishedSeq: whole(entity.publishedSeq),
    createdBy: text(entity.createdBy),
    createdAt: time(entity.createdAt),
    updatedAt: time(entity.updatedAt),
    deletedAt: orNull(entity.deletedAt, time),
  }))
