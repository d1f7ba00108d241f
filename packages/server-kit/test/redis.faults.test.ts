import { absences, startServices } from '@sheaf/services'
import type { Service } from '@sheaf/services'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openRedis } from '../src/adapters/redis/index.ts'
import type { RedisAdapter } from '../src/adapters/redis/index.ts'
import type { FanOutMessage } from '../src/ports.ts'
import { anId, operations } from '../src/testing/contract.ts'
import {
  aPrefix,
  aRedisAdapter,
  aRedisClient,
  eventually,
  keptLog,
  redisOptions,
  timed,
} from './support/redis-under-test.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const absence = (await absences()).find(({ name }) => name === 'redis')
if (absence !== undefined) console.warn(`Faults of Redis are skipped: ${absence.reason}; ${absence.remedy}`)

/** Longest that opening a room may be held up, in milliseconds, and what a busy machine adds. */
const PATIENCE_MS = 300
const BUSY_MS = 250

describe.skipIf(absence !== undefined)('Redis: faults', () => {
  let redis: Service
  let url: string
  let stop: () => Promise<void>

  beforeAll(async () => {
    const services = await startServices(['redis'])
    redis = services.get('redis')
    url = redis.settings['SHEAF_REDIS_URL']!
    stop = () => services.stop()
  })

  beforeEach(async () => {
    await redis.start()
    // A test that failed may have left it hanging.
    await redis.kill('SIGCONT')
  })

  afterAll(() => stop())

  /** Two servers, and a document that the second listens to. */
  async function twoServers(heartbeatMs = 500): Promise<{
    one: RedisAdapter
    other: RedisAdapter
    heard: FanOutMessage[]
    reconnections: () => number
    log: ReturnType<typeof keptLog>
  }> {
    const prefix = aPrefix()
    const log = keptLog()
    const one = await aRedisAdapter(url, { prefix, heartbeatMs, log })
    const other = await aRedisAdapter(url, { prefix, heartbeatMs })
    const heard: FanOutMessage[] = []
    let reconnections = 0
    await other.ports.fanOut.subscribe('d', (message) => heard.push(message))
    other.ports.fanOut.onReconnected(() => {
      expect(other.ports.fanOut.reach()).toBe('connected')
      reconnections += 1
    })
    return { one, other, heard, reconnections: () => reconnections, log }
  }

  /** Every call answers in time, and what it says is what is said without Redis. */
  async function expectQuickCalls({ ports }: RedisAdapter): Promise<number> {
    const announced: unknown[] = []
    const silence = ports.fanOut.onAnnouncement((message) => announced.push(message))
    const calls: [string, () => Promise<unknown>][] = [
      ['get', async () => expect(await ports.cache.get('d')).toBeNull()],
      ['getVersion', async () => expect(await ports.cache.getVersion('d', 'v')).toBeNull()],
      ['subscribe', () => ports.fanOut.subscribe(anId(), () => undefined)],
      ['hit', async () => expect((await ports.attempts.hit(anId(), 1_000, 0)).count).toBe(1)],
      ['clear', () => ports.attempts.clear(anId())],
      ['announce', () => ports.fanOut.announce({ kind: 'document-reset', documentId: 'd' })],
      ['put', () => ports.cache.put('d', { seq: 1, snapshot: Uint8Array.of(1) })],
    ]
    let longest = 0
    for (const [name, call] of calls) {
      const { milliseconds } = await timed(call)
      expect(milliseconds, name).toBeLessThan(PATIENCE_MS + BUSY_MS)
      longest = Math.max(longest, milliseconds)
    }
    await expect(ports.cache.forget('d')).rejects.toMatchObject({ code: 'unavailable' })
    silence()
    expect(announced).toHaveLength(1)
    return longest
  }

  async function expectHeard(from: RedisAdapter, heard: FanOutMessage[]): Promise<void> {
    const before = heard.length
    const message: FanOutMessage = { kind: 'operations', operations: operations(1, 2) }
    from.ports.fanOut.publish('d', message)
    await eventually(() => heard.length > before)
    expect(heard.at(-1)).toEqual(message)
  }

  it.each([
    ['is stopped', () => redis.stop()],
    ['dies', () => redis.kill('SIGKILL')],
  ])(
    'RD-44 where Redis %s calls stay quick, and when it is back servers hear each other and say so',
    async (what, end) => {
      const { one, other, heard, reconnections } = await twoServers()
      await expectHeard(one, heard)
      await end()
      const noticed = await eventually(() => [one, other].every(({ ports }) => ports.fanOut.reach() === 'cut'))
      const longest = await expectQuickCalls(one)
      const key = anId()
      const counts = [await one.ports.attempts.hit(key, 60_000, 0), await one.ports.attempts.hit(key, 60_000, 1)]
      expect(counts).toEqual([
        { count: 1, resetsAt: 60_000 },
        { count: 2, resetsAt: 60_000 },
      ])
      await expect(one.dependency.check()).rejects.toMatchObject({ code: 'unavailable' })
      // Heard of while Redis was away: subscribed when it is back.
      let late = 0
      await other.ports.fanOut.subscribe('late', () => late++)
      await redis.start()
      const back = await eventually(() => [one, other].every(({ ports }) => ports.fanOut.reach() === 'connected'))
      expect(reconnections()).toBeGreaterThan(0)
      await expectHeard(one, heard)
      one.ports.fanOut.publish('late', { kind: 'room', bytes: Uint8Array.of(1) })
      await eventually(() => late === 1)
      await eventually(async () => {
        await one.ports.cache.put('d', { seq: 1, snapshot: Uint8Array.of(1) })
        return (await one.ports.cache.get('d')) !== null
      })
      await one.dependency.check()
      console.info(`Redis ${what}: noticed ${ms(noticed)}, longest call ${ms(longest)}, connected again ${ms(back)}`)
    },
  )

  it('RD-45 where Redis hangs, calls wait once and then are spared, it is noticed, and it mends', async () => {
    const { one, other, heard, reconnections } = await twoServers(2_000)
    await redis.kill('SIGSTOP')
    const first = await timed(() => one.ports.cache.get('d'))
    expect(first.milliseconds).toBeLessThan(PATIENCE_MS + BUSY_MS)
    const second = await timed(() => one.ports.cache.get('d'))
    expect(second.milliseconds).toBeLessThan(150)
    const longest = await expectQuickCalls(one)
    for (let i = 0; i < 1_000; i++) one.ports.fanOut.publish('d', { kind: 'room', bytes: new Uint8Array(100_000) })
    const noticed = await eventually(() => [one, other].every(({ ports }) => ports.fanOut.reach() === 'cut'))
    await expectQuickCalls(other)
    await redis.kill('SIGCONT')
    const back = await eventually(() => [one, other].every(({ ports }) => ports.fanOut.reach() === 'connected'))
    expect(reconnections()).toBeGreaterThan(0)
    // Redis may still deliver what it had taken before.
    await eventually(async () => {
      one.ports.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(9) })
      const last = heard.at(-1)
      return last?.kind === 'room' && last.bytes.length === 1
    })
    console.info(
      `Redis hangs: first get ${ms(first.milliseconds)}, second ${ms(second.milliseconds)}, longest call ${ms(longest)}, noticed ${ms(noticed)}, connected again ${ms(back)}`,
    )
  })

  it('RD-46 after FLUSHALL nothing is cached, attempts start anew, the prefix is claimed and messages are heard', async () => {
    const { one, heard } = await twoServers()
    const key = anId()
    await one.ports.cache.put('d', { seq: 9, snapshot: Uint8Array.of(1) })
    await one.ports.attempts.hit(key, 1_000, 0)
    await aRedisClient(url).flushall()
    expect(await one.ports.cache.get('d')).toBeNull()
    expect((await one.ports.attempts.hit(key, 1_000, 1)).count).toBe(1)
    await one.dependency.check()
    expect((await aRedisClient(url).keys('*:cluster')).length).toBeGreaterThan(0)
    await expectHeard(one, heard)
  })

  it('RD-47 a Redis that comes and goes fills no log', async () => {
    const { one, log } = await twoServers()
    await redis.stop()
    await eventually(() => one.ports.fanOut.reach() === 'cut')
    for (let i = 0; i < 500; i++) {
      one.ports.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(1) })
      await one.ports.cache.get('d')
      await one.ports.attempts.hit('key', 1_000, i)
    }
    expect(log.lines.length).toBeLessThan(12)
    expect(JSON.stringify(log.lines)).not.toContain('undefined')
  })

  it('RD-37 at the start a Redis that is away, wants a password or takes no writes is refused in one line', async () => {
    const client = aRedisClient(url)
    const refusal = async (address: string): Promise<string> => {
      const error: unknown = await openRedis(redisOptions(address)).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'configuration' })
      const { message } = error as Error
      expect(message).toMatch(/^SHEAF_REDIS_URL: [^\n]+$/)
      expect(message).not.toContain('s3cret')
      return message
    }
    const host = url.replace('redis://', '')
    await client.config('SET', 'requirepass', 'right')
    expect(await refusal(url)).toContain('wants a password')
    expect(await refusal(`redis://:s3cret@${host}`)).toContain('does not know this user or password')
    await (await openRedis(redisOptions(`redis://:right@${host}`))).close()
    await client.config('SET', 'requirepass', '')
    await (await openRedis(redisOptions(`redis://:s3cret@${host}`))).close()
    expect(await refusal(url.replace('redis:', 'rediss:'))).toContain('does it speak TLS')
    await client.call('ACL', 'SETUSER', 'narrow', 'on', '>s3cret', '~*', '+@all', 'resetchannels')
    expect(await refusal(`redis://narrow:s3cret@${host}`)).toContain('may not do')
    await client.replicaof('127.0.0.1', 1)
    expect(await refusal(url)).toContain('read-only replica')
    await client.replicaof('NO', 'ONE')
    await redis.stop()
    const { milliseconds, value } = await timed(() => refusal(`redis://user:s3cret@${host}`))
    expect(value).toContain('ECONNREFUSED')
    expect(milliseconds).toBeLessThan(5_000)
    await redis.start()
    await redis.kill('SIGSTOP')
    const hung = await timed(() => refusal(url))
    await redis.kill('SIGCONT')
    expect(hung.milliseconds).toBeLessThan(7_000)
  })
})

const ms = (milliseconds: number): string => `${milliseconds.toFixed(0)} ms`
