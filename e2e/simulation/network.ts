import type { WebSocketConstructor, WebSocketLike } from '@sheaf/client-sdk'
import { decodeClientFrame } from '@sheaf/protocol'
import type { Chance } from './chance.ts'
import type { Life } from './virtual-time.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The server's end of a pipe, as the real-time core gives it. */
export interface ServerEnd {
  receive(frame: Uint8Array): void
  closed(): void
}

/** The pipe as the real-time core of the server sees it. */
export interface ServerPipe {
  send(frames: readonly Uint8Array[]): void
  close(code: number, reason: string): void
  bufferedBytes(): number
  readonly remoteAddress: string
}

/** A server that takes connections. */
export interface Listener {
  readonly life: Life
  connect(documentId: string, pipe: ServerPipe): ServerEnd
}

export interface NetworkOptions {
  readonly time: VirtualTime
  readonly chance: Chance
  /** True for tabs that are never told of their role, as a hostile client would behave. */
  readonly isStubborn: (tab: string) => boolean
  /** Every operation that reaches the server. */
  readonly onArrived: (replicaId: string, counter: number) => void
  /** Every frame that reaches a client, before the client sees it, with the replica that said hello on this connection. */
  readonly onShown: (tab: string, replicaId: string, frame: Uint8Array) => void
}

const CONNECTING = 0
const OPEN = 1
const CLOSED = 3
const ABNORMAL_CLOSE = 1006
/** Type of the frame that tells a session its new role. */
const ACCESS = 23

type Way = 'up' | 'down'

/** One TCP connection: each way keeps its order; what is on the way when it breaks may be lost. */
class Link {
  readonly tab: string
  readonly socket: WebSocketLike & { state: number }
  readonly #options: NetworkOptions
  readonly #tabLife: Life
  /** When the last message of each way arrives: a later one cannot overtake it. */
  readonly #lastArrival: Record<Way, number> = { up: 0, down: 0 }
  readonly #latency: number
  #server: ServerEnd | null = null
  #serverLife: Life | null = null
  /** Messages of this way vanish, and nobody is told. */
  readonly #silent: Record<Way, boolean> = { up: false, down: false }
  #clientGone = false
  #serverGone = false
  #buffered = 0
  #replicaId = ''

  constructor(options: NetworkOptions, tab: string, tabLife: Life, latency: number) {
    this.#options = options
    this.tab = tab
    this.#tabLife = tabLife
    this.#latency = latency
    this.socket = this.#createSocket()
    tabLife.onEnd(() => this.breakOff('client'))
  }

