import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../src/errors.ts'
import { ORIGIN, anApi, withoutRequestId } from './support/api.ts'
import type { Api, CallOptions, Person } from './support/api.ts'

const CONTENT = {
  type: 'doc',
  content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Hello, world' }] }],
}

async function aDocument(api: Api, owner: Person, body: object = { title: 'Minutes' }): Promise<string> {
  const created = await api.call('POST', '/v1/documents', { as: owner, body })
  expect(created.status, created.text).toBe(201)
  return created.body.id
}

const share = (api: Api, owner: Person, documentId: string, person: Person, role: string) =>
  api.call('PUT', `/v1/documents/${documentId}/permissions`, { as: owner, body: { email: person.email, role } })

describe('documents', () => {
  it('HT-1 a document is created, listed, read, renamed and deleted by its owner', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const created = await api.call('POST', '/v1/documents', { as: ada, body: { title: 'Minutes' } })
    expect(created).toMatchObject({ status: 201, body: { title: 'Minutes', role: 'owner', createdBy: ada.user.id } })
    const { id } = created.body
    expect(new Date(created.body.createdAt).toISOString()).toBe(created.body.createdAt)
    expect((await api.call('GET', '/v1/documents', { as: ada })).body).toEqual({
      items: [created.body],
      nextCursor: null,
    })
    const renamed = await api.call('PATCH', `/v1/documents/${id}`, { as: ada, body: { title: 'Plan' } })
    expect(renamed).toMatchObject({ status: 200, body: { id, title: 'Plan' } })
    expect((await api.call('GET', `/v1/documents/${id}`, { as: ada })).body.title).toBe('Plan')
    expect(await api.call('DELETE', `/v1/documents/${id}`, { as: ada })).toMatchObject({ status: 204, text: '' })
    expect(api.announced).toContainEqual({ kind: 'document-deleted', documentId: id })
    expect((await api.call('GET', `/v1/documents/${id}`, { as: ada })).status).toBe(404)
    expect((await api.call('GET', '/v1/documents', { as: ada })).body.items).toEqual([])
    expect((await api.stores.documents.get(id))?.deletedAt).not.toBeNull()
  })

  it('HT-2 the server seeds the content once, and gives it out in every format', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const id = await aDocument(api, ada, { content: CONTENT })
    const get = (format: string) => api.call('GET', `/v1/documents/${id}/content?format=${format}`, { as: ada })
    const json = await get('json')
    expect(json.body.content.content[0].content[0].text).toBe('Hello, world')
    expect(json.body.seq).toBeGreaterThan(0)
    expect((await api.call('GET', `/v1/documents/${id}/content`, { as: ada })).body).toEqual(json.body)
    const html = await get('html')
    expect(html.text).toContain('<p>Hello, world</p>')
    expect(html.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining('sandbox'),
      'x-content-type-options': 'nosniff',
    })
    expect(await get('markdown')).toMatchObject({ text: expect.stringContaining('Hello, world') })
    expect((await get('update')).headers['content-type']).toBe('application/octet-stream')
    expect((await get('pdf')).status).toBe(400)
  })

  it('HT-3 content that is no document is refused, and no document comes of it', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    for (const content of [
      {},
      { type: 'paragraph' },
      { type: 'doc', content: [{ type: 5 }] },
      { type: 'doc', content: 'text' },
    ]) {
      const refused = await api.call('POST', '/v1/documents', { as: ada, body: { content } })
      expect(refused, JSON.stringify(content)).toMatchObject({ status: 422, body: { code: 'bad-content' } })
    }
    expect((await api.call('GET', '/v1/documents', { as: ada })).body.items).toEqual([])
  })

  it('HT-4 a long list comes in pages, newest first, without a gap or a repeat, deleted ones left out', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const ids: string[] = []
    for (let index = 0; index < 12; index++) {
      ids.unshift(await aDocument(api, ada, { title: `Document ${index}` }))
      api.advance(1_000)
    }
    for (const id of [ids[3], ids[4], ids[11]]) await api.call('DELETE', `/v1/documents/${id}`, { as: ada })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { body } = await api.call('GET', `/v1/documents?limit=2${query}`, { as: ada })
      expect(body.items.length).toBeLessThanOrEqual(2)
      seen.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(ids.filter((_, index) => ![3, 4, 11].includes(index)))
  })

  it('HT-5 somebody who may not create documents is refused', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    await api.stores.users.update(ada.user.id, { canCreateDocuments: false })
    expect(await api.call('POST', '/v1/documents', { as: ada, body: {} })).toMatchObject({ status: 403 })
  })

  it('SC-19 ids of documents are not guessable', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const ids = [await aDocument(api, ada), await aDocument(api, ada)]
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('permissions', () => {
  it('HT-11 an owner shares by e-mail, changes the role and withdraws it; each change is announced', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    expect((await api.call('GET', `/v1/documents/${id}`, { as: bob })).status).toBe(404)
    const given = await share(api, ada, id, bob, 'viewer')
    expect(given).toMatchObject({
      status: 200,
      body: { userId: bob.user.id, email: 'bob@example.com', displayName: 'Bob', role: 'viewer' },
    })
    expect((await api.call('GET', `/v1/documents/${id}`, { as: bob })).body.role).toBe('viewer')
    expect((await api.call('GET', '/v1/documents', { as: bob })).body.items).toHaveLength(1)
    const path = `/v1/documents/${id}/permissions/${bob.user.id}`
    expect((await api.call('PUT', path, { as: ada, body: { role: 'commenter' } })).body.role).toBe('commenter')
    expect((await api.call('DELETE', path, { as: ada })).status).toBe(204)
    expect((await api.call('GET', `/v1/documents/${id}`, { as: bob })).status).toBe(404)
    expect((await api.call('DELETE', path, { as: ada })).status).toBe(404)
    const announced = api.announced.filter((message) => message.kind === 'access' && message.userId === bob.user.id)
    expect(announced.map((message) => (message.kind === 'access' ? message.role : ''))).toEqual([
      'viewer',
      'commenter',
      null,
    ])
  })

  it('HT-12 a document keeps an owner: the last one can neither leave nor step down, also when two try at once', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    const path = (person: Person): string => `/v1/documents/${id}/permissions/${person.user.id}`
    expect(await api.call('DELETE', path(ada), { as: ada })).toMatchObject({
      status: 409,
      body: { code: 'last-owner' },
    })
    expect((await api.call('PUT', path(ada), { as: ada, body: { role: 'editor' } })).status).toBe(409)
    expect((await api.call('PUT', path(ada), { as: ada, body: { role: 'owner' } })).status).toBe(200)
    await share(api, ada, id, bob, 'owner')
    const [first, second] = await Promise.all([
      api.call('DELETE', path(ada), { as: bob }),
      api.call('DELETE', path(bob), { as: ada }),
    ])
    expect([first.status, second.status].sort()).toEqual([204, 409])
    const left = await api.stores.permissions.listByDocument(id)
    expect(left.map(({ role }) => role)).toEqual(['owner'])
  })

  it('HT-13 an address that nobody has is told to the owner, and to nobody else', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    await share(api, ada, id, bob, 'editor')
    const body = { email: 'nobody@example.com', role: 'viewer' }
    const path = `/v1/documents/${id}/permissions`
    expect(await api.call('PUT', path, { as: ada, body })).toMatchObject({
      status: 404,
      body: { code: 'no-such-user' },
    })
    expect(await api.call('PUT', path, { as: bob, body })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })

  it('HT-14 owners see the addresses of all, others only their own', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    await share(api, ada, id, bob, 'viewer')
    const list = async (as: Person) => {
      const { body } = await api.call('GET', `/v1/documents/${id}/permissions`, { as })
      return new Map(
        body.items.map((item: { displayName: string; email: string | null }) => [item.displayName, item.email]),
      )
    }
    expect(await list(ada)).toEqual(
      new Map([
        ['Ada', 'ada@example.com'],
        ['Bob', 'bob@example.com'],
      ]),
    )
    expect(await list(bob)).toEqual(
      new Map([
        ['Ada', null],
        ['Bob', 'bob@example.com'],
      ]),
    )
  })

  it('HT-15 everybody may leave a document', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    await share(api, ada, id, bob, 'viewer')
    expect((await api.call('DELETE', `/v1/documents/${id}/permissions/${bob.user.id}`, { as: bob })).status).toBe(204)
    expect((await api.call('GET', `/v1/documents/${id}`, { as: bob })).status).toBe(404)
  })
})

