import { decodeClientFrame, encodeServerFrame } from '@sheaf/protocol'
import type { ClientFrame, ClientFrames, ServerFrame } from '@sheaf/protocol'
import type * as Y from 'yjs'
import type { MemoryTransport } from '../../src/testing/memory-transport.ts'
import { MemoryServer } from '../../src/testing/index.ts'
import type { LoggedOperation, MemoryServerOptions, ServerSocket } from '../../src/testing/index.ts'
import { write } from './text.ts'

const DOCUMENT = 'doc'

/** What came from the clients, and what is answered to nobody. */
class Watch {
  readonly heard: ClientFrame[] = []
  readonly urls: string[] = []
  readonly greeted = new Set<ServerSocket>()
  pings = 0
  ignores: (frame: ClientFrame) => boolean = () => false

  /** A connection, of which every frame is noted before the server gets it. */
  took(socket: ServerSocket, accept: (socket: ServerSocket) => void): void {
    this.urls.push(socket.url)
    accept(socket)
    const { onMessage, onClose } = socket
    socket.onMessage = (bytes) => {
      const frame = decodeClientFrame(bytes)
      if (frame.kind === 'ping') this.pings += 1
      else this.heard.push(frame)
      if (frame.kind === 'hello') this.greeted.add(socket)
      if (!this.ignores(frame)) onMessage(bytes)
    }
    socket.onClose = () => {
      this.greeted.delete(socket)
      onClose()
    }
  }
}

/** The server of the failure kit, with what only a test of the client itself looks at and says. */
export class WatchedServer extends MemoryServer {
  readonly #watch: Watch

  constructor(transport: Pick<MemoryTransport, 'serve'>, options: Omit<MemoryServerOptions, 'serve'> = {}) {
    const watch = new Watch()
    super({
      ...options,
      serve: (accept) => transport.serve(accept === null ? null : (socket) => watch.took(socket, accept)),
    })
    this.#watch = watch
  }

  /** Addresses that were called. */
  get urls(): readonly string[] {
    return this.#watch.urls
  }

  get pings(): number {
    return this.#watch.pings
  }

  /** Connections that said hello. */
  get sessions(): number {
    return this.#watch.greeted.size
  }

  get operations(): readonly LoggedOperation[] {
    return this.log.read(DOCUMENT)
  }

  get seq(): number {
    return this.operations.at(-1)?.seq ?? 0
  }

  override content(documentId: string = DOCUMENT): Y.Doc {
    return super.content(documentId)
  }

  /** Frames of one kind as they came in. */
  heardOf<Kind extends ClientFrame['kind']>(kind: Kind): ClientFrames[Kind][] {
    return this.#watch.heard.filter((frame): frame is ClientFrames[Kind] => frame.kind === kind)
  }

  /** Frames that it takes and does nothing about, from now on. */
  ignore(ignores: (frame: ClientFrame) => boolean): void {
    this.#watch.ignores = ignores
  }

  /** Says something that it has no reason for. */
  tell(frame: ServerFrame): void {
    this.tellBytes(encodeServerFrame(frame))
  }

  tellBytes(bytes: Uint8Array): void {
    for (const socket of this.#watch.greeted) socket.send(bytes)
  }

  /** Somebody who is not here writes at the start. */
  somebodyWrites(text: string): void {
    this.write(DOCUMENT, (ydoc) => write(ydoc, text))
  }
}
