import { describe, expect, it } from 'vitest'
import { Connection } from '../src/connection.ts'
import { createSheafClient, SheafError } from '../src/index.ts'
import type { TokenRequest, WebSocketLike } from '../src/index.ts'
import type { Clock } from '../src/runtime.ts'
import { testRuntime } from '../src/testing/index.ts'
import { text, world, write } from './support/world.ts'

describe('the connection', () => {
  it('SE-13 a token that does not come within 30 s is asked for again, and what comes too late is not used', async () => {
    const all = world()
    const asked: ((token: string) => void)[] = []
    const token = (): Promise<string> => new Promise((resolve) => asked.push(resolve))
    const { document } = all.tab('ada', undefined, { token })
    const errors = new Set<string | undefined>()
    document.subscribe(() => errors.add(document.getSnapshot().error?.code))
    await all.advance(29_000)
    expect(asked).toHaveLength(1)
    await all.advance(2_000)
    expect(asked).toHaveLength(2)
    asked[0]?.('too late')
    await all.advance(0)
    expect(document.getSnapshot().connection).toBe('connecting')
    await all.advance(30_000)
    expect(errors).toContain('token-unavailable')
    asked.at(-1)?.('ada')
    await all.advance(0)
    expect(document.getSnapshot()).toMatchObject({ connection: 'connected', error: null })
    expect(all.server.heardOf('hello').map((hello) => hello.token)).toEqual(['ada'])
    const made = all.clock.timers
    await all.advance(60_000)
    expect(all.clock.timers).toBeLessThanOrEqual(made)
  })

  it('CO-2 goes to the socket of the document, under the path of the server, without the token', async () => {
    const all = world()
    all.tab('secret', undefined, { url: 'https://sheaf.test/docs/' })
    await all.advance(0)
    expect(all.server.urls).toEqual(['wss://sheaf.test/docs/v1/documents/doc/socket'])
  })

  it('CO-3 a dead one is noticed after two pings without an answer', async () => {
    const all = world()
    const { document, network } = all.tab('ada')
    await all.advance(0)
    network.partition()
    await all.advance(29_000)
    expect(document.getSnapshot().connection).toBe('connected')
    await all.advance(1_001)
    expect(document.getSnapshot().connection).toBe('reconnecting')
    expect(all.server.pings).toBe(0)
    network.heal()
    await all.advance(60_000)
    expect(document.getSnapshot().connection).toBe('connected')
    expect(network.open).toBe(1)
  })

  it('CO-4 a living one stays, however long nothing happens', async () => {
    const all = world()
    const { network } = all.tab('ada')
    await all.advance(600_000)
    expect([network.made, all.server.pings]).toEqual([1, 60])
  })

  it('CO-5 a server that takes the call and says nothing is left after 15 s', async () => {
    const all = world()
    all.server.ignore(() => true)
    const { document, network } = all.tab('ada')
    await all.advance(14_000)
    expect(network.made).toBe(1)
    await all.advance(1_500)
    expect(network.made).toBe(2)
    all.server.ignore(() => false)
    await all.advance(40_000)
    expect(document.getSnapshot().connection).toBe('connected')
  })

  it('CO-6 when the page wakes up, a dead connection is noticed within 5 s', async () => {
    const all = world()
    const { document, network, runtime } = all.tab('ada')
    await all.advance(0)
    network.silence()
    runtime.page.signal('visible')
    await all.advance(5_001)
    expect(network.made).toBe(2)
    expect(document.getSnapshot().connection).toBe('connected')
  })

  it('CO-20 where an edit is sent and nothing at all is heard, a dead connection is noticed within 10 s', async () => {
    const all = world()
    const { document, network } = all.tab('ada')
    await all.advance(0)
    network.partition()
    // What is sent now is lost for good, and must be sent again.
    network.silence()
    write(document, 'hello')
    await all.advance(9_500)
    expect(document.getSnapshot().connection).toBe('connected')
    await all.advance(800)
    expect(document.getSnapshot().connection).toBe('reconnecting')
    network.heal()
    await all.advance(30_000)
    expect(document.getSnapshot().saveState).toBe('saved')
  })

  it('CO-20 what was on its way before the edit is no answer to it', async () => {
    const all = world()
    const ada = all.tab('ada')
    const bob = all.tab('bob')
    await all.advance(0)
    ada.network.hold('up')
    write(ada.document, 'hello')
    await all.advance(1_000)
    write(bob.document, 'from bob')
    await all.advance(1_000)
    expect(text(ada.document)).toContain('from bob')
    ada.network.partition()
    await all.advance(10_300)
    expect(ada.document.getSnapshot().connection).toBe('reconnecting')
  })

  it('CO-20 a server that is slow to save and answers otherwise is not left', async () => {
    const all = world()
    const { document, network } = all.tab('ada')
    await all.advance(0)
    all.server.stall()
    write(document, 'hello')
    await all.advance(60_000)
    expect(network.made).toBe(1)
  })

  it('CO-7 while the server is away it is tried ever more slowly, and at once when the network comes back', async () => {
    const all = world()
    const { network, runtime, document } = all.tab('ada')
    await all.advance(0)
    all.server.kill()
    await all.advance(10 * 60_000)
    expect(network.made).toBeGreaterThan(15)
    expect(network.made).toBeLessThan(80)
    all.server.restart()
    runtime.page.signal('online')
    await all.advance(0)
    expect(document.getSnapshot().connection).toBe('connected')
  })

  it('CO-8 flapping leaves one socket, and an abandoned one changes nothing', async () => {
    const all = world()
    const { document, network, runtime } = all.tab('ada')
    for (let flap = 0; flap < 20; flap++) {
      runtime.page.signal(flap % 2 === 0 ? 'offline' : 'online')
      if (flap % 3 === 0) await all.settle()
    }
    await all.advance(1_000)
    expect([network.open, all.server.sessions]).toEqual([1, 1])
    write(document, 'fine')
    await all.settle()
    expect(text(all.server.content())).toBe('fine')
  })

  it('CO-9 bytes that are no frame end the connection, not the document', async () => {
    const all = world()
    const { document, network } = all.tab('ada')
    await all.advance(0)
    all.server.tellBytes(Uint8Array.of(250, 1, 2))
    await all.advance(60_000)
    expect([document.getSnapshot().connection, network.open]).toEqual(['connected', 1])
  })

  it('CO-10 a packed state that is damaged is asked for again', async () => {
    const all = world()
    all.server.somebodyWrites('whole')
    const { document } = all.tab('ada')
    await all.settle()
    all.server.tell({ kind: 'state', seq: 9, parts: [{ encoding: 'deflate', update: Uint8Array.of(7, 7, 7, 7) }] })
    await all.advance(60_000)
    expect([document.getSnapshot().connection, text(document)]).toEqual(['connected', 'whole'])
  })

  it('CO-11 a draining server is left and found again, and edits wait meanwhile', async () => {
    const all = world()
    const { document, network } = all.tab('ada')
    await all.advance(0)
    all.server.tell({ kind: 'draining', reconnectInMs: 1_000 })
    await all.settle()
    write(document, 'patience')
    await all.advance(400)
    expect([network.open, document.getSnapshot().saveState]).toEqual([0, 'unsaved'])
    await all.advance(1_200)
    expect([text(all.server.content()), document.getSnapshot().saveState]).toEqual(['patience', 'saved'])
  })

  it('CO-12 a close that is permanent is not followed by another try', async () => {
    const all = world()
    const { document, network } = all.tab('ada')
    await all.advance(0)
    write(document, 'kept')
    all.server.stall()
    network.closeWith(4413)
    await all.advance(600_000)
    expect([network.made, document.getSnapshot().error?.code]).toEqual([1, 'too-large'])
  })
})