describe('versions', () => {
  it('HT-21 a version is kept under a name, listed, opened, renamed and restored', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const id = await aDocument(api, ada, { content: CONTENT })
    const created = await api.call('POST', `/v1/documents/${id}/versions`, { as: ada, body: { name: 'Draft' } })
    expect(created).toMatchObject({ status: 201, body: { name: 'Draft', kind: 'named' } })
    const path = `/v1/documents/${id}/versions/${created.body.id}`
    const { body } = await api.call('GET', `/v1/documents/${id}/versions`, { as: ada })
    expect(body.items[0]).toMatchObject({ id: created.body.id, name: 'Draft' })
    expect((await api.call('GET', path, { as: ada })).body).toMatchObject({ id: created.body.id })
    expect((await api.call('GET', `${path}?format=json`, { as: ada })).body.content.content[0].content[0].text).toBe(
      'Hello, world',
    )
    expect((await api.call('PATCH', path, { as: ada, body: { name: 'First draft' } })).body.name).toBe('First draft')
    const restored = await api.call('POST', `${path}/restore`, { as: ada })
    expect(restored).toMatchObject({ status: 200, body: { seq: expect.any(Number) } })
  })

  it('HT-22 a version of another document is not found', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const [first, second] = [await aDocument(api, ada), await aDocument(api, ada)]
    const { body } = await api.call('POST', `/v1/documents/${first}/versions`, { as: ada, body: { name: 'Mine' } })
    for (const path of ['', '?format=json'])
      expect((await api.call('GET', `/v1/documents/${second}/versions/${body.id}${path}`, { as: ada })).status).toBe(
        404,
      )
    expect((await api.call('POST', `/v1/documents/${second}/versions/${body.id}/restore`, { as: ada })).status).toBe(
      404,
    )
  })
})

