import { createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** One WebSocket on its way: the browser's end and the server's. */
interface Line {
  readonly browser: Socket
  readonly server: Socket
}

type Direction = 'to server' | 'to browser'

/**
 * The network between one person and the server: a reverse proxy that can be cut, and that can hold back what is on its
 * way in one direction. (Chromium's own "offline" leaves sockets open that are open already.)
 */
export class Network {
  readonly #target: number
  readonly #proxy: Server
  readonly #lines = new Set<Line>()
  readonly #held = new Set<Direction>()
  #passes: 'everything' | 'no sockets' | 'nothing' = 'everything'

  private constructor(target: number) {
    this.#target = target
    this.#proxy = createServer((incoming, answer) => this.#forward(incoming, answer))
    this.#proxy.on('upgrade', (incoming: IncomingMessage, browser: Socket, head: Buffer) =>
      this.#connect(incoming, browser, head),
    )
  }

  static async inFrontOf(port: number): Promise<Network> {
    const network = new Network(port)
    network.#proxy.listen(0, '127.0.0.1')
    await once(network.#proxy, 'listening')
    return network
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`
  }

  /** Ends every socket and lets nothing through until `heal()`. */
  cut(): void {
    this.#passes = 'nothing'
    this.#sever()
  }

  /** Ends every socket and refuses new ones until `heal()`; pages and requests still pass. */
  cutSockets(): void {
    this.#passes = 'no sockets'
    this.#sever()
  }

  heal(): void {
    this.#passes = 'everything'
  }

  /** Holds back what sockets carry in one direction, without closing them, until `deliver()`. */
  hold(direction: Direction): void {
    this.#held.add(direction)
    for (const line of this.#lines) this.#join(line)
  }

  /** Lets everything through that was held. */
  deliver(): void {
    this.#held.clear()
    for (const line of this.#lines) this.#join(line)
  }

  async close(): Promise<void> {
    this.#sever()
    this.#proxy.closeAllConnections()
    this.#proxy.close()
    await once(this.#proxy, 'close')
  }

  /** The server sees its own address, as behind any reverse proxy. */
  #headers(incoming: IncomingMessage): Record<string, string | string[]> {
    const host = `127.0.0.1:${this.#target}`
    const own = Object.entries(incoming.headers).filter((entry): entry is [string, string | string[]] => !!entry[1])
    const headers = Object.fromEntries(own)
    return { ...headers, host, ...(headers['origin'] === undefined ? {} : { origin: `http://${host}` }) }
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse): void {
    if (this.#passes === 'nothing') {
      incoming.socket.destroy()
      return
    }
    const onward = request(
      { port: this.#target, host: '127.0.0.1', method: incoming.method, path: incoming.url, agent: false },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(answer)
        reply.on('error', () => answer.destroy())
      },
    )
    for (const [name, value] of Object.entries(this.#headers(incoming))) onward.setHeader(name, value)
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    incoming.pipe(onward)
  }

  #connect(incoming: IncomingMessage, browser: Socket, head: Buffer): void {
    if (this.#passes !== 'everything') {
      browser.destroy()
      return
    }
    const server = connect(this.#target, '127.0.0.1')
    const line: Line = { browser, server }
    this.#lines.add(line)
    const end = (): void => {
      this.#lines.delete(line)
      browser.destroy()
      server.destroy()
    }
    for (const socket of [browser, server]) {
      socket.setNoDelay(true)
      socket.on('close', end)
      socket.on('error', end)
    }
    const headers = Object.entries(this.#headers(incoming)).map(([name, value]) => `${name}: ${String(value)}\r\n`)
    server.write(`GET ${incoming.url ?? '/'} HTTP/1.1\r\n${headers.join('')}\r\n`)
    if (head.length > 0) server.write(head)
    this.#join(line)
  }

  #join({ browser, server }: Line): void {
    const pass = (from: Socket, to: Socket, direction: Direction): void => {
      from.unpipe(to)
      if (this.#held.has(direction)) from.pause()
      else from.pipe(to)
    }
    pass(browser, server, 'to server')
    pass(server, browser, 'to browser')
  }

  #sever(): void {
    for (const { browser, server } of this.#lines) {
      browser.destroy()
      server.destroy()
    }
    this.#lines.clear()
  }
}
