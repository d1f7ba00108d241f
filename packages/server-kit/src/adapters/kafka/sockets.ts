import { connect as connectPlain } from 'node:net'
import type { Socket } from 'node:net'
import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

/** What became of the attempts to talk to one address. */
export interface Finding {
  /** `host:port` */
  readonly address: string
  /** A TCP connection was made. */
  connected: boolean
  /** TLS was agreed on, where it was asked for. */
  secured: boolean
  bytesReceived: number
  /** The first thing that came was a TLS record. */
  answeredInTls: boolean
  /** The other side ended the connection. */
  ended: boolean
  /** Code of the last failure, such as ECONNREFUSED; null where there was none. */
  failure: string | null
}

const TLS_ALERT = 0x15
const TLS_HANDSHAKE = 0x16

/**
 * The sockets of one client of the driver. The driver tells little about what went wrong and lets go of sockets only when
 * the other side does; here they are seen and ended.
 */
export class Sockets {
  readonly #open = new Set<Socket>()
  readonly #findings = new Map<string, Finding>()
  #closed = false

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const finding = this.#findingOf(`${host}:${port}`)
    // The types say that there always is one.
    const secure = ssl as typeof ssl | undefined | null
    const socket = secure
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...secure }, () => {
          finding.secured = true
          onConnect()
        })
      : connectPlain({ host, port, noDelay: true }, onConnect)
    this.#watch(socket, finding)
    // A client that was given up is not to begin anew: it may do so long after its owner has turned away.
    if (this.#closed) queueMicrotask(() => socket.destroy(new Error('the client was given up')))
    return socket
  }

  get isClosed(): boolean {
    return this.#closed
  }

  get findings(): readonly Finding[] {
    return [...this.#findings.values()]
  }

  /** Ends every socket, now and from now on; what waits for an answer hears of it. */
  close(): void {
    this.#closed = true
    for (const socket of this.#open) socket.destroy(new Error('the client was given up'))
  }

  #watch(socket: Socket, finding: Finding): void {
    this.#open.add(socket)
    socket.on('connect', () => (finding.connected = true))
    socket.on('end', () => (finding.ended = true))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.#closed) finding.failure = error.code ?? error.name
    })
    socket.on('data', (bytes: Buffer) => {
      if (finding.bytesReceived === 0) finding.answeredInTls = bytes[0] === TLS_ALERT || bytes[0] === TLS_HANDSHAKE
      finding.bytesReceived += bytes.length
    })
    socket.on('close', () => this.#open.delete(socket))
  }

  #findingOf(address: string): Finding {
    const known = this.#findings.get(address)
    if (known !== undefined) return known
    const finding: Finding = {
      address,
      connected: false,
      secured: false,
      bytesReceived: 0,
      answeredInTls: false,
      ended: false,
      failure: null,
    }
    this.#findings.set(address, finding)
    return finding
  }
}
