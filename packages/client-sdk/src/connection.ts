import { SheafError } from './errors.ts'
import type { Runtime, Timer, WebSocketConstructor, WebSocketLike } from './runtime.ts'

/** What a socket is closed with, as far as we are told, when it just ends. */
export const ABNORMAL_CLOSE = 1006
const OPEN_LIMIT_MS = 15_000
const PROBE_LIMIT_MS = 5_000
/** A server that is asked for an answer says something within milliseconds, whatever its stores do. */
const ANSWER_LIMIT_MS = 5_000
const OPEN = 1

export interface ConnectionListener {
  opened(): void
  message(bytes: Uint8Array): void
  closed(code: number): void
}

/**
 * One managed socket at a time. A socket that was given up is never heard again, whatever it still does;
 * one that says nothing for two pings is given up.
 */
export class Connection {
  readonly #runtime: Runtime
  readonly #webSocket: WebSocketConstructor
  readonly #listener: ConnectionListener
  #socket: WebSocketLike | null = null
  #limit: Timer | null = null
  #heartbeat: Timer | null = null
  #missed = 0

  constructor(runtime: Runtime, webSocket: WebSocketConstructor | null, listener: ConnectionListener) {
    if (webSocket === null) throw new SheafError('no-websocket')
    this.#runtime = runtime
    this.#webSocket = webSocket
    this.#listener = listener
  }

  /** Opens a new socket in place of the one there is. */
  open(url: string): void {
    this.close()
    const socket = this.#create(url)
    if (socket === null) return
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    // Every handler asks whether its socket is still the one: an abandoned one must not touch anything.
    const current = (): boolean => this.#socket === socket
    socket.onopen = () => {
      if (!current()) return
      // A server that takes the call and then says nothing is as good as none: the limit goes on to the first message.
      this.#limitTo(OPEN_LIMIT_MS)
      this.#listener.opened()
    }
    socket.onmessage = ({ data }) => {
      if (!current()) return
      this.#missed = 0
      this.#unlimit()
      if (data instanceof ArrayBuffer) this.#listener.message(new Uint8Array(data))
      else this.#giveUp(ABNORMAL_CLOSE)
    }
    socket.onclose = ({ code }) => {
      if (current()) this.#giveUp(code)
    }
    this.#limitTo(OPEN_LIMIT_MS)
  }

  /** False where there is no open socket; the bytes are not kept. */
  send(bytes: Uint8Array): boolean {
    if (this.#socket === null || this.#socket.readyState !== OPEN) return false
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>)
    return true
  }

  /** Sends the ping at every interval, and gives the socket up after so many that nothing followed. */
  startHeartbeat(intervalMs: number, ping: Uint8Array, missable: number): void {
    this.#heartbeat?.cancel()
    this.#missed = 0
    const beat = (): void => {
      if (this.#missed >= missable) return this.#giveUp(ABNORMAL_CLOSE)
      this.#missed += 1
      this.send(ping)
      this.#heartbeat = this.#runtime.clock.after(intervalMs, beat)
    }
    this.#heartbeat = this.#runtime.clock.after(intervalMs, beat)
  }

  /** Asks for a sign of life at once, for moments in which a socket is likely to be dead: waking up, a changed network. */
  probe(ping: Uint8Array): void {
    if (this.send(ping)) this.#limitTo(PROBE_LIMIT_MS)
  }

  /** The server answers what was just sent: where nothing at all is heard for a while, it is asked for a sign of life. */
  expectAnswer(ping: Uint8Array): void {
    this.#limit ??= this.#runtime.clock.after(ANSWER_LIMIT_MS, () => this.probe(ping))
  }

  /** Gives the socket up without telling the listener. */
  close(): void {
    this.#unlimit()
    this.#heartbeat?.cancel()
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    // A socket that is closed before it opened reports an error, which ws throws where nobody listens.
    socket.onerror = () => {}
    socket.close(1000)
  }

  #create(url: string): WebSocketLike | null {
    try {
      const socket = new this.#webSocket(url)
      // What follows an error is a close; the error itself says nothing more.
      socket.onerror = () => {}
      return socket
    } catch {
      // A page's policy or a malformed address can forbid the socket; to the session that is a failed attempt.
      this.#runtime.clock.microtask(() => this.#listener.closed(ABNORMAL_CLOSE))
      return null
    }
  }

  #unlimit(): void {
    this.#limit?.cancel()
    this.#limit = null
  }

  #limitTo(ms: number): void {
    this.#unlimit()
    this.#limit = this.#runtime.clock.after(ms, () => this.#giveUp(ABNORMAL_CLOSE))
  }

  #giveUp(code: number): void {
    this.close()
    this.#listener.closed(code)
  }
}
