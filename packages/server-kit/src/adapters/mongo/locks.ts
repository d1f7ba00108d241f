import { LRUCache } from 'lru-cache'
import { SheafServerError } from '../../errors.ts'
import { reasonOf } from '../../metrics.ts'
import type { Log } from '../../metrics.ts'
import { OneAtATime } from '../../one-at-a-time.ts'
import type { LockResult, LockStore } from '../../ports.ts'
import type { LockEntity } from './collections.ts'
import { isDuplicate } from './database.ts'
import type { MongoDatabase } from './database.ts'

/** Of so many attempts each one fails because somebody else got ahead; there is no end to it only in theory. */
const ATTEMPTS = 50
const MAX_KNOWN = 10_000

/** What this process knows of a document's newest fence. It saves looking; what is stored decides. */
type Known =
  | { readonly status: 'ours'; readonly fence: number; readonly owner: string; readonly expiresAt: number }
  | { readonly status: 'given-back'; readonly fence: number }

/**
 * A lock is the entity with a document's highest fence. It is taken by inserting the next fence, which succeeds for one,
 * and only its holder changes it. The new holder removes the lower ones; the highest stays, so fences never begin again.
 *
 * Whoever inserts looks afterwards whether he has the highest: between his first look and his insert the fence may have
 * been taken, overtaken and removed by others.
 *
 * Round trips: a renewal 1, giving back 1, a free lock 3, one that this server gave back last 2, somebody else's 1.
 */
export class MongoLockStore implements LockStore {
  readonly #database: MongoDatabase
  readonly #log: Log
  readonly #turns = new OneAtATime()
  readonly #known = new LRUCache<string, Known>({ max: MAX_KNOWN })

  constructor(database: MongoDatabase, log: Log) {
    this.#database = database
    this.#log = log
  }

  acquire(documentId: string, owner: string, leaseMs: number, now: number): Promise<LockResult> {
    // What one owner does takes turns: his renewal must not undo his giving back where updates are not atomic.
    const turn = this.#turns.take(turnOf(documentId, owner), () => this.#acquire(documentId, owner, leaseMs, now))
    return this.#database.within(turn)
  }

  release(documentId: string, owner: string, fence: number): Promise<void> {
    const turn = this.#turns.take(turnOf(documentId, owner), async () => {
      this.#known.delete(documentId)
      const { matchedCount } = await this.#database.call(() =>
        this.#collection.updateOne(
          { _id: idOf(documentId, fence), owner, releasedAt: null },
          { $set: { releasedAt: new Date() } },
        ),
      )
      if (matchedCount > 0) this.#known.set(documentId, { status: 'given-back', fence })
    })
    return this.#database.within(turn)
  }

  async #acquire(documentId: string, owner: string, leaseMs: number, now: number): Promise<LockResult> {
    const expiresAt = now + leaseMs
    const granted = (fence: number): LockResult => {
      this.#known.set(documentId, { status: 'ours', fence, owner, expiresAt })
      return { status: 'granted', fence, expiresAt }
    }
    const known = this.#known.get(documentId)
    if (known?.status === 'ours' && known.owner === owner) {
      this.#known.delete(documentId)
      const isValid = known.expiresAt > now
      if (isValid && (await this.#renew(documentId, owner, known.fence, expiresAt))) return granted(known.fence)
    }
    if (known?.status === 'given-back') {
      this.#known.delete(documentId)
      if (await this.#take(documentId, owner, known.fence + 1, expiresAt)) return granted(known.fence + 1)
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const newest = await this.#newest(documentId)
      if (newest === null || newest.releasedAt !== null || newest.expiresAt.getTime() <= now) {
        const fence = (newest?.fence ?? 0) + 1
        if (await this.#take(documentId, owner, fence, expiresAt)) return granted(fence)
      } else if (newest.owner !== owner) {
        return { status: 'held', owner: newest.owner, expiresAt: newest.expiresAt.getTime() }
      } else if (await this.#renew(documentId, owner, newest.fence, expiresAt)) {
        return granted(newest.fence)
      }
    }
    throw new SheafServerError('unavailable', `the lock of document ${documentId} changes hands again and again`)
  }

  async #renew(documentId: string, owner: string, fence: number, expiresAt: number): Promise<boolean> {
    const { matchedCount } = await this.#database.call(() =>
      this.#collection.updateOne(
        { _id: idOf(documentId, fence), owner, releasedAt: null },
        { $set: { expiresAt: new Date(expiresAt) } },
      ),
    )
    return matchedCount > 0
  }

  /** False where somebody else is ahead. */
  async #take(documentId: string, owner: string, fence: number, expiresAt: number): Promise<boolean> {
    const _id = idOf(documentId, fence)
    const inserted = await this.#database.call(async () => {
      try {
        await this.#collection.insertOne({
          _id,
          documentId,
          fence,
          owner,
          expiresAt: new Date(expiresAt),
          releasedAt: null,
        })
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    })
    if (!inserted) return false
    const newest = await this.#newest(documentId)
    if (newest?.fence !== fence) {
      await this.#database.call(() => this.#collection.deleteOne({ _id, owner }))
      return false
    }
    if (fence > 1) this.#removeBelow(documentId, fence)
    return true
  }

  #newest(documentId: string): Promise<LockEntity | null> {
    return this.#database.call(() => this.#collection.findOne({ documentId }, { sort: { fence: -1 } }))
  }

  /** Nobody waits for it: what is left is removed by the next holder. */
  #removeBelow(documentId: string, fence: number): void {
    this.#database
      .call(() => this.#collection.deleteMany({ documentId, fence: { $lt: fence } }))
      .catch((error: unknown) => this.#log.warn({ documentId, reason: reasonOf(error) }, 'old fences were not removed'))
  }

  get #collection() {
    return this.#database.collections.locks
  }
}

const idOf = (documentId: string, fence: number): string => `${documentId}:${fence}`
const turnOf = (documentId: string, owner: string): string => `${documentId}\n${owner}`
