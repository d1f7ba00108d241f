import type { Clock, WebSocketConstructor, WebSocketLike } from '../runtime.ts'

const CONNECTING = 0
const OPEN = 1
const CLOSED = 3
const ABNORMAL_CLOSE = 1006

/** The server's end of a connection. */
export interface ServerSocket {
  readonly url: string
  onMessage: (bytes: Uint8Array) => void
  onClose: () => void
  send(bytes: Uint8Array): void
  close(code: number): void
}

/** A network in memory between clients and one server. Nothing arrives before the sender's code has run to its end. */
export interface FakeNetwork {
  /** What a client is given as `webSocket`. */
  readonly webSocket: WebSocketConstructor
  /** Milliseconds that everything takes in one direction. 0 at the start. */
  delayMs: number
  /** Asked for every message; what it says yes to is lost, and the connection does not notice. */
  drop: (direction: 'up' | 'down', bytes: Uint8Array) => boolean
  /** Nobody answers the phone: connections that are made wait for ever, and those that are there say nothing more. */
  partition(): void
  /** Undoes `partition` for connections made from now on. */
  heal(): void
  /** Every connection breaks, as with a server that is killed. */
  cut(code?: number): void
  /** New connections are refused at once while there is no server. */
  serve(accept: ((socket: ServerSocket) => void) | null): void
  /** Connections that were ever made, and those that are open. */
  readonly made: number
  readonly open: number
}

/** A network on which the test is the server. */
export function fakeNetwork(clock: Clock): FakeNetwork {
  let accept: ((socket: ServerSocket) => void) | null = null
  let partitioned = false
  let made = 0
  const links = new Set<Link>()

  class Link {
    readonly client: ClientSocket
    readonly server: ServerSocket
    #silent = false

    constructor(client: ClientSocket, url: string) {
      this.client = client
      this.server = {
        url,
        onMessage: () => undefined,
        onClose: () => undefined,
        send: (bytes) => this.#carry('down', bytes),
        close: (code) => this.end(code),
      }
    }

    silence(): void {
      this.#silent = true
    }

    up(bytes: Uint8Array): void {
      this.#carry('up', bytes)
    }

    /** Both ends hear of it, each on its own time. */
    end(code: number): void {
      if (!links.delete(this)) return
      later(() => {
        this.server.onClose()
        if (!this.#silent) this.client.hearClose(code)
      })
    }

    #carry(direction: 'up' | 'down', message: Uint8Array): void {
      if (this.#silent || network.drop(direction, message)) return
      const bytes = message.slice()
      later(() => {
        if (!links.has(this)) return
        if (direction === 'up') this.server.onMessage(bytes)
        else this.client.hearMessage(bytes)
      })
    }
  }

  class ClientSocket implements WebSocketLike {
    binaryType = ''
    readyState = CONNECTING
    onopen: WebSocketLike['onopen'] = null
    onmessage: WebSocketLike['onmessage'] = null
    onclose: WebSocketLike['onclose'] = null
    onerror: WebSocketLike['onerror'] = null
    #link: Link | null = null

    constructor(url: string) {
      made += 1
      if (partitioned) return
      later(() => {
        if (this.readyState === CLOSED) return
        if (accept === null) return this.hearClose(ABNORMAL_CLOSE)
        this.#link = new Link(this, url)
        links.add(this.#link)
        accept(this.#link.server)
        this.readyState = OPEN
        this.onopen?.(undefined as never)
      })
    }

    send(bytes: Uint8Array): void {
      this.#link?.up(bytes)
    }

    close(code = 1005): void {
      this.readyState = CLOSED
      this.#link?.end(code)
    }

    hearMessage(bytes: Uint8Array): void {
      this.onmessage?.({ data: bytes.slice().buffer })
    }

    hearClose(code: number): void {
      this.readyState = CLOSED
      this.onclose?.({ code })
    }
  }

  const later = (work: () => void): void =>
    network.delayMs === 0 ? clock.microtask(work) : void clock.after(network.delayMs, work)

  const network: FakeNetwork = {
    webSocket: ClientSocket,
    delayMs: 0,
    drop: () => false,
    partition: () => {
      partitioned = true
      for (const link of links) link.silence()
    },
    heal: () => {
      partitioned = false
    },
    cut: (code = ABNORMAL_CLOSE) => {
      for (const link of links) link.end(code)
    },
    serve: (handler) => {
      accept = handler
    },
    get made() {
      return made
    },
    get open() {
      return links.size
    },
  }
  return network
}
