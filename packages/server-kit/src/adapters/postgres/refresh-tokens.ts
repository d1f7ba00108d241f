import { SheafServerError } from '../../errors.ts'
import type { RefreshTokenRecord, RefreshTokenStore } from '../../ports.ts'
import type { Connections } from './connections.ts'
import { isUniqueViolation } from './failure.ts'
import { assertIdentifiers, isIdentifier } from './text.ts'

/** So many are removed by one statement, so that none takes long. */
const EXPIRED_PER_STATEMENT = 1000

/**
 * A family counts as revoked as soon as one of its tokens is. A token that is created while its family is being revoked,
 * unseen by the statement that revokes, is revoked like the others.
 */
export class PostgresRefreshTokenStore implements RefreshTokenStore {
  readonly #connections: Connections

  constructor(connections: Connections) {
    this.#connections = connections
  }

  async create(token: RefreshTokenRecord): Promise<void> {
    const { id, userId, family, tokenHash, expiresAt, rotatedAt, revokedAt } = token
    assertIdentifiers(id, userId, family, tokenHash)
    try {
      await this.#connections.write({
        text: `INSERT INTO refresh_tokens (id, user_id, family, token_hash, expires_at, rotated_at, revoked_at)
          VALUES ($1, $2, $3, $4, $5, $6,
            coalesce($7::bigint, (SELECT min(revoked_at) FROM refresh_tokens WHERE family = $3)))`,
        values: [id, userId, family, tokenHash, expiresAt, rotatedAt, revokedAt],
      })
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new SheafServerError('conflict', 'there is a refresh token with this id or hash already')
    }
  }

  async findByHash(tokenHash: string): Promise<RefreshTokenRecord | null> {
    if (!isIdentifier(tokenHash)) return null
    const [token] = await this.#connections.read<RefreshTokenRecord>({
      text: `SELECT id, user_id AS "userId", family, token_hash AS "tokenHash", expires_at AS "expiresAt",
          rotated_at AS "rotatedAt",
          coalesce(revoked_at,
            (SELECT min(revoked_at) FROM refresh_tokens other WHERE other.family = token.family)) AS "revokedAt"
        FROM refresh_tokens token WHERE token_hash = $1`,
      values: [tokenHash],
    })
    return token ?? null
  }

  async rotate(id: string, rotatedAt: number): Promise<boolean> {
    if (!isIdentifier(id)) return false
    const { count } = await this.#connections.write({
      text: `UPDATE refresh_tokens token SET rotated_at = $2
        WHERE id = $1 AND rotated_at IS NULL AND revoked_at IS NULL AND NOT EXISTS
          (SELECT FROM refresh_tokens other WHERE other.family = token.family AND other.revoked_at IS NOT NULL)`,
      values: [id, rotatedAt],
    })
    return count > 0
  }

  async revokeFamily(family: string, revokedAt: number): Promise<void> {
    if (isIdentifier(family)) await this.#revoke('family', family, revokedAt)
  }

  async isFamilyRevoked(family: string): Promise<boolean> {
    if (!isIdentifier(family)) return false
    const [answer] = await this.#connections.read<{ isRevoked: boolean }>({
      name: 'sheaf-refresh-tokens-is-family-revoked',
      text: `SELECT EXISTS
        (SELECT FROM refresh_tokens WHERE family = $1 AND revoked_at IS NOT NULL) AS "isRevoked"`,
      values: [family],
    })
    return answer?.isRevoked === true
  }

  async revokeUser(userId: string, revokedAt: number): Promise<void> {
    if (isIdentifier(userId)) await this.#revoke('user_id', userId, revokedAt)
  }

  async removeExpired(now: number): Promise<number> {
    let removed = 0
    for (;;) {
      // A revocation stays known when the token that carries it goes: the rest of its family takes it over.
      const { rows } = await this.#connections.write<{ removed: number }>({
        text: `WITH expired AS (
            SELECT id FROM refresh_tokens WHERE expires_at < $1
            ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
          ), removed AS (
            DELETE FROM refresh_tokens token USING expired WHERE token.id = expired.id
            RETURNING token.family, token.revoked_at
          ), revoked AS (
            SELECT family, min(revoked_at) AS revoked_at FROM removed WHERE revoked_at IS NOT NULL GROUP BY family
          ), taken_over AS (
            UPDATE refresh_tokens token SET revoked_at = revoked.revoked_at FROM revoked
            WHERE token.family = revoked.family AND token.revoked_at IS NULL AND token.expires_at >= $1
          )
          SELECT count(*) AS removed FROM removed`,
        values: [now, EXPIRED_PER_STATEMENT],
      })
      const count = rows[0]?.removed ?? 0
      removed += count
      if (count < EXPIRED_PER_STATEMENT) return removed
    }
  }

  async #revoke(column: 'family' | 'user_id', value: string, revokedAt: number): Promise<void> {
    // Taken in one order, so that two revocations that meet do not lock each other.
    await this.#connections.write({
      text: `WITH valid AS (
          SELECT id FROM refresh_tokens WHERE ${column} = $1 AND revoked_at IS NULL ORDER BY id FOR UPDATE
        )
        UPDATE refresh_tokens token SET revoked_at = $2 FROM valid WHERE token.id = valid.id`,
      values: [value, revokedAt],
    })
  }
}
