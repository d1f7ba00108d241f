import { SheafServerError } from '../errors.ts'
import type {
  AppendResult,
  CachedSnapshot,
  ControlMessage,
  DocumentRecord,
  FanOutMessage,
  PermissionRecord,
  Progress,
  RefreshTokenRecord,
  Stores,
  UserRecord,
  VersionRecord,
} from '../ports.ts'
import type { StoredOperation } from '@sheaf/protocol'

/** What happens to the next appends. */
export type AppendFault =
  /** Nothing is stored and the caller is told so by a rejection. */
  | 'fail'
  /** It is stored, and the answer is lost. */
  | 'lose-answer'

export interface MemoryStores extends Stores {
  /** Called before every durable write, with its name; what it returns is waited for. Null takes it away. */
  delayWrites(delay: ((write: string) => Promise<void>) | null): void
  /** The next append goes wrong in this way. */
  failNextAppend(fault: AppendFault): void
  /** As long as it is set, every call of every store rejects with `unavailable`. */
  setDown(down: boolean): void
  /**
   * The process dies: writes that were not durable yet are gone, what waits for them never hears of it. The stores
   * that are returned hold what was durable. Its locks end with it, as in a folder that belongs to one process.
   */
  crash(): MemoryStores
  /** Puts bytes where they do not belong: a damaged snapshot, a hole or a foreign operation in the log. */
  readonly tamper: {
    versionSnapshot(versionId: string, change: (bytes: Uint8Array) => Uint8Array | null): void
    cachedSnapshot(documentId: string, change: (snapshot: CachedSnapshot) => CachedSnapshot): void
    operations(documentId: string, change: (operations: readonly StoredOperation[]) => StoredOperation[]): void
  }
  /** How often each write happened. */
  readonly writes: ReadonlyMap<string, number>
}

interface Durable {
  documents: Map<string, DocumentRecord>
  operations: Map<string, StoredOperation[]>
  versions: Map<string, { record: VersionRecord; snapshot: Uint8Array | null }>
  progress: Map<string, Progress>
  locks: Map<string, { owner: string; fence: number; expiresAt: number }>
  users: Map<string, UserRecord>
  permissions: Map<string, PermissionRecord>
  refreshTokens: Map<string, RefreshTokenRecord>
}

const emptyDurable = (): Durable => ({
  documents: new Map(),
  operations: new Map(),
  versions: new Map(),
  progress: new Map(),
  locks: new Map(),
  users: new Map(),
  permissions: new Map(),
  refreshTokens: new Map(),
})

/** All ports in memory, with the same guarantees as real ones up to the end of the process, and with faults on demand. */
export const createMemoryStores = (): MemoryStores => openMemoryStores(emptyDurable())

