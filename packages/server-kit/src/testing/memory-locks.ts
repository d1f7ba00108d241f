import type { LockStore } from '../ports.ts'
import type { Durable, MemoryProcess } from './memory-process.ts'

export const memoryLocks = (durable: Durable, process: MemoryProcess): LockStore => ({
  acquire: (documentId, owner, leaseMs, now) =>
    process.write('locks.acquire', () => {
      const held = durable.locks.get(documentId)
      const valid = held !== undefined && held.expiresAt > now
      if (valid && held.owner !== owner) return { status: 'held', owner: held.owner, expiresAt: held.expiresAt }
      const fence = valid ? held.fence : (held?.fence ?? 0) + 1
      const expiresAt = now + leaseMs
      durable.locks.set(documentId, { owner, fence, expiresAt })
      return { status: 'granted', fence, expiresAt }
    }),
  release: (documentId, owner, fence) =>
    process.write('locks.release', () => {
      const held = durable.locks.get(documentId)
      if (held?.owner === owner && held.fence === fence) durable.locks.set(documentId, { ...held, expiresAt: 0 })
    }),
})
