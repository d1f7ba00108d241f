import { reasonOf } from '../../metrics.ts'
import { within } from './connection.ts'
import type { RedisConnection } from './connection.ts'
import type { OccasionalLog } from './occasional-log.ts'

/** Milliseconds: opening a room waits for this. */
const SUBSCRIBE_MS = 100
/** Channels per command, so that thousands of them do not make one reply of megabytes. */
const CHANNELS_AT_ONCE = 500

export interface SubscriberOptions {
  readonly connection: RedisConnection
  readonly log: OccasionalLog
  hear(channel: string, payload: Uint8Array): void
  /** The answer of `inPlace` may be another now. */
  changed(): void
}

/** The channels that are wanted, and whether Redis has all of them: it forgets them with each connection. */
export class Subscriber {
  readonly #options: SubscriberOptions
  readonly #wanted = new Set<string>()
  /** Requests that took longer than their callers waited. */
  readonly #late = new Set<Promise<unknown>>()
  #restored = false
  #connectionCount = 0

  constructor(options: SubscriberOptions) {
    this.#options = options
    const { connection } = options
    connection.client.on('messageBuffer', (channel: Buffer, payload: Buffer) =>
      // Copied: what is kept of a message would else keep the whole piece that was read from the network.
      options.hear(channel.toString(), new Uint8Array(payload)),
    )
    connection.onReady(() => void this.#restore())
    connection.onBeat(() => {
      if (!this.#restored) void this.#restore()
    })
    connection.onLost(() => {
      this.#connectionCount += 1
      this.#restored = false
      this.#late.clear()
      options.changed()
    })
  }

  get inPlace(): boolean {
    return this.#options.connection.ready && this.#restored && this.#late.size === 0
  }

  /** The first subscription, of a connection that is open. Rejects where Redis refuses it. */
  async begin(channel: string): Promise<void> {
    this.#wanted.add(channel)
    await this.#options.connection.client.subscribe(channel)
    this.#restored = true
  }

  /** Resolves when they are heard, or when it is clear that this takes longer; they are heard as soon as can be. */
  async add(channels: readonly string[]): Promise<void> {
    const { connection } = this.#options
    for (const channel of channels) this.#wanted.add(channel)
    if (!connection.ready) return
    const count = this.#connectionCount
    const asked = connection.client.subscribe(...channels).then(
      () => undefined,
      (error: unknown) => this.#refused(count, error),
    )
    try {
      await within(SUBSCRIBE_MS, asked)
    } catch {
      // Only the time can be over: `asked` itself does not reject.
      if (count !== this.#connectionCount) return
      this.#late.add(asked)
      this.#options.changed()
      void asked.then(() => {
        if (this.#late.delete(asked)) this.#options.changed()
      })
    }
  }

  remove(channels: readonly string[]): void {
    const { connection, log } = this.#options
    for (const channel of channels) this.#wanted.delete(channel)
    if (!connection.ready) return
    connection.client.unsubscribe(...channels).catch((error: unknown) => {
      // With its connection the subscription is gone too.
      if (connection.ready) log.warn({ reason: reasonOf(error) }, 'Redis does not end a subscription')
    })
  }

  #refused(count: number, error: unknown): void {
    if (count !== this.#connectionCount) return
    this.#options.log.warn({ reason: reasonOf(error) }, 'Redis refuses a subscription')
    this.#restored = false
    this.#options.changed()
  }

  async #restore(): Promise<void> {
    const count = this.#connectionCount
    const channels = [...this.#wanted]
    try {
      for (let from = 0; from < channels.length; from += CHANNELS_AT_ONCE) {
        // Those that were given up meanwhile are left out: their UNSUBSCRIBE has passed already.
        const some = channels.slice(from, from + CHANNELS_AT_ONCE).filter((channel) => this.#wanted.has(channel))
        if (some.length > 0) await this.#options.connection.client.subscribe(...some)
        if (count !== this.#connectionCount) return
      }
      this.#restored = true
      this.#options.changed()
    } catch (error) {
      this.#refused(count, error)
    }
  }
}
