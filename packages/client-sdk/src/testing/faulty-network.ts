import { decodeClientFrame, decodeServerFrame } from '@sheaf/protocol'
import type { ClientFrame, ServerFrame } from '@sheaf/protocol'
import { systemRuntime } from '../runtime.ts'
import type { Clock, WebSocketConstructor } from '../runtime.ts'
import { FaultySocket } from './faulty-socket.ts'
import type { Direction, Fate } from './faulty-socket.ts'

export type { Direction } from './faulty-socket.ts'

/** Name of a frame of the protocol, as in its reference. */
export type FrameKind = ClientFrame['kind'] | ServerFrame['kind']

/** What can go wrong between a client and its server. Everything stays as it was set until `heal`. */
export interface NetworkFaults {
  /**
   * Nothing arrives any more, in either direction, and neither end is told: a cable that was pulled. What is sent meanwhile
   * waits, as it does in TCP, and arrives after `heal` unless an end has given up by then.
   */
  partition(): void
  /** Takes back every fault that lasts. Connections that broke stay broken; the client makes new ones. */
  heal(): void
  /** Every connection breaks, and what was on its way is lost. New connections are made as ever. */
  cut(): void
  /**
   * Every connection that is there says nothing more for good, in either direction, and neither end is told: a router that
   * forgot it, a laptop that slept. New connections are made as ever, once the client finds out.
   */
  silence(): void
  /** Every connection is closed with this code, as if the server had said it: 4401 for a token that ended, say. */
  closeWith(code: number): void
  /** Everything takes this long, in each direction. Milliseconds; 0 at the start. */
  delay(ms: number): void
  /**
   * The next frame of this kind does not arrive: the connection breaks over it, and what is behind it is lost too. (A
   * WebSocket never loses one frame and goes on.) Kinds that both ends send are waited for in both directions unless told.
   */
  dropNext(kind: FrameKind, direction?: Direction): void
  /** Every operation arrives twice, at the server and at the client, as after a retry whose first try got through. */
  duplicate(): void
  /** What goes in this direction waits until `deliver`; the other direction goes on. */
  hold(direction: Direction): void
  /** Lets through what `hold` held. */
  deliver(): void
}

/** Connections that go wrong when a test says so, around sockets of any kind. */
export interface FaultyNetwork extends NetworkFaults {
  /** What a client is given as `webSocket`. */
  readonly webSocket: WebSocketConstructor
  /** Connections that the client believes in. */
  readonly open: number
  /** Connections that were ever asked for. */
  readonly made: number
  /** True while something is on its way that will arrive by itself. */
  readonly isBusy: boolean
  /** True while something is kept back: by a partition, or held in a direction. */
  readonly isHeld: boolean
}

/** What a network that can fail is laid over. */
export interface FaultyNetworkOptions {
  /** The sockets that carry everything: the global `WebSocket`, that of `ws`, or one in memory. */
  readonly webSocket: WebSocketConstructor
  /** Whose time delays take. The real one unless told. */
  readonly clock?: Clock
  /** Told of every frame that arrives, before it arrives. */
  readonly onFrame?: (direction: Direction, frame: ClientFrame | ServerFrame) => void
}

function frameOf(direction: Direction, bytes: Uint8Array): ClientFrame | ServerFrame | null {
  try {
    return direction === 'up' ? decodeClientFrame(bytes) : decodeServerFrame(bytes)
  } catch {
    // Damaged bytes are carried like any others: what to do about them is for the ends to decide.
    return null
  }
}

/**
 * Puts faults between a client and a server, real or in memory: give `network.webSocket` to the client.
 * One for each client that is to fail on its own.
 */
export function faultyNetwork(options: FaultyNetworkOptions): FaultyNetwork {
  const clock = options.clock ?? systemRuntime().clock
  const sockets = new Set<FaultySocket>()
  const held = new Set<Direction>()
  let drops: { readonly kind: FrameKind; readonly direction: Direction | null }[] = []
  let isPartitioned = false
  let isDoubling = false
  let delayMs = 0
  let made = 0

  const fateOf = (direction: Direction, bytes: Uint8Array): Fate => {
    const frame = frameOf(direction, bytes)
    if (frame === null) return 'arrives'
    const drop = drops.find(({ kind, direction: only }) => kind === frame.kind && (only === null || only === direction))
    if (drop !== undefined) {
      drops = drops.filter((other) => other !== drop)
      return 'lost'
    }
    options.onFrame?.(direction, frame)
    return isDoubling && frame.kind === 'operation' ? 'arrives twice' : 'arrives'
  }

  const path = {
    clock,
    delayMs: () => delayMs,
    isHeld: (direction: Direction) => isPartitioned || held.has(direction),
    fateOf,
    dial: (url: string) => new options.webSocket(url),
    ended: (socket: FaultySocket) => void sockets.delete(socket),
  }
  const deliver = (): void => {
    for (const socket of sockets) socket.deliver()
  }

  class NetworkSocket extends FaultySocket {
    constructor(url: string) {
      super(path, url)
      made += 1
      sockets.add(this)
      this.dial()
    }
  }

  return {
    webSocket: NetworkSocket,
    partition: () => {
      isPartitioned = true
    },
    heal: () => {
      isPartitioned = false
      isDoubling = false
      delayMs = 0
      drops = []
      held.clear()
      deliver()
    },
    cut: () => {
      for (const socket of sockets) socket.breakOff()
    },
    silence: () => {
      for (const socket of sockets) socket.silence()
    },
    closeWith: (code) => {
      for (const socket of sockets) socket.breakOff(code)
    },
    delay: (ms) => {
      delayMs = ms
    },
    dropNext: (kind, direction) => {
      drops.push({ kind, direction: direction ?? null })
    },
    duplicate: () => {
      isDoubling = true
    },
    hold: (direction) => void held.add(direction),
    deliver: () => {
      held.clear()
      deliver()
    },
    get open() {
      return [...sockets].filter(({ isBelievedIn }) => isBelievedIn).length
    },
    get made() {
      return made
    },
    get isHeld() {
      return isPartitioned || held.size > 0
    },
    get isBusy() {
      return [...sockets].some(({ isBusy }) => isBusy)
    },
  }
}
