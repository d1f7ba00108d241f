import { describe, expect, it, vi } from 'vitest'
import { SheafError, createDocumentVersions, createVersionHistory } from '../src/index.ts'
import type { DocumentVersions, TokenRequest, Version, VersionPage } from '../src/index.ts'

interface Sent {
  readonly url: string
  readonly method: string | undefined
  readonly body: unknown
  readonly authorization: string | null
}

/** A server that gives the prepared answers one after the other, and remembers what it was asked. */
function server(...answers: (Response | Error)[]) {
  const sent: Sent[] = []
  const asked: TokenRequest[] = []
  const versions = createDocumentVersions({
    url: 'https://docs.example.com/base/',
    documentId: 'a/b',
    token: (request) => {
      asked.push(request)
      return `token-${asked.length}`
    },
    fetch: async (url, { method, headers, body }) => {
      const authorization = new Headers(headers).get('authorization')
      sent.push({ url, method, body: typeof body === 'string' ? JSON.parse(body) : null, authorization })
      const answer = answers.shift()
      if (!(answer instanceof Response)) throw answer ?? new Error('one request too many')
      return answer
    },
  })
  return { versions, sent, asked }
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })

describe('the versions over HTTP', () => {
  it('VS-1 asks for what the reference says', async () => {
    const { versions, sent } = server(
      json({ items: [], nextCursor: null }),
      json({ id: '1' }, 201),
      json({ id: '1' }),
      json({ seq: 3, content: { type: 'doc' } }),
      json({ seq: 9 }),
    )
    await versions.list({ limit: 10, cursor: 'c d' })
    await versions.create('First')
    await versions.rename('v/1', 'Second')
    expect(await versions.getContent('1')).toEqual({ type: 'doc' })
    expect(await versions.restore('1')).toEqual({ seq: 9 })
    const base = 'https://docs.example.com/base/v1/documents/a%2Fb/versions'
    expect(sent.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', `${base}?limit=10&cursor=c+d`, null],
      ['POST', base, { name: 'First' }],
      ['PATCH', `${base}/v%2F1`, { name: 'Second' }],
      ['GET', `${base}/1?format=json`, null],
      ['POST', `${base}/1/restore`, null],
    ])
    expect(sent[0]?.authorization).toBe('Bearer token-1')
  })

  it('VS-2 asks once for another token when the first is not accepted, and gives up after that', async () => {
    const renewed = server(new Response('', { status: 401 }), json({ items: [], nextCursor: null }))
    await renewed.versions.list()
    expect(renewed.asked).toEqual([{ reason: 'connect' }, { reason: 'refused' }])
    const refused = server(new Response('', { status: 401 }), new Response('', { status: 401 }))
    await expect(refused.versions.list()).rejects.toMatchObject({ code: 'not-authenticated' })
  })

  it('VS-3 everything that goes wrong is a coded error', async () => {
    for (const [status, code] of [
      [403, 'forbidden'],
      [404, 'not-found'],
      [500, 'unavailable'],
      [503, 'unavailable'],
    ] as const)
      await expect(server(new Response('', { status })).versions.restore('1')).rejects.toMatchObject({ code })
    await expect(server(new Error('no network')).versions.list()).rejects.toMatchObject({ code: 'unavailable' })
  })
})

const version = (id: string): Version => ({
  id,
  seq: 1,
  kind: 'named',
  name: id,
  authors: [],
  createdAt: '2026-01-01T00:00:00.000Z',
})

function source(pages: Record<string, VersionPage>): DocumentVersions {
  const unused = () => Promise.reject(new SheafError('unavailable'))
  return {
    list: async ({ cursor = 'first' } = {}) => pages[cursor] ?? unused(),
    create: async (name) => version(name),
    rename: async (id) => version(id),
    getContent: unused,
    restore: unused,
  }
}

describe('the history of a document', () => {
  it('VS-4 asks for nothing by itself, then shows page after page', async () => {
    const history = createVersionHistory(
      source({
        first: { items: [version('b')], nextCursor: 'more' },
        more: { items: [version('a')], nextCursor: null },
      }),
    )
    expect(history.getSnapshot()).toMatchObject({ status: 'loading', versions: [] })
    await history.reload()
    expect(history.getSnapshot()).toMatchObject({ status: 'ready', hasMore: true })
    await history.loadMore()
    await history.loadMore()
    expect(history.getSnapshot().versions.map(({ id }) => id)).toEqual(['b', 'a'])
    expect(history.getSnapshot().hasMore).toBe(false)
  })

  it('VS-5 a failed request leaves what was known, says so, and the next one mends it', async () => {
    const pages: Record<string, VersionPage> = { first: { items: [version('a')], nextCursor: null } }
    const history = createVersionHistory(source(pages))
    await history.reload()
    const { first } = pages
    delete pages['first']
    await history.reload()
    expect(history.getSnapshot()).toMatchObject({ status: 'failed', error: { code: 'unavailable' } })
    expect(history.getSnapshot().versions).toHaveLength(1)
    pages['first'] = first!
    await history.reload()
    expect(history.getSnapshot()).toMatchObject({ status: 'ready', error: null })
    await expect(history.restore('a')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('VS-6 an answer that was overtaken by a later request changes nothing', async () => {
    const answers: ((page: VersionPage) => void)[] = []
    const slow: DocumentVersions = { ...source({}), list: () => new Promise((resolve) => answers.push(resolve)) }
    const history = createVersionHistory(slow)
    const changed = vi.fn()
    history.subscribe(changed)
    const old = history.reload()
    await Promise.resolve()
    const fresh = history.reload()
    answers[1]?.({ items: [version('new')], nextCursor: null })
    answers[0]?.({ items: [version('old')], nextCursor: null })
    await Promise.all([old, fresh])
    expect(history.getSnapshot().versions.map(({ id }) => id)).toEqual(['new'])
    expect(changed).toHaveBeenCalledTimes(1)
  })

  it('VS-7 what is read anew twice in one go is asked for once; later than that it is asked for again', async () => {
    const answers: ((page: VersionPage) => void)[] = []
    const slow: DocumentVersions = { ...source({}), list: () => new Promise((resolve) => answers.push(resolve)) }
    const history = createVersionHistory(slow)
    const together = [history.reload(), history.reload()]
    expect(answers).toHaveLength(1)
    // Something may have happened since that the first answer does not have.
    await Promise.resolve()
    together.push(history.reload())
    expect(answers).toHaveLength(2)
    for (const [index, answer] of answers.entries()) answer({ items: [version(`${index}`)], nextCursor: null })
    await Promise.all(together)
    expect(history.getSnapshot().versions.map(({ id }) => id)).toEqual(['1'])
  })

  it('VS-7 older versions that are asked for in between are no answer to who reads anew', async () => {
    const asked: (string | undefined)[] = []
    const pages = source({
      first: { items: [version('b')], nextCursor: 'more' },
      more: { items: [version('a')], nextCursor: null },
    })
    const list: DocumentVersions['list'] = (page = {}) => {
      asked.push(page.cursor)
      return pages.list(page)
    }
    const history = createVersionHistory({ ...pages, list })
    await history.reload()
    await Promise.all([history.reload(), history.loadMore(), history.reload()])
    expect(asked).toEqual([undefined, undefined, 'more', undefined])
    expect(history.getSnapshot().versions.map(({ id }) => id)).toEqual(['b'])
  })
})
