import type { ReplicaId } from '@sheaf/protocol'
import type { Clock, Timer } from '../runtime.ts'
import { within } from './deadline.ts'
import type { DeviceStore, JournalChange } from './store.ts'

const WRITE_LIMIT_MS = 10_000
const REMOVE_LIMIT_MS = 2_000
/** A device that failed is tried again after this time, and after twice as long each further time. */
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000
/** Writes that may be under way at one time. While there are so many, changes are gathered for the next one. */
const MAX_WRITES = 8

/** The part of a device store that a journal needs. */
export type JournalStore = Pick<DeviceStore, 'write' | 'forget' | 'onLost'>

export interface JournalOptions {
  readonly store: JournalStore
  readonly documentId: string
  readonly replicaId: ReplicaId
  readonly clock: Clock
  /** Changes that make an empty journal what it has to be at this moment. */
  readonly everything: () => readonly JournalChange[]
  /** The device has failed, fails in another way, or works again. */
  readonly onProblem: () => void
}

/**
 * The one writer of a replica's journal. Writes take effect in the order in which they were started.
 * Where the device fails, everything goes on in memory, and the journal is written anew as soon as the device lets it.
 */
export class JournalWriter {
  readonly #options: JournalOptions
  readonly #writing = new Set<Promise<void>>()
  readonly #stopListening: () => void
  #changes: JournalChange[] = []
  #problem: { readonly cause: unknown } | null = null
  /** False while the device is given up: what is added then is written with everything else, later. */
  #gathering = true
  /** Grows with each failure: what was begun before says nothing about what comes after. */
  #attempt = 0
  /** Whether the device may hold a journal that is behind. */
  #isStale = false
  #retry: Timer | null = null
  #retryMs = FIRST_RETRY_MS
  #isEnded = false

  constructor(options: JournalOptions) {
    this.#options = options
    this.#stopListening =
      options.store.onLost?.(() => void this.fail(new Error('the device store was emptied'))) ?? (() => undefined)
  }

  /** Why nothing is on the device; null where it is. */
  get problem(): { readonly cause: unknown } | null {
    return this.#problem
  }

  /** True where all that was added is on the device. */
  get isWritten(): boolean {
    return this.#problem === null && this.#changes.length === 0 && this.#writing.size === 0
  }

  /** Adds to the next write, without starting it. */
  add(change: JournalChange): void {
    if (this.#gathering) this.#changes.push(change)
  }

  /**
   * Hands everything that was added to the store at once: a page that is about to end does not come back to what waits.
   * Resolves when it is on the device, or the device has failed.
   */
  async settle(): Promise<void> {
    if (this.#changes.length > 0 && this.#writing.size < MAX_WRITES) void this.#start()
    while (this.#writing.size > 0) {
      await Promise.all(this.#writing)
      if (this.#changes.length > 0) void this.#start()
    }
  }

  /** The device does not keep what it was given. Resolves when the journal is no danger to who finds it. */
  async fail(cause: unknown): Promise<void> {
    // By now the journal may be somebody else's.
    if (this.#isEnded) return
    this.#attempt += 1
    this.#problem = { cause }
    this.#isStale = true
    this.#gathering = false
    this.#changes = []
    this.#retry ??= this.#options.clock.after(this.#retryMs, () => void this.#restore())
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS)
    this.#options.onProblem()
    // A write behind the one that failed may succeed, and leave a journal that misses its middle.
    if (this.#writing.size > 1) await this.#removeStale()
  }

  /**
   * To be waited for before anything is sent that the journal may not know of. A journal that lost its end would give the
   * counters of what is sent to other edits after a reload; better none than that one. As long as nothing is sent, what it
   * has is right and is kept.
   */
  async mayFallBehind(): Promise<void> {
    if (this.#problem !== null) await this.#removeStale()
  }

  /** Resolves when everything is on the device, or the device has failed. Nothing is tried again after. */
  async end(): Promise<void> {
    this.#stopListening()
    await this.settle()
    this.#isEnded = true
    this.#retry?.cancel()
  }

  #start(): Promise<void> {
    const changes = withoutDetours(this.#changes)
    this.#changes = []
    const writing = this.#write(changes, this.#attempt).finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
    return writing
  }

  async #write(changes: readonly JournalChange[], attempt: number): Promise<void> {
    const { store, documentId, replicaId, clock } = this.#options
    try {
      await within(clock, WRITE_LIMIT_MS, store.write(documentId, replicaId, changes))
      if (attempt === this.#attempt) this.#problem = null
    } catch (error) {
      if (attempt === this.#attempt) await this.fail(error)
    }
  }

  async #restore(): Promise<void> {
    this.#retry = null
    this.#isStale = false
    this.#gathering = true
    this.#changes = [{ kind: 'reset' }, ...this.#options.everything()]
    await this.#start()
    if (this.#problem !== null) return
    this.#retryMs = FIRST_RETRY_MS
    this.#options.onProblem()
  }

  async #removeStale(): Promise<void> {
    if (!this.#isStale) return
    this.#isStale = false
    const { store, documentId, replicaId, clock } = this.#options
    try {
      await within(clock, REMOVE_LIMIT_MS, store.forget(documentId, replicaId))
    } catch {
      // Nothing more can be done about a device that does not answer: people go on writing, and are told already.
      return
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