describe('a socket that was given up', () => {
  it('CO-18 is closed and never heard again, whatever it still says', () => {
    const sockets: WebSocketLike[] = []
    class LateSocket implements WebSocketLike {
      binaryType = ''
      readonly readyState = 1
      onopen: WebSocketLike['onopen'] = null
      onmessage: WebSocketLike['onmessage'] = null
      onclose: WebSocketLike['onclose'] = null
      onerror: WebSocketLike['onerror'] = null
      readonly closed: number[] = []
      constructor() {
        sockets.push(this)
      }
      send(): void {}
      close(code = 0): void {
        this.closed.push(code)
      }
    }
    const heard: string[] = []
    const connection = new Connection(testRuntime(), LateSocket, {
      opened: () => heard.push('opened'),
      message: () => heard.push('message'),
      closed: () => heard.push('closed'),
    })
    const speak = (socket: WebSocketLike): void => {
      socket.onopen?.(undefined as never)
      socket.onmessage?.({ data: new ArrayBuffer(1) })
      socket.onclose?.({ code: 1006 })
    }
    connection.open('ws://sheaf.test')
    connection.open('ws://sheaf.test')
    speak(sockets[0]!)
    expect(heard).toEqual([])
    expect((sockets[0] as LateSocket).closed).toEqual([1000])
    speak(sockets[1]!)
    expect(heard).toEqual(['opened', 'message', 'closed'])
    speak(sockets[1]!)
    expect(heard).toHaveLength(3)
  })
})

