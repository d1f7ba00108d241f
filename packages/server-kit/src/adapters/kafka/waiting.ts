import { setTimeout as sleep } from 'node:timers/promises'

/** What took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** The outcome of `work`, or a {@link DeadlineError} after `ms`; what becomes of the work later is nobody's business. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`${what}: no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Pauses that double up to the longest, each a little different so that servers do not come back all at once. */
export class BackOff {
  readonly #first: number
  readonly #longest: number
  #next: number

  constructor(first: number, longest: number) {
    this.#first = first
    this.#longest = longest
    this.#next = first
  }

  /** Milliseconds of the next pause. */
  next(): number {
    const ms = this.#next * (0.8 + Math.random() * 0.4)
    this.#next = Math.min(this.#next * 2, this.#longest)
    return ms
  }

  /** Resolves after the next pause, or when `signal` is aborted. */
  async pause(signal?: AbortSignal): Promise<void> {
    try {
      await sleep(this.next(), undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      if (signal?.aborted !== true) throw error
    }
  }

  reset(): void {
    this.#next = this.#first
  }
}
