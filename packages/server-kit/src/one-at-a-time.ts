/** Runs the work of one key one after the other, in the order of the calls; different keys do not wait for each other. */
export class OneAtATime {
  readonly #tails = new Map<string, Promise<unknown>>()

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    // The next in line starts whether the one before succeeded or failed: its error is the business of its own caller.
    const turn = before === undefined ? work() : before.then(work, work)
    this.#tails.set(key, turn)
    const leave = (): void => {
      if (this.#tails.get(key) === turn) this.#tails.delete(key)
    }
    turn.then(leave, leave)
    return turn
  }

  /** Resolves when everything that has been asked for so far is over. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#tails.values())
  }
}
