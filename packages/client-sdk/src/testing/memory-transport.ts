import type { Clock, WebSocketConstructor, WebSocketLike } from '../runtime.ts'

const CONNECTING = 0
const OPEN = 1
const CLOSED = 3
const ABNORMAL_CLOSE = 1006
const NO_CODE = 1005

/** The server's end of a connection. */
export interface ServerSocket {
  readonly url: string
  onMessage: (bytes: Uint8Array) => void
  onClose: () => void
  send(bytes: Uint8Array): void
  close(code: number): void
}

/** Sockets in memory that lead to one server, in order and without loss. What goes wrong is put around them. */
export interface MemoryTransport {
  readonly webSocket: WebSocketConstructor
  /** Who takes connections from now on; without anybody they are refused. */
  serve(accept: ((socket: ServerSocket) => void) | null): void
}

export function memoryTransport(clock: Clock): MemoryTransport {
  let accept: ((socket: ServerSocket) => void) | null = null
  // Nothing arrives before the sender's code has run to its end.
  const soon = (work: () => void): void => clock.microtask(work)

  class MemorySocket implements WebSocketLike {
    binaryType = 'arraybuffer'
    readyState = CONNECTING
    onopen: WebSocketLike['onopen'] = null
    onmessage: WebSocketLike['onmessage'] = null
    onclose: WebSocketLike['onclose'] = null
    onerror: WebSocketLike['onerror'] = null
    readonly #server: ServerSocket
    #isServerGone = false

    constructor(url: string) {
      this.#server = {
        url,
        onMessage: () => undefined,
        onClose: () => undefined,
        send: (bytes) => this.#sendDown(bytes),
        close: (code) => this.#closeDown(code),
      }
      soon(() => this.#connect())
    }

    send(bytes: Uint8Array): void {
      const copy = bytes.slice()
      soon(() => {
        if (!this.#isServerGone) this.#server.onMessage(copy)
      })
    }

    close(code = NO_CODE): void {
      if (this.readyState === CLOSED) return
      soon(() => this.#endServer())
      soon(() => this.#endClient(code))
    }

    #connect(): void {
      if (this.readyState === CLOSED) return
      if (accept === null) return this.#endClient(ABNORMAL_CLOSE)
      accept(this.#server)
      this.readyState = OPEN
      this.onopen?.(undefined as never)
    }

    #sendDown(bytes: Uint8Array): void {
      if (this.#isServerGone) return
      const copy = bytes.slice()
      soon(() => {
        if (this.readyState === OPEN) this.onmessage?.({ data: copy.buffer })
      })
    }

    /** What was sent before arrives before. */
    #closeDown(code: number): void {
      if (this.#isServerGone) return
      this.#isServerGone = true
      soon(() => this.#endClient(code))
    }

    #endServer(): void {
      if (this.#isServerGone) return
      this.#isServerGone = true
      this.#server.onClose()
    }

    #endClient(code: number): void {
      if (this.readyState === CLOSED) return
      this.readyState = CLOSED
      this.onclose?.({ code })
    }
  }

  return {
    webSocket: MemorySocket,
    serve: (handler) => {
      accept = handler
    },
  }
}
