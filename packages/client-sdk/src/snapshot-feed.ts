import type { Clock } from './runtime.ts'
import { stableSnapshot } from './status.ts'
import type { DocumentSnapshot } from './status.ts'

/** Tells listeners that a snapshot changed: once for all changes of the running code, and only if anything differs. */
export class SnapshotFeed {
  readonly #clock: Clock
  readonly #project: () => DocumentSnapshot
  readonly #listeners = new Set<() => void>()
  #current: DocumentSnapshot
  #announced: DocumentSnapshot
  #stale = false
  #planned = false

  constructor(clock: Clock, project: () => DocumentSnapshot) {
    this.#clock = clock
    this.#project = project
    this.#current = project()
    this.#announced = this.#current
  }

  get(): DocumentSnapshot {
    if (!this.#stale) return this.#current
    this.#stale = false
    this.#current = stableSnapshot(this.#current, this.#project())
    return this.#current
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Something that the snapshot is made of may have changed. */
  touch(): void {
    this.#stale = true
    if (this.#planned) return
    this.#planned = true
    this.#clock.microtask(() => {
      this.#planned = false
      const before = this.#announced
      this.#announced = this.get()
      if (before === this.#announced) return
      // Each in its own microtask: what one listener throws is its own affair and reaches the global error handler.
      for (const listener of this.#listeners)
        this.#clock.microtask(() => {
          if (this.#listeners.has(listener)) listener()
        })
    })
  }
}
