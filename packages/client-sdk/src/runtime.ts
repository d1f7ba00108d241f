/** Everything the client core needs of its surroundings, as ports, and their defaults for browsers and Node. */

export interface Timer {
  cancel(): void
}

/** Time, as far as the client needs it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls once, not before `ms` milliseconds have passed. */
  after(ms: number, callback: () => void): Timer
  /** Calls when the running code is done, before anything else. */
  microtask(callback: () => void): void
  /** Calls before the next paint of a visible page, and at the latest after 100 ms; without a page like `microtask`. */
  frame(callback: () => void): void
}

/** Chance, as far as the client needs it. */
export interface Random {
  /** 0 <= x < 1. */
  fraction(): number
  /** Unpredictable bytes. */
  bytes(length: number): Uint8Array
}

// A method's parameters are compared in both directions, which lets both the browser's and ws's sockets fit.
type Handler<Event> = { handle(event: Event): void }['handle'] | null

/** The part of the standard WebSocket that Sheaf uses. The global one and that of `ws` fit. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  onopen: Handler<never>
  onmessage: Handler<{ readonly data: unknown }>
  onclose: Handler<{ readonly code: number }>
  onerror: Handler<never>
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

/** Opens a socket: the global `WebSocket`, or that of the package `ws`. */
export type WebSocketConstructor = new (url: string) => WebSocketLike

/** What a page tells about itself. Hints: none of them is a proof. */
export type PageSignal = 'online' | 'offline' | 'visible' | 'hidden' | 'blur' | 'pagehide'

/** What the page around the client tells about itself. */
export interface PageSignals {
  /** True in a browser's page: what is in memory only is lost when somebody closes it. */
  readonly exists: boolean
  /** False only where the device says that it has no network. */
  isOnline(): boolean
  /** Returns the function that ends the subscription. */
  subscribe(listener: (signal: PageSignal) => void): () => void
}

/** Locks between the tabs of one origin, as the Web Locks API has them. */
export interface Locks {
  /** Takes the lock if nobody has it, in no tab of this origin. It is free again after `release` or when the tab dies. */
  tryAcquire(name: string): Promise<{ release(): void } | null>
}

/** Everything of its surroundings that the client uses: for tests, and for places that are neither a browser nor Node. */
export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly page: PageSignals
  /** Null where tabs share a device store and cannot exclude one another; then the device store must not be shared. */
  readonly locks: Locks | null
  /** Unpacks raw-deflated bytes (RFC 1951). Rejects where they are damaged. */
  readonly inflate: (bytes: Uint8Array) => Promise<Uint8Array>
  readonly webSocket: WebSocketConstructor | null
}

const FRAME_DELAY_LIMIT_MS = 100

const inPage = (): boolean => typeof window !== 'undefined' && typeof document !== 'undefined'

function frame(callback: () => void): void {
  if (!inPage() || typeof requestAnimationFrame !== 'function') return queueMicrotask(callback)
  let done = false
  const once = (): void => {
    if (done) return
    done = true
    clearTimeout(limit)
    callback()
  }
  // A page in the background is not painted at all.
  const limit = setTimeout(once, FRAME_DELAY_LIMIT_MS)
  requestAnimationFrame(once)
}

const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return { cancel: () => clearTimeout(timer) }
  },
  microtask: (callback) => queueMicrotask(callback),
  frame,
}

const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

const systemPage: PageSignals = {
  exists: inPage(),
  isOnline: () => !inPage() || navigator.onLine,
  subscribe: (listener) => {
    if (!inPage()) return () => {}
    const visibility = (): void => listener(document.visibilityState === 'hidden' ? 'hidden' : 'visible')
    const page = (['online', 'offline', 'blur', 'pagehide'] as const).map((signal) => {
      const tell = (): void => listener(signal)
      window.addEventListener(signal, tell)
      return () => window.removeEventListener(signal, tell)
    })
    document.addEventListener('visibilitychange', visibility)
    // A page that was frozen goes on where it was, with sockets that may have ended long ago.
    document.addEventListener('resume', visibility)
    return () => {
      document.removeEventListener('visibilitychange', visibility)
      document.removeEventListener('resume', visibility)
      for (const end of page) end()
    }
  },
}

/** Has the browser ask before the page is left. Returns the end of it. Without a page there is nobody to ask. */
export function askBeforeLeaving(): () => void {
  if (!inPage()) return () => {}
  const ask = (event: BeforeUnloadEvent): void => {
    event.preventDefault()
    // Browsers from before 2024 ask only where this is set; the text itself is shown by none.
    event.returnValue = 'unsaved'
  }
  window.addEventListener('beforeunload', ask)
  return () => window.removeEventListener('beforeunload', ask)
}

/** Locks within one process: all that is needed where every holder lives in it. */
export function processLocks(): Locks {
  const held = new Set<string>()
  return {
    tryAcquire: (name) => {
      if (held.has(name)) return Promise.resolve(null)
      held.add(name)
      let released = false
      // Given back once: after that the lock may be somebody else's.
      const release = (): void => {
        if (!released) held.delete(name)
        released = true
      }
      return Promise.resolve({ release })
    },
  }
}

const webLocks: Locks = {
  tryAcquire: (name) =>
    new Promise((resolve, reject) => {
      navigator.locks
        .request(name, { ifAvailable: true }, (lock) => {
          if (lock === null) return resolve(null)
          return new Promise<void>((release) => resolve({ release }))
        })
        .catch(reject)
    }),
}

function systemLocks(): Locks | null {
  if (!inPage()) return processLocks()
  return 'locks' in navigator ? webLocks : null
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
  const unpacked = packed.pipeThrough(new DecompressionStream('deflate-raw'))
  return new Uint8Array(await new Response(unpacked).arrayBuffer())
}

let shared: Runtime | null = null

/** The surroundings this code really runs in. One for all clients, so that they see each other's locks. */
export function systemRuntime(): Runtime {
  shared ??= {
    clock: systemClock,
    random: systemRandom,
    page: systemPage,
    locks: systemLocks(),
    inflate,
    webSocket: typeof WebSocket === 'function' ? (WebSocket as unknown as WebSocketConstructor) : null,
  }
  return shared
}
