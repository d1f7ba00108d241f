import { LRUCache } from 'lru-cache'
import type { CachedSnapshot, SnapshotCache } from '../../ports.ts'

type Entry =
  | { readonly kind: 'newest'; readonly cached: CachedSnapshot }
  | { readonly kind: 'version'; readonly snapshot: Uint8Array }

/** Snapshots in memory, the least recently used ones forgotten when there are more than `maxBytes`. */
export class EmbeddedSnapshotCache implements SnapshotCache {
  readonly #entries: LRUCache<string, Entry>

  constructor(maxBytes: number) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (entry) => 256 + (entry.kind === 'newest' ? entry.cached.snapshot : entry.snapshot).byteLength,
    })
  }

  async get(documentId: string): Promise<CachedSnapshot | null> {
    const entry = this.#entries.get(newestKey(documentId))
    return entry?.kind === 'newest' ? entry.cached : null
  }

  async put(documentId: string, snapshot: CachedSnapshot): Promise<void> {
    const stored = await this.get(documentId)
    if (stored !== null && stored.seq > snapshot.seq) return
    this.#entries.set(newestKey(documentId), { kind: 'newest', cached: snapshot })
  }

  async getVersion(documentId: string, versionId: string): Promise<Uint8Array | null> {
    const entry = this.#entries.get(versionKey(documentId, versionId))
    return entry?.kind === 'version' ? entry.snapshot : null
  }

  async putVersion(documentId: string, versionId: string, snapshot: Uint8Array): Promise<void> {
    this.#entries.set(versionKey(documentId, versionId), { kind: 'version', snapshot })
  }

  async forget(documentId: string): Promise<void> {
    const ofVersions = versionKey(documentId, '')
    this.#entries.delete(newestKey(documentId))
    for (const key of this.#entries.keys()) if (key.startsWith(ofVersions)) this.#entries.delete(key)
  }
}

const newestKey = (documentId: string): string => `newest\0${documentId}`
const versionKey = (documentId: string, versionId: string): string => `version\0${documentId}\0${versionId}`