describe('tokens', () => {
  it('CO-13 one that the server refuses is replaced, and the application is told why it is asked', async () => {
    const all = world()
    const asked: TokenRequest['reason'][] = []
    const token = ({ reason }: TokenRequest): Promise<string> => {
      asked.push(reason)
      return Promise.resolve(reason === 'refused' ? 'ada#1' : 'ada')
    }
    all.server.expireToken('ada')
    const { document } = all.tab('ada', undefined, { token })
    await all.advance(1)
    expect(asked).toEqual(['connect', 'refused'])
    expect(document.getSnapshot()).toMatchObject({ connection: 'connected', error: null })
  })

  it('CO-14 one that stays bad is shown, tried slowly, and tried at once when there is a better one', async () => {
    const all = world()
    all.server.expireToken('ada')
    let token = 'ada'
    const { document, network, client } = all.tab('ada', undefined, { token: () => token })
    await all.advance(10_000)
    expect(document.getSnapshot()).toMatchObject({ error: { code: 'not-authenticated' }, connection: 'connecting' })
    expect(network.made).toBe(2)
    await all.advance(300_000)
    expect(network.made).toBeLessThan(25)
    token = 'ada#1'
    client.refreshToken()
    await all.advance(0)
    expect(document.getSnapshot()).toMatchObject({ error: null, connection: 'connected' })
  })

  it('CO-15 an application that fails to give one is asked again', async () => {
    const all = world()
    let calls = 0
    const token = (): Promise<string> =>
      calls++ < 3 ? Promise.reject(new Error('no network')) : Promise.resolve('ada')
    const { document } = all.tab('ada', undefined, { token })
    await all.advance(10)
    expect(document.getSnapshot().error?.code).toBe('token-unavailable')
    await all.advance(30_000)
    expect(document.getSnapshot()).toMatchObject({ error: null, connection: 'connected' })
  })

  it('CO-16 a JWT is renewed within the session a minute before it ends', async () => {
    const all = world()
    const jwt = (end: number): string => `e30.${btoa(JSON.stringify({ exp: end / 1000 }))}.x`
    const asked: TokenRequest['reason'][] = []
    const token = ({ reason }: TokenRequest): string => {
      asked.push(reason)
      return jwt(all.clock.now() + 900_000)
    }
    const { network } = all.tab('ada', undefined, { token })
    await all.advance(839_000)
    expect(asked).toEqual(['connect'])
    await all.advance(2_000)
    expect(asked).toEqual(['connect', 'renew'])
    expect(all.server.heardOf('token')).toHaveLength(1)
    await all.advance(840_000)
    expect([asked.length, network.made]).toEqual([3, 1])
  })

  it('CO-16 one that ends so late that no timer can wait for it is not renewed again and again', async () => {
    const longest = 2 ** 31 - 1
    const wake = async (left: number): Promise<{ asked: readonly string[]; waits: readonly number[] }> => {
      const all = world()
      const end = all.clock.now() + left
      const asked: string[] = []
      const waits: number[] = []
      const token = ({ reason }: TokenRequest): string => {
        asked.push(reason)
        return `e30.${btoa(JSON.stringify({ exp: end / 1000 }))}.x`
      }
      const after: Clock['after'] = (ms, callback) => {
        waits.push(ms)
        // Browsers and Node ring at once where they cannot count so far.
        return all.clock.after(ms > longest ? 1 : ms, callback)
      }
      all.tab('ada', undefined, { token }, { ...all.clock, after })
      await all.advance(1_000)
      return { asked, waits }
    }
    const { asked, waits } = await wake(longest + 60_000)
    expect([asked, Math.max(...waits) < longest]).toEqual([['connect'], true])
    const soonest = await wake(longest + 59_999)
    expect([soonest.asked, Math.max(...soonest.waits)]).toEqual([['connect'], longest - 1])
  })
})

describe('options', () => {
  it('CO-17 a wrong one is told by name', () => {
    for (const url of ['', 'sheaf.test', 'ftp://sheaf.test'])
      expect(() => createSheafClient({ url, token: 'ada' })).toThrow(/option url/)
    const runtime = { ...testRuntime(), webSocket: null }
    const client = createSheafClient({ url: 'http://sheaf.test', token: 'ada', runtime })
    expect(() => client.open('doc')).toThrow(SheafError)
    expect(() => client.open('doc')).toThrow(/package 'ws'/)
  })
})
