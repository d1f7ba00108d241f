import { describe, expect, it } from 'vitest'
import { anApi } from './support/api.ts'
import type { Api, CallOptions, Person } from './support/api.ts'

const NEW = 'a new password'
const change = (api: Api, as: NonNullable<CallOptions['as']>, currentPassword: string, newPassword = NEW) =>
  api.call('POST', '/v1/auth/password', { as, body: { currentPassword, newPassword } })
const login = (api: Api, { email }: Person, password: string) =>
  api.call('POST', '/v1/auth/login', { body: { email, password } })
const me = async (api: Api, as: NonNullable<CallOptions['as']>): Promise<number> =>
  (await api.call('GET', '/v1/me', { as })).status

describe('a new password', () => {
  it('CL-40 ends every other log-in with its refresh tokens, and gives the caller a fresh one', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const elsewhere = (await login(api, ada, ada.password)).body
    expect(await me(api, elsewhere)).toBe(200)
    const changed = await change(api, ada, ada.password)
    expect(changed).toMatchObject({ status: 200, body: { user: ada.user, expiresIn: 900 } })
    expect(api.announced).toContainEqual({ kind: 'sessions-ended', userId: ada.user.id, family: null })
    expect(await me(api, changed.body)).toBe(200)
    for (const old of [ada, elsewhere]) {
      expect(await me(api, old)).toBe(401)
      const refreshed = await api.call('POST', '/v1/auth/refresh', { body: { refreshToken: old.refreshToken } })
      expect(refreshed.status).toBe(401)
    }
    const { refreshToken } = changed.body
    expect((await api.call('POST', '/v1/auth/refresh', { body: { refreshToken } })).status).toBe(200)
    expect((await login(api, ada, ada.password)).status).toBe(401)
    expect((await login(api, ada, NEW)).status).toBe(200)
  })

  it('CL-40 the current one is asked for, and guesses count together with those at the log-in', async () => {
    const api = await anApi({ attempts: { perAccount: 4 } })
    const ada = await api.person('Ada')
    for (let i = 0; i < 2; i++)
      expect(await change(api, ada, 'a guess')).toMatchObject({ status: 401, body: { code: 'wrong-credentials' } })
    for (let i = 0; i < 2; i++) expect((await login(api, ada, 'a guess')).status).toBe(401)
    expect(await change(api, ada, ada.password)).toMatchObject({ status: 429, body: { code: 'slow-down' } })
    expect(await me(api, ada)).toBe(200)
    api.advance(16 * 60_000)
    const again = await api.call('POST', '/v1/auth/refresh', { body: { refreshToken: ada.refreshToken } })
    expect((await change(api, again.body, ada.password)).status).toBe(200)
  })

  it('CL-40 a short one, an unknown field and a caller without a token are refused', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    expect((await change(api, ada, ada.password, 'short')).status).toBe(400)
    const body = { currentPassword: ada.password, newPassword: NEW, userId: 'somebody' }
    expect((await api.call('POST', '/v1/auth/password', { as: ada, body })).status).toBe(400)
    expect((await api.call('POST', '/v1/auth/password', { body })).status).toBe(401)
    expect((await login(api, ada, ada.password)).status).toBe(200)
  })

  it('CL-40 a log-in with the old password that is under way meanwhile does not outlive it', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const create = api.stores.refreshTokens.create.bind(api.stores.refreshTokens)
    let isFirst = true
    Object.assign(api.stores.refreshTokens, {
      create: async (token: Parameters<typeof create>[0]) => {
        // The old password was found right; now comes the new one.
        if (isFirst) {
          isFirst = false
          expect((await change(api, ada, ada.password)).status).toBe(200)
        }
        return create(token)
      },
    })
    expect(await login(api, ada, ada.password)).toMatchObject({ status: 401, body: { code: 'wrong-credentials' } })
  })
})

describe('disabling people', () => {
  it('CL-41 an operator disables somebody, who is signed out everywhere, and takes it back', async () => {
    const api = await anApi()
    const ada = await api.person('Ada')
    const { accounts } = api.backend
    if (accounts === null) throw new Error('no accounts')
    expect(await accounts.setDisabled(ada.user.id, true)).toMatchObject({ id: ada.user.id })
    expect(api.announced).toContainEqual({ kind: 'sessions-ended', userId: ada.user.id, family: null })
    expect(await me(api, ada)).toBe(401)
    expect((await login(api, ada, ada.password)).status).toBe(401)
    expect((await change(api, ada, ada.password)).status).toBe(401)
    await accounts.setDisabled(ada.user.id, false)
    // What had ended has ended.
    expect(await me(api, ada)).toBe(401)
    const back = await login(api, ada, ada.password)
    expect(back.status).toBe(200)
    expect(await me(api, back.body)).toBe(200)
    await expect(accounts.setDisabled('nobody', true)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('the number of documents', () => {
  it('CL-42 one person owns at most so many; deleting one makes room, what others share does not count', async () => {
    const api = await anApi({ limits: { maxDocumentsPerUser: 3 } })
    const [ada, bob] = [await api.person('Ada'), await api.person('Bob')]
    const create = (as: Person) => api.call('POST', '/v1/documents', { as, body: {} })
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push((await create(ada)).body.id)
    expect(await create(ada)).toMatchObject({ status: 403, body: { code: 'too-many-documents' } })
    for (const id of ids) {
      const body = { email: bob.email, role: 'editor' }
      await api.call('PUT', `/v1/documents/${id}/permissions`, { as: ada, body })
    }
    expect((await create(bob)).status).toBe(201)
    for (let i = 0; i < 20; i++) {
      expect((await api.call('DELETE', `/v1/documents/${ids.pop() ?? ''}`, { as: ada })).status).toBe(204)
      const created = await create(ada)
      expect(created.status).toBe(201)
      ids.push(created.body.id)
    }
    expect(ids).toHaveLength(3)
  })

  it('CL-42 counting costs nothing far from the limit', async () => {
    const api = await anApi({ limits: { maxDocumentsPerUser: 100 } })
    const ada = await api.person('Ada')
    let looks = 0
    const listByUser = api.stores.permissions.listByUser.bind(api.stores.permissions)
    Object.assign(api.stores.permissions, {
      listByUser: (...args: Parameters<typeof listByUser>) => (looks++, listByUser(...args)),
    })
    for (let i = 0; i < 20; i++)
      expect((await api.call('POST', '/v1/documents', { as: ada, body: {} })).status).toBe(201)
    expect(looks).toBe(1)
  })
})
