import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { PROTOCOL_VERSION, decodeServerFrame, encodeClientFrame } from '@sheaf/protocol'
import type { ServerFrame } from '@sheaf/protocol'
import Fastify from 'fastify'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { readSettings } from '../src/config.ts'
import type { Environment, Settings } from '../src/config.ts'
import { doctor, migrate } from '../src/operating/operating.ts'
import { sheaf } from '../src/server.ts'
import { createSheafServer } from '../src/operating/standalone.ts'
import type { SheafServer } from '../src/operating/standalone.ts'
import type { SheafOptions } from '../src/plugin.ts'
import { aFolder } from './support/folder.ts'

const CHEAP = { passwords: { memoryKiB: 64, passes: 1 } }

async function aServer(
  environment: Environment = {},
  options: SheafOptions = {},
): Promise<SheafServer & { url: string }> {
  const folder = await aFolder()
  const settings = readSettings({ SHEAF_PORT: '0', SHEAF_LOG_LEVEL: 'silent', SHEAF_DATA_DIR: folder, ...environment })
  const server = createSheafServer(settings, { ...CHEAP, ...options })
  onTestFinished(() => server.stop())
  return { ...server, url: await server.start() }
}

interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any
}

async function post(url: string, path: string, body: object, token = ''): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

const register = (url: string, name: string) =>
  post(url, '/v1/auth/register', { email: `${name}@example.com`, password: 'long enough', displayName: name })

/** A socket that has said hello; resolves with the first frame of each kind that is asked for. */
function attach(url: string, documentId: string, token: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/documents/${documentId}/socket`, { headers })
  onTestFinished(() => socket.terminate())
  const frames: ServerFrame[] = []
  const waiting: (() => void)[] = []
  let end: string | null = null
  const wake = (): void => waiting.splice(0).forEach((resolve) => resolve())
  socket.on('open', () =>
    socket.send(
      encodeClientFrame({
        kind: 'hello',
        protocolVersion: PROTOCOL_VERSION,
        token,
        replicaId: 'ab'.repeat(16),
        lastSeq: 0,
        stateVector: new Uint8Array(),
        schemaId: '',
      }),
    ),
  )
  socket.on('message', (data: Buffer) => {
    frames.push(decodeServerFrame(data))
    wake()
  })
  socket.on('close', (code) => {
    end ??= String(code)
    wake()
  })
  socket.on('error', (error) => {
    end ??= error.message
    wake()
  })
  return {
    until: async (kind: ServerFrame['kind']): Promise<ServerFrame> => {
      for (;;) {
        const found = frames.find((frame) => frame.kind === kind)
        if (found !== undefined) return found
        if (end !== null) throw new Error(`the socket ended (${end})`)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    ended: async (): Promise<string> => {
      for (;;) {
        if (end !== null) return end
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
  }
}

async function aDocumentOf(
  url: string,
  name: string,
): Promise<{ token: string; refreshToken: string; id: string; userId: string }> {
  const { body } = await register(url, name)
  const { body: document } = await post(url, '/v1/documents', { title: 'Minutes' }, body.accessToken)
  return { token: body.accessToken, refreshToken: body.refreshToken, id: document.id, userId: body.user.id }
}

describe('a server of its own', () => {
  it('CF-11 one port serves the API and the sockets', async () => {
    const { url } = await aServer()
    const { id, token } = await aDocumentOf(url, 'ada')
    const welcome = await attach(url, id, token).until('welcome')
    expect(welcome).toMatchObject({ role: 'owner', principal: { name: 'ada' } })
  })

  it('SC-1 a socket is opened for listed origins, for its own and for programs, and for no other page', async () => {
    const { url } = await aServer({ SHEAF_ALLOWED_ORIGINS: 'https://app.example.com' })
    const { id, token } = await aDocumentOf(url, 'ada')
    for (const headers of [{}, { origin: url }, { origin: 'https://app.example.com' }])
      await attach(url, id, token, headers as Record<string, string>).until('welcome')
    for (const origin of [
      'https://evil.example',
      'https://app.example.com.evil.example',
      'http://app.example.com',
      'null',
    ])
      expect(await attach(url, id, token, { origin }).ended()).toContain('403')
  })

  it('SC-8 a log-out ends the open sessions of that log-in within a second', async () => {
    const { url } = await aServer()
    const { id, token, refreshToken } = await aDocumentOf(url, 'ada')
    const { body: other } = await post(url, '/v1/auth/login', { email: 'ada@example.com', password: 'long enough' })
    const [ending, staying] = [attach(url, id, token), attach(url, id, other.accessToken)]
    await ending.until('welcome')
    await staying.until('welcome')
    const begun = performance.now()
    await fetch(`${url}/v1/auth/logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken }),
    })
    expect(await ending.ended()).toBe('4401')
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it('SC-9 a change of role reaches an open session within a second, and a deletion ends it', async () => {
    const { url } = await aServer()
    const { id, token } = await aDocumentOf(url, 'ada')
    const { body: bob } = await register(url, 'bob')
    const call = (method: string, path: string, body?: object) =>
      fetch(`${url}/v1/documents/${id}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    await call('PUT', '/permissions', { email: 'bob@example.com', role: 'editor' })
    const session = attach(url, id, bob.accessToken)
    await session.until('welcome')
    const begun = performance.now()
    await call('PUT', `/permissions/${bob.user.id}`, { role: 'viewer' })
    expect(await session.until('access')).toMatchObject({ role: 'viewer' })
    expect(performance.now() - begun).toBeLessThan(1_000)
    expect((await call('DELETE', '')).status).toBe(204)
    await session.until('documentDeleted')
    await session.ended()
  })

  it('CF-12 a port in use is said in one line, and the data folder is free again', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as AddressInfo
    const folder = await aFolder()
    const settings = readSettings({ SHEAF_PORT: String(port), SHEAF_LOG_LEVEL: 'silent', SHEAF_DATA_DIR: folder })
    await expect(createSheafServer(settings).start()).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(new RegExp(`^SHEAF_PORT: [^\\n]*${port}[^\\n]*$`)),
    })
    await aServer({ SHEAF_DATA_DIR: folder })
  })

  it('CF-13 a folder that belongs to a running server stops the start', async () => {
    const folder = await aFolder()
    await aServer({ SHEAF_DATA_DIR: folder })
    await expect(aServer({ SHEAF_DATA_DIR: folder })).rejects.toMatchObject({ code: 'folder-in-use' })
  })

  it('CF-14 stopping drains: sessions are told, sockets end for a reconnect, and what was stored is there again', async () => {
    const folder = await aFolder()
    const server = await aServer({ SHEAF_DATA_DIR: folder })
    const { id, token } = await aDocumentOf(server.url, 'ada')
    const session = attach(server.url, id, token)
    await session.until('welcome')
    await Promise.all([server.stop(), server.stop()])
    await session.until('draining')
    expect(await session.ended()).toBe('1012')
    const again = await aServer({ SHEAF_DATA_DIR: folder })
    await attach(again.url, id, token).until('welcome')
  })

  it('CF-15 a path with a broken escape, and one that nobody has, are problems', async () => {
    const { url } = await aServer()
    for (const [path, status] of [
      ['/v1/documents/%ZZ', 400],
      ['/nothing', 404],
      ['/v1/documents/%00', 401],
    ] as const) {
      const response = await fetch(`${url}${path}`)
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
      expect(await response.json()).toMatchObject({ status, requestId: expect.any(String) })
    }
  })

  it('CF-16 the address behind a proxy is believed from as many proxies as were configured', async () => {
    const guess = async (url: string, forwarded: string): Promise<number> => {
      const response = await fetch(`${url}/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': forwarded },
        body: JSON.stringify({ email: `${forwarded}@example.com`, password: 'guess' }),
      })
      return response.status
    }
    const attempts = { attempts: { perAddress: 1 } }
    const behind = await aServer({ SHEAF_TRUSTED_PROXIES: '1' }, attempts)
    expect([await guess(behind.url, '10.0.0.1'), await guess(behind.url, '10.0.0.2')]).toEqual([401, 401])
    const alone = await aServer({}, attempts)
    expect([await guess(alone.url, '10.0.0.1'), await guess(alone.url, '10.0.0.2')]).toEqual([401, 429])
  })
})

