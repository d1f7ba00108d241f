import { describe, expect, it } from 'vitest'
import { anApi } from './support/api.ts'
import type { Api, Person } from './support/api.ts'

const CONTENT = {
  type: 'doc',
  content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Hello, world' }] }],
}

async function aDocument(api: Api, owner: Person, title = 'Minutes'): Promise<string> {
  const { status, body } = await api.call('POST', '/v1/documents', { as: owner, body: { title, content: CONTENT } })
  expect(status).toBe(201)
  return body.id
}

const share = (api: Api, owner: Person, id: string, email: string, role: string) =>
  api.call('PUT', `/v1/documents/${id}/permissions`, { as: owner, body: { email, role } })

async function idsOf(api: Api, as: Person, query: string): Promise<string[]> {
  const { status, body } = await api.call('GET', `/v1/documents?${query}`, { as })
  expect(status).toBe(200)
  return body.items.map(({ id }: { id: string }) => id)
}

const trash = (api: Api, as: Person, id: string) => api.call('DELETE', `/v1/documents/${id}`, { as })
const untrash = (api: Api, as: Person, id: string) => api.call('POST', `/v1/documents/${id}/untrash`, { as })

describe('the trash', () => {
  it('HT-6 it lists what the caller owns and deleted, with the time of that, in pages like every list', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const ids: string[] = []
    for (let index = 0; index < 6; index++) {
      ids.unshift(await aDocument(api, ada))
      api.advance(1_000)
    }
    const shared = await aDocument(api, bob)
    await share(api, bob, shared, ada.email, 'editor')
    await trash(api, bob, shared)
    expect(await idsOf(api, ada, 'trashed=true')).toEqual([])
    for (const id of [ids[1], ids[2], ids[5]]) await trash(api, ada, id ?? '')

    const first = await api.call('GET', '/v1/documents?trashed=true&limit=2', { as: ada })
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual([ids[1], ids[2]])
    expect(first.body.items[0]).toMatchObject({ title: 'Minutes', role: 'owner' })
    expect(new Date(first.body.items[0].deletedAt).toISOString()).toBe(first.body.items[0].deletedAt)
    expect(await idsOf(api, ada, `trashed=true&limit=2&cursor=${first.body.nextCursor}`)).toEqual([ids[5]])
    expect(await idsOf(api, ada, 'trashed=false')).toEqual([ids[0], ids[3], ids[4]])
    expect(await idsOf(api, bob, 'trashed=true')).toEqual([shared])
    expect((await api.call('GET', '/v1/documents?trashed=yes', { as: ada })).status).toBe(400)
  })

  it('HT-7 what is taken out of it is there again as it was: content, versions, and for everybody it is shared with', async () => {
    const api = await anApi()
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    await share(api, ada, id, bob.email, 'viewer')
    await api.call('POST', `/v1/documents/${id}/versions`, { as: ada, body: { name: 'First' } })
    const before = (await api.call('GET', `/v1/documents/${id}`, { as: ada })).body
    await trash(api, ada, id)
    expect((await api.call('GET', `/v1/documents/${id}/content`, { as: bob })).status).toBe(404)

    const back = await untrash(api, ada, id)
    expect(back).toMatchObject({ status: 200, body: before })
    expect(back.body.deletedAt).toBeNull()
    expect(await idsOf(api, ada, 'trashed=true')).toEqual([])
    expect(await idsOf(api, bob, '')).toEqual([id])
    const content = await api.call('GET', `/v1/documents/${id}/content`, { as: bob })
    expect(content.body.content).toEqual(CONTENT)
    const versions = await api.call('GET', `/v1/documents/${id}/versions`, { as: bob })
    expect(versions.body.items.map(({ name }: { name: string | null }) => name)).toContain('First')
    expect(await untrash(api, ada, id), 'asked once more').toMatchObject({ status: 200, body: { deletedAt: null } })
  })

  it('HT-8 only an owner takes a document out; for everybody else one in the trash does not exist', async () => {
    const api = await anApi()
    const [ada, bob, eve] = [await api.person('Ada'), await api.person('Bob'), await api.person('Eve')]
    const id = await aDocument(api, ada)
    await share(api, ada, id, bob.email, 'editor')
    expect((await untrash(api, bob, id)).status).toBe(403)
    await trash(api, ada, id)
    const none = '00000000-0000-4000-8000-000000000000'
    for (const [person, documentId] of [
      [bob, id],
      [eve, id],
      [ada, none],
    ] as const)
      expect((await untrash(api, person, documentId)).status).toBe(404)
    expect((await api.stores.documents.get(id))?.deletedAt).not.toBeNull()
    // Out of the trash, and nothing else: the rest of the document stays closed to its owner, too.
    expect((await api.call('PATCH', `/v1/documents/${id}`, { as: ada, body: { title: 'x' } })).status).toBe(404)
    expect((await api.call('GET', `/v1/documents/${id}/permissions`, { as: ada })).status).toBe(404)
  })

  it('HT-9 a document does not come back where its owner has as many as one may have', async () => {
    const api = await anApi({ limits: { maxDocumentsPerUser: 2 } })
    const ada = await api.person('Ada')
    const id = await aDocument(api, ada)
    await trash(api, ada, id)
    const others = [await aDocument(api, ada), await aDocument(api, ada)]
    expect(await untrash(api, ada, id)).toMatchObject({ status: 403, body: { code: 'too-many-documents' } })
    expect(await idsOf(api, ada, 'trashed=true')).toEqual([id])
    await trash(api, ada, others[0] ?? '')
    expect((await untrash(api, ada, id)).status).toBe(200)
    expect((await untrash(api, ada, others[0] ?? '')).status).toBe(403)
  })

  it('HT-8 with rights of an integrator those decide who owns what is in the trash', async () => {
    const api = await anApi({ authorize: async ({ name }) => (name === 'Bob' ? 'owner' : 'viewer') })
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const id = await aDocument(api, ada)
    expect((await trash(api, ada, id)).status).toBe(403)
    await trash(api, bob, id)
    expect((await untrash(api, ada, id)).status).toBe(404)
    expect(await untrash(api, bob, id)).toMatchObject({ status: 200, body: { id, deletedAt: null } })
  })
})