describe('bad input', () => {
  const register = (api: Api, options: CallOptions) => api.call('POST', '/v1/auth/register', options)
  const account = { email: 'ada@example.com', password: 'long enough', displayName: 'Ada' }
  const json = { 'content-type': 'application/json' }

  it('HT-31 a body that is not JSON is answered 400, one of another type 415, one that is too large 413', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    for (const raw of ['{', '', '{"a":}', 'nonsense', '\u0000'])
      expect(await register(api, { raw, headers: json }), raw).toMatchObject({
        status: 400,
        body: { code: 'bad-request' },
      })
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
    ])
      expect(
        await register(api, { raw: JSON.stringify(account), headers: { 'content-type': type } }),
        type,
      ).toMatchObject({
        status: 415,
        body: { code: 'unsupported-media-type' },
      })
    const large = await register(api, { body: { ...account, displayName: 'x'.repeat(70_000) } })
    expect(large).toMatchObject({ status: 413, body: { code: 'too-large' } })
    const content = {
      type: 'doc',
      content: [{ type: 'paragraph', content: [{ type: 'text', text: 'x'.repeat(5_000_000) }] }],
    }
    expect((await api.call('POST', '/v1/documents', { as: ada, body: { content } })).status).toBe(413)
  })

  it('HT-32 unknown fields, prototypes and wrong types are answered 400 and never converted', async () => {
    const api = await anApi()
    const bad: unknown[] = [
      { ...account, admin: true },
      { ...account, displayName: { $ne: null } },
      { ...account, displayName: ['Ada'] },
      { ...account, displayName: 5 },
      { ...account, displayName: null },
      { ...account, email: { $gt: '' } },
      { ...account, password: true },
      { email: account.email, password: account.password },
      [account],
      'text',
      null,
      7,
    ]
    for (const body of bad)
      expect(await register(api, { body }), JSON.stringify(body)).toMatchObject({
        status: 400,
        body: { code: 'bad-request' },
      })
    const whole = JSON.stringify(account).slice(1)
    for (const key of ['__proto__', 'constructor'])
      expect(
        await register(api, { raw: `{"${key}":{"prototype":{"a":1}},${whole}`, headers: json }),
        key,
      ).toMatchObject({
        status: 400,
        body: { code: 'bad-request' },
      })
    // Where the schema allows any key, nothing but the parser stands in the way.
    const ada = await api.person('Ada')
    const content = await api.call('POST', '/v1/documents', {
      as: ada,
      raw: '{"content":{"type":"doc","content":[],"__proto__":{"a":1}}}',
      headers: json,
    })
    expect(content).toMatchObject({ status: 400, body: { code: 'bad-request' } })
    expect(({} as { a?: number }).a).toBeUndefined()
  })

  it('HT-33 a NUL byte, a control character or a name of nothing but spaces is answered 400', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    for (const displayName of ['A\u0000', 'A\nB', '', '   ', 'x'.repeat(65)])
      expect((await register(api, { body: { ...account, displayName } })).status).toBe(400)
    for (const email of [
      'ada',
      'ada@',
      'a da@example.com',
      'ada@example',
      'a\u0000@example.com',
      `${'a'.repeat(250)}@example.com`,
    ])
      expect((await register(api, { body: { ...account, email } })).status).toBe(400)
    for (const password of ['short', 'long\u0000enough', 'x'.repeat(257)])
      expect((await register(api, { body: { ...account, password } })).status).toBe(400)
    expect((await api.call('POST', '/v1/documents', { as: ada, body: { title: 'a\u0000b' } })).status).toBe(400)
    expect((await api.call('GET', '/v1/documents/a%00b', { as: ada })).status).toBe(400)
    expect((await api.call('GET', '/v1/documents/%E0%A4%A', { as: ada })).status).toBeLessThan(500)
    expect((await api.call('GET', `/v1/documents/${'x'.repeat(5_000)}`, { as: ada })).status).toBeGreaterThanOrEqual(
      400,
    )
  })

  it('SC-18 operators and SQL in every place are answered 400 or taken for text', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    for (const query of [
      'limit[$gt]=1',
      'limit=1%20OR%201=1',
      'limit=0',
      'limit=1000',
      'limit=-1',
      'cursor[$ne]=x',
      'limit=1&limit=2',
      'where=1',
    ])
      expect((await api.call('GET', `/v1/documents?${query}`, { as: ada })).status, query).toBe(400)
    expect(
      (await api.call('POST', '/v1/auth/login', { body: { email: { $gt: '' }, password: { $gt: '' } } })).status,
    ).toBe(400)
    expect((await api.call('POST', '/v1/auth/refresh', { body: { refreshToken: { $ne: null } } })).status).toBe(400)
    const title = "'; DROP TABLE documents; --"
    const id = await aDocument(api, ada, { title })
    expect((await api.call('GET', `/v1/documents/${id}`, { as: ada })).body.title).toBe(title)
  })

  it('SC-20 every error is a problem with code and request id, and no stack or content goes to the log', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const answers = [
      await api.call('GET', '/v1/nothing', { as: ada }),
      await api.call('GET', '/v1/documents/none', { as: ada }),
      await api.call('GET', '/v1/me'),
      await register(api, { raw: '{"displayName":"something private"', headers: json }),
    ]
    for (const { body, status, headers } of answers) {
      expect(Object.keys(body).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type'])
      expect(headers['content-type']).toContain('application/problem+json')
      expect(body).toMatchObject({ status, requestId: headers['x-request-id'] })
      expect(Object.keys(ERROR_CODES)).toContain(body.code)
      expect(JSON.stringify(body)).not.toMatch(/something private|node_modules|\.ts:/)
    }
    expect(api.logged.join('\n')).not.toContain('something private')
  })

  it('SC-20 a mistake of the server is answered with 500 and says nothing of its reason', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    api.stores.documents.getMany = () => Promise.reject(new Error('secret of the database'))
    const answer = await api.call('GET', '/v1/documents', { as: ada })
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } })
    expect(answer.text).not.toContain('secret of the database')
    const line = api.logged.find((logged) => logged.includes('secret of the database'))
    expect(line).toBeDefined()
    expect(line).not.toMatch(/\.ts:\d+/)
  })

  it('HT-34 when the store does not answer, signing in and opening are refused with an error that says to try again', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    api.stores.users.get = () => Promise.reject(new Error('connection refused'))
    expect(await api.call('GET', '/v1/documents', { as: ada })).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    })
  })
})

