import { processLocks, systemRuntime } from '../runtime.ts'
import type { Locks, PageSignal, PageSignals, Random, Runtime, WebSocketConstructor } from '../runtime.ts'
import { fakeClock } from './fake-clock.ts'
import type { FakeClock } from './fake-clock.ts'

/** A page whose signals a test gives. */
export interface FakePage extends PageSignals {
  /** What `isOnline` says. */
  online: boolean
  signal(signal: PageSignal): void
}

/** A page that is shown, hidden, and without a network when the test says so. */
export function fakePage(): FakePage {
  const listeners = new Set<(signal: PageSignal) => void>()
  const page: FakePage = {
    exists: true,
    online: true,
    isOnline: () => page.online,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    signal: (signal) => {
      if (signal === 'online' || signal === 'offline') page.online = signal === 'online'
      for (const listener of listeners) listener(signal)
    },
  }
  return page
}

/** Chance that repeats: the same seed gives the same run. mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { fraction, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(fraction() * 256)) }
}

/** Surroundings of a client that a test controls. */
export interface TestRuntime extends Runtime {
  readonly clock: FakeClock
  readonly page: FakePage
}

/** Surroundings in which a test decides everything, without a network unless told. Runtimes of tabs of one device share their `locks`. */
export function testRuntime(
  options: { seed?: number; locks?: Locks; clock?: FakeClock; webSocket?: WebSocketConstructor } = {},
): TestRuntime {
  const clock = options.clock ?? fakeClock()
  return {
    clock,
    page: fakePage(),
    random: seededRandom(options.seed ?? 1),
    locks: options.locks ?? processLocks(),
    inflate: systemRuntime().inflate,
    webSocket: options.webSocket ?? null,
  }
}
