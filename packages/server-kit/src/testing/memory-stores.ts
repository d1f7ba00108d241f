import type { CachedSnapshot, Stores } from '../ports.ts'
import type { StoredOperation } from '@sheaf/protocol'
import { memoryCache } from './memory-cache.ts'
import { memoryDocuments, memoryOperations, memoryProgress, memoryVersions } from './memory-documents.ts'
import { MemoryFanOut } from './memory-fan-out.ts'
import type { MemoryBus } from './memory-fan-out.ts'
import { memoryLocks } from './memory-locks.ts'
import { memoryAttempts, memoryPermissions, memoryRefreshTokens, memoryUsers } from './memory-people.ts'
import { emptyDurable, MemoryProcess } from './memory-process.ts'
import type { AppendFault, Durable } from './memory-process.ts'

export type { AppendFault } from './memory-process.ts'
export { MemoryBus } from './memory-fan-out.ts'

/** What stores in memory share, and which faults they have. */
export interface MemoryOptions {
  /** The bus of several servers. Without it the server is alone, as the embedded one is. */
  readonly bus?: MemoryBus
}

export interface MemoryStores extends Stores {
  /** Called before every durable write, with its name; what it returns is waited for. Null takes it away. */
  delayWrites(delay: ((write: string) => Promise<void>) | null): void
  /** The next append goes wrong in this way. */
  failNextAppend(fault: AppendFault): void
  /** As long as it is set, every call of every store rejects with `unavailable`. */
  setDown(down: boolean): void
  /**
   * The process dies: writes that were not durable yet are gone, what waits for them never hears of it. The stores
   * that are returned hold what was durable. Its locks end with it where it was alone, as in a folder that belongs to
   * one process; on a bus they stay until they expire.
   */
  crash(): MemoryStores
  /**
   * The stores of one more server over the same durable data, with a cache and faults of its own. Both hear each other.
   * @throws {Error} where these stores were made without a bus.
   */
  another(): MemoryStores
  /** Cuts this server off from the others: what is said meanwhile is lost in both directions. */
  setCut(isCut: boolean): void
  /** Puts bytes where they do not belong: a damaged snapshot, a hole or a foreign operation in the log. */
  readonly tamper: {
    versionSnapshot(versionId: string, change: (bytes: Uint8Array) => Uint8Array | null): void
    cachedSnapshot(documentId: string, change: (snapshot: CachedSnapshot) => CachedSnapshot): void
    operations(documentId: string, change: (operations: readonly StoredOperation[]) => StoredOperation[]): void
  }
  /** How often each write happened. */
  readonly writes: ReadonlyMap<string, number>
}

/** All ports in memory, with the same guarantees as real ones up to the end of the process, and with faults on demand. */
export const createMemoryStores = (options: MemoryOptions = {}): MemoryStores =>
  openMemoryStores(emptyDurable(), options.bus ?? null)

function openMemoryStores(durable: Durable, bus: MemoryBus | null): MemoryStores {
  const process = new MemoryProcess()
  const cache = new Map<string, CachedSnapshot>()
  const fanOut = new MemoryFanOut(bus, () => process.isDown)

  return {
    documents: memoryDocuments(durable, process),
    operations: memoryOperations(durable, process),
    versions: memoryVersions(durable, process),
    progress: memoryProgress(durable, process),
    locks: memoryLocks(durable, process),
    cache: memoryCache(cache, process),
    fanOut,
    feed: null,
    users: memoryUsers(durable, process),
    permissions: memoryPermissions(durable, process),
    refreshTokens: memoryRefreshTokens(durable, process),
    attempts: memoryAttempts(durable, process),
    dependencies: [{ name: 'memory', check: async () => process.check() }],
    close: async () => fanOut.die(),

    delayWrites: (delay) => {
      process.delay = delay
    },
    failNextAppend: (fault) => {
      process.fault = fault
    },
    setDown: (isDown) => {
      process.isDown = isDown
    },
    crash: () => {
      process.isCrashed = true
      fanOut.die()
      if (bus === null)
        for (const [documentId, held] of durable.locks) durable.locks.set(documentId, { ...held, expiresAt: 0 })
      return openMemoryStores(durable, bus)
    },
    another: () => {
      if (bus === null) throw new Error('Several servers need a bus: createMemoryStores({ bus: new MemoryBus() }).')
      return openMemoryStores(durable, bus)
    },
    setCut: (isCut) => fanOut.setCut(isCut),
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
        durable.operations.set(documentId, change(durable.operations.get(documentId) ?? []))
      },
    },
    writes: process.writes,
  }
}
