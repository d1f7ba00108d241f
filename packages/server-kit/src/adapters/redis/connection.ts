import { Redis } from 'ioredis'
import { reasonOf } from '../../metrics.ts'
import { explain, refusal } from './address.ts'
import type { RedisAddress } from './address.ts'
import { Breaker } from './breaker.ts'
import type { OccasionalLog } from './occasional-log.ts'

export interface ConnectionOptions {
  readonly address: RedisAddress
  /** Shown by `CLIENT LIST`. */
  readonly name: string
  readonly log: OccasionalLog
  /** Milliseconds without any answer after which the connection is given up and made anew. */
  readonly patienceMs: number
  /** Milliseconds between two looks whether it is alive. */
  readonly heartbeatMs: number
  /** Bytes that may wait to be taken; what would be more is refused. */
  readonly maxWaitingBytes: number
}

/** Why a call was not made or not answered in time. */
export class RedisSilent extends Error {
  override readonly name = 'RedisSilent'
}

const CONNECT_TIMEOUT_MS = 2_000
const MAX_RETRY_DELAY_MS = 1_000
/** Time for what is on its way when the adapter closes. */
const CLOSE_MS = 1_000

/**
 * Builds the driver's client. It queues nothing and sends nothing twice: what cannot be sent now is refused at once,
 * for every port knows better than to wait.
 */
export const createClient = (
  { host, port, database, username, password, encrypted }: RedisAddress,
  options: { name: string; socketTimeout: number; retryStrategy: (times: number) => number | null },
): Redis =>
  new Redis({
    host,
    port,
    db: database,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(encrypted ? { tls: {} } : {}),
    connectionName: options.name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: options.socketTimeout,
    retryStrategy: options.retryStrategy,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disconnectTimeout: 200,
    disableClientInfo: true,
  })

/** One connection that mends itself, says whether it is up, and never lets a caller wait longer than it wants. */
export class RedisConnection {
  readonly #client: Redis
  readonly #options: ConnectionOptions
  readonly #breaker = new Breaker()
  readonly #heartbeat: NodeJS.Timeout
  readonly #readyListeners = new Set<() => void>()
  readonly #lostListeners = new Set<() => void>()
  readonly #beatListeners = new Set<() => void>()
  readonly #underWay = new Set<Promise<unknown>>()
  #waitingBytes = 0
  #state: 'opening' | 'ready' | 'lost' | 'closed' = 'opening'
  #closing: Promise<void> | null = null

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#client = createClient(options.address, {
      name: options.name,
      socketTimeout: options.patienceMs,
      retryStrategy: (times) =>
        Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_DELAY_MS) * (0.75 + Math.random() / 4),
    })
    this.#client.on('ready', () => this.#becomeReady())
    this.#client.on('close', () => this.#becomeLost())
    this.#client.on('error', (error: unknown) => {
      // Before it was ever open, `open` says it.
      if (this.#state === 'ready' || this.#state === 'lost')
        options.log.warn({ connection: options.name, reason: explain(error, options.address) }, 'Redis is not reached')
    })
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs)
    this.#heartbeat.unref()
  }

  /** @throws {SheafServerError} `configuration` */
  async open(): Promise<void> {
    let reason: unknown = null
    const note = (error: unknown): void => {
      reason ??= error
    }
    this.#client.once('error', note)
    try {
      await this.#client.connect()
    } catch (error) {
      throw refusal(explain(reason ?? error, this.#options.address), error)
    } finally {
      this.#client.off('error', note)
    }
  }

  get ready(): boolean {
    return this.#state === 'ready'
  }

  get client(): Redis {
    return this.#client
  }

  /** Called whenever commands are taken, the first time too. */
  onReady(listener: () => void): void {
    this.#readyListeners.add(listener)
  }

  onLost(listener: () => void): void {
    this.#lostListeners.add(listener)
  }

  /** Called every few seconds as long as the connection is up. */
  onBeat(listener: () => void): void {
    this.#beatListeners.add(listener)
  }

  /**
   * Makes a call that somebody waits for. Rejects with {@link RedisSilent} at once where the connection is down, has
   * just been silent or has too much waiting; else within `withinMs`, though what was sent may still arrive; else with
   * what Redis says.
   */
  async call<T>(withinMs: number, send: (client: Redis) => Promise<T>, bytes = 0): Promise<T> {
    this.#check(bytes)
    if (!this.#breaker.allows(performance.now())) throw new RedisSilent('it did not answer a moment ago')
    try {
      const value = await within(withinMs, this.#track(send(this.#client), bytes))
      this.#breaker.answered()
      return value
    } catch (error) {
      // An error that Redis says is an answer too.
      if (isReply(error)) this.#breaker.answered()
      else this.#breaker.failed(performance.now())
      throw error
    }
  }

  /**
   * Sends what nobody waits for: it has the time until the connection is given up, and goes out also where others were
   * just not answered. Rejects as {@link call} does.
   */
  async send(send: (client: Redis) => Promise<unknown>, bytes: number): Promise<void> {
    this.#check(bytes)
    await this.#track(send(this.#client), bytes)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    clearInterval(this.#heartbeat)
    // What takes longer is given up; its callers hear of it.
    if (this.ready) await within(CLOSE_MS, Promise.allSettled(this.#underWay)).catch(() => undefined)
    this.#state = 'closed'
    this.#client.disconnect()
  }

  #check(bytes: number): void {
    if (!this.ready) throw new RedisSilent('it is not connected')
    if (this.#waitingBytes + bytes > this.#options.maxWaitingBytes) throw new RedisSilent('too much waits to be sent')
  }

  #track<T>(answer: Promise<T>, bytes: number): Promise<T> {
    this.#waitingBytes += bytes
    this.#underWay.add(answer)
    const settle = (): void => {
      this.#waitingBytes -= bytes
      this.#underWay.delete(answer)
    }
    answer.then(settle, settle)
    return answer
  }

  #beat(): void {
    if (!this.ready) return
    // Where nothing comes back the driver's socket timeout ends the connection, and `close` is told.
    this.#client.ping().then(
      () => this.#breaker.answered(),
      (error: unknown) => {
        if (isReply(error)) this.#options.log.warn({ reason: reasonOf(error) }, 'Redis refuses to say that it is alive')
      },
    )
    for (const listener of this.#beatListeners) listener()
  }

  #becomeReady(): void {
    if (this.#state === 'closed') return
    this.#state = 'ready'
    this.#breaker.answered()
    for (const listener of this.#readyListeners) listener()
  }

  #becomeLost(): void {
    if (this.#state !== 'ready') return
    this.#state = 'lost'
    for (const listener of this.#lostListeners) listener()
  }
}

const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError'

/** Rejects with {@link RedisSilent} where the promise takes longer. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      // In a process that was busy the answer may have come already: it is read before the patience ends.
      () => setImmediate(() => reject(new RedisSilent(`no answer within ${milliseconds} ms`))),
      milliseconds,
    )
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
