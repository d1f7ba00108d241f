import type { Log, LogFacts } from '../../metrics.ts'

/** One line a minute and kind of trouble: a Redis that is down must not fill the log. */
const EVERY_MS = 60_000

/** Writes a warning at most once a minute, with the number of those that were left out since. */
export class OccasionalLog {
  readonly #log: Log
  readonly #now: () => number
  readonly #written = new Map<string, { at: number; left: number }>()

  constructor(log: Log, now: () => number) {
    this.#log = log
    this.#now = now
  }

  warn(facts: LogFacts, message: string): void {
    const now = this.#now()
    const before = this.#written.get(message)
    if (before !== undefined && now >= before.at && now - before.at < EVERY_MS) {
      before.left += 1
      return
    }
    this.#written.set(message, { at: now, left: 0 })
    this.#log.warn(before === undefined ? facts : { ...facts, leftOut: before.left }, message)
  }
}
