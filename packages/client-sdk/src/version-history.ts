import { SheafError } from './errors.ts'
import type { DocumentVersions, Version } from './versions.ts'

/** What can be seen of a document's history. Immutable; the same object until something changes. */
export interface VersionHistorySnapshot {
  /** `loading` before the first answer; `failed` when the last request failed, with what was known before. */
  readonly status: 'loading' | 'ready' | 'failed'
  /** Newest first. */
  readonly versions: readonly Version[]
  /** True when older ones can be loaded. */
  readonly hasMore: boolean
  readonly error: SheafError | null
}

/** A list of versions to look at and to subscribe to. Its commands reject with a `SheafError` when they fail. */
export interface VersionHistory {
  getSnapshot(): VersionHistorySnapshot
  subscribe(listener: () => void): () => void
  /** Reads the newest versions anew. Never rejects: a failure is in the snapshot. */
  reload(): Promise<void>
  loadMore(): Promise<void>
  create(name: string): Promise<Version>
  rename(versionId: string, name: string): Promise<void>
  getContent(versionId: string): Promise<unknown>
  restore(versionId: string): Promise<void>
}

const asError = (cause: unknown): SheafError =>
  cause instanceof SheafError ? cause : new SheafError('unavailable', { cause })

/** Keeps the list of a document's versions. It asks for nothing before `reload`. */
export function createVersionHistory(source: DocumentVersions): VersionHistory {
  const listeners = new Set<() => void>()
  let cursor: string | null = null
  let snapshot: VersionHistorySnapshot = { status: 'loading', versions: [], hasMore: false, error: null }
  // An answer that comes after a later request was made says what was, not what is.
  let latest = 0
  // React's StrictMode mounts everything twice in one go.
  let reloading: Promise<void> | null = null

  function show(change: Partial<VersionHistorySnapshot>): void {
    snapshot = { ...snapshot, ...change }
    for (const listener of listeners) listener()
  }

  async function load(from: string | null): Promise<void> {
    latest += 1
    const mine = latest
    reloading = null
    try {
      const page = await source.list(from === null ? {} : { cursor: from })
      if (mine !== latest) return
      cursor = page.nextCursor
      const versions = from === null ? page.items : [...snapshot.versions, ...page.items]
      show({ status: 'ready', versions, hasMore: cursor !== null, error: null })
    } catch (cause) {
      if (mine === latest) show({ status: 'failed', error: asError(cause) })
    }
  }

  return {
    getSnapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    reload: () => {
      if (reloading !== null) return reloading
      reloading = load(null)
      // Shared in the running code only: whoever asks later may know of something that this answer will not have.
      void Promise.resolve().then(() => {
        reloading = null
      })
      return reloading
    },
    loadMore: async () => {
      if (cursor !== null) await load(cursor)
    },
    create: async (name) => {
      const version = await source.create(name)
      await load(null)
      return version
    },
    rename: async (versionId, name) => {
      await source.rename(versionId, name)
      await load(null)
    },
    getContent: (versionId) => source.getContent(versionId),
    restore: async (versionId) => {
      await source.restore(versionId)
      await load(null)
    },
  }
}
