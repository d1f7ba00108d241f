import { systemRuntime } from '../runtime.ts'
import type { Clock } from '../runtime.ts'

// Taken when this file is loaded: a test framework's fake timers replace the global ones later, and would stand still.
const { queueMicrotask: microtask, setImmediate: nextTurn, setTimeout: later } = globalThis

interface Planned {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that stands still until a test moves it. Microtasks are real; a frame is a microtask. */
export interface FakeClock extends Clock {
  /** Moves the time on, ringing every timer on the way at its own time, and lets everything settle after each. */
  advance(ms: number): Promise<void>
  /** Lets everything run that needs no time. */
  settle(): Promise<void>
  /** How many timers are set. */
  readonly timers: number
}

/** A clock that stands until the test moves it. @param start milliseconds since 1970 */
export function fakeClock(start = 1_000_000): FakeClock {
  const planned = new Set<Planned>()
  let now = start
  let order = 0

  // Work that needs no time is promises and microtasks; a turn of the real event loop is behind all of them.
  const turn = (done: () => void): void => (typeof nextTurn === 'function' ? void nextTurn(done) : void later(done, 0))
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 3; turns++) await new Promise<void>(turn)
  }

  const next = (until: number): Planned | undefined =>
    [...planned].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0]

  return {
    now: () => now,
    after: (ms, callback) => {
      const timer = { at: now + Math.max(0, ms), order: order++, callback }
      planned.add(timer)
      return { cancel: () => void planned.delete(timer) }
    },
    microtask: (callback) => microtask(callback),
    frame: (callback) => microtask(callback),
    settle,
    advance: async (ms) => {
      const until = now + ms
      await settle()
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        planned.delete(timer)
        now = timer.at
        timer.callback()
        await settle()
      }
      now = until
    },
    get timers() {
      return planned.size
    },
  }
}

/** Real time behind the same calls, for tests that have other things to wait for too. */
export function realClock(): FakeClock {
  const { clock } = systemRuntime()
  const pass = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
  return { ...clock, advance: pass, settle: () => pass(0), timers: 0 }
}
