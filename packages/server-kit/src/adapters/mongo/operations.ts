import type { StoredOperation } from '@sheaf/protocol'
import type { WithId } from 'mongodb'
import type { AppendResult, OperationLog } from '../../ports.ts'
import type { OperationEntity } from './collections.ts'
import { bytes, damaged, readEntity, text, time, whole } from './damage.ts'
import { isDuplicate } from './database.ts'
import type { MongoDatabase } from './database.ts'
import { isPossible } from './identifier.ts'
import { decodeVector, encodeVector } from './vector.ts'

const APPENDED: AppendResult = { status: 'appended' }
const CONFLICT: AppendResult = { status: 'conflict' }

/** MongoDB may show half of a trim that is under way. A hole that is there at each of so many looks is none of these. */
const LOOKS_AT_A_HOLE = 3
/**
 * FerretDB takes an ordered insert in pieces of a hundred, and goes on with the next piece after one was refused, which
 * would leave a hole in the log. It stops where it must within a piece.
 */
const INSERT_ENTITIES = 100
/** A trim removes so many seqs at a time, so that each call ends in time. */
const TRIM_SEQS = 2_000

/**
 * `crdt_operations`: one entity for each operation. The two unique indexes make the order; there is nothing else to lock.
 */
export class MongoOperationLog implements OperationLog {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  /**
   * An ordered insert stops at the first entity that is refused, so what is stored is a prefix. Where the driver sends it
   * a second time after a lost connection, MongoDB knows it again; a server that does not answers that our own operations
   * are there, which is a conflict, and whoever appended finds them in the tail.
   */
  async append(documentId: string, operations: readonly StoredOperation[]): Promise<AppendResult> {
    const entities = operations.map((operation) => toEntity(documentId, operation))
    try {
      for (let from = 0; from < entities.length; from += INSERT_ENTITIES)
        await this.#insert(entities.slice(from, from + INSERT_ENTITIES))
      return APPENDED
    } catch (error) {
      if (error instanceof Taken) return CONFLICT
      throw error
    }
  }

  #insert(entities: OperationEntity[]): Promise<void> {
    return this.#database.call(async () => {
      try {
        await this.#collection.insertMany(entities, { ordered: true })
      } catch (error) {
        if (!isDuplicate(error)) throw error
        throw new Taken()
      }
    })
  }

  async read(documentId: string, after: number, limit: number): Promise<StoredOperation[]> {
    // To MongoDB a limit of 0 means all.
    if (limit <= 0 || !isPossible(documentId)) return []
    for (let look = 1; ; look++) {
      const found = await this.#read(documentId, after, limit)
      const hole = found.find(({ seq }, index) => seq !== (found[0]?.seq ?? 0) + index)
      if (hole === undefined) return found
      if (look === LOOKS_AT_A_HOLE) throw damaged(documentId, `the operation before ${hole.seq} is missing`)
    }
  }

  async find(documentId: string, replicaId: string, counter: number): Promise<StoredOperation | null> {
    if (!isPossible(documentId) || !isPossible(replicaId)) return null
    const entity = await this.#database.call(() => this.#collection.findOne({ documentId, replicaId, counter }))
    return entity === null ? null : toOperation(documentId, entity)
  }

  async head(documentId: string): Promise<number> {
    return this.#end(documentId, -1)
  }

  /** The newest operation stays, whatever is asked for: its entity is what keeps its seq from being given again. */
  async trim(documentId: string, through: number): Promise<number> {
    const last = Math.min(through, (await this.#end(documentId, -1)) - 1)
    let removed = 0
    for (let first = await this.#end(documentId, 1); first > 0 && first <= last; first += TRIM_SEQS) {
      // Oldest first: what is left when it breaks off in the middle is still a log without a hole.
      const upTo = Math.min(last, first + TRIM_SEQS - 1)
      const { deletedCount } = await this.#database.call(() =>
        this.#collection.deleteMany({ documentId, seq: { $lte: upTo } }),
      )
      removed += deletedCount
    }
    return removed
  }

  get #collection() {
    return this.#database.collections.operations
  }

  async #read(documentId: string, after: number, limit: number): Promise<StoredOperation[]> {
    const entities = await this.#database.call(() =>
      this.#collection
        .find({ documentId, seq: { $gt: after } })
        .sort({ seq: 1 })
        .limit(limit)
        // All of it in the first answer.
        .batchSize(limit)
        .toArray(),
    )
    return entities.map((entity) => toOperation(documentId, entity))
  }

  /** The lowest or the highest stored seq; 0 where there is none. */
  async #end(documentId: string, direction: 1 | -1): Promise<number> {
    if (!isPossible(documentId)) return 0
    const entity = await this.#database.call(() =>
      this.#collection.findOne({ documentId }, { sort: { seq: direction }, projection: { _id: 0, seq: 1 } }),
    )
    return entity === null ? 0 : readEntity(documentId, 'the end of the log', () => whole(entity.seq))
  }
}

/** A seq or a unique id is taken; leaves the call without becoming `unavailable`. */
class Taken extends Error {}

const toEntity = (documentId: string, operation: StoredOperation): OperationEntity => ({
  documentId,
  replicaId: operation.replicaId,
  counter: operation.counter,
  seq: operation.seq,
  baseSeq: operation.baseSeq,
  versionVector: encodeVector(operation.versionVector),
  data: operation.update,
  authorId: operation.authorId,
  createdAt: new Date(operation.createdAt),
})

const toOperation = (documentId: string, entity: WithId<OperationEntity>): StoredOperation =>
  readEntity(documentId, `operation ${entity.seq}`, () => ({
    seq: whole(entity.seq),
    replicaId: text(entity.replicaId),
    counter: whole(entity.counter),
    baseSeq: whole(entity.baseSeq),
    authorId: text(entity.authorId),
    createdAt: time(entity.createdAt),
    versionVector: decodeVector(entity.versionVector),
    // A copy: what the driver gives is a view that keeps the whole answer in memory.
    update: new Uint8Array(bytes(entity.data)),
  }))
