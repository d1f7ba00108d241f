import type { CachedSnapshot, SnapshotCache } from '../ports.ts'
import type { MemoryProcess } from './memory-process.ts'

export const memoryCache = (cache: Map<string, CachedSnapshot>, process: MemoryProcess): SnapshotCache => {
  const versionCache = new Map<string, Uint8Array>()
  return {
    get: (documentId) => process.read(() => cache.get(documentId) ?? null),
    put: async (documentId, snapshot) => {
      process.check()
      if (snapshot.seq >= (cache.get(documentId)?.seq ?? 0)) cache.set(documentId, snapshot)
    },
    getVersion: (documentId, versionId) => process.read(() => versionCache.get(`${documentId}/${versionId}`) ?? null),
    putVersion: async (documentId, versionId, snapshot) => {
      process.check()
      versionCache.set(`${documentId}/${versionId}`, snapshot)
    },
    forget: async (documentId) => {
      cache.delete(documentId)
      for (const key of versionCache.keys()) if (key.startsWith(`${documentId}/`)) versionCache.delete(key)
    },
  }
}