function openMemoryStores(durable: Durable): MemoryStores {
  const cache = new Map<string, CachedSnapshot>()
  const versionCache = new Map<string, Uint8Array>()
  const attempts = new Map<string, { count: number; resetsAt: number }>()
  const listeners = new Set<(message: ControlMessage) => void>()
  const writes = new Map<string, number>()
  let delay: ((write: string) => Promise<void>) | null = null
  let fault: AppendFault | null = null
  let down = false
  let crashed = false

  const check = (): void => {
    if (down) throw new SheafServerError('unavailable')
  }
  /** Runs a write when it becomes durable. In a process that has died nothing ever comes back. */
  const write = async <T>(name: string, apply: () => T): Promise<T> => {
    if (delay !== null) await delay(name)
    if (crashed) return new Promise<never>(() => undefined)
    check()
    writes.set(name, (writes.get(name) ?? 0) + 1)
    return apply()
  }
  const read = async <T>(look: () => T): Promise<T> => {
    if (crashed) return new Promise<never>(() => undefined)
    check()
    return look()
  }
  const log = (documentId: string): StoredOperation[] => durable.operations.get(documentId) ?? []

  const append = (documentId: string, batch: readonly StoredOperation[]): AppendResult => {
    const stored = log(documentId)
    const taken = (operation: StoredOperation, others: readonly StoredOperation[]): boolean =>
      others.some(
        ({ seq, replicaId, counter }) =>
          seq === operation.seq || (replicaId === operation.replicaId && counter === operation.counter),
      )
    if (batch.some((operation, index) => taken(operation, stored) || taken(operation, batch.slice(0, index))))
      return { status: 'conflict' }
    // Bytes are kept as copies: a store does not see what callers do with theirs.
    const copies = batch.map((operation) => ({ ...operation, update: operation.update.slice() }))
    durable.operations.set(
      documentId,
      [...stored, ...copies].sort((a, b) => a.seq - b.seq),
    )
    return { status: 'appended' }
  }

  const versionsOf = (documentId: string): VersionRecord[] =>
    [...durable.versions.values()]
      .map(({ record }) => record)
      .filter((record) => record.documentId === documentId)
      .sort((a, b) => b.seq - a.seq || b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))

  return {
    documents: {
      create: (document) =>
        write('documents.create', () => {
          if (durable.documents.has(document.id)) throw new SheafServerError('conflict')
          durable.documents.set(document.id, document)
        }),
      get: (id) => read(() => durable.documents.get(id) ?? null),
      getMany: (ids) => read(() => ids.flatMap((id) => durable.documents.get(id) ?? [])),
      update: (id, change) =>
        write('documents.update', () => {
          const document = durable.documents.get(id)
          if (document === undefined) return false
          durable.documents.set(id, { ...document, ...change })
          return true
        }),
      advance: (id, { seq, versionVector, publishedSeq, updatedAt }) =>
        write('documents.advance', () => {
          const document = durable.documents.get(id)
          if (document === undefined) return
          const position = seq > document.seq ? { seq, versionVector, updatedAt } : {}
          const published = Math.max(document.publishedSeq, publishedSeq ?? 0)
          durable.documents.set(id, { ...document, ...position, publishedSeq: published })
        }),
    },

    operations: {
      append: async (documentId, operations) => {
        if (fault === 'fail') {
          fault = null
          throw new SheafServerError('unavailable')
        }
        const result = await write('operations.append', () => append(documentId, operations))
        if (fault === 'lose-answer') {
          fault = null
          throw new SheafServerError('unavailable')
        }
        return result
      },
      read: (documentId, after, limit) =>
        read(() => {
          const found = log(documentId)
            .filter(({ seq }) => seq > after)
            .slice(0, limit)
          if (found.some(({ seq }, index) => seq !== after + 1 + index))
            throw new SheafServerError('document-damaged', 'The log has a hole.')
          return found
        }),
      find: (documentId, replicaId, counter) =>
        read(() => log(documentId).find((o) => o.replicaId === replicaId && o.counter === counter) ?? null),
      head: (documentId) => read(() => log(documentId).at(-1)?.seq ?? 0),
    },

    versions: {
      put: (version, snapshot) =>
        write('versions.put', () => {
          durable.versions.set(version.id, { record: version, snapshot: snapshot.slice() })
        }),
      get: (documentId, versionId) =>
        read(() => {
          const record = durable.versions.get(versionId)?.record
          return record?.documentId === documentId ? record : null
        }),
      getSnapshot: (documentId, versionId) =>
        read(() => {
          const version = durable.versions.get(versionId)
          if (version === undefined || version.record.documentId !== documentId) return null
          if (version.snapshot === null) throw new SheafServerError('store-damaged', 'A snapshot is missing.')
          return version.snapshot
        }),
      list: (documentId, { limit, before }) =>
        read(() => {
          const all = versionsOf(documentId)
          const start = before === undefined ? 0 : all.findIndex(({ id }) => id === before) + 1
          return before !== undefined && start === 0 ? [] : all.slice(start, start + limit)
        }),
      latest: (documentId) => read(() => versionsOf(documentId)[0] ?? null),
      rename: (documentId, versionId, name) =>
        write('versions.rename', () => {
          const version = durable.versions.get(versionId)
          if (version === undefined || version.record.documentId !== documentId) return false
          durable.versions.set(versionId, { ...version, record: { ...version.record, name } })
          return true
        }),
      remove: (documentId, versionId) =>
        write('versions.remove', () => {
          if (durable.versions.get(versionId)?.record.documentId === documentId) durable.versions.delete(versionId)
        }),
    },

    progress: {
      get: (documentId) => read(() => durable.progress.get(documentId) ?? null),
      advance: (progress) =>
        write('progress.advance', () => {
          if (progress.seq > (durable.progress.get(progress.documentId)?.seq ?? 0))
            durable.progress.set(progress.documentId, progress)
        }),
    },

    locks: {
      acquire: (documentId, owner, leaseMs, now) =>
        write('locks.acquire', () => {
          const held = durable.locks.get(documentId)
          const valid = held !== undefined && held.expiresAt > now
          if (valid && held.owner !== owner) return { status: 'held', owner: held.owner, expiresAt: held.expiresAt }
          const fence = valid ? held.fence : (held?.fence ?? 0) + 1
          const expiresAt = now + leaseMs
          durable.locks.set(documentId, { owner, fence, expiresAt })
          return { status: 'granted', fence, expiresAt }
        }),
      release: (documentId, owner, fence) =>
        write('locks.release', () => {
          const held = durable.locks.get(documentId)
          if (held?.owner === owner && held.fence === fence) durable.locks.set(documentId, { ...held, expiresAt: 0 })
        }),
    },

    cache: {
      get: (documentId) => read(() => cache.get(documentId) ?? null),
      put: async (documentId, snapshot) => {
        check()
        if (snapshot.seq >= (cache.get(documentId)?.seq ?? 0)) cache.set(documentId, snapshot)
      },
      getVersion: (documentId, versionId) => read(() => versionCache.get(`${documentId}/${versionId}`) ?? null),
      putVersion: async (documentId, versionId, snapshot) => {
        check()
        versionCache.set(`${documentId}/${versionId}`, snapshot)
      },
      forget: async (documentId) => {
        cache.delete(documentId)
        for (const key of versionCache.keys()) if (key.startsWith(`${documentId}/`)) versionCache.delete(key)
      },
    },

    fanOut: {
      // One process: there is nobody else to publish to.
      publish: (_documentId: string, _message: FanOutMessage) => undefined,
      subscribe: async () => () => undefined,
      announce: async (message) => {
        check()
        for (const listener of listeners) listener(message)
      },
      onAnnouncement: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },

    feed: null,

    users: {
      create: (user) =>
        write('users.create', () => {
          const email = user.email.toLowerCase()
          for (const other of durable.users.values())
            if (other.id === user.id || other.email.toLowerCase() === email) throw new SheafServerError('conflict')
          durable.users.set(user.id, user)
        }),
      get: (id) => read(() => durable.users.get(id) ?? null),
      getMany: (ids) => read(() => ids.flatMap((id) => durable.users.get(id) ?? [])),
      findByEmail: (email) =>
        read(() => [...durable.users.values()].find((u) => u.email.toLowerCase() === email.toLowerCase()) ?? null),
      update: (id, change) =>
        write('users.update', () => {
          const user = durable.users.get(id)
          if (user === undefined) return false
          durable.users.set(id, { ...user, ...change })
          return true
        }),
    },

    permissions: {
      get: (documentId, userId) => read(() => durable.permissions.get(`${documentId}/${userId}`) ?? null),
      put: (permission) =>
        write('permissions.put', () => {
          durable.permissions.set(`${permission.documentId}/${permission.userId}`, permission)
        }),
      remove: (documentId, userId) =>
        write('permissions.remove', () => durable.permissions.delete(`${documentId}/${userId}`)),
      listByDocument: (documentId) =>
        read(() => [...durable.permissions.values()].filter((permission) => permission.documentId === documentId)),
      listByUser: (userId, { limit, before }) =>
        read(() => {
          const all = [...durable.permissions.values()]
            .filter((permission) => permission.userId === userId)
            .sort((a, b) => b.createdAt - a.createdAt || (a.documentId < b.documentId ? -1 : 1))
          const start = before === undefined ? 0 : all.findIndex(({ documentId }) => documentId === before) + 1
          return before !== undefined && start === 0 ? [] : all.slice(start, start + limit)
        }),
    },

    refreshTokens: {
      create: (token) =>
        write('refreshTokens.create', () => {
          durable.refreshTokens.set(token.id, token)
        }),
      findByHash: (hash) =>
        read(() => [...durable.refreshTokens.values()].find(({ tokenHash }) => tokenHash === hash) ?? null),
      rotate: (id, rotatedAt) =>
        write('refreshTokens.rotate', () => {
          const token = durable.refreshTokens.get(id)
          if (token === undefined || token.rotatedAt !== null || token.revokedAt !== null) return false
          durable.refreshTokens.set(id, { ...token, rotatedAt })
          return true
        }),
      revokeFamily: (family, revokedAt) =>
        write('refreshTokens.revokeFamily', () => {
          for (const token of durable.refreshTokens.values())
            if (token.family === family && token.revokedAt === null)
              durable.refreshTokens.set(token.id, { ...token, revokedAt })
        }),
      isFamilyRevoked: (family) =>
        read(() =>
          [...durable.refreshTokens.values()].some((token) => token.family === family && token.revokedAt !== null),
        ),
      revokeUser: (userId, revokedAt) =>
        write('refreshTokens.revokeUser', () => {
          for (const token of durable.refreshTokens.values())
            if (token.userId === userId && token.revokedAt === null)
              durable.refreshTokens.set(token.id, { ...token, revokedAt })
        }),
    },

    attempts: {
      hit: (key, windowMs, now) =>
        read(() => {
          const known = attempts.get(key)
          const window = known === undefined || known.resetsAt <= now ? { count: 0, resetsAt: now + windowMs } : known
          const counted = { count: window.count + 1, resetsAt: window.resetsAt }
          attempts.set(key, counted)
          return counted
        }),
      clear: async (key) => {
        attempts.delete(key)
      },
    },

    dependencies: [{ name: 'memory', check: async () => check() }],
    close: async () => undefined,

    delayWrites: (next) => {
      delay = next
    },
    failNextAppend: (next) => {
      fault = next
    },
    setDown: (next) => {
      down = next
    },
    crash: () => {
      crashed = true
      for (const [documentId, held] of durable.locks) durable.locks.set(documentId, { ...held, expiresAt: 0 })
      return openMemoryStores(durable)
    },
    tamper: {
      versionSnapshot: (versionId, change) => {
        const version = durable.versions.get(versionId)
        if (version?.snapshot)
          durable.versions.set(versionId, { ...version, snapshot: change(version.snapshot.slice()) })
      },
      cachedSnapshot: (documentId, change) => {
        const cached = cache.get(documentId)
        if (cached !== undefined) cache.set(documentId, change({ ...cached, snapshot: cached.snapshot.slice() }))
      },
      operations: (documentId, change) => {
        durable.operations.set(documentId, change(log(documentId)))
      },
    },
    writes,
  }
}
