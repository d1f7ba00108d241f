import * as Y from 'yjs'
import { APPLIED_UPDATES } from './applied-updates.ts'

/** Origin of every change that came from the server. */
export const REMOTE_ORIGIN = { sheaf: 'remote' }
/** Origin of every change that was read back from this device. */
export const DEVICE_ORIGIN = { sheaf: 'device' }

const isOurs = (origin: unknown): boolean => origin === REMOTE_ORIGIN || origin === DEVICE_ORIGIN

/** While a gap is open, more than this is let go: the answer to the gap, or the next gap, brings it again. */
const MAX_HELD = 10_000
/** More than this, in bytes, does not wait for a word that is being composed. */
const MAX_PAUSED_BYTES = 1_000_000

interface Arrival {
  /** First and last seq that this covers. */
  readonly from: number
  readonly to: number
  /** Null for operations of one's own: they are in the document already. */
  readonly update: Uint8Array | null
}

const bytesOf = (updates: readonly Uint8Array[]): number => updates.reduce((sum, { length }) => sum + length, 0)

export interface InboxOptions {
  readonly ydoc: Y.Doc
  /** Puts off the work to where the screen is drawn, or to the end of the running code. */
  readonly schedule: (work: () => void) => void
  /** Something is missing. Until a state comes, what arrives is held. */
  readonly onGap: () => void
  readonly onApplied: () => void
  /** An update could not be applied: the document in memory cannot be trusted any more. */
  readonly onFailed: (cause: unknown) => void
}

/** Committed operations on their way into the document: in the order of seq, each once, many in one transaction. */
export class Inbox {
  readonly #options: InboxOptions
  #arrived = 0
  #applied = 0
  #waiting: Uint8Array[] = []
  #held: Arrival[] = []
  #holding = false
  #scheduled = false
  readonly #pauses = new Set<object>()

  constructor(options: InboxOptions) {
    this.#options = options
    options.ydoc.on('afterTransaction', (transaction: Y.Transaction) => {
      // After a change of somebody else, Yjs deletes format marks that it takes for redundant, as edits of this device: each
      // device would send them, a reader too, and a mark that is redundant now may count once a concurrent operation is here.
      if (isOurs(transaction.origin)) transaction._needFormattingCleanup = false
    })
  }

  /** The highest seq up to which everything is in the document. */
  get appliedSeq(): number {
    return this.#applied
  }

  /** The highest seq up to which everything has come. Some of it may wait to be applied. */
  get arrivedSeq(): number {
    return this.#arrived
  }

  /**
   * From now on what others write waits, in its order, and is acknowledged and counted as if it had not come. Returns the end of it,
   * which applies at once what waits, unless somebody else still pauses. It may be called again, to no effect.
   */
  pause(): () => void {
    const pause = {}
    this.#pauses.add(pause)
    return () => {
      if (this.#pauses.delete(pause) && this.#pauses.size === 0) this.#apply(REMOTE_ORIGIN)
    }
  }

  /** Ends every pause. */
  resume(): void {
    if (this.#pauses.size === 0) return
    this.#pauses.clear()
    this.#apply(REMOTE_ORIGIN)
  }

  /** From now on everything waits for a state. */
  hold(): void {
    this.#holding = true
  }

  operation(seq: number, update: Uint8Array): void {
    this.#arrive({ from: seq, to: seq, update })
  }

  /** Operations of one's own got these places in the order. */
  ownCommitted(from: number, to: number): void {
    this.#arrive({ from, to, update: null })
  }

  /** Everything up to `seq`, whatever was there before. */
  state(seq: number, updates: readonly Uint8Array[], origin: object = REMOTE_ORIGIN): void {
    // Not spread into a call: a document may come in more parts than a call takes arguments.
    this.#waiting = [...this.#waiting, ...updates]
    this.#arrived = Math.max(this.#arrived, seq)
    this.#apply(origin)
    this.#holding = false
    const held = this.#held
    this.#held = []
    for (const arrival of held) this.#arrive(arrival)
  }

  /** The session is over: what has arrived in order is applied, what was held comes again with the next one. */
  disconnected(): void {
    this.#apply(REMOTE_ORIGIN)
    this.#held = []
    this.#holding = false
  }

  #arrive(arrival: Arrival): void {
    if (this.#holding) {
      if (this.#held.length < MAX_HELD) this.#held.push(arrival)
      return
    }
    if (arrival.to <= this.#arrived) return
    if (arrival.from > this.#arrived + 1) {
      // What has come in order is not asked for again, unless it has to wait.
      this.#apply(REMOTE_ORIGIN)
      this.#holding = true
      this.#held.push(arrival)
      return this.#options.onGap()
    }
    this.#arrived = arrival.to
    if (arrival.update !== null) this.#waiting.push(arrival.update)
    if (this.#waiting.length === 0) this.#applied = this.#arrived
    else this.#applySoon()
  }

  #applySoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#options.schedule(() => {
      this.#scheduled = false
      this.#apply(REMOTE_ORIGIN)
    })
  }

  #apply(origin: object): void {
    const { ydoc, onApplied, onFailed } = this.#options
    const updates = this.#waiting
    if (updates.length > 0) {
      // What this device has kept is no news of others.
      if (this.#pauses.size > 0 && origin === REMOTE_ORIGIN) {
        if (bytesOf(updates) <= MAX_PAUSED_BYTES) return
        this.#pauses.clear()
      }
      // Inside a local transaction foreign structs would become part of the local update.
      if (ydoc._transaction !== null) return this.#applySoon()
      this.#waiting = []
      try {
        Y.transact(
          ydoc,
          (transaction) => {
            transaction.meta.set(APPLIED_UPDATES, updates)
            for (const update of updates) Y.applyUpdateV2(ydoc, update, origin)
          },
          origin,
          false,
        )
      } catch (error) {
        return onFailed(error)
      }
    }
    this.#applied = this.#arrived
    if (updates.length > 0) onApplied()
  }
}
