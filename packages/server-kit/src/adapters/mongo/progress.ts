import type { Progress, ProgressStore } from '../../ports.ts'
import { readEntity, text, time, whole } from './damage.ts'
import { isDuplicate } from './database.ts'
import type { MongoDatabase } from './database.ts'
import { decodeVector, encodeVector } from './vector.ts'

/**
 * `last_processed_version`: every step is an entity of its own, and the highest counts. Nothing is ever changed, and only
 * what is lower than a stored one is removed: so it cannot fall, whoever writes at the same time, on a server without
 * atomic updates too. A late step that is lower stays behind it until the next one is stored.
 */
export class MongoProgressStore implements ProgressStore {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async get(documentId: string): Promise<Progress | null> {
    const entity = await this.#database.call(() =>
      this.#collection.findOne({ documentId }, { sort: { seq: -1 }, projection: { _id: 0 } }),
    )
    if (entity === null) return null
    return readEntity(documentId, 'its progress', () => ({
      documentId,
      seq: whole(entity.seq),
      versionVector: decodeVector(entity.versionVector),
      replicaId: text(entity.replicaId),
      counter: whole(entity.counter),
      updatedAt: time(entity.updatedAt),
    }))
  }

  advance(progress: Progress): Promise<void> {
    return this.#database.within(this.#advance(progress))
  }

  async #advance(progress: Progress): Promise<void> {
    const { documentId, seq, versionVector, replicaId, counter, updatedAt } = progress
    await this.#database.call(async () => {
      try {
        await this.#collection.insertOne({
          _id: `${documentId}:${seq}`,
          documentId,
          seq,
          versionVector: encodeVector(versionVector),
          replicaId,
          counter,
          updatedAt: new Date(updatedAt),
        })
      } catch (error) {
        // Somebody is as far as this already.
        if (!isDuplicate(error)) throw error
      }
    })
    await this.#database.call(() => this.#collection.deleteMany({ documentId, seq: { $lt: seq } }))
  }

  get #collection() {
    return this.#database.collections.progress
  }
}
