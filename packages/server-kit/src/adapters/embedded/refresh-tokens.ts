import { SheafServerError } from '../../errors.ts'
import type { RefreshTokenRecord, RefreshTokenStore } from '../../ports.ts'
import type { Change, Environment, Table, TableKey } from './environment.ts'
import { OneAtATime } from '../../one-at-a-time.ts'

/** Each new token removes at most this many that expired before it was made. */
const EXPIRED_PER_CREATE = 8
/** Tokens that one transaction removes at most, so that log-ins get in between. */
const EXPIRED_PER_COMMIT = 200

/** Refresh tokens by id, found by hash, by family, by user and by the time they expire. */
export class EmbeddedRefreshTokenStore implements RefreshTokenStore {
  readonly #environment: Environment
  readonly #tokens: Table
  readonly #byHash: Table
  readonly #byFamily: Table
  readonly #byUser: Table
  readonly #byExpiry: Table
  readonly #turns = new OneAtATime()
  readonly #now: () => number

  constructor(environment: Environment, now: () => number) {
    this.#environment = environment
    this.#now = now
    this.#tokens = environment.table('refresh-tokens')
    this.#byHash = environment.table('refresh-tokens-by-hash')
    this.#byFamily = environment.table('refresh-tokens-by-family')
    this.#byUser = environment.table('refresh-tokens-by-user')
    this.#byExpiry = environment.table('refresh-tokens-by-expiry')
  }

  create(token: RefreshTokenRecord): Promise<void> {
    return this.#change(async () => {
      if (this.#tokens.has([token.id]) || this.#byHash.has([token.tokenHash]))
        throw new SheafServerError('conflict', 'there is a refresh token with this id or hash already')
      await this.#environment.commit([
        ...this.#removalsOfExpired(this.#now(), EXPIRED_PER_CREATE).changes,
        this.#tokens.putJson([token.id], token),
        ...this.#indexKeys(token).map(([table, key]) => table.putJson(key, token.id)),
      ])
    })
  }

  async findByHash(tokenHash: string): Promise<RefreshTokenRecord | null> {
    const id = this.#byHash.getJson<string>([tokenHash])
    return id === null ? null : this.#tokens.getJson<RefreshTokenRecord>([id])
  }

  rotate(id: string, rotatedAt: number): Promise<boolean> {
    return this.#change(async () => {
      const token = this.#tokens.getJson<RefreshTokenRecord>([id])
      if (token === null || token.rotatedAt !== null || token.revokedAt !== null) return false
      await this.#environment.commit([this.#tokens.putJson([id], { ...token, rotatedAt })])
      return true
    })
  }

  revokeFamily(family: string, revokedAt: number): Promise<void> {
    return this.#revoke(this.#byFamily, family, revokedAt)
  }

  async isFamilyRevoked(family: string): Promise<boolean> {
    // A revocation takes all of them, so that any one tells.
    const [key] = this.#byFamily.keys([family], { limit: 1 })
    const token = this.#tokens.getJson<RefreshTokenRecord>([key?.[1] ?? ''])
    return token !== null && token.revokedAt !== null
  }

  revokeUser(userId: string, revokedAt: number): Promise<void> {
    return this.#revoke(this.#byUser, userId, revokedAt)
  }

  async removeExpired(now: number): Promise<number> {
    let removed = 0
    for (;;) {
      const tokens = await this.#change(async () => {
        const { tokens, changes } = this.#removalsOfExpired(now, EXPIRED_PER_COMMIT)
        if (tokens > 0) await this.#environment.commit(changes)
        return tokens
      })
      removed += tokens
      if (tokens === 0) return removed
    }
  }

  #revoke(index: Table, value: string, revokedAt: number): Promise<void> {
    return this.#change(async () => {
      const changes: Change[] = []
      for (const [, id] of index.keys([value])) {
        const token = this.#tokens.getJson<RefreshTokenRecord>([id ?? ''])
        if (token !== null && token.revokedAt === null)
          changes.push(this.#tokens.putJson([token.id], { ...token, revokedAt }))
      }
      if (changes.length > 0) await this.#environment.commit(changes)
    })
  }

  /** Tokens are few and their changes rare: one at a time is what makes a rotation and a revocation see each other. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take('all', work)
  }

  #indexKeys(token: RefreshTokenRecord): [Table, TableKey][] {
    return [
      [this.#byHash, [token.tokenHash]],
      [this.#byFamily, [token.family, token.id]],
      [this.#byUser, [token.userId, token.id]],
      [this.#byExpiry, [token.expiresAt, token.id]],
    ]
  }

  #removalsOfExpired(now: number, limit: number): { readonly tokens: number; readonly changes: Change[] } {
    const changes: Change[] = []
    let tokens = 0
    for (const key of this.#byExpiry.keys([], { limit })) {
      const [expiresAt, id] = key
      if (Number(expiresAt) >= now) break
      const token = this.#tokens.getJson<RefreshTokenRecord>([id ?? ''])
      if (token === null) continue
      tokens++
      changes.push(this.#tokens.remove([token.id]))
      for (const [table, indexKey] of this.#indexKeys(token)) changes.push(table.remove(indexKey))
    }
    return { tokens, changes }
  }
}
