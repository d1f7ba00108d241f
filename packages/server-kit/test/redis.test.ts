import { sharedSetting } from '@sheaf/services'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Breaker } from '../src/adapters/redis/breaker.ts'
import { explain, parseAddress } from '../src/adapters/redis/address.ts'
import { MAX_CACHED_BYTES } from '../src/adapters/redis/cache.ts'
import { inspectRedis, openRedis } from '../src/adapters/redis/index.ts'
import { judgeServer, readInfo } from '../src/adapters/redis/inspect.ts'
import { decodeMessage, encodeMessage } from '../src/adapters/redis/message.ts'
import type { Content } from '../src/adapters/redis/message.ts'
import { OccasionalLog } from '../src/adapters/redis/occasional-log.ts'
import type { ControlMessage, FanOutMessage } from '../src/ports.ts'
import { anId, operations } from '../src/testing/contract.ts'
import { aPrefix, aRedisAdapter, aRedisClient, eventually, keptLog, redisOptions } from './support/redis-under-test.ts'

const url = sharedSetting('redis')
if (url === null) console.warn('Tests of the Redis adapter are skipped: no TEST_REDIS_URL, no `pnpm services up`.')

const speaker = { clusterId: 'c', serverId: 's' }

describe('Redis: what needs no server', () => {
  it.each([
    ['http://host', 'no address'],
    ['redis://', 'no address'],
    ['secret', 'no address'],
    ['redis://u:secret@host/x', 'number of a database'],
    ['redis://u:secret@host?tls=1', 'options behind'],
    ['redis://u:%zz-secret@host', 'percent-encoded'],
  ])('RD-31 %s is refused in one line that begins with the setting and shows no password', (text, what) => {
    const refuse = () => parseAddress(text)
    expect(refuse).toThrow(expect.objectContaining({ code: 'configuration' }))
    expect(refuse).toThrow(/^SHEAF_REDIS_URL: [^\n]*$/)
    expect(refuse).toThrow(what)
    expect(refuse).not.toThrow('secret')
  })

  it('RD-31 an address is read with its user, password and database', () => {
    expect(parseAddress('rediss://us%40er:p%2Fw@[::1]:7000/3')).toEqual({
      host: '::1',
      port: 7000,
      database: 3,
      username: 'us@er',
      password: 'p/w',
      encrypted: true,
      shown: 'rediss://[::1]:7000/3',
    })
    expect(parseAddress('redis://:pw@host')).toMatchObject({ port: 6379, username: null, shown: 'redis://host:6379' })
  })

  it.each([
    ['redis_version:5.0.14', '6.0 or later'],
    ['redis_version:7.0.0\r\nrole:slave', 'read-only replica'],
    ['redis_version:7.0.0\r\nredis_mode:sentinel', 'Sentinel'],
    ['redis_version:7.0.0\r\ncluster_enabled:1', 'Redis Cluster'],
  ])('RD-32 a server that says %j is refused', (info, what) => {
    const judge = () => judgeServer(readInfo(info), { shown: 'redis://host:6379' })
    expect(judge).toThrow(/^SHEAF_REDIS_URL: /)
    expect(judge).toThrow(what)
  })

  it('RD-33 a memory that is nearly full and evicts nothing is warned of, and no more', () => {
    const info = (policy: string) =>
      readInfo(
        `# Memory\r\nredis_version:7.2.0\r\nused_memory:95\r\nmaxmemory:100\r\nmaxmemory_policy:${policy}\r\nrole:master`,
      )
    expect(judgeServer(info('noeviction'), { shown: 'x' }).warnings).toHaveLength(1)
    expect(judgeServer(info('allkeys-lru'), { shown: 'x' }).warnings).toHaveLength(0)
  })

  it('RD-34 what Redis or the network says is turned into what to do', () => {
    const address = parseAddress('redis://user:secret@host')
    const code = (name: string) => Object.assign(new Error(`getaddrinfo ${name}`), { code: name })
    expect(explain(new Error('WRONGPASS invalid username-password pair'), address)).toContain('correct them')
    expect(explain(new Error('NOAUTH Authentication required.'), address)).toContain('wants a password')
    expect(explain(new Error('NOPERM this user has no permissions'), address)).toContain('allow it')
    expect(explain(new Error("READONLY You can't write"), address)).toContain('primary')
    expect(explain(code('ENOTFOUND'), address)).toContain('correct its name')
    expect(explain(code('ECONNREFUSED'), address)).toContain('is it running')
    expect(explain(code('ERR_SSL_WRONG_VERSION_NUMBER'), address)).toContain('encrypted')
  })

  it('RD-41 after a failure nothing is let through for a second, then one call, whose outcome decides', () => {
    const breaker = new Breaker()
    expect([breaker.allows(0), breaker.allows(0)]).toEqual([true, true])
    breaker.failed(0)
    expect([breaker.allows(0), breaker.allows(999), breaker.allows(1_000), breaker.allows(1_001)]).toEqual([
      false,
      false,
      true,
      false,
    ])
    breaker.failed(1_200)
    expect([breaker.allows(2_000), breaker.allows(2_200)]).toEqual([false, true])
    breaker.answered()
    expect([breaker.allows(2_201), breaker.allows(2_201)]).toEqual([true, true])
  })

  it('RD-42 one kind of trouble is logged once a minute, with the number of those left out', () => {
    const log = keptLog()
    let now = 1_000
    const occasionally = new OccasionalLog(log, () => now)
    for (let i = 0; i < 5; i++) occasionally.warn({ i }, 'down')
    occasionally.warn({}, 'other')
    now += 60_000
    occasionally.warn({ i: 9 }, 'down')
    expect(log.lines.map(({ message, facts }) => [message, facts])).toEqual([
      ['down', { i: 0 }],
      ['other', {}],
      ['down', { i: 9, leftOut: 4 }],
    ])
  })

  it('RD-21 a message is read as it was written, of every kind', () => {
    const controls: ControlMessage[] = [
      { kind: 'access', documentId: 'd', userId: 'u', role: 'viewer' },
      { kind: 'access', documentId: 'd', userId: 'u', role: null },
      { kind: 'sessions-ended', userId: 'u', family: null },
      { kind: 'sessions-ended', userId: 'u', family: 'f' },
      { kind: 'document-deleted', documentId: 'd' },
      { kind: 'version-created', documentId: 'd', versionId: 'v' },
      { kind: 'document-reset', documentId: 'd' },
    ]
    const contents: Content[] = [
      { kind: 'operations', operations: operations(1, 3) },
      { kind: 'room', bytes: Uint8Array.of(1, 2, 3) },
      { kind: 'lost' },
      ...controls.map((message): Content => ({ kind: 'control', message })),
    ]
    for (const content of contents) {
      const envelope = decodeMessage(Uint8Array.from(encodeMessage(speaker, content)))
      expect(envelope).toMatchObject(speaker)
      expect(envelope.content()).toEqual(content)
    }
  })

  it('RD-22 a message that is cut off, has more behind it or says what is not known is refused', () => {
    const whole = Uint8Array.from(encodeMessage(speaker, { kind: 'operations', operations: operations(1, 2) }))
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeMessage(whole.subarray(0, length)).content()).toThrow()
    expect(() => decodeMessage(Uint8Array.of(...whole, 0)).content()).toThrow('left behind')
    for (const message of [
      { kind: 'rm' },
      { kind: 'access', documentId: 'd', userId: 'u', role: 'god' },
      { kind: 'access', documentId: 'd', userId: 7, role: null },
      { kind: 'sessions-ended', userId: 'u' },
      null,
    ]) {
      const bytes = encodeMessage(speaker, { kind: 'control', message: message as unknown as ControlMessage })
      expect(() => decodeMessage(Uint8Array.from(bytes)).content()).toThrow()
    }
  })
})

