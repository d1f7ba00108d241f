import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Network } from '../support/network.ts'

const heard: string[] = []
const server = createServer((request, answer) => answer.end(request.headers.host))
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket, request) => {
  heard.push(`origin ${request.headers.origin ?? 'none'}`)
  socket.on('message', (data) => {
    heard.push(String(data))
    socket.send(`heard ${String(data)}`)
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

let network: Network
const answers: string[] = []

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(network.url.replace('http', 'ws'), { origin: network.url })
  socket.on('message', (data) => answers.push(String(data)))
  await once(socket, 'open')
  return socket
}

beforeEach(async () => {
  heard.length = 0
  answers.length = 0
  network = await Network.inFrontOf(port)
})
afterEach(() => network.close())
afterAll(() => server.close())

describe('the network of the user stories', () => {
  it('carries pages and sockets as if the server had been asked itself', async () => {
    expect(await (await fetch(network.url)).text()).toBe(`127.0.0.1:${port}`)
    const socket = await open()
    socket.send('one')
    await vi.waitFor(() => expect(answers).toEqual(['heard one']))
    expect(heard).toEqual([`origin http://127.0.0.1:${port}`, 'one'])
  })

  it('holds what goes to the browser while the server hears everything', async () => {
    const socket = await open()
    network.hold('to browser')
    socket.send('one')
    await vi.waitFor(() => expect(heard).toContain('one'))
    expect(answers).toEqual([])
    network.deliver()
    await vi.waitFor(() => expect(answers).toEqual(['heard one']))
  })

  it('holds what goes to the server, and delivers it in order', async () => {
    const socket = await open()
    network.hold('to server')
    socket.send('one')
    socket.send('two')
    expect(await (await fetch(network.url)).text()).toBe(`127.0.0.1:${port}`)
    expect(heard).toHaveLength(1)
    network.deliver()
    await vi.waitFor(() => expect(answers).toEqual(['heard one', 'heard two']))
  })

  it('ends sockets and lets no new one through while sockets are cut, but pages pass', async () => {
    const socket = await open()
    const closed = once(socket, 'close')
    network.cutSockets()
    await closed
    expect((await fetch(network.url)).status).toBe(200)
    await expect(open()).rejects.toThrow()
    network.heal()
    await open()
  })

  it('lets nothing through while it is cut', async () => {
    network.cut()
    await expect(fetch(network.url)).rejects.toThrow()
    await expect(open()).rejects.toThrow()
    network.heal()
    expect((await fetch(network.url)).status).toBe(200)
  })
})
