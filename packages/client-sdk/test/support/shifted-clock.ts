import type { Clock } from '../../src/index.ts'

/** A clock that somebody sets while it runs: timers go on as they were, as those of a browser do. */
export interface ShiftedClock extends Clock {
  shift(ms: number): void
}

export function shiftedClock(clock: Clock): ShiftedClock {
  let shifted = 0
  return {
    now: () => clock.now() + shifted,
    after: (ms, callback) => clock.after(ms, callback),
    microtask: (callback) => clock.microtask(callback),
    frame: (callback) => clock.frame(callback),
    shift: (ms) => {
      shifted += ms
    },
  }
}
