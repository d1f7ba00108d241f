import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { absences, startGateway } from '@sheaf/services'
import type { Gateway } from '@sheaf/services'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { gatewayConfiguration } from '../cluster/gateway.ts'
import { Member } from '../cluster/member.ts'
import { SheafApi } from '../faults/sheaf-api.ts'
import { freePort, sheafEnvironment, sheafServe } from '../faults/sheaf-command.ts'
import { ask } from './asking.ts'
import type { Answer, Question } from './asking.ts'

const run = promisify(execFile)

const missing = (await absences()).find(({ name }) => name === 'nginx')
if (missing !== undefined) console.warn(`Tests of the gateway are skipped: ${missing.reason}. ${missing.remedy}`)

const REQUESTS_PER_MINUTE = 300

describe.skipIf(missing !== undefined)('the gateway, in front of a real server', () => {
  let folder: string
  let server: Member
  let ca: string
  let tls: { readonly certificate: string; readonly key: string; readonly plainPort: number }
  let overTls: Gateway
  let plain: Gateway

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sheaf-gateway-'))
    const port = await freePort()
    server = new Member({
      label: 'server',
      parameters: sheafServe('built'),
      environment: {
        ...sheafEnvironment(join(folder, 'data'), port),
        SHEAF_TRUSTED_PROXIES: '1',
        SHEAF_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE),
      },
      origin: `http://127.0.0.1:${port}`,
    })
    tls = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem'), plainPort: await freePort() }
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const output = ['-keyout', tls.key, '-out', tls.certificate, '-days', '2', '-nodes']
    const made = run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      ...output,
      ...subject,
    ])
    await Promise.all([server.start(), made])
    ca = await readFile(tls.certificate, 'utf8')
    plain = await startGateway(await gatewayConfiguration([server.origin]))
    overTls = await startGateway(await gatewayConfiguration([server.origin], { tls }))
  }, 90_000)
  afterAll(async () => {
    await overTls?.stop()
    await plain?.stop()
    await server?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  const closeCode = (webSocket: WebSocket): Promise<number> =>
    new Promise((resolve, reject) => {
      webSocket.once('error', reject)
      webSocket.once('close', resolve)
    })

  it('GW-13 serves TLS with the lines of its comment, sockets too, and sends plain requests there', async () => {
    const origin = `https://localhost:${overTls.port}`
    const answer = await ask(origin, '/v1/openapi.json', { ca })
    expect(answer.status).toBe(200)
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')

    // A page of the same origin may open sockets: the server knows its own name behind the gateway.
    const own = new WebSocket(`wss://localhost:${overTls.port}/v1/documents/x/socket`, { ca, origin })
    own.on('open', () => own.send(Buffer.from([1, 99])))
    expect(await closeCode(own)).toBe(4426)
    const foreign = new WebSocket(`wss://localhost:${overTls.port}/v1/documents/x/socket`, {
      ca,
      origin: 'https://else.example',
    })
    await expect(closeCode(foreign)).rejects.toThrow('403')

    const moved = await ask(`http://127.0.0.1:${tls.plainPort}`, '/v1/documents?limit=2', {
      method: 'POST',
      headers: { host: 'sheaf.example' },
    })
    // Permanent, and the method stays what it was.
    expect(moved).toMatchObject({ status: 308, headers: { location: 'https://sheaf.example/v1/documents?limit=2' } })
  })

  it('GW-14 leaves what servers answer as it is, and knows their limits on bodies', async () => {
    const api = await SheafApi.register(`http://127.0.0.1:${plain.port}`, 'gw14')
    const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' }
    const send = (path: string, question: Question = {}): Promise<Answer> =>
      ask(api.origin, path, { ...question, headers: { ...headers, ...question.headers } })
    const unknown = await send('/v1/documents/00000000-0000-4000-8000-000000000000')
    expect(unknown).toMatchObject({ status: 404, headers: { 'x-request-id': JSON.parse(unknown.body).requestId } })
    const text = 'x'.repeat(5 * 1024 * 1024)
    const large = await send('/v1/documents', {
      method: 'POST',
      body: JSON.stringify({ title: 'large', content: { text } }),
    })
    expect(large.status).toBe(413)
    expect(JSON.parse(large.body)).toMatchObject({ code: 'too-large', status: 413 })
    const title = 't'.repeat(100_000)
    const renamed = await send('/v1/documents/x', { method: 'PATCH', body: JSON.stringify({ title }) })
    expect(JSON.parse(renamed.body)).toMatchObject({ code: 'too-large', status: 413 })
    const paragraphs = Array.from({ length: 300 }, () => ({
      type: 'paragraph',
      content: [{ type: 'text', text: 'y'.repeat(10_000) }],
    }))
    const fits = await send('/v1/documents', {
      method: 'POST',
      body: JSON.stringify({ content: { type: 'doc', content: paragraphs } }),
    })
    expect(fits.status).toBe(201)
    const { body } = await send(`/v1/documents/${JSON.parse(fits.body).id}/content?format=markdown`)
    expect(body.length).toBeGreaterThan(3_000_000)
  }, 60_000)

  it('GW-5 limits requests by the address that the gateway sees: a client that claims others is not believed', async () => {
    const origin = `http://127.0.0.1:${plain.port}`
    const statuses: number[] = []
    for (let asked = 0; asked < REQUESTS_PER_MINUTE + 50; asked++) {
      const headers = { 'x-forwarded-for': `203.0.113.${asked % 250}, 198.51.100.${asked % 250}` }
      statuses.push((await ask(origin, '/v1/me', { headers })).status)
      if (statuses.at(-1) === 429) break
    }
    expect(statuses.at(-1)).toBe(429)
    const refused = await ask(origin, '/v1/me')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'slow-down' })
  }, 60_000)
})
