import { reasonOf } from '../../metrics.ts'
import type { Log } from '../../metrics.ts'
import type { ControlMessage, FanOut, FanOutMessage } from '../../ports.ts'
import { within } from './connection.ts'
import type { RedisConnection } from './connection.ts'
import type { Keys } from './keys.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import type { Content, Envelope, Speaker } from './message.ts'
import type { OccasionalLog } from './occasional-log.ts'
import { Subscriber } from './subscriber.ts'

/** Milliseconds that the caller of an announcement waits at most; it may still go out after that. */
const ANNOUNCE_MS = 250

export interface FanOutOptions {
  readonly speaker: Speaker
  readonly keys: Keys
  readonly publisher: RedisConnection
  readonly subscriber: RedisConnection
  readonly log: Log
  readonly occasionally: OccasionalLog
  /** Hears of a listener that throws; the others are called all the same. */
  onListenerError(error: unknown): void
}

const NOBODY: ReadonlySet<(message: FanOutMessage) => void> = new Set()

interface Listening {
  readonly listeners: Set<(message: FanOutMessage) => void>
  readonly channels: readonly string[]
  readonly heard: Promise<void>
}

/** Fan-out over Redis pub/sub, which delivers at most once: what is lost is noticed, said and looked up. */
export class RedisFanOut implements FanOut {
  readonly #options: FanOutOptions
  readonly #subscriber: Subscriber
  readonly #documents = new Map<string, Listening>()
  /** The same by channel. */
  readonly #channels = new Map<string, Listening>()
  readonly #announcementListeners = new Set<(message: ControlMessage) => void>()
  readonly #reconnectionListeners = new Set<() => void>()
  #reached = false
  /** Something was not published since the others were last told to look themselves. */
  #lost = false
  #strangerNoticed = false

  constructor(options: FanOutOptions) {
    this.#options = options
    this.#subscriber = new Subscriber({
      connection: options.subscriber,
      log: options.occasionally,
      hear: (channel, payload) => this.#hear(channel, payload),
      changed: () => this.#notice(),
    })
    options.publisher.onLost(() => this.#notice())
    options.publisher.onReady(() => {
      this.#tellOfLoss()
      this.#notice()
    })
    options.publisher.onBeat(() => this.#tellOfLoss())
  }

  /** Both connections are open. Rejects where Redis refuses the subscription. */
  async begin(): Promise<void> {
    await this.#subscriber.begin(this.#options.keys.control)
    this.#reached = true
  }

  publish(documentId: string, message: FanOutMessage): void {
    const { keys } = this.#options
    void this.#send(message.kind === 'operations' ? keys.operations(documentId) : keys.presence(documentId), message)
  }

  async subscribe(documentId: string, listener: (message: FanOutMessage) => void): Promise<() => void> {
    const listening = this.#documents.get(documentId) ?? this.#listen(documentId)
    // Wrapped, so that one function may listen twice.
    const own = (message: FanOutMessage): void => listener(message)
    listening.listeners.add(own)
    await listening.heard
    return () => {
      if (listening.listeners.delete(own) && listening.listeners.size === 0) this.#silence(documentId, listening)
    }
  }

  async announce(message: ControlMessage): Promise<void> {
    this.#callAll(this.#announcementListeners, message)
    // Only the time can be over: sending does not reject.
    await within(ANNOUNCE_MS, this.#send(this.#options.keys.control, { kind: 'control', message })).catch(
      () => undefined,
    )
  }

  onAnnouncement(listener: (message: ControlMessage) => void): () => void {
    this.#announcementListeners.add(listener)
    return () => {
      this.#announcementListeners.delete(listener)
    }
  }

  reach(): 'connected' | 'cut' {
    return this.#options.publisher.ready && this.#subscriber.inPlace ? 'connected' : 'cut'
  }

  onReconnected(listener: () => void): () => void {
    this.#reconnectionListeners.add(listener)
    return () => {
      this.#reconnectionListeners.delete(listener)
    }
  }

  #listen(documentId: string): Listening {
    const { keys } = this.#options
    const channels = [keys.operations(documentId), keys.presence(documentId)]
    const listening: Listening = { listeners: new Set(), channels, heard: this.#subscriber.add(channels) }
    this.#documents.set(documentId, listening)
    for (const channel of channels) this.#channels.set(channel, listening)
    return listening
  }

  #silence(documentId: string, { channels }: Listening): void {
    this.#documents.delete(documentId)
    for (const channel of channels) this.#channels.delete(channel)
    this.#subscriber.remove(channels)
  }

  async #send(channel: string, content: Content): Promise<void> {
    const { publisher, speaker, occasionally } = this.#options
    try {
      const bytes = encodeMessage(speaker, content)
      await publisher.send((client) => client.publish(channel, bytes), bytes.byteLength)
    } catch (error) {
      this.#lost = true
      occasionally.warn({ kind: content.kind, reason: reasonOf(error) }, 'messages to other servers are lost')
    }
  }

  /**
   * A lost message is seen by the seq of the next one; where there is no next one, nobody would look. So the others are
   * told when they can be reached again.
   */
  #tellOfLoss(): void {
    if (!this.#lost) return
    this.#lost = false
    void this.#send(this.#options.keys.control, { kind: 'lost' })
  }

  #hear(channel: string, payload: Uint8Array): void {
    const { speaker, occasionally } = this.#options
    let envelope: Envelope
    let content: Content
    try {
      envelope = decodeMessage(payload)
      if (envelope.clusterId !== speaker.clusterId) return this.#noticeStranger(channel)
      if (envelope.serverId === speaker.serverId) return
      content = envelope.content()
    } catch (error) {
      occasionally.warn({ channel, reason: reasonOf(error) }, 'a message in Redis is not readable and was dropped')
      return
    }
    if (content.kind === 'control') this.#callAll(this.#announcementListeners, content.message)
    else if (content.kind === 'lost') {
      // Whoever is cut looks anyway when it is back.
      if (this.#reached) this.#callAll(this.#reconnectionListeners, undefined)
    } else this.#callAll(this.#channels.get(channel)?.listeners ?? NOBODY, content)
  }

  #noticeStranger(channel: string): void {
    if (this.#strangerNoticed || channel !== this.#options.keys.control) return
    this.#strangerNoticed = true
    this.#options.log.error(
      { channel },
      'SHEAF_REDIS_PREFIX: another Sheaf cluster uses this Redis under the same prefix; give each its own',
    )
  }

  #notice(): void {
    const before = this.#reached
    this.#reached = this.reach() === 'connected'
    if (before === this.#reached) return
    if (this.#reached) {
      this.#options.log.info({}, 'other servers are heard again')
      this.#callAll(this.#reconnectionListeners, undefined)
    } else this.#options.log.warn({}, 'other servers are not heard: Redis does not answer')
  }

  #callAll<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
    for (const listener of listeners) {
      try {
        listener(value)
      } catch (error) {
        this.#options.onListenerError(error)
      }
    }
  }
}
