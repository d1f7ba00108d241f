/* oxlint-disable unicorn/prefer-add-event-listener -- sockets of other makes than the browser's need not have it */
import type { Clock, WebSocketLike } from '../runtime.ts'
import { Lane } from './lane.ts'

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3
const ABNORMAL_CLOSE = 1006

/** From the client to the server, or from the server to the client. */
export type Direction = 'up' | 'down'

/** What becomes of one message. */
export type Fate = 'arrives' | 'arrives twice' | 'lost'

/** The network that a socket runs over. */
export interface Path {
  readonly clock: Clock
  readonly delayMs: () => number
  readonly isHeld: (direction: Direction) => boolean
  readonly fateOf: (direction: Direction, bytes: Uint8Array) => Fate
  readonly dial: (url: string) => WebSocketLike
  readonly ended: (socket: FaultySocket) => void
}

/** A socket as a client sees it, around one that carries what the network lets through. */
export class FaultySocket implements WebSocketLike {
  binaryType = 'arraybuffer'
  readyState = CONNECTING
  onopen: WebSocketLike['onopen'] = null
  onmessage: WebSocketLike['onmessage'] = null
  onclose: WebSocketLike['onclose'] = null
  onerror: WebSocketLike['onerror'] = null
  readonly #path: Path
  readonly #url: string
  readonly #up: Lane
  readonly #down: Lane
  #carrier: WebSocketLike | null = null
  #isBroken = false
  #isSilent = false

  constructor(path: Path, url: string) {
    const laneOf = (direction: Direction): Lane =>
      new Lane(path.clock, () => this.#isSilent || path.isHeld(direction), path.delayMs)
    this.#path = path
    this.#url = url
    this.#up = laneOf('up')
    this.#down = laneOf('down')
  }

  /** True while the client may hope for it. */
  get isBelievedIn(): boolean {
    return !this.#isBroken && this.#isUsed
  }

  get #isUsed(): boolean {
    return this.readyState === CONNECTING || this.readyState === OPEN
  }

  get isBusy(): boolean {
    return this.#up.isBusy || this.#down.isBusy
  }

  dial(): void {
    this.#up.pass(() => this.#connect())
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== OPEN) return
    const bytes = data.slice()
    this.#up.pass(() => this.#carry('up', bytes, () => this.#carrier?.send(bytes)))
  }

  close(code?: number, reason?: string): void {
    if (!this.#isUsed) return
    this.readyState = CLOSING
    this.#up.pass(() => this.#hangUp(code, reason))
  }

  /** Lets out what may arrive by now. */
  deliver(): void {
    this.#up.deliver()
    this.#down.deliver()
  }

  /** Nothing passes any more, and neither end is told. */
  silence(): void {
    this.#isSilent = true
  }

  /** The connection is gone, and what was on its way with it. The client hears this code. */
  breakOff(code = ABNORMAL_CLOSE): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#up.lose()
    this.#down.lose()
    this.#hangUp()
    // Not inside of the call that broke it: a network does not run in anybody's code.
    this.#path.clock.microtask(() => this.#closed(code))
  }

  #connect(): void {
    // The other end never heard of it.
    if (!this.isBelievedIn) return this.#closed(ABNORMAL_CLOSE)
    const carrier = this.#path.dial(this.#url)
    this.#carrier = carrier
    carrier.binaryType = 'arraybuffer'
    carrier.onopen = () => this.#down.pass(() => this.#opened())
    carrier.onmessage = ({ data }: { readonly data: unknown }) => {
      if (data instanceof ArrayBuffer) this.#down.pass(() => this.#heard(new Uint8Array(data)))
    }
    carrier.onclose = ({ code }: { readonly code: number }) => {
      if (!this.#isBroken) this.#down.pass(() => this.#closed(code))
    }
    carrier.onerror = (event) => this.onerror?.(event)
  }

  #opened(): void {
    if (this.readyState !== CONNECTING) return
    this.readyState = OPEN
    this.onopen?.(undefined as never)
  }

  #heard(bytes: Uint8Array): void {
    this.#carry('down', bytes, () => {
      if (this.readyState === OPEN) this.onmessage?.({ data: bytes.slice().buffer })
    })
  }

  #closed(code: number): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.#path.ended(this)
    this.onclose?.({ code })
  }

  #carry(direction: Direction, bytes: Uint8Array, arrive: () => void): void {
    const fate = this.#path.fateOf(direction, bytes)
    if (fate === 'lost') return this.breakOff()
    arrive()
    if (fate === 'arrives twice') arrive()
  }

  #hangUp(code?: number, reason?: string): void {
    if (this.#carrier === null) return this.#closed(ABNORMAL_CLOSE)
    this.#carrier.close(code, reason)
  }
}
