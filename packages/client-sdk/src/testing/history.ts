/** The last lines are the ones that matter; a test that runs for long must not keep all of them. */
const KEPT_LINES = 200

/** What happened in a test, in its order, for people who look for the reason of a failure. */
export class History {
  readonly #now: () => number
  readonly #start: number
  #lines: string[] = []
  #left = 0

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.#start = now()
  }

  note(what: string): void {
    const seconds = ((this.#now() - this.#start) / 1_000).toFixed(3)
    this.#lines.push(`${seconds.padStart(9)} s  ${what}`)
    if (this.#lines.length <= KEPT_LINES) return
    this.#lines.shift()
    this.#left += 1
  }

  toString(): string {
    return [...(this.#left > 0 ? [`(${this.#left} earlier lines are left out)`] : []), ...this.#lines].join('\n')
  }
}
