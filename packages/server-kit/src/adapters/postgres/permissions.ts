import type { PermissionRecord, PermissionStore } from '../../ports.ts'
import type { Connections } from './connections.ts'
import { assertIdentifiers, assertStorable, isIdentifier } from './text.ts'

const COLUMNS = `document_id AS "documentId", user_id AS "userId", role, granted_by AS "grantedBy",
  created_at AS "createdAt"`

export class PostgresPermissionStore implements PermissionStore {
  readonly #connections: Connections

  constructor(connections: Connections) {
    this.#connections = connections
  }

  async get(documentId: string, userId: string): Promise<PermissionRecord | null> {
    if (!isIdentifier(documentId) || !isIdentifier(userId)) return null
    const [permission] = await this.#connections.read<PermissionRecord>({
      name: 'sheaf-permissions-get',
      text: `SELECT ${COLUMNS} FROM permissions WHERE document_id = $1 AND user_id = $2`,
      values: [documentId, userId],
    })
    return permission ?? null
  }

  async put({ documentId, userId, role, grantedBy, createdAt }: PermissionRecord): Promise<void> {
    assertIdentifiers(documentId, userId)
    assertStorable(grantedBy)
    await this.#connections.write({
      text: `INSERT INTO permissions (document_id, user_id, role, granted_by, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (document_id, user_id) DO UPDATE
        SET role = excluded.role, granted_by = excluded.granted_by, created_at = excluded.created_at`,
      values: [documentId, userId, role, grantedBy, createdAt],
    })
  }

  async remove(documentId: string, userId: string): Promise<boolean> {
    if (!isIdentifier(documentId) || !isIdentifier(userId)) return false
    const { count } = await this.#connections.write({
      text: 'DELETE FROM permissions WHERE document_id = $1 AND user_id = $2',
      values: [documentId, userId],
    })
    return count > 0
  }

  async listByDocument(documentId: string): Promise<PermissionRecord[]> {
    if (!isIdentifier(documentId)) return []
    const permissions = await this.#connections.read<PermissionRecord>({
      name: 'sheaf-permissions-of-document',
      text: `SELECT ${COLUMNS} FROM permissions WHERE document_id = $1 ORDER BY user_id`,
      values: [documentId],
    })
    return [...permissions]
  }

  async listByUser(userId: string, page: { limit: number; before?: string }): Promise<PermissionRecord[]> {
    const { limit, before } = page
    if (!isIdentifier(userId) || (before !== undefined && !isIdentifier(before))) return []
    const permissions = await this.#connections.read<PermissionRecord>(
      before === undefined
        ? {
            name: 'sheaf-permissions-of-user',
            text: `SELECT ${COLUMNS} FROM permissions WHERE user_id = $1
              ORDER BY created_at DESC, document_id DESC LIMIT $2`,
            values: [userId, limit],
          }
        : {
            name: 'sheaf-permissions-of-user-before',
            // Where the last one of the page before is gone there is no row to compare with, and nothing comes.
            text: `SELECT ${COLUMNS} FROM permissions WHERE user_id = $1 AND (created_at, document_id) <
                (SELECT created_at, document_id FROM permissions WHERE user_id = $1 AND document_id = $3)
              ORDER BY created_at DESC, document_id DESC LIMIT $2`,
            values: [userId, limit, before],
          },
    )
    return [...permissions]
  }
}
