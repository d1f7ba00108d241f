interface Waiter {
  /** The count that it waits for. */
  readonly target: number
  resolve(): void
  reject(error: Error): void
}

/** Promises that wait until a count that only grows has reached what it was to reach. */
export class Waiters {
  #waiting: Waiter[] = []

  get size(): number {
    return this.#waiting.length
  }

  wait(target: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ target, resolve, reject }))
  }

  reached(count: number): void {
    const done = this.#waiting.filter(({ target }) => target <= count)
    this.#waiting = this.#waiting.filter(({ target }) => target > count)
    for (const waiter of done) waiter.resolve()
  }

  /** None of them will ever be reached. */
  reject(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const waiter of waiting) waiter.reject(error)
  }
}
