interface Waiter {
  resolve(): void
  reject(error: Error): void
}

/** Promises that wait for one and the same thing. */
export class Waiters {
  #waiting: Waiter[] = []

  get size(): number {
    return this.#waiting.length
  }

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  resolve(): void {
    for (const waiter of this.#take()) waiter.resolve()
  }

  reject(error: Error): void {
    for (const waiter of this.#take()) waiter.reject(error)
  }

  #take(): Waiter[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }
}
