import { SheafServerError } from '../../errors.ts'
import type { UserRecord, UserStore } from '../../ports.ts'
import type { Connections, Value } from './connections.ts'
import { isUniqueViolation } from './failure.ts'
import { assertIdentifiers, assertStorable, isIdentifier } from './text.ts'

const COLUMNS = `id, email, password_hash AS "passwordHash", display_name AS "displayName",
  can_create_documents AS "canCreateDocuments", created_at AS "createdAt", disabled_at AS "disabledAt"`

type UserChange = Partial<Pick<UserRecord, 'passwordHash' | 'displayName' | 'disabledAt' | 'canCreateDocuments'>>

const COLUMN_OF = {
  passwordHash: 'password_hash',
  displayName: 'display_name',
  disabledAt: 'disabled_at',
  canCreateDocuments: 'can_create_documents',
} as const satisfies Record<keyof UserChange, string>

/**
 * What addresses are compared by. Computed here and not by the database, whose idea of lower case depends on its locale:
 * an address is taken or free alike in every store.
 */
const emailKey = (email: string): string => email.toLowerCase()

export class PostgresUserStore implements UserStore {
  readonly #connections: Connections

  constructor(connections: Connections) {
    this.#connections = connections
  }

  async create(user: UserRecord): Promise<void> {
    assertIdentifiers(user.id, user.email)
    assertStorable(user.passwordHash, user.displayName)
    try {
      await this.#connections.write({
        text: `INSERT INTO users
          (id, email, email_key, password_hash, display_name, can_create_documents, created_at, disabled_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        values: [
          user.id,
          user.email,
          emailKey(user.email),
          user.passwordHash,
          user.displayName,
          user.canCreateDocuments,
          user.createdAt,
          user.disabledAt,
        ],
      })
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new SheafServerError('conflict', 'there is a user with this id or e-mail address already')
    }
  }

  async get(id: string): Promise<UserRecord | null> {
    if (!isIdentifier(id)) return null
    const [user] = await this.#connections.read<UserRecord>({
      name: 'sheaf-users-get',
      text: `SELECT ${COLUMNS} FROM users WHERE id = $1`,
      values: [id],
    })
    return user ?? null
  }

  async getMany(ids: readonly string[]): Promise<UserRecord[]> {
    const known = ids.filter(isIdentifier)
    if (known.length === 0) return []
    const found = await this.#connections.read<UserRecord>({
      name: 'sheaf-users-get-many',
      text: `SELECT ${COLUMNS} FROM users WHERE id = ANY ($1::text[])`,
      values: [known],
    })
    const byId = new Map(found.map((user) => [user.id, user]))
    return ids.flatMap((id) => byId.get(id) ?? [])
  }

  async list({ limit, after }: { limit: number; after?: string }): Promise<UserRecord[]> {
    if (after !== undefined && !isIdentifier(after)) return []
    const users = await this.#connections.read<UserRecord>({
      text: `SELECT ${COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2`,
      // Every id is above the empty one.
      values: [after ?? '', limit],
    })
    return [...users]
  }

  async findByEmail(email: string): Promise<UserRecord | null> {
    if (!isIdentifier(email)) return null
    const [user] = await this.#connections.read<UserRecord>({
      text: `SELECT ${COLUMNS} FROM users WHERE email_key = $1`,
      values: [emailKey(email)],
    })
    return user ?? null
  }

  async update(id: string, change: UserChange): Promise<boolean> {
    if (!isIdentifier(id)) return false
    const assignments: string[] = []
    const values: Value[] = [id]
    for (const [field, column] of Object.entries(COLUMN_OF)) {
      const value = change[field as keyof UserChange]
      if (value === undefined) continue
      if (typeof value === 'string') assertStorable(value)
      assignments.push(`${column} = $${values.push(value)}`)
    }
    if (assignments.length === 0) return (await this.get(id)) !== null
    const { count } = await this.#connections.write({
      text: `UPDATE users SET ${assignments.join(', ')} WHERE id = $1`,
      values,
    })
    return count > 0
  }
}
