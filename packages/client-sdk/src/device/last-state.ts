import type { Clock, Timer } from '../runtime.ts'
import { within } from './deadline.ts'
import type { DeviceStore, KnownState } from './store.ts'

const QUIET_MS = 2_000
/** Encoding a large document takes time; it may take one part in this many of all time. */
const SHARE_OF_TIME = 50
const LONGEST_COST_MS = 2_000
const WRITE_LIMIT_MS = 5_000

export interface LastStateOptions {
  readonly store: DeviceStore
  readonly documentId: string
  readonly clock: Clock
  /** Null where there is none to keep right now: local edits are not committed, or nothing is loaded. */
  readonly current: () => KnownState | null
}

/**
 * Keeps the last known state of a document on the device, some time after it changed. Where the device does not take it,
 * the document cannot be opened without a network; no edit depends on it, so that nobody is told and the next change tries
 * again.
 */
export class LastState {
  readonly #options: LastStateOptions
  #timer: Timer | null = null
  #dirty = false
  /** What is on the device is from an earlier visit, or older than edits that were committed in the meantime. */
  #overdue = true
  #cost = 0
  /** Encoded again it would hold edits that are not committed: a device that lost it gets this one. */
  #kept: KnownState | null = null
  #isGone = false
  #isForbidden = false

  constructor(options: LastStateOptions) {
    this.#options = options
  }

  /** This is what the device has. */
  found(state: KnownState): void {
    this.#kept = state
  }

  /** The device may have lost what was kept, and takes something again. */
  lost(): void {
    this.#isGone = true
    this.#dirty = true
    void this.save()
  }

  /** The content must not be on the device any more: nothing is kept from here on. */
  forget(): void {
    this.#isForbidden = true
    this.#kept = null
    this.cancel()
  }

  /** The document changed, or became one that may be kept. */
  touch(): void {
    this.#dirty = true
    // Edits that come next stand on this state: without it a reload could not show them until the server is there again.
    const pause = this.#cost * SHARE_OF_TIME
    const delay = this.#overdue ? pause : Math.max(QUIET_MS, pause)
    this.#timer ??= this.#options.clock.after(delay, () => {
      this.#timer = null
      void this.save()
    })
  }

  /** Keeps it now, if there is anything new to keep. Never rejects. */
  async save(): Promise<void> {
    this.cancel()
    if (!this.#dirty || this.#isForbidden) return
    const { clock, current, documentId, store } = this.#options
    const start = clock.now()
    const fresh = current()
    this.#overdue = fresh === null
    // A clock that is set while this runs makes it any number; one below zero costs nothing.
    if (fresh !== null) this.#cost = Math.min(clock.now() - start, LONGEST_COST_MS)
    const state = fresh ?? (this.#isGone ? this.#kept : null)
    if (state === null) return
    this.#kept = state
    this.#isGone = false
    // What was kept before is older than the document: the next change has the newer one written.
    this.#dirty = fresh === null
    try {
      await within(clock, WRITE_LIMIT_MS, store.writeState(documentId, state))
    } catch {
      this.#dirty = true
      this.#isGone = fresh === null
    }
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
