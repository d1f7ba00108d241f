import { WebSocket } from 'ws'
import type { Traffic } from './contender.ts'

/** A socket that counts what goes through it. A close that nobody asked for ends the run: its figures would be wrong. */
export class CountedSocket {
  readonly traffic: Traffic = { up: 0, down: 0 }
  readonly #socket: WebSocket
  #closing = false

  private constructor(url: string, receive: (message: Uint8Array, socket: CountedSocket) => void) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false })
    this.#socket.on('message', (message: Buffer) => {
      this.traffic.down += message.length
      receive(message, this)
    })
    this.#socket.on('close', (code, reason) => {
      if (!this.#closing) throw new Error(`the server closed a socket of the load: ${code} ${reason.toString()}`)
    })
  }

  static async open(
    url: string,
    receive: (message: Uint8Array, socket: CountedSocket) => void,
  ): Promise<CountedSocket> {
    const counted = new CountedSocket(url, receive)
    await new Promise((resolve, reject) => {
      counted.#socket.once('open', resolve)
      counted.#socket.once('error', reject)
    })
    return counted
  }

  send(message: Uint8Array): void {
    this.traffic.up += message.length
    this.#socket.send(message)
  }

  close(): void {
    this.#closing = true
    this.#socket.close()
  }
}
