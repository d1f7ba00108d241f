import { LRUCache } from 'lru-cache'
import type { AttemptCounter } from '../../ports.ts'

interface Window {
  readonly count: number
  readonly resetsAt: number
}

/** Keys that are counted at one time; a flood of made-up keys pushes out the oldest ones. */
const MAX_KEYS = 100_000

/** Counts in memory: a restart, which an attacker cannot cause, forgets them. */
export class EmbeddedAttemptCounter implements AttemptCounter {
  readonly #windows = new LRUCache<string, Window>({ max: MAX_KEYS })

  async hit(key: string, windowMs: number, now: number): Promise<Window> {
    const open = this.#windows.get(key)
    const window =
      open === undefined || open.resetsAt <= now
        ? { count: 1, resetsAt: now + windowMs }
        : { count: open.count + 1, resetsAt: open.resetsAt }
    this.#windows.set(key, window)
    return window
  }

  async clear(key: string): Promise<void> {
    this.#windows.delete(key)
  }
}
