import { randomBytes } from 'node:crypto'
import { DEFAULT_SCHEMA_ID, PROTOCOL_VERSION, decodeServerFrame, encodeClientFrame } from '@sheaf/protocol'
import type { ServerFrame, VersionVector } from '@sheaf/protocol'
import { WebSocket } from 'ws'

/** What a server did about something that was sent. */
export type Answer = 'rejected' | 'committed' | 'accepted' | 'ignored' | 'closed'

const PING = encodeClientFrame({ kind: 'ping' })

/** A raw socket of somebody with a valid token and bad intentions. */
export class Attacker {
  readonly replicaId = randomBytes(16).toString('hex')
  readonly #socket: WebSocket
  #seq = 0
  #listener: ((frame: ServerFrame | 'closed') => void) | null = null
  #isClosed = false

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#listener?.(decodeServerFrame(new Uint8Array(data))))
    socket.on('error', () => {
      // A close follows, and that is what counts.
    })
    socket.on('close', () => {
      this.#isClosed = true
      this.#listener?.('closed')
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Opens a socket that has said nothing yet. */
  static async connect(origin: string, documentId: string): Promise<Attacker> {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/v1/documents/${documentId}/socket`)
    const attacker = new Attacker(socket)
    await new Promise((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return attacker
  }

  /** Says hello like anybody else, and resolves with the server's state frame behind it. */
  async enter(token: string): Promise<void> {
    const hello = encodeClientFrame({
      kind: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      token,
      replicaId: this.replicaId,
      lastSeq: 0,
      stateVector: new Uint8Array(),
      schemaId: DEFAULT_SCHEMA_ID,
    })
    await this.#until(hello, (frame) => {
      if (frame.kind !== 'state') return null
      this.#seq = frame.seq
      return 'ignored'
    })
  }

  /** Sends an update as the first operation of this replica. What waits for something that is missing is only accepted. */
  async sendUpdate(update: Uint8Array, versionVector: VersionVector): Promise<Answer> {
    const operation = encodeClientFrame({
      kind: 'operation',
      counter: 1,
      baseSeq: this.#seq,
      versionVector,
      update,
    })
    let isAccepted = false
    let pings = 0
    return this.#until(operation, (frame) => {
      if (frame.kind === 'rejected') return 'rejected'
      if (frame.kind === 'committed') return 'committed'
      if (frame.kind === 'received') isAccepted = true
      if (frame.kind !== 'pong') return null
      // A verdict comes at the end of a turn, and between receipt and commit lies the disk: a pong may overtake both.
      // What needs longer than some round trips waits for something else.
      if (++pings >= (isAccepted ? 50 : 5)) return isAccepted ? 'accepted' : 'ignored'
      this.#socket.send(PING)
      return null
    })
  }

  /** Sends any bytes as a message. */
  async sendFrame(bytes: Uint8Array): Promise<Answer> {
    return this.#until(bytes, (frame) => (frame.kind === 'pong' ? 'ignored' : null))
  }

  close(): void {
    this.#socket.terminate()
  }

  /** Sends the bytes and a ping behind them, and resolves with the first answer that `pick` takes for one. */
  async #until(bytes: Uint8Array, pick: (frame: ServerFrame) => Answer | null): Promise<Answer> {
    if (this.#isClosed) return 'closed'
    return new Promise((resolve) => {
      const answer = (what: Answer): void => {
        this.#listener = null
        resolve(what)
      }
      this.#listener = (frame) => {
        const picked = frame === 'closed' ? 'closed' : pick(frame)
        if (picked !== null) answer(picked)
      }
      this.#socket.send(bytes)
      this.#socket.send(PING)
    })
  }
}
