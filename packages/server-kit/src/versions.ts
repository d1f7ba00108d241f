import type { Principal } from '@sheaf/protocol'
import type { BlockChange, ContentFormat, Rendered } from './content/content.ts'
import type { DocumentThread } from './document/document-thread.ts'
import { SheafServerError, isServerError } from './errors.ts'
import type { Materializer } from './materializer.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import type { Stores, VersionRecord } from './ports.ts'
import type { Room } from './room.ts'
import type { ServerWriter } from './writing/server-writer.ts'
import { decodeSnapshot } from './document/snapshot.ts'
import type { Snapshot } from './document/snapshot.ts'

/** Versions of documents. Permissions are the caller's business. Every call rejects with `not-found` where there is none. */
export interface Versions {
  list(
    documentId: string,
    page: { readonly limit: number; readonly before?: string },
  ): Promise<{ readonly items: readonly VersionRecord[]; readonly nextCursor: string | null }>
  get(documentId: string, versionId: string): Promise<VersionRecord>
  open(documentId: string, versionId: string, format: ContentFormat): Promise<Rendered>
  /** Keeps the document as it is now under a name. */
  create(documentId: string, name: string, principal: Principal): Promise<VersionRecord>
  rename(documentId: string, versionId: string, name: string | null): Promise<VersionRecord>
  /** Turns the content back into what it was, as a new operation. Resolves when that is durable, with the document's seq. */
  restore(documentId: string, versionId: string, principal: Principal): Promise<{ readonly seq: number }>
  /** What changed from version `from` to version `to`, or to the present document. */
  compare(documentId: string, from: string, to: string | null): Promise<readonly BlockChange[]>
}

const MAX_PAGE = 100

export interface VersionsOptions {
  readonly stores: Pick<Stores, 'versions' | 'cache'>
  readonly thread: DocumentThread
  readonly materializer: Materializer
  readonly writer: ServerWriter
  readonly openRoom: (documentId: string) => Promise<Room>
  readonly log: Log
  readonly metrics: Metrics
}

export function createVersions(options: VersionsOptions): Versions {
  const { stores, thread, materializer, writer, openRoom, log, metrics } = options

  const get: Versions['get'] = async (documentId, versionId) => {
    const version = await stores.versions.get(documentId, versionId)
    if (version === null) throw new SheafServerError('not-found')
    return version
  }

  /** A cached copy that is damaged is as good as none; a stored one that is damaged is an alarm. */
  const snapshotOf = async (documentId: string, versionId: string): Promise<Snapshot> => {
    const { seq } = await get(documentId, versionId)
    const cached = await stores.cache.getVersion(documentId, versionId).catch((error: unknown) => {
      log.warn({ documentId, versionId, reason: reasonOf(error) }, 'the cache of versions does not answer')
      return null
    })
    if (cached !== null) {
      try {
        const snapshot = decodeSnapshot(cached)
        if (snapshot.seq === seq) return snapshot
        log.warn({ documentId, versionId }, 'a cached version is another one')
      } catch (error) {
        log.warn({ documentId, versionId, reason: reasonOf(error) }, 'a cached version is damaged')
      }
    }
    try {
      const stored = await stores.versions.getSnapshot(documentId, versionId)
      if (stored === null) throw new SheafServerError('not-found')
      const snapshot = decodeSnapshot(stored)
      await stores.cache.putVersion(documentId, versionId, stored).catch((error: unknown) => {
        log.warn({ documentId, versionId, reason: reasonOf(error) }, 'the cache did not take a version')
      })
      return snapshot
    } catch (error) {
      // The bytes are not what was stored, or they are and hold no snapshot.
      if (isServerError(error, 'document-damaged') || isServerError(error, 'store-damaged')) {
        metrics.count('snapshots_damaged_total')
        log.error({ documentId, versionId, reason: error.message }, 'a stored version is damaged')
      }
      throw error
    }
  }

  return {
    list: async (documentId, { limit, before }) => {
      const size = Math.max(1, Math.min(limit, MAX_PAGE))
      const page = { limit: size + 1, ...(before === undefined ? {} : { before }) }
      const found = await stores.versions.list(documentId, page)
      const items = found.slice(0, size)
      return { items, nextCursor: found.length > size ? (items.at(-1)?.id ?? null) : null }
    },

    get,

    open: async (documentId, versionId, format) =>
      thread.render([(await snapshotOf(documentId, versionId)).state], format),

    create: async (documentId, name, principal) => {
      // The room knows whether the document may be opened at all.
      await openRoom(documentId)
      return materializer.keep(documentId, { kind: 'named', name, by: principal.id })
    },

    rename: async (documentId, versionId, name) => {
      if (!(await stores.versions.rename(documentId, versionId, name))) throw new SheafServerError('not-found')
      return get(documentId, versionId)
    },

    restore: async (documentId, versionId, principal: Principal) => {
      const snapshot = await snapshotOf(documentId, versionId)
      const room = await openRoom(documentId)
      const seq = await writer.restore(room, snapshot, principal)
      await materializer.keep(documentId, { kind: 'restore', name: null, by: principal.id })
      return { seq }
    },

    compare: async (documentId, from, to) => {
      const before = await snapshotOf(documentId, from)
      const after =
        to === null ? (await openRoom(documentId)).committed().parts : [(await snapshotOf(documentId, to)).state]
      return thread.compare([before.state], after)
    },
  }
}
