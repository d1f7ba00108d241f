import { crc32 } from 'node:zlib'
import type { Filter, ObjectId } from 'mongodb'
import { SheafServerError } from '../../errors.ts'
import type { VersionKind, VersionRecord, VersionStore } from '../../ports.ts'
import type { VersionEntity } from './collections.ts'
import { bytes, damaged, orNull, readEntity, text, time, whole } from './damage.ts'
import { isDuplicate } from './database.ts'
import type { MongoDatabase } from './database.ts'
import { SnapshotFiles } from './snapshot-files.ts'
import { decodeVector, encodeVector } from './vector.ts'

/** Beyond it a snapshot is a file: a BSON document ends at 16 MB. */
const MAX_INLINE_BYTES = 8 * 1024 * 1024
const WITHOUT_SNAPSHOT = { projection: { snapshot: 0 } } as const
const KINDS: readonly string[] = ['initial', 'auto', 'named', 'restore'] satisfies VersionKind[]

type RecordEntity = Omit<VersionEntity, 'snapshot'>

/** `document_versions`: the record with its snapshot in one entity, or, for a large one, the file first and then the record. */
export class MongoVersionStore implements VersionStore {
  readonly #database: MongoDatabase
  readonly #files: SnapshotFiles

  constructor(database: MongoDatabase) {
    this.#database = database
    this.#files = new SnapshotFiles(database)
  }

  async put(version: VersionRecord, snapshot: Uint8Array): Promise<void> {
    if (snapshot.length <= MAX_INLINE_BYTES) return this.#insert(version, snapshot, null)
    const { id: versionId, documentId } = version
    await this.#files.removeAbandoned(Date.now())
    if ((await this.#entity(documentId, versionId)) !== null) throw taken(version)
    const owner = { documentId, versionId }
    const file = await this.#files.announce(owner)
    await this.#files.write(file, owner, snapshot)
    await this.#insert(version, snapshot, file)
    await this.#files.finish(file)
  }

  async get(documentId: string, versionId: string): Promise<VersionRecord | null> {
    const entity = await this.#entity(documentId, versionId)
    return entity === null ? null : toRecord(entity)
  }

  async getSnapshot(documentId: string, versionId: string): Promise<Uint8Array | null> {
    const entity = await this.#database.call(() => this.#collection.findOne({ _id: versionId, documentId }))
    if (entity === null) return null
    const [length, checksum] = readEntity(documentId, `version ${versionId}`, () => [
      whole(entity.bytes),
      whole(entity.checksum),
    ])
    const snapshot =
      entity.file === null
        ? readEntity(documentId, `the snapshot of version ${versionId}`, () => bytes(entity.snapshot))
        : await this.#files.read(entity.file, documentId, length)
    if (snapshot.length !== length || crc32(snapshot) !== checksum)
      throw damaged(documentId, `the snapshot of version ${versionId} is damaged`)
    return snapshot
  }

  async list(documentId: string, page: { limit: number; before?: string }): Promise<VersionRecord[]> {
    if (page.limit <= 0) return []
    const before = page.before === undefined ? null : await this.#entity(documentId, page.before)
    if (page.before !== undefined && before === null) return []
    const filter: Filter<VersionEntity> = before === null ? { documentId } : { documentId, $or: olderThan(before) }
    const found = await this.#database.call(() =>
      this.#collection
        .find(filter, WITHOUT_SNAPSHOT)
        .sort({ seq: -1, createdAt: -1, _id: -1 })
        .limit(page.limit)
        .batchSize(page.limit)
        .toArray(),
    )
    return found.map(toRecord)
  }

  async latest(documentId: string): Promise<VersionRecord | null> {
    const [newest] = await this.list(documentId, { limit: 1 })
    return newest ?? null
  }

  async rename(documentId: string, versionId: string, name: string | null): Promise<boolean> {
    const { matchedCount } = await this.#database.call(() =>
      this.#collection.updateOne({ _id: versionId, documentId }, { $set: { name } }),
    )
    return matchedCount > 0
  }

  async remove(documentId: string, versionId: string): Promise<void> {
    const entity = await this.#entity(documentId, versionId)
    if (entity === null) return
    const { file } = entity
    if (file !== null) await this.#files.announce({ documentId, versionId }, file)
    await this.#database.call(() => this.#collection.deleteOne({ _id: versionId, documentId }))
    if (file === null) return
    await this.#files.remove(file)
    await this.#files.finish(file)
  }

  get #collection() {
    return this.#database.collections.versions
  }

  #entity(documentId: string, versionId: string): Promise<RecordEntity | null> {
    return this.#database.call(() => this.#collection.findOne({ _id: versionId, documentId }, WITHOUT_SNAPSHOT))
  }

  async #insert(version: VersionRecord, snapshot: Uint8Array, file: ObjectId | null): Promise<void> {
    const entity: VersionEntity = {
      _id: version.id,
      documentId: version.documentId,
      seq: version.seq,
      versionVector: encodeVector(version.versionVector),
      kind: version.kind,
      name: version.name,
      authorIds: version.authorIds,
      createdAt: new Date(version.createdAt),
      bytes: snapshot.length,
      checksum: crc32(snapshot),
      snapshot: file === null ? snapshot : null,
      file,
    }
    await this.#database.call(async () => {
      try {
        await this.#collection.insertOne(entity)
      } catch (error) {
        throw isDuplicate(error) ? taken(version) : error
      }
    })
  }
}

const taken = ({ id }: VersionRecord): SheafServerError =>
  new SheafServerError('conflict', `there is a version ${id} already`)

/** What stands behind this one in the order of `list`. */
const olderThan = ({ seq, createdAt, _id }: RecordEntity): Filter<VersionEntity>[] => [
  { seq: { $lt: seq } },
  { seq, createdAt: { $lt: createdAt } },
  { seq, createdAt, _id: { $lt: _id } },
]

const toRecord = (entity: RecordEntity): VersionRecord =>
  readEntity(entity.documentId, `version ${entity._id}`, () => ({
    id: text(entity._id),
    documentId: text(entity.documentId),
    seq: whole(entity.seq),
    versionVector: decodeVector(entity.versionVector),
    kind: kind(entity.kind),
    name: orNull(entity.name, text),
    authorIds: entity.authorIds.map(text),
    createdAt: time(entity.createdAt),
  }))

function kind(value: unknown): VersionKind {
  if (!KINDS.includes(text(value))) throw new TypeError('a kind is unknown')
  return value as VersionKind
}
