import type { Document } from 'mongodb'

/** What the server does in its database. */
const NEEDED = ['find', 'insert', 'update', 'remove'] as const

/**
 * What the user may nowhere do, out of the answer to `connectionStatus` with `showPrivileges`. Nothing where nobody had to sign in,
 * or where the server does not tell.
 */
export function missingRights(status: Document, database: string): string[] {
  const authentication = status['authInfo'] as Document | undefined
  const users: unknown = authentication?.['authenticatedUsers']
  const privileges: unknown = authentication?.['authenticatedUserPrivileges']
  if (!Array.isArray(users) || users.length === 0 || !Array.isArray(privileges)) return []
  const held = new Set<unknown>()
  for (const { resource, actions } of privileges as { resource: Document; actions: unknown[] }[]) {
    if (resource['anyResource'] === true || isOfDatabase(resource, database)) for (const one of actions) held.add(one)
  }
  return held.has('anyAction') ? [] : NEEDED.filter((action) => !held.has(action))
}

/** An empty name stands for all. Rights may be given for each collection: which ones is not looked at. */
const isOfDatabase = ({ db }: Document, database: string): boolean => db === '' || db === database
