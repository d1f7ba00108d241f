import type { LockResult, LockStore } from '../../ports.ts'

interface Held {
  readonly owner: string
  readonly fence: number
  readonly expiresAt: number
}

/** Locks of rooms that were closed without giving theirs back are dropped when there are this many. */
const SWEEP_AT = 10_000

/**
 * Locks in memory: the folder belongs to this process, so nobody else can ask. Fences go on growing after a restart,
 * since each start of a store begins a new epoch, which is counted in the folder.
 */
export class EmbeddedLockStore implements LockStore {
  readonly #held = new Map<string, Held>()
  #fence: number

  constructor(epoch: number) {
    this.#fence = epoch * 2 ** 32
  }

  async acquire(documentId: string, owner: string, leaseMs: number, now: number): Promise<LockResult> {
    const held = this.#held.get(documentId)
    const isFree = held === undefined || held.expiresAt <= now
    if (!isFree && held.owner !== owner) return { status: 'held', owner: held.owner, expiresAt: held.expiresAt }
    if (this.#held.size >= SWEEP_AT) this.#sweep(now)
    const fence = isFree ? ++this.#fence : held.fence
    const expiresAt = now + leaseMs
    this.#held.set(documentId, { owner, fence, expiresAt })
    return { status: 'granted', fence, expiresAt }
  }

  async release(documentId: string, owner: string, fence: number): Promise<void> {
    const held = this.#held.get(documentId)
    if (held?.owner === owner && held.fence === fence) this.#held.delete(documentId)
  }

  #sweep(now: number): void {
    for (const [documentId, held] of this.#held) if (held.expiresAt <= now) this.#held.delete(documentId)
  }
}
