import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSheafClient, memoryDeviceStore } from '@sheaf/client-sdk'
import type { SheafClient, TokenSource, WebSocketConstructor } from '@sheaf/client-sdk'
import { createSheafServer, readSettings } from '@sheaf/server-kit'
import type { SheafOptions } from '@sheaf/server-kit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type, until } from './desk.ts'

/** An application with its own people: a token is a name, or a name and the time at which it ends. */
const verifyToken: NonNullable<Extract<SheafOptions['auth'], { verifyToken: unknown }>>['verifyToken'] = async (
  token,
) => {
  const [name = '', ends] = token.split(' until ')
  if (name === 'nobody' || (ends !== undefined && Number(ends) <= Date.now())) return null
  return { id: name, name, ...(ends === undefined ? {} : { expiresAt: Number(ends) }) }
}

async function anApplication(options: SheafOptions): Promise<{ url: string; metric(name: string): Promise<number> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sheaf-loss-'))
  const settings = readSettings({ SHEAF_PORT: '0', SHEAF_DATA_DIR: dataDir, SHEAF_LOG_LEVEL: 'silent' })
  const server = createSheafServer(settings, { auth: { verifyToken }, ...options })
  const url = await server.start()
  onTestFinished(async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const values = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))
    return [...values].reduce((sum, [, value]) => sum + Number(value), 0)
  }
  return { url, metric }
}

async function aDocument(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/v1/documents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  })
  return ((await answer.json()) as { id: string }).id
}

function aClient(url: string, token: TokenSource): SheafClient {
  const webSocket = WebSocket as unknown as WebSocketConstructor
  const client = createSheafClient({ url, token, deviceStore: memoryDeviceStore(), webSocket })
  onTestFinished(() => client.close())
  return client
}

describe('tokens and hooks of the application', { timeout: 60_000 }, () => {
  it('LO-14 an expired token is replaced, not tried again and again; edits wait for the new one', async () => {
    const { url } = await anApplication({})
    const id = await aDocument(url, 'ada')
    const reasons: string[] = []
    let night = true
    const client = aClient(url, ({ reason }) => {
      reasons.push(reason)
      // The page lies open overnight, and the log-in of the application has ended.
      if (!night) return Promise.resolve('ada')
      return reason === 'connect'
        ? Promise.resolve(`ada until ${Date.now() - 1_000}`)
        : Promise.reject(new Error('signed out'))
    })
    const document = client.open(id)
    await until(document, ({ error }) => error?.code === 'token-unavailable' || error?.code === 'not-authenticated')
    expect(reasons.length).toBeLessThan(6)
    type(document, 'typed at night')
    await document.flush()
    expect(document.getSnapshot()).toMatchObject({ saveState: 'unsaved', unsavedChanges: 1 })
    night = false
    client.refreshToken()
    await document.whenDurable()
    expect(document.getSnapshot()).toMatchObject({ connection: 'connected', saveState: 'saved', error: null })
  })

  it('LO-14 a token that ends while the document is open is followed by another one, and editing goes on', async () => {
    const { url, metric } = await anApplication({})
    const id = await aDocument(url, 'ada')
    let given = 0
    const client = aClient(url, ({ reason }) => {
      given += 1
      return Promise.resolve(reason === 'connect' ? `ada until ${Date.now() + 1_500}` : 'ada')
    })
    const document = client.open(id)
    await until(document, ({ connection }) => connection === 'connected')
    await until(document, ({ connection }) => connection !== 'connected')
    await until(document, ({ connection }) => connection === 'connected')
    type(document, 'after the end of the first token')
    await document.whenDurable()
    expect(given).toBeLessThan(5)
    expect(await metric('sheaf_sessions')).toBe(1)
  })

  it('LO-15 a bad token does not stand in the way of the good one after it', async () => {
    const { url } = await anApplication({})
    const id = await aDocument(url, 'ada')
    const tokens = ['nobody', 'nobody', 'ada']
    const client = aClient(url, () => Promise.resolve(tokens.shift() ?? 'ada'))
    const document = client.open(id)
    await until(document, ({ error }) => error?.code === 'not-authenticated')
    client.refreshToken()
    await until(document, ({ connection }) => connection === 'connected')
    type(document, 'let in')
    await document.whenDurable()
    expect(document.getSnapshot()).toMatchObject({ saveState: 'saved', error: null })
  })

  it('LO-19 hooks that throw leave no session and no open document behind, and the next person is let in', async () => {
    let broken = true
    const { url, metric } = await anApplication({
      authorize: () =>
        broken ? Promise.reject(new Error('the rights cannot be looked up')) : Promise.resolve('editor'),
    })
    broken = false
    const id = await aDocument(url, 'ada')
    broken = true
    for (let number = 1; number <= 20; number++) aClient(url, `person ${number}`).open(id)
    await expect.poll(() => metric('sheaf_sessions_closed_total')).toBeGreaterThanOrEqual(20)
    await expect.poll(() => metric('sheaf_sessions')).toBe(0)
    expect(await metric('sheaf_rooms')).toBe(0)
    broken = false
    const document = aClient(url, 'ada').open(id)
    await until(document, ({ connection }) => connection === 'connected')
    type(document, 'let in')
    await document.whenDurable()
  })
})
