import type { Binary, Collection, Db, ObjectId } from 'mongodb'

/** Bytes as the driver gives them back, which is told to make buffers of them. */
type Bytes = Uint8Array | Binary

export interface DocumentEntity {
  readonly _id: string
  readonly title: string
  readonly schemaId: string
  readonly seq: number
  readonly versionVector: Bytes
  readonly publishedSeq: number
  /** True wherever `publishedSeq` < `seq`, and now and then where it is not: an index finds it, the numbers decide. */
  readonly unpublished: boolean
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
}

export interface OperationEntity {
  readonly documentId: string
  readonly replicaId: string
  readonly counter: number
  readonly seq: number
  readonly baseSeq: number
  readonly versionVector: Bytes
  readonly data: Bytes
  readonly authorId: string
  readonly createdAt: Date
}

export interface VersionEntity {
  readonly _id: string
  readonly documentId: string
  readonly seq: number
  readonly versionVector: Bytes
  readonly kind: string
  readonly name: string | null
  readonly authorIds: readonly string[]
  readonly createdAt: Date
  /** Length and CRC-32 of the snapshot. */
  readonly bytes: number
  readonly checksum: number
  /** The snapshot itself, or the id of the GridFS file that holds it. */
  readonly snapshot: Bytes | null
  readonly file: ObjectId | null
}

/** A snapshot file that is being written or removed. What a crash left of it is found by this. */
export interface UnfinishedFile {
  readonly _id: ObjectId
  readonly documentId: string
  readonly versionId: string
  readonly startedAt: Date
}

export interface ProgressEntity {
  /** `<documentId>:<seq>` */
  readonly _id: string
  readonly documentId: string
  readonly seq: number
  readonly versionVector: Bytes
  readonly replicaId: string
  readonly counter: number
  readonly updatedAt: Date
}

export interface LockEntity {
  /** `<documentId>:<fence>` */
  readonly _id: string
  readonly documentId: string
  readonly fence: number
  readonly owner: string
  readonly expiresAt: Date
  readonly releasedAt: Date | null
}

/** The one entity of `meta`, written by `sheaf migrate`. */
export interface MetaEntity {
  readonly _id: string
  readonly clusterId: string
  /** The latest one that was done. */
  readonly migration: number
  readonly createdAt: Date
}

/** GridFS calls its collections `<bucket>.files` and `<bucket>.chunks`. */
export const SNAPSHOT_BUCKET = 'snapshots'

export interface IndexDescription {
  readonly fields: Readonly<Record<string, 1>>
  readonly unique: boolean
}

const unique = (...fields: string[]): IndexDescription => ({ fields: asKey(fields), unique: true })
const plain = (...fields: string[]): IndexDescription => ({ fields: asKey(fields), unique: false })
const asKey = (fields: readonly string[]): Record<string, 1> =>
  Object.fromEntries(fields.map((field) => [field, 1] as const))

/**
 * The migration that this program knows. 1: the collections and indexes below, which every `sheaf migrate` makes where they
 * are missing. A later one that changes what stands in them gets a step in migrate.ts.
 */
export const LATEST_MIGRATION = 1

/** Every collection and its indexes beside the one on `_id`. Order and one-writer-at-a-time rest on the unique ones. */
export const INDEXES: Readonly<Record<string, readonly IndexDescription[]>> = {
  documents: [plain('unpublished', 'updatedAt')],
  crdt_operations: [unique('documentId', 'seq'), unique('documentId', 'replicaId', 'counter')],
  document_versions: [plain('documentId', 'seq', 'createdAt', '_id')],
  last_processed_version: [unique('documentId', 'seq')],
  locks: [unique('documentId', 'fence')],
  unfinished_files: [],
  [`${SNAPSHOT_BUCKET}.files`]: [],
  [`${SNAPSHOT_BUCKET}.chunks`]: [unique('files_id', 'n')],
  meta: [],
}

export interface Collections {
  readonly documents: Collection<DocumentEntity>
  readonly operations: Collection<OperationEntity>
  readonly versions: Collection<VersionEntity>
  readonly progress: Collection<ProgressEntity>
  readonly locks: Collection<LockEntity>
  readonly unfinishedFiles: Collection<UnfinishedFile>
  readonly meta: Collection<MetaEntity>
}

export const collectionsOf = (db: Db): Collections => ({
  documents: db.collection('documents'),
  operations: db.collection('crdt_operations'),
  versions: db.collection('document_versions'),
  progress: db.collection('last_processed_version'),
  // Whoever asks for a lock must see the one that is just being taken, or he would run against it again and again.
  locks: db.collection('locks', { readConcern: { level: 'local' } }),
  unfinishedFiles: db.collection('unfinished_files'),
  meta: db.collection('meta'),
})
