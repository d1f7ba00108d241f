import type { PermissionRecord, PermissionStore } from '../../ports.ts'
import type { Environment, Table, TableKey } from './environment.ts'
import { OneAtATime } from '../../one-at-a-time.ts'

/** Permissions under (document, user), and their order under (user, createdAt, document). */
export class EmbeddedPermissionStore implements PermissionStore {
  readonly #environment: Environment
  readonly #permissions: Table
  readonly #byUser: Table
  readonly #turns = new OneAtATime()

  constructor(environment: Environment) {
    this.#environment = environment
    this.#permissions = environment.table('permissions')
    this.#byUser = environment.table('permissions-by-user')
  }

  async get(documentId: string, userId: string): Promise<PermissionRecord | null> {
    return this.#read(documentId, userId)
  }

  put(permission: PermissionRecord): Promise<void> {
    const { documentId, userId } = permission
    return this.#turns.take(documentId, async () => {
      const replaced = this.#read(documentId, userId)
      await this.#environment.commit([
        ...(replaced === null ? [] : [this.#byUser.remove(orderKey(replaced))]),
        this.#permissions.putJson([documentId, userId], permission),
        this.#byUser.putJson(orderKey(permission), null),
      ])
    })
  }

  remove(documentId: string, userId: string): Promise<boolean> {
    return this.#turns.take(documentId, async () => {
      const stored = this.#read(documentId, userId)
      if (stored === null) return false
      await this.#environment.commit([
        this.#permissions.remove([documentId, userId]),
        this.#byUser.remove(orderKey(stored)),
      ])
      return true
    })
  }

  async listByDocument(documentId: string): Promise<PermissionRecord[]> {
    return this.#readAll(this.#permissions.keys([documentId]))
  }

  async listByUser(userId: string, page: { limit: number; before?: string }): Promise<PermissionRecord[]> {
    const before = page.before === undefined ? null : this.#read(page.before, userId)
    if (page.before !== undefined && before === null) return []
    const keys = this.#byUser.keys([userId], {
      reverse: true,
      limit: page.limit,
      ...(before === null ? {} : { after: orderKey(before) }),
    })
    return this.#readAll(keys.map(([, , documentId]) => [documentId ?? '', userId]))
  }

  #read(documentId: string, userId: string): PermissionRecord | null {
    return this.#permissions.getJson<PermissionRecord>([documentId, userId])
  }

  #readAll(keys: readonly TableKey[]): PermissionRecord[] {
    return keys
      .map((key) => this.#permissions.getJson<PermissionRecord>(key))
      .filter((permission) => permission !== null)
  }
}

const orderKey = (permission: PermissionRecord): TableKey => [
  permission.userId,
  permission.createdAt,
  permission.documentId,
]
