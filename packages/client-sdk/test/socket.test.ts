import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createSheafClient } from '../src/index.ts'
import { fakeClock, fakeNetwork } from '../src/testing/index.ts'
import type { FakeNetwork, ServerSocket } from '../src/testing/index.ts'
import { ServerDouble } from './support/server-double.ts'
import { text, write } from './support/world.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** The server double behind a real socket. */
async function realServer(): Promise<{ url: string; double: ServerDouble }> {
  let accept: ((socket: ServerSocket) => void) | null = null
  const network: FakeNetwork = { ...fakeNetwork(fakeClock()), serve: (handler) => void (accept = handler) }
  const double = new ServerDouble(network)
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, request) => {
    const end: ServerSocket = {
      url: request.url ?? '',
      onMessage: () => undefined,
      onClose: () => undefined,
      send: (bytes) => socket.send(bytes),
      close: (code) => socket.close(code),
    }
    accept?.(end)
    socket.on('message', (data: Buffer) => end.onMessage(new Uint8Array(data)))
    socket.on('close', () => end.onClose())
  })
  await new Promise((resolve) => server.once('listening', resolve))
  ends.push(
    () =>
      new Promise((resolve) => {
        for (const socket of server.clients) socket.terminate()
        server.close(() => resolve())
      }),
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, double }
}

describe('over a real socket', () => {
  it('CO-1 works in Node with the WebSocket of ws, packed states included', async () => {
    const { url, double } = await realServer()
    double.deflate = true
    const open = (token: string) => {
      const client = createSheafClient({ url, token, webSocket: WebSocket, batching: 'immediate' })
      ends.unshift(() => client.close())
      return client.open('doc')
    }
    const ada = open('ada')
    await ada.whenLoaded()
    write(ada, 'hello')
    await ada.whenDurable()
    const grace = open('grace')
    await grace.whenLoaded()
    expect(text(grace)).toBe('hello')
    const heard = new Promise<void>((resolve) => ada.ydoc.once('updateV2', () => resolve()))
    write(grace, 'well, ')
    await heard
    expect(text(ada)).toBe('well, hello')
  })
})
