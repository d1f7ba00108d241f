import type { Clock } from '../../src/clock.ts'

interface Call {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A clock that stands until it is told to go on. */
export class FakeClock implements Clock {
  #now = 1_700_000_000_000
  #order = 0
  #calls: Call[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const call = { at: this.#now + Math.max(0, ms), order: this.#order++, run }
    this.#calls.push(call)
    return () => {
      this.#calls = this.#calls.filter((other) => other !== call)
    }
  }

  /** Timers that are set. */
  get waiting(): number {
    return this.#calls.length
  }

  /** Lets time pass, with everything that happens meanwhile, promises too. */
  async pass(ms = 0): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await idle()
      const next = this.#calls.sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (next === undefined || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      this.#calls = this.#calls.filter((call) => call !== next)
      next.run()
    }
    this.#now = end
  }

  /** Sets the time without anything happening, as a clock that is set forward or back. */
  set(now: number): void {
    this.#now = now
  }
}

/** Resolves when no promise is left that could go on by itself. */
async function idle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}
