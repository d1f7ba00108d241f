import { SheafServerError } from '../../errors.ts'
import { reasonOf } from '../../metrics.ts'
import type { CachedSnapshot, SnapshotCache } from '../../ports.ts'
import type { RedisConnection } from './connection.ts'
import type { Keys } from './keys.ts'
import type { OccasionalLog } from './occasional-log.ts'
import { HEAD_BYTES, headOf, seal, unseal } from './sealed-snapshot.ts'

export interface CacheTimes {
  /** Milliseconds that a newest snapshot is kept. Default 24 hours. */
  readonly snapshotMs?: number
  /** Milliseconds that an opened version is kept. Default one hour. */
  readonly versionMs?: number
}

/** Larger snapshots are not cached: Redis copies a value for each reader, and stands still meanwhile. */
export const MAX_CACHED_BYTES = 32 * 1024 * 1024

/** Milliseconds: opening a room waits for this, and the stores answer in about that time. */
const GET_MS = 200
const PUT_MS = 1_000

const DEFAULT_SNAPSHOT_MS = 24 * 60 * 60 * 1000
const DEFAULT_VERSION_MS = 60 * 60 * 1000

/** KEYS: value. ARGV: seq, value, milliseconds to live. An older seq never replaces a newer one. */
const PUT_NEWER = `
if redis.call('TYPE', KEYS[1]).ok == 'string' then
  local seq = string.match(redis.call('GETRANGE', KEYS[1], 0, 17), '^S1(%d+)$')
  if seq and tonumber(seq) > tonumber(ARGV[1]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

/** KEYS: value, set of the document's versions. ARGV: value, milliseconds to live. */
const PUT_VERSION = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SADD', KEYS[2], KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1`

/** KEYS: value. ARGV: head of the damaged one; a whole one that came meanwhile stays. */
const REMOVE_DAMAGED = `
if redis.call('GETRANGE', KEYS[1], 0, ${HEAD_BYTES - 1}) == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end
return 0`

/** KEYS: newest snapshot, set of the document's versions. */
const FORGET = `
local versions = redis.call('SMEMBERS', KEYS[2])
for _, key in ipairs(versions) do redis.call('UNLINK', key) end
return redis.call('UNLINK', KEYS[1], KEYS[2])`

/**
 * Snapshots in Redis, expiring. Where Redis does not answer it is as if nothing were cached: no call but `forget`
 * rejects, none waits long, and the log says it once a minute.
 */
export class RedisSnapshotCache implements SnapshotCache {
  readonly #connection: RedisConnection
  readonly #keys: Keys
  readonly #log: OccasionalLog
  readonly #snapshotMs: number
  readonly #versionMs: number

  constructor(connection: RedisConnection, keys: Keys, log: OccasionalLog, times: CacheTimes) {
    this.#connection = connection
    this.#keys = keys
    this.#log = log
    this.#snapshotMs = times.snapshotMs ?? DEFAULT_SNAPSHOT_MS
    this.#versionMs = times.versionMs ?? DEFAULT_VERSION_MS
  }

  get(documentId: string): Promise<CachedSnapshot | null> {
    return this.#read(documentId, this.#keys.snapshot(documentId))
  }

  async put(documentId: string, { seq, snapshot }: CachedSnapshot): Promise<void> {
    const key = this.#keys.snapshot(documentId)
    await this.#write(documentId, snapshot, (client) =>
      client.eval(PUT_NEWER, 1, key, seq, seal(key, { seq, snapshot }), this.#snapshotMs),
    )
  }

  async getVersion(documentId: string, versionId: string): Promise<Uint8Array | null> {
    return (await this.#read(documentId, this.#keys.version(documentId, versionId)))?.snapshot ?? null
  }

  async putVersion(documentId: string, versionId: string, snapshot: Uint8Array): Promise<void> {
    const key = this.#keys.version(documentId, versionId)
    const all = this.#keys.versions(documentId)
    await this.#write(documentId, snapshot, (client) =>
      client.eval(PUT_VERSION, 2, key, all, seal(key, { seq: 0, snapshot }), this.#versionMs),
    )
  }

  /** Rejects with `unavailable` where it cannot be known that the document is gone. */
  async forget(documentId: string): Promise<void> {
    try {
      await this.#connection.call(PUT_MS, (client) =>
        client.eval(FORGET, 2, this.#keys.snapshot(documentId), this.#keys.versions(documentId)),
      )
    } catch (error) {
      throw new SheafServerError('unavailable', 'Redis did not forget a document.', { cause: error })
    }
  }

  async #read(documentId: string, key: string): Promise<CachedSnapshot | null> {
    try {
      const value = await this.#connection.call(GET_MS, (client) => client.getBuffer(key))
      if (value === null) return null
      const whole = unseal(key, value)
      if (whole === null) await this.#removeDamaged(documentId, key, value)
      return whole
    } catch (error) {
      this.#log.warn({ documentId, reason: reasonOf(error) }, 'snapshots are not read from Redis')
      return null
    }
  }

  /** Taken away, because its seq, which may be the damaged part, would keep sound ones out. */
  async #removeDamaged(documentId: string, key: string, value: Buffer): Promise<void> {
    this.#log.warn({ documentId, bytes: value.length }, 'a snapshot in Redis is damaged and was ignored')
    const head = Buffer.from(headOf(value), 'latin1')
    await this.#connection.call(GET_MS, (client) => client.eval(REMOVE_DAMAGED, 1, key, head))
  }

  async #write(documentId: string, snapshot: Uint8Array, send: Parameters<RedisConnection['call']>[1]): Promise<void> {
    if (snapshot.byteLength > MAX_CACHED_BYTES) return
    try {
      await this.#connection.call(PUT_MS, send, snapshot.byteLength)
    } catch (error) {
      this.#log.warn({ documentId, reason: reasonOf(error) }, 'snapshots are not put into Redis')
    }
  }
}
