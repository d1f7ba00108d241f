import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { openRedis } from '../../src/adapters/redis/index.ts'
import type { RedisAdapter, RedisOptions } from '../../src/adapters/redis/index.ts'
import type { Log } from '../../src/metrics.ts'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at =
    (level: LogLine['level']) =>
    (facts: LogLine['facts'], message: string): void => {
      lines.push({ level, message, facts })
    }
  return { lines, info: at('info'), warn: at('warn'), error: at('error') }
}

export const aPrefix = (): string => `sheaf-test-${randomUUID()}`

export const redisOptions = (url: string, change: Partial<RedisOptions> = {}): RedisOptions => ({
  url,
  prefix: aPrefix(),
  clusterId: 'cluster',
  serverId: randomUUID(),
  now: Date.now,
  log: keptLog(),
  onListenerError: (error) => {
    throw error
  },
  ...change,
})

/** An adapter that closes with the test. */
export async function aRedisAdapter(url: string, change: Partial<RedisOptions> = {}): Promise<RedisAdapter> {
  const adapter = await openRedis(redisOptions(url, change))
  onTestFinished(() => adapter.close())
  return adapter
}

/** A client of the test's own, to look and to tamper. */
export function aRedisClient(url: string): Redis {
  const client = new Redis(url)
  // Servers of tests go away; a call that needs one rejects by itself.
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  return client
}

/** Waits until it is so; fails after `withinMs`. Resolves with the milliseconds that it took. */
export async function eventually(isSo: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<number> {
  const begun = performance.now()
  while (!(await isSo())) {
    if (performance.now() - begun > withinMs) throw new Error(`it is not so after ${withinMs} ms: ${isSo.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - begun
}

/** The milliseconds that a call took, and what came of it. */
export async function timed<T>(call: () => Promise<T>): Promise<{ readonly milliseconds: number; readonly value: T }> {
  const begun = performance.now()
  const value = await call()
  return { milliseconds: performance.now() - begun, value }
}
