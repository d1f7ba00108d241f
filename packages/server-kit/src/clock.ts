/** Time as an input: the core has no other access to it, so that a simulation can hold it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /**
   * Calls once after at least `ms`; the returned function takes it back. Does not keep the process alive.
   * With 0 it calls when the events that are at hand have been handled: that is how the core gathers what belongs together.
   */
  after(ms: number, call: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    if (ms <= 0) {
      // A timer waits a millisecond at the least, which would be most of the time that a commit takes.
      const immediate = setImmediate(call)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(call, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
