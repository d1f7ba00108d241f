import type { AddressInfo } from 'node:net'
import { deflateRawSync } from 'node:zlib'
import { WebSocketServer } from 'ws'
import { MemoryServer } from '../../src/testing/index.ts'
import type { ServerSocket } from '../../src/testing/index.ts'

/** The server of the failure kit behind real sockets of this machine. It packs states, as real ones do. */
export async function listen(): Promise<{ url: string; memory: MemoryServer; stop: () => Promise<void> }> {
  let accept: ((socket: ServerSocket) => void) | null = null
  const memory = new MemoryServer({
    serve: (handler) => (accept = handler),
    deflate: (bytes) => new Uint8Array(deflateRawSync(bytes)),
  })
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, request) => {
    const end: ServerSocket = {
      url: request.url ?? '',
      onMessage: () => undefined,
      onClose: () => undefined,
      send: (bytes) => socket.send(bytes),
      close: (code) => (code === 1006 ? socket.terminate() : socket.close(code)),
    }
    if (accept === null) return socket.terminate()
    accept(end)
    socket.on('message', (data: Buffer) => end.onMessage(new Uint8Array(data)))
    socket.on('close', () => end.onClose())
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const stop = (): Promise<void> => {
    for (const socket of server.clients) socket.terminate()
    return new Promise((resolve) => server.close(() => resolve()))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, memory, stop }
}
