import { SheafServerError } from '../../errors.ts'
import { reasonOf } from '../../metrics.ts'
import type { Log } from '../../metrics.ts'
import type { Adapter } from '../../ports.ts'
import { explain, parseAddress, refusal } from './address.ts'
import { RedisAttemptCounter } from './attempts.ts'
import { RedisSnapshotCache } from './cache.ts'
import type { CacheTimes } from './cache.ts'
import { claim } from './claim.ts'
import { RedisConnection, within } from './connection.ts'
import { RedisFanOut } from './fan-out.ts'
import { inspect } from './inspect.ts'
import type { InspectOptions } from './inspect.ts'
import { keysUnder } from './keys.ts'
import { OccasionalLog } from './occasional-log.ts'

export interface RedisOptions {
  /** `redis://` or, for TLS, `rediss://`. */
  readonly url: string
  /** What every key and channel begins with; one cluster for each. */
  readonly prefix: string
  readonly clusterId: string
  readonly serverId: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
  /** Hears of a listener of the fan-out that throws. Default: a line in the log. */
  readonly onListenerError?: (error: unknown) => void
  /** How long snapshots are kept. */
  readonly cacheTimes?: CacheTimes
  /** Milliseconds between two looks whether a connection is alive. Default 2000; a dead one is noticed within twice that. */
  readonly heartbeatMs?: number
}

export type RedisAdapter = Adapter<'cache' | 'fanOut' | 'attempts'>

const DEFAULT_HEARTBEAT_MS = 2_000
/** A large snapshot may be on its way for longer than a heartbeat. */
const CACHE_PATIENCE_MS = 10_000
const CHECK_MS = 2_000
const MAX_WAITING_MESSAGE_BYTES = 16 * 1024 * 1024
const MAX_WAITING_SNAPSHOT_BYTES = 64 * 1024 * 1024

/**
 * Snapshots, fan-out and attempts in Redis. It must be there at the start; from then on it may go and come.
 * @throws {SheafServerError} `configuration`, where this Redis cannot be used or is another cluster's.
 */
export async function openRedis(options: RedisOptions): Promise<RedisAdapter> {
  const { url, prefix, clusterId, serverId, log } = options
  const { line, warnings } = await inspect({ url, prefix, clusterId })
  for (const warning of warnings) log.warn({}, warning)

  const address = parseAddress(url)
  const keys = keysUnder(prefix)
  const occasionally = new OccasionalLog(log, options.now)
  const heartbeatMs = options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS
  // Snapshots have a connection of their own: a large one would hold up the messages behind it.
  const connect = (purpose: string, patienceMs: number, maxWaitingBytes: number): RedisConnection =>
    new RedisConnection({
      address,
      // Redis takes no blanks in a name.
      name: `sheaf-${purpose}-${serverId.replaceAll(/[^\w.-]/g, '_')}`,
      log: occasionally,
      patienceMs,
      heartbeatMs,
      maxWaitingBytes,
    })
  const commands = connect('commands', heartbeatMs, MAX_WAITING_MESSAGE_BYTES)
  const subscriptions = connect('subscriptions', heartbeatMs, MAX_WAITING_MESSAGE_BYTES)
  const snapshots = connect('snapshots', CACHE_PATIENCE_MS, MAX_WAITING_SNAPSHOT_BYTES)
  const connections = [commands, subscriptions, snapshots]

  const fanOut = new RedisFanOut({
    speaker: { clusterId, serverId },
    keys,
    publisher: commands,
    subscriber: subscriptions,
    log,
    occasionally,
    onListenerError:
      options.onListenerError ??
      ((error) => log.error({ reason: reasonOf(error) }, 'a listener of the fan-out failed')),
  })
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await Promise.all(connections.map((connection) => connection.close()))
  }
  try {
    await Promise.all(connections.map((connection) => connection.open()))
    await within(CHECK_MS, claim(commands.client, keys, prefix, clusterId))
    await within(CHECK_MS, fanOut.begin())
  } catch (error) {
    await close()
    throw error instanceof SheafServerError ? error : refusal(explain(error, address), error)
  }
  // Redis forgets whose it is with all else (FLUSHALL, a restart, eviction).
  const claimAgain = (): void => {
    claim(commands.client, keys, prefix, clusterId).catch((error: unknown) =>
      occasionally.warn({ reason: reasonOf(error) }, 'the prefix in Redis cannot be claimed'),
    )
  }
  commands.onReady(claimAgain)
  commands.onBeat(claimAgain)
  log.info({}, line)

  const check = async (): Promise<void> => {
    if (!connections.every(({ ready }) => ready))
      throw new SheafServerError('unavailable', `${address.shown} is not connected`)
    await within(CHECK_MS, claim(commands.client, keys, prefix, clusterId))
    if (fanOut.reach() === 'cut') throw new SheafServerError('unavailable', `${address.shown} does not subscribe`)
  }
  return {
    ports: {
      cache: new RedisSnapshotCache(snapshots, keys, occasionally, options.cacheTimes ?? {}),
      fanOut,
      attempts: new RedisAttemptCounter(commands, keys, occasionally),
    },
    // Without Redis everything works: more slowly, and with servers that look for each other's operations.
    dependency: { name: 'redis', onFailure: 'degraded', check },
    close: () => (closing ??= close()),
  }
}

/** For `sheaf doctor`: a line for people about this Redis. Changes nothing. @throws {SheafServerError} `configuration` */
export async function inspectRedis(options: InspectOptions): Promise<string> {
  const { line, warnings } = await inspect(options)
  return [line, ...warnings].join('; ')
}
