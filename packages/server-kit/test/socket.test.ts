import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PROTOCOL_VERSION, decodeServerFrame, encodeClientFrame } from '@sheaf/protocol'
import type { ClientFrame, ServerFrame } from '@sheaf/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { systemClock } from '../src/clock.ts'
import { createInlineDocumentThread } from '../src/document/document-thread.ts'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import type { Limits } from '../src/limits.ts'
import { noLog, noMetrics } from '../src/metrics.ts'
import { createRooms } from '../src/rooms.ts'
import type { Rooms } from '../src/rooms.ts'
import { attachSocketServer } from '../src/sessions/socket.ts'
import { createMemoryStores } from '../src/testing/index.ts'
import { docOf, operationFrame } from './support/world.ts'

interface Running {
  readonly url: string
  readonly server: Server
  readonly rooms: Rooms
}

const running: Running[] = []
const sockets: WebSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  for (const { server, rooms } of running.splice(0)) {
    await rooms.drain()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function start(change: Partial<Limits> = {}, otherUpgrade = false, trustedProxies = 0): Promise<Running> {
  const limits = { ...DEFAULT_LIMITS, ...change }
  const rooms = createRooms({
    stores: createMemoryStores(),
    clock: systemClock,
    access: {
      authenticate: async (token) => ({ principal: { id: token, name: token }, expiresAt: null, family: null }),
      authorize: async () => 'editor',
    },
    thread: createInlineDocumentThread(limits),
    limits,
    log: noLog,
    metrics: noMetrics,
    serverId: 'server',
    random: randomBytes,
  })
  await rooms.createDocument({ id: 'd', title: '', schemaId: '', content: docOf('seeded'), createdBy: 'ada' })
  const server = createServer((_request, response) => response.end())
  const mayConnect = (origin: string | undefined) => origin === undefined || origin === 'https://good.example'
  attachSocketServer(server, { rooms, limits, log: noLog, mayConnect, trustedProxies })
  if (otherUpgrade)
    server.on('upgrade', (request, socket) => {
      if (request.url === '/theirs') socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n')
    })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const started = { url: `ws://127.0.0.1:${port}`, server, rooms }
  running.push(started)
  return started
}

/** A real socket, with the frames that came and how it ended. */
class Client {
  readonly socket: WebSocket
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<number>
  readonly status: Promise<number>
  #wake: () => void = () => undefined

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers })
    sockets.push(this.socket)
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => this.socket.on('close', resolve))
    this.status = new Promise((resolve) => {
      this.socket.on('open', () => resolve(101))
      this.socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0)
        request.destroy()
      })
    })
    this.socket.on('message', (data) => {
      this.frames.push(decodeServerFrame(new Uint8Array(data as Buffer)))
      this.#wake()
    })
  }

  say(frame: ClientFrame): void {
    this.socket.send(encodeClientFrame(frame))
  }

  async next(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    for (;;) {
      const found = this.frames.find(matches)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async join(user = 'ada'): Promise<this> {
    await this.status
    const replicaId = randomBytes(16).toString('hex')
    const hello = { token: user, replicaId, lastSeq: 0, stateVector: new Uint8Array(), schemaId: '' }
    this.say({ kind: 'hello', protocolVersion: PROTOCOL_VERSION, ...hello })
    await this.next(({ kind }) => kind === 'state')
    return this
  }
}

const path = '/v1/documents/d/socket'

const insert = (text: string): Uint8Array => {
  const ydoc = new Y.Doc()
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText(text)])
  ydoc.getXmlFragment('content').insert(0, [paragraph])
  return Y.encodeStateAsUpdateV2(ydoc)
}

