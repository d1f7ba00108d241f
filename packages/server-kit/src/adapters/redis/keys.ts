import { createHash } from 'node:crypto'

/** Names of keys and channels. The braces put what belongs to one document into one slot of a Redis cluster. */
export interface Keys {
  readonly cluster: string
  readonly control: string
  snapshot(documentId: string): string
  version(documentId: string, versionId: string): string
  /** Set of the keys of cached versions: what is to be forgotten is found without looking through all keys. */
  versions(documentId: string): string
  attempts(key: string): string
  operations(documentId: string): string
  presence(documentId: string): string
}

export const keysUnder = (prefix: string): Keys => ({
  cluster: `${prefix}:cluster`,
  control: `${prefix}:control`,
  snapshot: (documentId) => `${prefix}:{${documentId}}:snapshot`,
  version: (documentId, versionId) => `${prefix}:{${documentId}}:version:${versionId}`,
  versions: (documentId) => `${prefix}:{${documentId}}:versions`,
  // Hashed: what is counted are e-mail addresses, which are long, and nobody's business in a cache.
  attempts: (key) => `${prefix}:attempts:${createHash('sha256').update(key).digest('base64url')}`,
  operations: (documentId) => `${prefix}:{${documentId}}:operations`,
  presence: (documentId) => `${prefix}:{${documentId}}:presence`,
})
