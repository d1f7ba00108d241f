import { GridFSBucket, MongoGridFSChunkError, MongoRuntimeError, ObjectId } from 'mongodb'
import type { UnfinishedFile } from './collections.ts'
import { SNAPSHOT_BUCKET } from './collections.ts'
import { damaged } from './damage.ts'
import type { MongoDatabase } from './database.ts'

/** Large pieces: each is a round trip that waits for a majority. A BSON document ends at 16 MB. */
const CHUNK_BYTES = 4 * 1024 * 1024
/** What was begun so long ago is no longer under way, whatever the clocks of the servers say. */
const ABANDONED_MS = 24 * 60 * 60 * 1_000

/** Names what a file belongs to. */
export type FileOwner = Pick<UnfinishedFile, 'documentId' | 'versionId'>

/**
 * Snapshots that are too large for one entity, in GridFS. A file is announced in `unfinished_files` before its first byte
 * is written or removed, and the announcement goes when its version is stored or gone. What a crash leaves announced is
 * removed a day later, by `sheaf migrate` or before the next large snapshot is stored.
 */
export class SnapshotFiles {
  readonly #database: MongoDatabase
  readonly #bucket: GridFSBucket

  constructor(database: MongoDatabase) {
    this.#database = database
    this.#bucket = new GridFSBucket(database.db, { bucketName: SNAPSHOT_BUCKET, chunkSizeBytes: CHUNK_BYTES })
  }

  /** From here on until `finish` the file counts as leftovers if the process ends. */
  async announce(owner: FileOwner, file: ObjectId = new ObjectId()): Promise<ObjectId> {
    const startedAt = new Date()
    await this.#database.call(() =>
      // Announced before by a removal that broke off: that is the same.
      this.#unfinished.updateOne({ _id: file }, { $set: { ...owner, startedAt } }, { upsert: true }),
    )
    return file
  }

  async finish(file: ObjectId): Promise<void> {
    await this.#database.call(() => this.#unfinished.deleteOne({ _id: file }))
  }

  async write(file: ObjectId, owner: FileOwner, snapshot: Uint8Array): Promise<void> {
    const stream = this.#bucket.openUploadStream(owner.versionId, { id: file, metadata: { ...owner } })
    let failed: Error | null = null
    stream.on('error', (error) => (failed = error))
    const passOn = (hand: (done: (error?: Error | null) => void) => void): Promise<void> =>
      this.#database.call(
        () =>
          new Promise((resolve, reject) => {
            if (failed !== null) return reject(failed)
            // A write that fails does not always call back; the stream tells of it.
            stream.once('error', reject)
            hand((error) => {
              stream.removeListener('error', reject)
              if (error) reject(error)
              else resolve()
            })
          }),
      )
    try {
      for (let start = 0; start < snapshot.length; start += CHUNK_BYTES) {
        const piece = snapshot.subarray(start, start + CHUNK_BYTES)
        await passOn((done) => stream.write(piece, done))
      }
      await passOn((done) => stream.end(done))
    } catch (error) {
      stream.destroy()
      throw error
    }
  }

  async read(file: ObjectId, documentId: string, length: number): Promise<Uint8Array> {
    const stream = this.#bucket.openDownloadStream(file)
    const pieces = stream[Symbol.asyncIterator]()
    const snapshot = new Uint8Array(length)
    let offset = 0
    try {
      for (;;) {
        const next = await this.#database.call(async () => {
          try {
            return await pieces.next()
          } catch (error) {
            if (error instanceof MongoGridFSChunkError || (error instanceof MongoRuntimeError && isNotFound(error)))
              throw damaged(documentId, 'the file of a snapshot is damaged or missing', error)
            throw error
          }
        })
        if (next.done === true) break
        const piece = next.value as Uint8Array
        if (offset + piece.length > length) throw damaged(documentId, 'the file of a snapshot is too long')
        snapshot.set(piece, offset)
        offset += piece.length
      }
    } finally {
      stream.destroy()
    }
    if (offset < length) throw damaged(documentId, 'the file of a snapshot is too short')
    return snapshot
  }

  async remove(file: ObjectId): Promise<void> {
    const { db } = this.#database
    await this.#database.call(() => db.collection(`${SNAPSHOT_BUCKET}.chunks`).deleteMany({ files_id: file }))
    await this.#database.call(() => db.collection(`${SNAPSHOT_BUCKET}.files`).deleteOne({ _id: file }))
  }

  /** Removes what crashes left; resolves with the number of files. */
  async removeAbandoned(now: number): Promise<number> {
    const limit = new Date(now - ABANDONED_MS)
    const announced = await this.#database.call(() => this.#unfinished.find({ startedAt: { $lt: limit } }).toArray())
    let removed = 0
    for (const { _id: file, documentId, versionId } of announced) {
      const version = await this.#database.call(() =>
        this.#database.collections.versions.findOne({ _id: versionId, documentId }, { projection: { file: 1 } }),
      )
      // The process ended between the record and the end of the announcement, or before it removed the record.
      const isUsed = version?.file instanceof ObjectId && version.file.equals(file)
      if (!isUsed) {
        await this.remove(file)
        removed += 1
      }
      await this.finish(file)
    }
    return removed
  }

  get #unfinished() {
    return this.#database.collections.unfinishedFiles
  }
}

const isNotFound = (error: MongoRuntimeError): boolean => 'code' in error && error.code === 'ENOENT'