describe('the plugin in an application', () => {
  it('HT-81 five lines mount it, and the routes of the application stay as they are', async () => {
    const app = Fastify()
    app.post('/echo', async (request) => request.body)
    app.get('/fails', async () => {
      throw new Error('mine')
    })
    app.setErrorHandler((error, _request, reply) => reply.code(418).send({ mine: (error as Error).message }))
    await app.register(sheaf, { dataDir: await aFolder(), ...CHEAP })
    onTestFinished(() => app.close())
    await app.ready()

    const echoed = await app.inject({
      method: 'POST',
      url: '/echo',
      payload: 'plain',
      headers: { 'content-type': 'text/plain' },
    })
    expect(echoed.payload).toBe('plain')
    expect(echoed.headers).not.toHaveProperty('x-ratelimit-limit')
    expect(echoed.headers).not.toHaveProperty('cache-control')
    expect((await app.inject('/fails')).json()).toEqual({ mine: 'mine' })
    expect((await app.inject('/unknown')).json()).toMatchObject({ error: 'Not Found' })
    expect((await app.inject('/v1/me')).json()).toMatchObject({ code: 'unauthenticated' })
    const converted = await app.inject({
      method: 'POST',
      url: '/v1/auth/register',
      payload: { email: 'a@example.com', password: 12345678, displayName: 'A' },
    })
    expect(converted.statusCode).toBe(400)
  })

  it('HT-82 it closes with the application and lets go of the folder', async () => {
    const dataDir = await aFolder()
    for (let round = 0; round < 2; round++) {
      const app = Fastify()
      await app.register(sheaf, { dataDir, ...CHEAP, health: false })
      await app.ready()
      expect((await app.inject('/livez')).statusCode).toBe(404)
      await app.close()
    }
  })

  it('HT-83 a folder that cannot be used fails the registration', async () => {
    const folder = await aFolder()
    await writeFile(join(folder, 'thesis.txt'), 'mine')
    const app = Fastify()
    await expect(app.register(sheaf, { dataDir: folder })).rejects.toMatchObject({ code: 'folder-unusable' })
    await app.close()
  })

  it("AU-11 an integrator's own tokens and rights take the place of the built-in ones", async () => {
    const people: Record<string, { id: string; name: string }> = {
      'token-ada': { id: 'u1', name: 'Ada' },
      'token-bob': { id: 'u2', name: 'Bob' },
    }
    const { url } = await aServer(
      {},
      {
        auth: {
          verifyToken: async (token) => {
            if (token === 'broken') throw new Error('the provider is down')
            return people[token] ?? null
          },
        },
        authorize: async ({ id }) => (id === 'u1' ? 'owner' : 'viewer'),
      },
    )
    const call = (token: string, path: string, method = 'GET') =>
      fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
    expect(await (await call('token-ada', '/v1/me')).json()).toEqual({
      id: 'u1',
      email: null,
      displayName: 'Ada',
      canCreateDocuments: true,
    })
    expect((await call('wrong', '/v1/me')).status).toBe(401)
    expect((await call('broken', '/v1/me')).status).toBe(503)
    expect((await post(url, '/v1/auth/login', { email: 'a@example.com', password: 'x' })).status).not.toBe(200)
    const { body: document } = await post(url, '/v1/documents', {}, 'token-ada')
    expect(await (await call('token-bob', `/v1/documents/${document.id}`)).json()).toMatchObject({ role: 'viewer' })
    expect((await call('token-bob', `/v1/documents/${document.id}`, 'DELETE')).status).toBe(403)
    expect(await attach(url, document.id, 'token-bob').until('welcome')).toMatchObject({ role: 'viewer' })
    expect(await attach(url, document.id, 'wrong').ended()).toBe('4401')
    expect((await call('token-ada', '/v1/documents/none')).status).toBe(404)
  })

  it("AU-12 tokens of a JWKS URL are checked with the provider's keys: signature, issuer, audience, time and algorithm", async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const { privateKey: otherKey } = await generateKeyPair('ES256')
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
    const provider = Fastify()
    provider.get('/jwks', async () => ({ keys: [jwk] }))
    onTestFinished(() => provider.close())
    const jwksUrl = `${await provider.listen({ port: 0 })}/jwks`
    const { url } = await aServer({}, { auth: { jwksUrl, issuer: 'https://id.example', audience: 'sheaf' } })

    const token = (change: { key?: typeof privateKey; issuer?: string; audience?: string; expires?: string } = {}) =>
      new SignJWT({ name: 'Ada' })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setSubject('u1')
        .setIssuer(change.issuer ?? 'https://id.example')
        .setAudience(change.audience ?? 'sheaf')
        .setIssuedAt()
        .setExpirationTime(change.expires ?? '5m')
        .sign(change.key ?? privateKey)
    const status = async (bearer: string) =>
      (await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${bearer}` } })).status
    expect(await status(await token())).toBe(200)
    expect(await status(await token({ key: otherKey }))).toBe(401)
    expect(await status(await token({ issuer: 'https://evil.example' }))).toBe(401)
    expect(await status(await token({ audience: 'other' }))).toBe(401)
    expect(await status(await token({ expires: '-1m' }))).toBe(401)
    const confused = await new SignJWT({ name: 'Eve' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setSubject('u1')
      .setIssuer('https://id.example')
      .setAudience('sheaf')
      .setExpirationTime('5m')
      .sign(Buffer.from(JSON.stringify(jwk)))
    expect(await status(confused)).toBe(401)
    await expect(
      aServer({}, { auth: { jwksUrl, issuer: 'i', audience: 'a', algorithms: ['HS256'] } }),
    ).rejects.toMatchObject({ code: 'configuration' })
  })
})

const said = async (settings: Settings): Promise<string> =>
  (await doctor(settings)).map(({ status, line }) => `${status} ${line}`).join('\n')

describe('commands', () => {
  it('CF-21 migrate says what it found, and makes nothing where there is nothing', async () => {
    const folder = await aFolder()
    const settings = readSettings({ SHEAF_DATA_DIR: folder })
    expect((await migrate(settings)).join('\n')).toContain('There is no data')
    expect((await migrate(settings)).join('\n')).toContain('There is no data')
    await (await aServer({ SHEAF_DATA_DIR: folder })).stop()
    expect((await migrate(settings)).join('\n')).toContain('has format 1 already')
  })

  it('CF-22 doctor tells the state of the folder, also beside a running server', async () => {
    const folder = await aFolder()
    const settings = readSettings({ SHEAF_DATA_DIR: folder })
    expect(await said(settings)).toContain('There is no data')
    const server = await aServer({ SHEAF_DATA_DIR: folder })
    expect(await said(settings)).toContain('belongs to a running server')
    await server.stop()
    expect(await said(settings)).not.toContain('running')
    await writeFile(join(folder, 'sheaf.json'), '{')
    expect(await doctor(settings)).toContainEqual({ status: 'bad', line: expect.stringContaining('sheaf.json') })
  })
})