describe('the socket', () => {
  it('SN-21 carries an edit from one client to the other, and says when it is durable', async () => {
    const { url } = await start()
    const ada = await new Client(url + path).join('ada')
    const bob = await new Client(url + path).join('bob')
    ada.say(operationFrame(1, 1, insert('hello')))
    expect(await ada.next(({ kind }) => kind === 'committed')).toEqual({ kind: 'committed', counter: 1, seq: 2 })
    const operation = await bob.next(({ kind }) => kind === 'operation')
    expect(operation).toMatchObject({ seq: 2, counter: 1 })
    expect(ada.frames.map(({ kind }) => kind)).toEqual(['welcome', 'state', 'received', 'committed'])
  })

  it('SN-22 a frame of every size arrives whole', async () => {
    const { url, rooms } = await start()
    for (const size of [50, 125, 126, 60_000, 65_536, 300_000]) {
      const id = `size-${size}`
      const words = randomBytes(size / 2).toString('hex')
      await rooms.createDocument({ id, title: '', schemaId: '', content: docOf(words), createdBy: 'ada' })
      const client = await new Client(`${url}/v1/documents/${id}/socket`).join()
      const state = client.frames.find(({ kind }) => kind === 'state')
      expect(state?.kind === 'state' && state.parts.length).toBe(1)
      const { rendered } = await rooms.content(id, 'markdown')
      expect(rendered).toEqual({ format: 'markdown', text: `${words}\n` })
    }
  })

  it('SN-23 a page of an origin that is not listed is refused with 403, a program without an origin is not', async () => {
    const { url } = await start()
    expect(await new Client(url + path, { origin: 'https://evil.example' }).status).toBe(403)
    expect(await new Client(url + path, { origin: 'https://good.example.evil.example' }).status).toBe(403)
    expect(await new Client(url + path, { origin: 'https://good.example' }).status).toBe(101)
    expect(await new Client(url + path).status).toBe(101)
  })

  it('SN-24 another path is answered 404, unless the application has sockets of its own', async () => {
    const alone = await start()
    for (const bad of ['/', '/v1/documents/socket', '/v1/documents/a/b/socket', '/v1/documents/%zz/socket'])
      expect(await new Client(alone.url + bad).status).toBe(404)
    const shared = await start({}, true)
    expect(await new Client(`${shared.url}/theirs`).status).toBe(418)
  })

  it('SN-25 one address may have only so many sockets open', async () => {
    const { url } = await start({ maxConnectionsPerAddress: 2 })
    const first = new Client(url + path)
    expect(await first.status).toBe(101)
    expect(await new Client(url + path).status).toBe(101)
    expect(await new Client(url + path).status).toBe(429)
    first.socket.close()
    await first.closed
    // The server hears of it within moments.
    let status = 429
    while (status === 429) status = await new Client(url + path).status
    expect(status).toBe(101)
  })

  it('SN-29 behind trusted proxies, the address that counts is the one that the outermost of them saw', async () => {
    const limits = { maxConnectionsPerAddress: 1 }
    const statusAt = async (url: string, forwarded: string): Promise<number> =>
      new Client(url + path, { 'x-forwarded-for': forwarded }).status
    const behindTwo = await start(limits, false, 2)
    expect(await statusAt(behindTwo.url, '10.0.0.1, 192.168.0.1')).toBe(101)
    expect(await statusAt(behindTwo.url, '10.0.0.2, 192.168.0.1')).toBe(101)
    // What stands further left is what anybody may have written.
    expect(await statusAt(behindTwo.url, '10.9.9.9, 10.0.0.1, 192.168.0.1')).toBe(429)
    const alone = await start(limits)
    expect(await statusAt(alone.url, '10.0.0.1')).toBe(101)
    expect(await statusAt(alone.url, '10.0.0.2')).toBe(429)
  })

  it('SN-26 a text frame closes with 4400, one that is too large with 1009, garbage is survived', async () => {
    const { url } = await start({ update: { ...DEFAULT_LIMITS.update, maxBytes: 1_000 } })
    const text = await new Client(url + path).join()
    text.socket.send('{"type":"hello"}')
    expect(await text.closed).toBe(4400)
    const large = await new Client(url + path).join()
    large.socket.send(Buffer.alloc(100_000))
    expect(await large.closed).toBe(1009)
    const raw = await new Client(url + path).join()
    const pipe = (raw.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket
    pipe.write(randomBytes(500))
    await raw.closed
    expect(await new Client(url + path).status).toBe(101)
  })

  it('SN-27 a drain tells everybody, closes with 1012, and new sockets are refused', async () => {
    const { url, rooms } = await start()
    const ada = await new Client(url + path).join()
    ada.say(operationFrame(1, 1, insert('last words')))
    await ada.next(({ kind }) => kind === 'received')
    await rooms.drain()
    expect(await ada.closed).toBe(1012)
    expect(ada.frames.some(({ kind }) => kind === 'draining')).toBe(true)
    expect(ada.frames.some(({ kind }) => kind === 'committed')).toBe(true)
    expect(await new Client(url + path).status).toBe(503)
  })
})
