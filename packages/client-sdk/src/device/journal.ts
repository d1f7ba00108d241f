import type { ReplicaId } from '@sheaf/protocol'
import type { Clock } from '../runtime.ts'
import { within } from './deadline.ts'
import type { DeviceStore, JournalChange } from './store.ts'

const WRITE_LIMIT_MS = 10_000
const FORGET_LIMIT_MS = 2_000

export interface JournalOptions {
  readonly store: DeviceStore
  readonly documentId: string
  readonly replicaId: ReplicaId
  readonly clock: Clock
  /** Called once, when the device turns out not to keep anything. */
  readonly onUnavailable: (cause: unknown) => void
}

/**
 * The one writer of a replica's journal. Changes that come while a write is under way go together in the next one.
 * Where the device fails, everything goes on in memory.
 */
export class JournalWriter {
  readonly #options: JournalOptions
  #changes: JournalChange[] = []
  #writing: Promise<void> | null = null
  #available = true

  constructor(options: JournalOptions) {
    this.#options = options
  }

  /** Adds to the next write, without starting it. */
  add(change: JournalChange): void {
    if (this.#available) this.#changes.push(change)
  }

  /** Resolves when everything that was added is on the device, or the device has failed. */
  async settle(): Promise<void> {
    while (this.#changes.length > 0 || this.#writing !== null) {
      this.#writing ??= this.#write()
      await this.#writing
    }
  }

  async #write(): Promise<void> {
    const { store, documentId, replicaId, clock } = this.#options
    const changes = withoutDetours(this.#changes)
    this.#changes = []
    try {
      if (changes.length > 0) await within(clock, WRITE_LIMIT_MS, store.write(documentId, replicaId, changes))
    } catch (error) {
      await this.#giveUp(error)
    } finally {
      this.#writing = null
    }
  }

  async #giveUp(cause: unknown): Promise<void> {
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
