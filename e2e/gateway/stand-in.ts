import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly bytes: number
}

/** What it does with what comes: answers, takes it and says nothing, or refuses it as a server does that drains. */
type Behaviour = 'answers' | 'hangs' | 'drains'

/** Something that listens like a server of Sheaf, says its name, and writes down what it was asked. */
export class StandIn {
  readonly name: string
  readonly seen: SeenRequest[] = []
  behaviour: Behaviour = 'answers'
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #port = 0

  private constructor(name: string) {
    this.name = name
    const webSockets = new WebSocketServer({ noServer: true })
    this.#server = createServer((request, response) => {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
      request.on('end', () => {
        const { method = '', url = '', headers } = request
        this.seen.push({ method, path: url, headers, bytes })
        if (this.behaviour === 'hangs') return
        response.setHeader('content-type', 'text/plain')
        response.end(this.name)
      })
    })
    this.#server.on('upgrade', (request, socket, head) => {
      const { method = '', url = '', headers } = request
      this.seen.push({ method, path: url, headers, bytes: 0 })
      if (this.behaviour === 'hangs') return
      if (this.behaviour === 'drains')
        return void socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.send(this.name)
        webSocket.on('message', (data) => webSocket.send(data))
      })
    })
    this.#server.on('connection', (socket: Socket) => {
      this.#open.add(socket)
      socket.once('close', () => this.#open.delete(socket))
    })
  }

  static async start(name: string): Promise<StandIn> {
    const standIn = new StandIn(name)
    await standIn.listen()
    return standIn
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** On the same port as before. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** As if its process were gone: connections break, new ones are refused. */
  async die(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise((resolve) => {
      this.#server.close(resolve)
    })
    for (const socket of this.#open) socket.destroy()
    await closed
  }
}
