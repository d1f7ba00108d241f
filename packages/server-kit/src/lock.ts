import type { Clock } from './clock.ts'
import type { LockStore } from './ports.ts'

/** How often somebody else's lock is asked for again. */
const RETRY_MS = 20

/** The lock of one document, as this server holds it or not. */
export class DocumentLock {
  readonly #locks: LockStore
  readonly #clock: Clock
  readonly #documentId: string
  readonly #owner: string
  readonly #leaseMs: number
  #grant: { readonly fence: number; readonly expiresAt: number } | null = null

  constructor(locks: LockStore, clock: Clock, documentId: string, owner: string, leaseMs: number) {
    this.#locks = locks
    this.#clock = clock
    this.#documentId = documentId
    this.#owner = owner
    this.#leaseMs = leaseMs
  }

  /** True while the lock is ours for long enough to write; costs nothing. */
  covers(now: number): boolean {
    return this.#grant !== null && this.#grant.expiresAt - now > this.#leaseMs / 3
  }

  get held(): boolean {
    return this.#grant !== null
  }

  /**
   * Waits for the lock. `fresh`: somebody else may have written since we held it. `kept`: nobody has.
   * Rejects where the store does not answer.
   */
  async take(): Promise<'fresh' | 'kept'> {
    for (;;) {
      const result = await this.#locks.acquire(this.#documentId, this.#owner, this.#leaseMs, this.#clock.now())
      if (result.status === 'granted') {
        const kept = this.#grant?.fence === result.fence
        this.#grant = { fence: result.fence, expiresAt: result.expiresAt }
        return kept ? 'kept' : 'fresh'
      }
      this.#grant = null
      await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve))
    }
  }

  /** Gives it back. A failure costs the next writer the rest of the lease, nothing more. */
  async release(): Promise<void> {
    const grant = this.#grant
    if (grant === null) return
    this.#grant = null
    await this.#locks.release(this.#documentId, this.#owner, grant.fence)
  }
}
