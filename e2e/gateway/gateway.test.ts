import { readFile } from 'node:fs/promises'
import { absences, startGateway } from '@sheaf/services'
import type { Gateway } from '@sheaf/services'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { gatewayConfiguration } from '../cluster/gateway.ts'
import { ask, nextMessage, openSocket } from './asking.ts'
import type { Answer } from './asking.ts'
import { StandIn } from './stand-in.ts'

const missing = (await absences()).find(({ name }) => name === 'nginx')
if (missing !== undefined) console.warn(`Tests of the gateway are skipped: ${missing.reason}. ${missing.remedy}`)

const documents = Array.from({ length: 60 }, (_, index) => `document-${index}`)
const pathOf = (documentId: string, rest = ''): string => `/v1/documents/${documentId}${rest}`

/** Every error by its code, as the reference shows it; a test of the server compares that with the server's own table. */
const reference = await readFile(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')
const errors = new Map(
  [...reference.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\|.*\| ([^|]+?) +\|$/gm)].map(
    ([, code, status, title]) => [code, { status: Number(status), title }] as const,
  ),
)

/** Answers of the gateway itself are told from those of servers by having the shape of every error. */
function expectProblem(answer: Answer, code: string): void {
  expect(answer.headers['content-type']).toBe('application/problem+json')
  const problem = JSON.parse(answer.body) as Readonly<Record<string, unknown>>
  const { status, title } = errors.get(code) ?? {}
  expect(problem).toMatchObject({ type: `https://sheaf.dev/errors#${code}`, title, status, code })
  expect(answer.status).toBe(status)
  expect(problem['detail']).not.toBe('')
  expect(problem['requestId']).toBe(answer.headers['x-request-id'])
}