  /** Reaches the listener, or finds nobody. */
  open(listener: Listener | null, documentId: string): void {
    this.#plan('up', () => {
      if (this.#clientGone) return
      if (listener === null || listener.life.ended) return this.#closeClient(ABNORMAL_CLOSE)
      this.#serverLife = listener.life
      listener.life.onEnd(() => this.breakOff('server'))
      this.#server = listener.connect(documentId, {
        send: (frames) => this.#sendDown(frames),
        close: (code) => this.#serverCloses(code),
        bufferedBytes: () => this.#buffered,
        remoteAddress: '127.0.0.1',
      })
      this.#plan('down', () => {
        if (this.#clientGone) return
        this.socket.state = OPEN
        this.socket.onopen?.({} as never)
      })
    })
  }

  get broken(): boolean {
    return this.#clientGone || this.#silent.up
  }

  /** One side is gone from this moment on. What it had sent may still arrive; the other side hears of it, sooner or later. */
  breakOff(side: 'client' | 'server'): void {
    const { chance } = this.#options
    if (side === 'client') this.#clientGone = true
    else this.#serverGone = true
    // Packets that were under way are lost from some point on.
    const way = side === 'client' ? 'up' : 'down'
    if (chance.happens(0.5)) this.#silent[way] = true
    const late = chance.happens(0.3) ? chance.between(0, 20_000) : chance.between(0, 50)
    this.#options.time.after(late, () => {
      if (side === 'client') this.#closeServer()
      else this.#closeClient(ABNORMAL_CLOSE)
    })
  }

  /** The network between the two fails: reset for both, for one of them much later, or without a word to anybody. */
  cut(): void {
    const { chance, time } = this.#options
    const kind = chance.pick(['reset', 'late server', 'half-open', 'half-open up', 'half-open down'] as const)
    if (kind === 'half-open' || kind === 'half-open up') this.#silent.up = true
    if (kind === 'half-open' || kind === 'half-open down') this.#silent.down = true
    if (kind !== 'reset' && kind !== 'late server') return
    // The client knows at once; what it had sent goes on arriving while it connects anew.
    this.#silent.down = true
    if (chance.happens(0.5)) this.#silent.up = true
    time.after(chance.between(0, 20), () => this.#closeClient(ABNORMAL_CLOSE))
    time.after(kind === 'reset' ? chance.between(0, 20) : chance.between(500, 30_000), () => this.#closeServer())
  }

  #createSocket(): WebSocketLike & { state: number } {
    return {
      binaryType: 'arraybuffer',
      state: CONNECTING,
      get readyState(): number {
        return this.state
      },
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (data) => {
        const copy = data.slice()
        const frame = decodeClientFrame(copy)
        if (frame.kind === 'hello') this.#replicaId = frame.replicaId
        this.#plan('up', () => {
          if (this.#serverGone || this.#serverLife?.ended !== false) return
          if (frame.kind === 'operation') this.#options.onArrived(this.#replicaId, frame.counter)
          this.#server?.receive(copy)
        })
      },
      close: () => this.#clientCloses(),
    }
  }

  #sendDown(frames: readonly Uint8Array[]): void {
    if (this.#serverGone || this.#serverLife?.ended !== false) return
    for (const frame of frames) {
      const copy = frame.slice()
      this.#buffered += copy.length
      this.#plan('down', () => {
        this.#buffered -= copy.length
        if (this.#clientGone || this.socket.state !== OPEN) return
        if (copy[0] === ACCESS && this.#options.isStubborn(this.tab)) return
        this.#options.onShown(this.tab, this.#replicaId, copy)
        this.socket.onmessage?.({ data: copy.buffer })
      })
    }
  }

  #clientCloses(): void {
    if (this.socket.state === CLOSED) return
    this.socket.state = CLOSED
    this.#clientGone = true
    this.#plan('up', () => this.#closeServer())
  }

  #serverCloses(code: number): void {
    if (this.#serverGone) return
    this.#serverGone = true
    this.#plan('down', () => this.#closeClient(code))
    // The core is told that the pipe is gone once it is, as by a real socket.
    this.#options.time.after(this.#latency, () => {
      if (this.#serverLife?.ended === false) this.#server?.closed()
    })
  }

  #closeClient(code: number): void {
    if (this.socket.state === CLOSED || this.#tabLife.ended) return
    this.socket.state = CLOSED
    this.#clientGone = true
    this.socket.onclose?.({ code })
  }

  #closeServer(): void {
    if (this.#serverGone) return
    this.#serverGone = true
    if (this.#serverLife?.ended === false) this.#server?.closed()
  }

  #plan(way: Way, call: () => void): void {
    const { time, chance } = this.#options
    const at = Math.max(this.#lastArrival[way], time.now() + this.#latency * chance.between(0.5, 2))
    this.#lastArrival[way] = at
    time.after(at - time.now(), () => {
      if (!this.#silent[way]) call()
    })
  }
}

/** Everything between the tabs and the server. */
export class Network {
  readonly #options: NetworkOptions
  #links: Link[] = []
  #listener: Listener | null = null

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** From now on connections reach this server; null for nobody. */
  route(listener: Listener | null): void {
    this.#listener = listener
  }

  /** The WebSocket class of one tab. */
  socketsOf(tab: string, life: Life, isOnline: () => boolean): WebSocketConstructor {
    const create = (url: string): WebSocketLike => {
      const documentId = new URL(url).pathname.split('/')[3] ?? ''
      const link = new Link(this.#options, tab, life, this.#options.chance.pick([1, 5, 20, 80]))
      this.#links = this.#links.filter((other) => !other.broken)
      this.#links.push(link)
      link.open(isOnline() ? this.#listener : null, documentId)
      return link.socket
    }
    // A constructor that returns an object gives that object.
    return function (url: string) {
      return create(url)
    } as unknown as WebSocketConstructor
  }

  /** The connections that somebody still believes in. */
  cutOne(): void {
    const links = this.#links.filter((link) => !link.broken)
    if (links.length > 0) this.#options.chance.pick(links).cut()
  }

  cutAllOf(tab: string): void {
    for (const link of this.#links) if (link.tab === tab && !link.broken) link.cut()
  }
}
