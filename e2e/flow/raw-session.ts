import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { inflateRawSync } from 'node:zlib'
import {
  CONTENT_ROOT,
  DEFAULT_SCHEMA_ID,
  PROTOCOL_VERSION,
  decodeServerFrame,
  encodeClientFrame,
} from '@sheaf/protocol'
import type { ServerFrame, ServerFrames, StoredOperation } from '@sheaf/protocol'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import type { SheafApi } from '../faults/sheaf-api.ts'

type Sent = Pick<StoredOperation, 'counter' | 'baseSeq' | 'versionVector' | 'update'>

/** A socket that speaks the protocol frame by frame, and keeps everything that the server said in its order. */
export class RawSession {
  readonly replicaId = randomBytes(16).toString('hex')
  readonly heard: ServerFrame[] = []
  readonly ydoc = new Y.Doc()
  readonly #socket: WebSocket
  #counter = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      const frame = decodeServerFrame(new Uint8Array(data))
      if (frame.kind === 'state') for (const part of frame.parts) this.#apply(part)
      if (frame.kind === 'operation') Y.applyUpdateV2(this.ydoc, frame.update, 'server')
      this.heard.push(frame)
      socket.emit('heard')
    })
  }

  /** Opens the document; resolves when the server has sent it, or rejects with the code that it closed with. */
  static async open(api: SheafApi, documentId: string): Promise<RawSession> {
    const socket = new WebSocket(`${api.socketOrigin}/v1/documents/${documentId}/socket`)
    await once(socket, 'open')
    const session = new RawSession(socket)
    const hello = {
      kind: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      token: api.token,
      replicaId: session.replicaId,
      lastSeq: 0,
      stateVector: new Uint8Array(),
      schemaId: DEFAULT_SCHEMA_ID,
    } as const
    socket.send(encodeClientFrame(hello))
    await session.hears('state')
    return session
  }

  /** Writes a text and sends it as one operation, which it resolves with before the server has said anything. */
  write(text: string): Sent {
    const updates: Uint8Array[] = []
    const note = (update: Uint8Array): number => updates.push(update)
    this.ydoc.on('updateV2', note)
    this.ydoc.transact(() => {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(text)])
      this.ydoc.getXmlFragment(CONTENT_ROOT).push([paragraph])
    })
    this.ydoc.off('updateV2', note)
    const update = Y.mergeUpdatesV2(updates)
    const clocks = new Map<number, number>()
    for (const { id, length } of Y.decodeUpdateV2(update).structs)
      clocks.set(id.client, Math.max(clocks.get(id.client) ?? 0, id.clock + length))
    const operation = { counter: ++this.#counter, baseSeq: this.seq, versionVector: [...clocks], update }
    this.send(operation)
    return operation
  }

  send(operation: Sent): void {
    this.#socket.send(encodeClientFrame({ kind: 'operation', ...operation }))
  }

  /** The highest seq that it was told of. */
  get seq(): number {
    return this.heard.reduce((seq, frame) => ('seq' in frame ? Math.max(seq, frame.seq) : seq), 0)
  }

  all<Kind extends ServerFrame['kind']>(kind: Kind): ServerFrames[Kind][] {
    return this.heard.filter((frame) => frame.kind === kind) as ServerFrames[Kind][]
  }

  /** Resolves with the first frame of a kind that fits, whether it was heard before or not. */
  async hears<Kind extends ServerFrame['kind']>(
    kind: Kind,
    fits: (frame: ServerFrames[Kind]) => boolean = () => true,
  ): Promise<ServerFrames[Kind]> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#socket.off('heard', look)
        this.#socket.off('close', closed)
      }
      const look = (): void => {
        const found = this.all(kind).find(fits)
        if (found === undefined) return
        done()
        resolve(found)
      }
      const closed = (code: number): void => {
        done()
        reject(new Error(`the server closed with ${code}`))
      }
      this.#socket.on('heard', look)
      this.#socket.on('close', closed)
      look()
    })
  }

  close(): void {
    this.#socket.terminate()
  }

  #apply({ encoding, update }: ServerFrames['state']['parts'][number]): void {
    Y.applyUpdateV2(this.ydoc, encoding === 'deflate' ? inflateRawSync(update) : update, 'server')
  }
}
