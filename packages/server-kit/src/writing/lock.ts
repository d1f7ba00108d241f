import type { Clock } from '../clock.ts'
import type { FanOut, LockStore } from '../ports.ts'

/** How soon somebody else's lock is asked for again, and how often its holder is told that it is wanted. */
const RETRY_MS = 25
const ASK_MS = 100
/** How long a server that gave its turn away leaves the lock to others. */
const AWAY_MS = 2 * RETRY_MS
/** Another server that wrote, or asked, so recently will want to write again. */
const CONTENDED_MS = 5_000
/** While others are not heard nobody knows whether they want to write: turns are given away, but longer ones. */
const UNHEARD_TURNS = 5

/** What servers say to each other about the lock of a document. Hints: without them everything takes a little longer. */
export type LockWord = 'wanted' | 'held' | 'free'

/** Whether one may write now, and what is known of the log. */
export type LockAnswer =
  /** Nobody else has written since we held it. */
  | 'kept'
  /** Ours, and somebody else may have written. */
  | 'fresh'
  /** Somebody else's, who has shown no life for longer than one waits: write without it. The unique index of the log refuses what is too late. */
  | 'passed-over'
  /** Not now: see `whenReady`. */
  | 'later'

export interface DocumentLockOptions {
  readonly locks: LockStore
  readonly clock: Clock
  readonly documentId: string
  readonly owner: string
  readonly limits: { readonly lockLeaseMs: number; readonly lockTurnMs: number; readonly lockPatienceMs: number }
  readonly reach: FanOut['reach']
  readonly tell: (word: LockWord) => void
  readonly failed: (error: unknown) => void
}

/**
 * The lock of one document, as this server holds it or not. Whoever holds it keeps it while nobody else wants to write;
 * among several who do, it goes round in turns.
 */
export class DocumentLock {
  readonly #options: DocumentLockOptions
  #grant: { readonly fence: number; readonly expiresAt: number; readonly since: number } | null = null
  #releasing: Promise<void> = Promise.resolve()
  #wantedAt = -Infinity
  #foreignAt = -Infinity
  #askedAt = -Infinity
  /** How often the holder was asked since it showed that it lives. Time alone says nothing: we may have been busy. */
  #unanswered = 0
  #awayUntil = -Infinity
  /** Since when somebody else's lock has kept us from writing. */
  #waitingSince: number | null = null
  #waiter: { readonly promise: Promise<void>; readonly go: () => void } | null = null

  constructor(options: DocumentLockOptions) {
    this.#options = options
  }

  /** True while the lock is ours for long enough to write; costs nothing. */
  covers(now: number): boolean {
    return this.#grant !== null && this.#grant.expiresAt - now > this.#options.limits.lockLeaseMs / 3
  }

  get held(): boolean {
    return this.#grant !== null
  }

  /** True after the answer `later`, until asking again makes sense. */
  get waiting(): boolean {
    return this.#waiter !== null
  }

  /** Resolves when asking again makes sense. */
  async whenReady(): Promise<void> {
    await this.#waiter?.promise
  }

  /** Asks for the lock. Rejects where the store does not answer. */
  async take(): Promise<LockAnswer> {
    const { locks, clock, documentId, owner, limits, tell } = this.#options
    await this.#releasing
    const now = clock.now()
    if (now < this.#awayUntil) return this.#later(this.#awayUntil - now)
    const result = await locks.acquire(documentId, owner, limits.lockLeaseMs, now)
    if (result.status === 'granted') {
      const { fence, expiresAt } = result
      const kept = this.#grant?.fence === fence
      this.#grant = { fence, expiresAt, since: kept ? (this.#grant?.since ?? now) : now }
      this.#waitingSince = null
      this.#unanswered = 0
      return kept ? 'kept' : 'fresh'
    }
    this.#grant = null
    this.#waitingSince ??= now
    if (now - this.#askedAt >= ASK_MS) {
      this.#askedAt = now
      this.#unanswered += 1
      tell('wanted')
    }
    if (this.#unanswered * ASK_MS > limits.lockPatienceMs) return 'passed-over'
    return this.#later(RETRY_MS)
  }

  /** Another server says something about the lock. */
  hear(word: LockWord): void {
    const now = this.#options.clock.now()
    if (word === 'held') this.#unanswered = 0
    if (word === 'free') this.#waiter?.go()
    if (word !== 'wanted') return
    this.#wantedAt = now
    // Its turn will end, however slow the store makes it.
    if (this.#grant !== null) this.#options.tell('held')
  }

  /** Another server was seen to have written. While nobody is heard, that is the only sign that a holder lives. */
  sawForeign(): void {
    this.#foreignAt = this.#options.clock.now()
    if (this.#options.reach() === 'cut') this.#unanswered = 0
  }

  /** What was written without the lock came too late: somebody is alive, and is waited for again. */
  cameTooLate(): void {
    this.#unanswered = 0
  }

  /** Something of ours was written, with the lock or without it: a holder that was seen to write since is waited for. */
  wrote(): void {
    if (this.#waitingSince === null || this.#foreignAt < this.#waitingSince) return
    this.#waitingSince = null
    this.#unanswered = 0
  }

  /**
   * After something was written, or when there is nothing to write: gives the lock back where others want it, at once
   * when `idle`, else when the turn is over.
   */
  giveWay(idle: boolean): void {
    const { clock, tell } = this.#options
    const now = clock.now()
    if (this.#grant === null) return
    const isContended = now - Math.max(this.#wantedAt, this.#foreignAt) < CONTENDED_MS
    if (idle ? !isContended : now - this.#grant.since < this.#turnMs(isContended)) return
    if (!idle) this.#awayUntil = now + AWAY_MS
    const wanted = this.#wantedAt > -Infinity
    this.#wantedAt = -Infinity
    void this.release().then(() => {
      if (wanted) tell('free')
    })
  }

  /** Gives it back. A failure costs the next writer some time, nothing more. */
  release(): Promise<void> {
    const grant = this.#grant
    if (grant === null) return this.#releasing
    this.#grant = null
    const { locks, documentId, owner, failed } = this.#options
    this.#releasing = locks.release(documentId, owner, grant.fence).catch(failed)
    return this.#releasing
  }

  #turnMs(isContended: boolean): number {
    const { limits, reach } = this.#options
    if (isContended) return limits.lockTurnMs
    return reach() === 'cut' ? UNHEARD_TURNS * limits.lockTurnMs : Infinity
  }

  #later(ms: number): LockAnswer {
    let go = (): void => undefined
    const promise = new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(ms, () => go())
      go = () => {
        cancel()
        this.#waiter = null
        resolve()
      }
    })
    this.#waiter = { promise, go }
    return 'later'
  }
}