describe('origins', () => {
  it('HT-41 pages of a listed origin may call, those of others get no CORS headers', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const from = (origin: string) => api.call('GET', '/v1/me', { as: ada, headers: { origin } })
    expect((await from(ORIGIN)).headers['access-control-allow-origin']).toBe(ORIGIN)
    for (const origin of ['https://evil.example', `${ORIGIN}.evil.example`, 'http://app.example.com', 'null', '*']) {
      const { headers } = await from(origin)
      expect(
        Object.keys(headers).filter((name) => name.startsWith('access-control-')),
        origin,
      ).toEqual([])
    }
    const preflight = await api.app.inject({
      method: 'OPTIONS',
      url: '/v1/documents',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    })
    expect(preflight.statusCode).toBe(204)
    expect(preflight.headers['access-control-allow-headers']).toContain('authorization')
    const refused = await api.app.inject({
      method: 'OPTIONS',
      url: '/v1/documents',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(Object.keys(refused.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('HT-42 an error for a page of a listed origin can be read by it', async () => {
    const api = await anApi()
    const { headers } = await api.call('GET', '/v1/me', { headers: { origin: ORIGIN } })
    expect(headers['access-control-allow-origin']).toBe(ORIGIN)
  })
})

describe('limits', () => {
  it('SC-13 requests of one address are limited with 429 and Retry-After, those of another go on', async () => {
    const api = await anApi({ requestsPerMinute: 5 })
    const ada = await api.person('Ada')
    for (let request = 0; request < 4; request++)
      expect((await api.call('GET', '/v1/me', { as: ada })).status).toBe(200)
    const limited = await api.call('GET', '/v1/me', { as: ada })
    expect(limited).toMatchObject({ status: 429, body: { code: 'slow-down', status: 429 } })
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
    expect((await api.call('GET', '/v1/me', { as: ada, address: '10.0.0.9' })).status).toBe(200)
    expect((await api.call('GET', '/livez')).status).toBe(200)
  })
})

describe('limits of people', () => {
  it('SC-13 requests of one user are limited from however many addresses', async () => {
    const api = await anApi({ requestsPerMinute: 5 })
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const ask = (as: typeof ada, address: string) => api.call('GET', '/v1/me', { as, address })
    for (let request = 0; request < 5; request++) expect((await ask(ada, `10.0.0.${request}`)).status).toBe(200)
    const limited = await ask(ada, '10.0.0.9')
    expect(limited).toMatchObject({ status: 429, body: { code: 'slow-down' } })
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0)
    expect((await ask(bob, '10.0.0.9')).status).toBe(200)
  })

  it('SC-13 whoever guesses tokens is limited like everybody', async () => {
    const api = await anApi({ requestsPerMinute: 5 })
    const guess = () => api.call('GET', '/v1/me', { as: { accessToken: 'guessed' } })
    const answers = []
    for (let request = 0; request < 6; request++) answers.push((await guess()).status)
    expect(answers).toEqual([401, 401, 401, 401, 401, 429])
  })
})

describe('health', () => {
  it('HT-51 a server that works is alive and ready, and shows figures', async () => {
    const api = await anApi()
    await api.person('Ada')
    expect((await api.call('GET', '/livez')).status).toBe(200)
    const ready = await api.call('GET', '/readyz')
    expect(ready).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(ready.body.dependencies).toContainEqual({ name: 'store', status: 'ok' })
    const metrics = await api.call('GET', '/metrics')
    for (const name of [
      'sheaf_rooms',
      'sheaf_pending_operations',
      'sheaf_operations_committed_total',
      'process_cpu_seconds_total',
    ])
      expect(metrics.text).toContain(name)
    expect(metrics.text).toMatch(
      /sheaf_http_request_milliseconds_count\{[^}]*route="\/v1\/auth\/register",status="201"\} 1/,
    )
  })

  it('HT-52 a dependency that fails or does not answer is named, with 503, and its reason stays in the log', async () => {
    const api = await anApi()
    const [store] = api.stores.dependencies
    ;(store as { check: () => Promise<void> }).check = () => Promise.reject(new Error('no space left'))
    const ready = await api.call('GET', '/readyz')
    expect(ready.status).toBe(503)
    expect(ready.body.dependencies).toContainEqual({ name: 'store', status: 'failed' })
    expect(ready.text).not.toContain('no space left')
    expect(api.logged.join('\n')).toContain('no space left')
    expect((await api.call('GET', '/livez')).status).toBe(200)
  })

  it('HT-53 a server that drains is not ready', async () => {
    const api = await anApi()
    await api.backend.rooms.drain()
    expect((await api.call('GET', '/readyz')).body.dependencies).toContainEqual({
      name: 'sessions',
      status: 'draining',
    })
  })
})

describe('who may call what', () => {
  type Who = 'nobody' | 'stranger' | 'viewer' | 'commenter' | 'editor' | 'owner'

  it(
    'SC-19 SC-10 every route answers every kind of caller as its statement says, denied by default',
    { timeout: 60_000 },
    async () => {
      const api = await anApi()
      const people = {
        owner: await api.person('Owner'),
        editor: await api.person('Editor'),
        commenter: await api.person('Commenter'),
        viewer: await api.person('Viewer'),
        stranger: await api.person('Stranger'),
      }
      const spare = await api.person('Spare')
      const bodies: Record<string, unknown> = {
        'POST /v1/documents': {},
        'PATCH /v1/documents/:documentId': { title: 'New' },
        'PUT /v1/documents/:documentId/permissions': { email: spare.email, role: 'viewer' },
        'PUT /v1/documents/:documentId/permissions/:userId': { role: 'viewer' },
        'POST /v1/documents/:documentId/versions': { name: 'Kept' },
        'PATCH /v1/documents/:documentId/versions/:versionId': { name: 'Kept' },
      }
      // Leaving is for everybody, sending away for owners: the statement of the route is the weaker one.
      const stricter: Record<string, string> = { 'DELETE /v1/documents/:documentId/permissions/:userId': 'owner' }
      const allowed: Record<string, Who[]> = {
        public: ['nobody', 'stranger', 'viewer', 'commenter', 'editor', 'owner'],
        'signed-in': ['stranger', 'viewer', 'commenter', 'editor', 'owner'],
        reader: ['viewer', 'commenter', 'editor', 'owner'],
        editor: ['editor', 'owner'],
        owner: ['owner'],
        'owner-in-trash': ['owner'],
      }
      const routes = api.routes
        .flatMap(({ method, url, config }) =>
          [method].flat().map((each) => ({ method: each, url, access: config?.sheafAccess })),
        )
        .filter(({ method, url }) => method !== 'OPTIONS' && method !== 'HEAD' && !url.startsWith('/v1/auth/'))
      expect(routes.length).toBeGreaterThanOrEqual(20)

      for (const { method, url, access } of routes) {
        const name = `${method} ${url}`
        expect(access, name).toBeDefined()
        for (const who of ['nobody', 'stranger', 'viewer', 'commenter', 'editor', 'owner'] as const) {
          const documentId = await aDocument(api, people.owner)
          for (const role of ['editor', 'commenter', 'viewer'] as const)
            await share(api, people.owner, documentId, people[role], role)
          await share(api, people.owner, documentId, spare, 'viewer')
          const { body: version } = await api.call('POST', `/v1/documents/${documentId}/versions`, {
            as: people.owner,
            body: { name: 'First' },
          })
          const path = url
            .replace(':documentId', documentId)
            .replace(':versionId', version.id)
            .replace(':userId', spare.user.id)
          const answer = await api.call(method as 'GET', path, {
            ...(who === 'nobody' ? {} : { as: people[who] }),
            ...(bodies[name] === undefined ? {} : { body: bodies[name] }),
          })
          const mayCall = (allowed[stricter[name] ?? access!] ?? []).includes(who)
          const refusal = who === 'nobody' ? 401 : who === 'stranger' ? 404 : 403
          const expected = mayCall ? [200, 201, 204] : [refusal]
          expect(expected, `${who}: ${name} answered ${answer.status} ${answer.text.slice(0, 200)}`).toContain(
            answer.status,
          )
        }
      }
    },
  )

  it('SC-19 a document of somebody else and one that does not exist get the same answer on every route', async () => {
    const api = await anApi()
    const [ada, eve] = [await api.person('Ada'), await api.person('Eve')]
    const id = await aDocument(api, ada)
    const none = '00000000-0000-4000-8000-000000000000'
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/content', undefined],
      ['PATCH', '', { title: 'x' }],
      ['DELETE', '', undefined],
      ['GET', '/permissions', undefined],
      ['PUT', '/permissions', { email: 'ada@example.com', role: 'viewer' }],
      ['GET', '/versions', undefined],
      ['POST', '/versions', { name: 'x' }],
    ] as const) {
      const call = (documentId: string) =>
        api.call(method, `/v1/documents/${documentId}${path}`, { as: eve, ...(body === undefined ? {} : { body }) })
      const [others, missing] = [await call(id), await call(none)]
      expect(others.status).toBe(404)
      expect(withoutRequestId(others)).toEqual(withoutRequestId(missing))
    }
  })

  it('SC-19 a route that does not say who may call it stops the start', async () => {
    const { guardRoutes } = await import('../src/routes/caller.ts')
    const app = Fastify()
    guardRoutes(app, {
      authenticate: () => Promise.reject(new Error()),
      authorize: async () => null,
      authorizeInTrash: async () => null,
      close: () => undefined,
    })
    expect(() => app.get('/forgotten', async () => 'secret')).toThrow('does not say who may call it')
    await app.close()
  })

  it('SC-9 a right that was withdrawn is gone with the next request', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    await share(api, ada, id, bob, 'editor')
    const rename = () => api.call('PATCH', `/v1/documents/${id}`, { as: bob, body: { title: 'Mine' } })
    expect((await rename()).status).toBe(200)
    await share(api, ada, id, bob, 'viewer')
    expect((await rename()).status).toBe(403)
  })
})

describe('OpenAPI', () => {
  it('HT-61 the description names every route under /v1 and is valid JSON for everybody', async () => {
    const api = await anApi()
    const { status, body } = await api.call('GET', '/v1/openapi.json')
    expect(status).toBe(200)
    expect(body.openapi).toBe('3.1.0')
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const served = api.routes
      .flatMap(({ method, url }) => [method].flat().map((each) => `${each} ${url}`))
      .filter((route) => route.includes(' /v1/') && !/^(OPTIONS|HEAD) |openapi/.test(route))
      .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'))
    expect(new Set(described)).toEqual(new Set(served))
  })
})
