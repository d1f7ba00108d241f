/** Time as an input: the core has no other access to it, so that a simulation can hold it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls once after at least `ms`; the returned function takes it back. Does not keep the process alive. */
  after(ms: number, call: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
