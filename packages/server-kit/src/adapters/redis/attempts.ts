import { LRUCache } from 'lru-cache'
import { reasonOf } from '../../metrics.ts'
import type { AttemptCounter } from '../../ports.ts'
import type { RedisConnection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { OccasionalLog } from './occasional-log.ts'

interface Window {
  readonly count: number
  readonly resetsAt: number
}

const CALL_MS = 250
/** Keys counted here at one time while Redis is away; a flood of made-up ones pushes out the oldest. */
const MAX_KEYS = 100_000
/** Milliseconds that a key outlives its window, for servers whose clocks are late. */
const MARGIN_MS = 60_000

/**
 * KEYS: counter. ARGV: now, end of a window that starts now, milliseconds to live. The time is the caller's: `resetsAt`
 * stands beside the count, and the expiry of the key only clears away what nobody asks for again.
 */
const HIT = `
local resetsAt = redis.call('HGET', KEYS[1], 'resetsAt')
if resetsAt and tonumber(resetsAt) > tonumber(ARGV[1]) then
  return {redis.call('HINCRBY', KEYS[1], 'count', 1), resetsAt}
end
redis.call('HSET', KEYS[1], 'count', 1, 'resetsAt', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {1, ARGV[2]}`

/**
 * Counts in Redis for all servers. While Redis is away each server counts on its own: letting everybody through would
 * allow guessing, and refusing everybody would lock all out.
 */
export class RedisAttemptCounter implements AttemptCounter {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #log: OccasionalLog
  readonly #own = new LRUCache<string, Window>({ max: MAX_KEYS })

  constructor(connection: RedisConnection, keys: Keys, log: OccasionalLog) {
    this.#connection = connection
    this.#keys = keys
    this.#log = log
  }

  async hit(key: string, windowMs: number, now: number): Promise<Window> {
    try {
      const answer = await this.#connection.call(CALL_MS, (client) =>
        client.eval(HIT, 1, this.#keys.attempts(key), now, now + windowMs, windowMs + MARGIN_MS),
      )
      return readWindow(answer)
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'attempts are counted by each server on its own')
      return this.#hitOwn(key, windowMs, now)
    }
  }

  async clear(key: string): Promise<void> {
    this.#own.delete(key)
    try {
      await this.#connection.call(CALL_MS, (client) => client.unlink(this.#keys.attempts(key)))
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'attempts are not cleared in Redis and count until their window ends')
    }
  }

  #hitOwn(key: string, windowMs: number, now: number): Window {
    const open = this.#own.get(key)
    const window =
      open === undefined || open.resetsAt <= now
        ? { count: 1, resetsAt: now + windowMs }
        : { count: open.count + 1, resetsAt: open.resetsAt }
    this.#own.set(key, window)
    return window
  }
}

function readWindow(answer: unknown): Window {
  const [count, resetsAt] = Array.isArray(answer) ? answer.map(Number) : []
  if (!Number.isFinite(count) || !Number.isFinite(resetsAt) || count === undefined || resetsAt === undefined)
    throw new Error('the counter in Redis is damaged')
  return { count, resetsAt }
}