describe.skipIf(missing !== undefined)('the gateway, in front of three servers', () => {
  let servers: readonly StandIn[]
  let gateway: Gateway
  let origin: string

  beforeAll(async () => {
    servers = await Promise.all(['one', 'two', 'three'].map((name) => StandIn.start(name)))
  })
  const start = async (choice: Parameters<typeof gatewayConfiguration>[1] = {}): Promise<void> => {
    gateway = await startGateway(
      await gatewayConfiguration(
        servers.map((server) => server.origin),
        choice,
      ),
    )
    origin = `http://127.0.0.1:${gateway.port}`
  }
  afterEach(async () => {
    await gateway.stop()
    for (const server of servers) {
      server.behaviour = 'answers'
      server.seen.length = 0
      await server.die()
      await server.listen()
    }
  })
  afterAll(async () => {
    for (const server of servers) await server.die()
  })

  const named = (name: string): StandIn => servers.find((server) => server.name === name) as StandIn
  const whoHas = async (documentId: string): Promise<string> => (await ask(origin, pathOf(documentId))).body
  const whoHasEach = async (): Promise<string[]> => Promise.all(documents.map(whoHas))

  it('GW-1 sends all requests and sockets of one document to one server, and those of many to all', async () => {
    await start()
    const owners = await whoHasEach()
    expect(new Set(owners)).toEqual(new Set(['one', 'two', 'three']))
    for (const [index, documentId] of documents.slice(0, 6).entries()) {
      const rests = ['', '/content?format=json', '/versions', '/permissions', '?again']
      for (const rest of rests) expect((await ask(origin, pathOf(documentId, rest))).body).toBe(owners[index])
      expect((await ask(origin, pathOf(documentId), { method: 'DELETE' })).body).toBe(owners[index])
      const { webSocket, greeting } = await openSocket(origin, pathOf(documentId, '/socket'))
      expect(greeting).toBe(owners[index])
      webSocket.terminate()
    }
  })

  it('GW-2 moves nothing but the documents of a server that is taken away, and brings them back', async () => {
    await start()
    const before = await whoHasEach()
    await named('two').die()
    const meanwhile = await whoHasEach()
    for (const [index, owner] of before.entries())
      if (owner === 'two') expect(['one', 'three']).toContain(meanwhile[index])
      else expect(meanwhile[index]).toBe(owner)
    expect(new Set(meanwhile.filter((_, index) => before[index] === 'two'))).toEqual(new Set(['one', 'three']))
    await named('two').listen()
    await expect.poll(whoHasEach, { timeout: 15_000 }).toEqual(before)
  })

  it('GW-3 spreads what names no document over all servers', async () => {
    await start()
    for (const path of ['/v1/auth/login', '/v1/documents', '/v1/me', '/']) {
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(origin, path)))
      expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['one', 'two', 'three']))
    }
  })

  it('GW-4 upgrades to WebSocket, carries both directions, and upgrades to nothing else', async () => {
    await start()
    const { webSocket, greeting } = await openSocket(origin, pathOf('a', '/socket'))
    const large = Buffer.alloc(1_000_000, 7)
    webSocket.send(large)
    expect(large.equals(await nextMessage(webSocket))).toBe(true)
    webSocket.terminate()
    const { headers } = named(greeting).seen.find(({ path }) => path === pathOf('a', '/socket')) ?? {}
    expect(headers).toMatchObject({ upgrade: 'websocket', connection: 'upgrade' })
    const other = { headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' } }
    expect(await ask(origin, pathOf('a'), other)).toMatchObject({ status: 200, body: greeting })
  })

  it('GW-5 tells the real address of the client, and believes no client about it', async () => {
    await start()
    const headers = {
      'x-forwarded-for': '203.0.113.9, 198.51.100.1',
      'x-forwarded-proto': 'https',
      host: 'sheaf.example:81',
    }
    const { body } = await ask(origin, pathOf('a'), { headers })
    const { webSocket } = await openSocket(origin, pathOf('a', '/socket'), { headers })
    webSocket.terminate()
    const told = named(body).seen.filter(({ path }) => path.startsWith(pathOf('a')))
    expect(told).toHaveLength(2)
    for (const request of told)
      expect(request.headers).toMatchObject({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        host: 'sheaf.example:81',
      })
  })

  it('GW-6 answers too many requests of one address with 429, a time to wait, and the shape of every error', async () => {
    await start({ limits: 'shipped' })
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => ask(origin, '/v1/auth/login', { method: 'POST' })),
    )
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(50)
    expect(refused.length).toBeLessThanOrEqual(150)
    for (const answer of refused) {
      expectProblem(answer, 'slow-down')
      expect(answer.headers['retry-after']).toBe('1')
    }
    // Who guesses passwords does not keep anybody from reading.
    expect((await ask(origin, pathOf('a'))).status).toBe(200)
  })

  it('GW-7 shows no figures of the servers, however their path is written', async () => {
    await start()
    const paths = [
      '/metrics',
      '/metrics/',
      '/metrics?x',
      '//metrics',
      '/%6detrics',
      '/x/../metrics',
      '/./metrics',
      '/metrics;x',
    ]
    for (const path of paths) expectProblem(await ask(origin, path), 'not-found')
    expectProblem(await ask(origin, '/sheaf-answers'), 'not-found')
    expect(servers.flatMap(({ seen }) => seen)).toEqual([])
    expect((await ask(origin, '/livez')).body).toBe('{"status":"ok"}')
  })

  it('GW-8 passes a dead server over at once, for reading, writing and sockets', async () => {
    await start()
    const owner = await whoHas('a')
    await named(owner).die()
    for (const answer of [
      await ask(origin, pathOf('a')),
      await ask(origin, pathOf('a', '/versions'), { method: 'POST', body: '{"name":"x"}' }),
      await openSocket(origin, pathOf('a', '/socket')).then(({ webSocket, greeting, milliseconds }) => {
        webSocket.terminate()
        return { status: 200, body: greeting, milliseconds }
      }),
    ]) {
      expect(answer.status).toBe(200)
      expect(answer.body).not.toBe(owner)
      expect(answer.milliseconds).toBeLessThan(2_000)
    }
  })

  it('GW-9 does not wait for a server that hangs: sockets for seconds, requests for half a minute at most', async () => {
    await start()
    const owner = await whoHas('a')
    named(owner).behaviour = 'hangs'
    const reading = ask(origin, pathOf('a'))
    const writing = ask(origin, pathOf('a', '/versions'), { method: 'POST', body: '{"name":"x"}' })
    const socket = await openSocket(origin, pathOf('a', '/socket'))
    expect(socket.greeting).not.toBe(owner)
    expect(socket.milliseconds).toBeLessThan(8_000)
    socket.webSocket.terminate()
    // From the first failure on the others are asked.
    const next = await ask(origin, pathOf('a'))
    expect(next.body).toBe(socket.greeting)
    expect(next.milliseconds).toBeLessThan(2_000)
    const read = await reading
    expect(read).toMatchObject({ status: 200, body: socket.greeting })
    expect(read.milliseconds).toBeLessThan(30_000)
    // It may have been done: only who asked can know whether to ask again.
    expectProblem(await writing, 'unavailable')
  }, 60_000)

  it('GW-10 takes sockets to another server while theirs drains', async () => {
    await start()
    const owner = await whoHas('a')
    named(owner).behaviour = 'drains'
    const { greeting, webSocket, milliseconds } = await openSocket(origin, pathOf('a', '/socket'))
    expect(greeting).not.toBe(owner)
    expect(milliseconds).toBeLessThan(2_000)
    webSocket.terminate()
  })

  it('GW-11 passes on what servers take, and refuses what they would refuse', async () => {
    await start()
    const send = (path: string, bytes: number): Promise<Answer> =>
      ask(origin, path, { method: 'POST', body: Buffer.alloc(bytes, 32) })
    const limits = {
      '/v1/documents': 4 * 1024 * 1024,
      '/v1/auth/login': 64 * 1024,
      [pathOf('a', '/versions')]: 64 * 1024,
    }
    for (const [path, bytes] of Object.entries(limits)) {
      const { body, status } = await send(path, bytes)
      expect(status).toBe(200)
      expect(named(body).seen).toContainEqual(expect.objectContaining({ path, bytes }))
      const headers = { 'content-length': String(bytes + 1) }
      expectProblem(await ask(origin, path, { method: 'POST', headers }), 'too-large')
    }
    expect((await send('/of-the-application', 7 * 1024 * 1024)).status).toBe(200)
  })

  it('GW-12 says in the shape of every error that no server answers, and what it cannot read', async () => {
    await start()
    for (const server of servers) await server.die()
    const none = await ask(origin, pathOf('a'))
    expectProblem(none, 'unavailable')
    expect(none.headers['retry-after']).toBe('1')
    expectProblem(
      await ask(origin, pathOf('a', '/socket'), { headers: { connection: 'upgrade', upgrade: 'websocket' } }),
      'unavailable',
    )
    expectProblem(await ask(origin, pathOf('a'), { headers: { 'x-long': 'x'.repeat(40_000) } }), 'bad-request')
    expect((await ask(origin, '/livez')).status).toBe(200)
    for (const server of servers) await server.listen()
    await expect.poll(async () => (await ask(origin, pathOf('a'))).status, { timeout: 15_000 }).toBe(200)
  })
})
