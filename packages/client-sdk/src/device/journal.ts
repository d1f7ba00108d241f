import type { ReplicaId } from '@sheaf/protocol'
import type { Clock } from '../runtime.ts'
import { within } from './deadline.ts'
import type { DeviceStore, JournalChange } from './store.ts'

const WRITE_LIMIT_MS = 10_000
const FORGET_LIMIT_MS = 2_000
/** Writes that may be under way at one time. While there are so many, changes are gathered for the next one. */
const MAX_WRITES = 8

export interface JournalOptions {
  readonly store: DeviceStore
  readonly documentId: string
  readonly replicaId: ReplicaId
  readonly clock: Clock
  /** Called once, when the device turns out not to keep anything. */
  readonly onUnavailable: (cause: unknown) => void
}

/**
 * The one writer of a replica's journal. Writes take effect in the order in which they were started.
 * Where the device fails, everything goes on in memory.
 */
export class JournalWriter {
  readonly #options: JournalOptions
  #changes: JournalChange[] = []
  readonly #writing = new Set<Promise<void>>()
  #available = true

  constructor(options: JournalOptions) {
    this.#options = options
  }

  /** False from the moment on at which the device failed. */
  get isAvailable(): boolean {
    return this.#available
  }

  /** Adds to the next write, without starting it. */
  add(change: JournalChange): void {
    if (this.#available) this.#changes.push(change)
  }

  /**
   * Hands everything that was added to the store at once: a page that is about to end does not come back to what waits.
   * Resolves when it is on the device, or the device has failed.
   */
  async settle(): Promise<void> {
    if (this.#changes.length > 0 && this.#writing.size < MAX_WRITES) this.#start()
    while (this.#writing.size > 0) {
      await Promise.all(this.#writing)
      if (this.#changes.length > 0) this.#start()
    }
  }

  #start(): void {
    const changes = withoutDetours(this.#changes)
    this.#changes = []
    const writing = this.#write(changes).finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  async #write(changes: readonly JournalChange[]): Promise<void> {
    const { store, documentId, replicaId, clock } = this.#options
    try {
      await within(clock, WRITE_LIMIT_MS, store.write(documentId, replicaId, changes))
    } catch (error) {
      await this.#giveUp(error)
    }
  }

  async #giveUp(cause: unknown): Promise<void> {
    if (!this.#available) return
    this.#available = false
    this.#changes = []
    this.#options.onUnavailable(cause)
    const { store, documentId, replicaId, clock } = this.#options
    try {
      // From here on operations are sent that the journal does not know of. A journal that has lost its end would give
      // their counters to other edits after a reload; better none than that one.
      await within(clock, FORGET_LIMIT_MS, store.forget(documentId, replicaId))
    } catch (error) {
      this.#options.onUnavailable(error)
    }
  }
}

/** Leaves out updates that an operation of the same write takes in: they would be written and deleted at once. */
function withoutDetours(changes: readonly JournalChange[]): readonly JournalChange[] {
  const consumed = changes.reduce(
    (key, change) => (change.kind === 'operation' ? Math.max(key, change.consumes) : key),
    0,
  )
  return consumed === 0 ? changes : changes.filter((change) => change.kind !== 'update' || change.key > consumed)
}
