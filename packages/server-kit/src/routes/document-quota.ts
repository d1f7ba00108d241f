import { LRUCache } from 'lru-cache'
import { SheafServerError } from '../errors.ts'
import type { Stores } from '../ports.ts'

/** What was counted counts for so long, if it was far from the limit. */
const COUNT_MS = 60_000
const MAX_COUNTED = 10_000
const PAGE = 500
/** Permissions that are looked through at most, in multiples of the limit: deleted documents leave theirs behind. */
const LOOKED_THROUGH = 5

/**
 * How many documents somebody may own. Counted in the permissions, seldom, so that a few too many may be made by
 * requests that come at the same moment.
 */
export class DocumentQuota {
  readonly #stores: Pick<Stores, 'permissions' | 'documents'>
  readonly #max: number
  readonly #counts: LRUCache<string, { count: number }>
  readonly #underWay = new Map<string, number>()

  constructor(stores: Pick<Stores, 'permissions' | 'documents'>, max: number) {
    this.#stores = stores
    this.#max = max
    this.#counts = new LRUCache({ max: MAX_COUNTED, ttl: COUNT_MS })
  }

  /** @throws {SheafServerError} `too-many-documents`, with nothing created. */
  async within<T>(userId: string, create: () => Promise<T>): Promise<T> {
    const counted = await this.#count(userId)
    const others = this.#underWay.get(userId) ?? 0
    if (counted.count + others >= this.#max)
      throw new SheafServerError('too-many-documents', `one person owns at most ${this.#max} documents`)
    this.#underWay.set(userId, others + 1)
    try {
      const created = await create()
      counted.count += 1
      return created
    } finally {
      const left = (this.#underWay.get(userId) ?? 1) - 1
      if (left === 0) this.#underWay.delete(userId)
      else this.#underWay.set(userId, left)
    }
  }

  async #count(userId: string): Promise<{ count: number }> {
    const known = this.#counts.get(userId)
    // Near the limit it is looked up each time: something may have been deleted, or made on another server.
    if (known !== undefined && known.count < this.#max / 2) return known
    const counted = { count: await this.#owned(userId) }
    this.#counts.set(userId, counted)
    return counted
  }

  async #owned(userId: string): Promise<number> {
    const owned: string[] = []
    let before: string | undefined
    for (let seen = 0; seen < LOOKED_THROUGH * this.#max; seen += PAGE) {
      const page = await this.#stores.permissions.listByUser(userId, {
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      })
      for (const { documentId, role } of page) if (role === 'owner') owned.push(documentId)
      before = page.at(-1)?.documentId
      // As long as they are few, deleted ones among them make no difference.
      if (page.length < PAGE) return owned.length < this.#max / 2 ? owned.length : this.#present(owned)
    }
    return this.#max
  }

  async #present(documentIds: readonly string[]): Promise<number> {
    let present = 0
    for (let start = 0; start < documentIds.length && present < this.#max; start += PAGE) {
      const documents = await this.#stores.documents.getMany(documentIds.slice(start, start + PAGE))
      present += documents.filter(({ deletedAt }) => deletedAt === null).length
    }
    return present
  }
}