describe.skipIf(url === null)('Redis: with a server', () => {
  it('RD-1 a cached snapshot and version expire, and keys stand under the prefix with the document in braces', async () => {
    const prefix = aPrefix()
    const { ports } = await aRedisAdapter(url!, { prefix })
    const client = aRedisClient(url!)
    await ports.cache.put('d', { seq: 3, snapshot: Uint8Array.of(1) })
    await ports.cache.putVersion('d', 'v', Uint8Array.of(2))
    const expiry = async (key: string) => Math.round((await client.pttl(`${prefix}:${key}`)) / 60_000)
    expect(await expiry('{d}:snapshot')).toBe(24 * 60)
    expect(await expiry('{d}:version:v')).toBe(60)
    expect(await expiry('{d}:versions')).toBe(60)
  })

  it('RD-2 of puts that race, in whatever order, the newest seq stays, on two servers', async () => {
    const prefix = aPrefix()
    const one = await aRedisAdapter(url!, { prefix })
    const other = await aRedisAdapter(url!, { prefix })
    const seqs = Array.from({ length: 60 }, (_, index) => ((index * 37) % 60) + 1)
    await Promise.all(
      seqs.map((seq, index) =>
        (index % 2 === 0 ? one : other).ports.cache.put('d', { seq, snapshot: Uint8Array.of(seq) }),
      ),
    )
    expect(await one.ports.cache.get('d')).toEqual({ seq: 60, snapshot: Uint8Array.of(60) })
  })

  it('RD-3 a cached value that is cut, flipped, of another key, of another type or foreign is ignored, logged, and replaced', async () => {
    const prefix = aPrefix()
    const log = keptLog()
    const { ports } = await aRedisAdapter(url!, { prefix, log })
    const client = aRedisClient(url!)
    const key = `${prefix}:{d}:snapshot`
    await ports.cache.put('d', { seq: 9, snapshot: Uint8Array.of(1, 2, 3) })
    const whole = (await client.getBuffer(key))!
    const flipped = (at: number): Buffer => {
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      return bytes
    }
    const damages = [
      ...Array.from(whole, (_, at) => flipped(at)),
      ...Array.from(whole, (_, at) => whole.subarray(0, at)),
      Buffer.from('something of somebody else'),
      Buffer.from('S19999999999999999'),
    ]
    for (const damaged of damages) {
      await client.set(key, damaged)
      expect(await ports.cache.get('d')).toBeNull()
      expect(await client.exists(key)).toBe(0)
    }
    await client.set(`${prefix}:{e}:snapshot`, whole)
    expect(await ports.cache.get('e')).toBeNull()
    await client.hset(key, 'a', 'b')
    expect(await ports.cache.get('d')).toBeNull()
    await ports.cache.put('d', { seq: 2, snapshot: Uint8Array.of(7) })
    expect(await ports.cache.get('d')).toEqual({ seq: 2, snapshot: Uint8Array.of(7) })
    expect(log.lines.filter(({ message }) => message.includes('damaged'))).toHaveLength(1)
  })

  it('RD-4 a snapshot of many megabytes comes back whole, and one above the limit is not cached', async () => {
    const { ports } = await aRedisAdapter(url!)
    const large = new Uint8Array(8 * 1024 * 1024).fill(7)
    await ports.cache.putVersion('d', 'v', large)
    await eventually(async () => (await ports.cache.getVersion('d', 'v')) !== null)
    expect(Buffer.compare((await ports.cache.getVersion('d', 'v'))!, large)).toBe(0)
    await ports.cache.put('d', { seq: 1, snapshot: new Uint8Array(MAX_CACHED_BYTES + 1) })
    expect(await ports.cache.get('d')).toBeNull()
  })

  it('RD-23 two servers hear each other, a foreign cluster is not listened to and named once', async () => {
    const prefix = aPrefix()
    const log = keptLog()
    const { ports } = await aRedisAdapter(url!, { prefix, log })
    const client = aRedisClient(url!)
    const heard: unknown[] = []
    await ports.fanOut.subscribe('d', (message) => heard.push(message))
    ports.fanOut.onAnnouncement((message) => heard.push(message))
    const foreign = { clusterId: 'foreign', serverId: 's' }
    const room: FanOutMessage = { kind: 'room', bytes: Uint8Array.of(1) }
    const reset: ControlMessage = { kind: 'document-reset', documentId: 'd' }
    for (let i = 0; i < 2; i++) {
      await client.publish(`${prefix}:{d}:presence`, encodeMessage(foreign, room))
      await client.publish(`${prefix}:control`, encodeMessage(foreign, { kind: 'control', message: reset }))
      await client.publish(`${prefix}:control`, 'nonsense')
    }
    await client.publish(
      `${prefix}:control`,
      encodeMessage({ ...speaker, clusterId: 'cluster' }, { kind: 'control', message: reset }),
    )
    await eventually(() => heard.length > 0)
    expect(heard).toEqual([reset])
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(log.lines.filter(({ message }) => message.includes('not readable'))).toHaveLength(1)
  })

  it('RD-24 channels are subscribed as long as anybody listens, and a listener that throws keeps none of the others from hearing', async () => {
    const prefix = aPrefix()
    const errors: unknown[] = []
    const one = await aRedisAdapter(url!, { prefix, onListenerError: (error) => errors.push(error) })
    const other = await aRedisAdapter(url!, { prefix })
    const client = aRedisClient(url!)
    const subscribers = async (): Promise<number> =>
      Number((await client.pubsub('NUMSUB', `${prefix}:{d}:operations`))[1])
    let heard = 0
    const stops = await Promise.all([
      one.ports.fanOut.subscribe('d', () => {
        throw new Error('a listener')
      }),
      one.ports.fanOut.subscribe('d', () => heard++),
    ])
    expect(await subscribers()).toBe(1)
    other.ports.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(1) })
    await eventually(() => heard === 1)
    expect(errors).toHaveLength(1)
    stops[0]?.()
    stops[0]?.()
    expect(await subscribers()).toBe(1)
    stops[1]?.()
    await eventually(async () => (await subscribers()) === 0)
    const again = await one.ports.fanOut.subscribe('d', () => heard++)
    other.ports.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(1) })
    await eventually(() => heard === 2)
    again()
  })

  it('RD-25 a subscriber that was cut by Redis is cut, then hears again, on the channels it had, and says so', async () => {
    const prefix = aPrefix()
    const serverId = anId()
    const one = await aRedisAdapter(url!, { prefix, serverId })
    const other = await aRedisAdapter(url!, { prefix })
    const client = aRedisClient(url!)
    const seen: string[] = []
    let heard = 0
    await one.ports.fanOut.subscribe('d', () => heard++)
    one.ports.fanOut.onReconnected(() => {
      seen.push(one.ports.fanOut.reach())
      other.ports.fanOut.publish('d', { kind: 'room', bytes: Uint8Array.of(1) })
    })
    const list = String(await client.client('LIST', 'TYPE', 'PUBSUB'))
    const id = list
      .split('\n')
      .find((line) => line.includes(`name=sheaf-subscriptions-${serverId}`))
      ?.match(/id=(\d+)/)?.[1]
    await client.client('KILL', 'ID', id!)
    await eventually(() => one.ports.fanOut.reach() === 'cut')
    await eventually(() => seen.length > 0 && heard > 0)
    expect(seen).toEqual(['connected'])
  })

  it('RD-26 who could not publish tells the others to look, once it can', async () => {
    const prefix = aPrefix()
    const one = await aRedisAdapter(url!, { prefix, heartbeatMs: 500 })
    const other = await aRedisAdapter(url!, { prefix })
    let looked = 0
    other.ports.fanOut.onReconnected(() => looked++)
    // More than may wait: it is dropped, as it would be were Redis slow.
    one.ports.fanOut.publish('d', { kind: 'room', bytes: new Uint8Array(17 * 1024 * 1024) })
    await eventually(() => looked > 0)
  })

  it('RD-11 the attempts of two servers are counted together, and the counter does not stay for ever', async () => {
    const prefix = aPrefix()
    const one = await aRedisAdapter(url!, { prefix })
    const other = await aRedisAdapter(url!, { prefix })
    const now = Date.now()
    const key = `account ${anId()}`
    await one.ports.attempts.hit(key, 5_000, now)
    expect(await other.ports.attempts.hit(key, 5_000, now + 10)).toEqual({ count: 2, resetsAt: now + 5_000 })
    const client = aRedisClient(url!)
    const [found] = (await client.keys(`${prefix}:attempts:*`)) as [string]
    expect(found).not.toContain('account')
    expect(await client.pttl(found)).toBeLessThanOrEqual(65_000)
    expect(await client.pttl(found)).toBeGreaterThan(0)
    await other.ports.attempts.clear(key)
    expect((await one.ports.attempts.hit(key, 5_000, now + 20)).count).toBe(1)
  })

  it("RD-35 another cluster's prefix is refused at the start and by the doctor, which changes nothing", async () => {
    const prefix = aPrefix()
    const client = aRedisClient(url!)
    expect(await inspectRedis({ url: url!, prefix, clusterId: 'cluster' })).toMatch(
      /^Redis \d[^ ]* at redis:.*is not used yet$/,
    )
    expect(await client.keys(`${prefix}*`)).toEqual([])
    await aRedisAdapter(url!, { prefix })
    expect(await inspectRedis({ url: url!, prefix, clusterId: 'cluster' })).toContain('used by this cluster')
    expect(await inspectRedis({ url: url!, prefix, clusterId: null })).toContain('used by a cluster')
    const refused = {
      code: 'configuration',
      message: `SHEAF_REDIS_URL: this Redis is used by another Sheaf cluster under the prefix "${prefix}"; give each cluster its own SHEAF_REDIS_PREFIX or its own Redis`,
    }
    await expect(openRedis(redisOptions(url!, { prefix, clusterId: 'foreign' }))).rejects.toMatchObject(refused)
    await expect(inspectRedis({ url: url!, prefix, clusterId: 'foreign' })).rejects.toMatchObject(refused)
    await expect(inspectRedis({ url: url!, prefix: 'a b', clusterId: null })).rejects.toThrow(/^SHEAF_REDIS_PREFIX: /)
  })

  it('RD-36 the prefix is claimed again after Redis lost everything, and one that was taken over is not healthy', async () => {
    const prefix = aPrefix()
    const { dependency } = await aRedisAdapter(url!, { prefix, heartbeatMs: 500 })
    const client = aRedisClient(url!)
    await dependency.check()
    await client.del(`${prefix}:cluster`)
    await eventually(async () => (await client.get(`${prefix}:cluster`)) === 'cluster')
    await client.set(`${prefix}:cluster`, 'foreign')
    await expect(dependency.check()).rejects.toThrow('used by another Sheaf cluster')
  })

  it('RD-43 an adapter closes twice, in the middle of its work, and leaves no connection', async () => {
    const client = aRedisClient(url!)
    const adapter = await openRedis(redisOptions(url!))
    onTestFinished(() => adapter.close())
    const work = adapter.ports.cache.put('d', { seq: 1, snapshot: new Uint8Array(1_000_000) })
    await Promise.all([adapter.close(), adapter.close()])
    await work
    await eventually(() => adapter.ports.fanOut.reach() === 'cut')
    expect(await adapter.ports.cache.get('d')).toBeNull()
    expect(await client.ping()).toBe('PONG')
  })
})
