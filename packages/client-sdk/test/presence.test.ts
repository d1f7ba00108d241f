import { encodePresenceEntries } from '@sheaf/protocol'
import type { PresenceEntry } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { presenceColor } from '../src/index.ts'
import type { PresenceState, SheafDocument } from '../src/index.ts'
import { world } from './support/world.ts'

const others = (document: SheafDocument): PresenceState[] =>
  [...document.awareness.getStates()]
    .filter(([clientId]) => clientId !== document.awareness.clientID)
    .map(([, state]) => state as PresenceState)

const cursorAt = (document: SheafDocument, index: number) => {
  const node = document.ydoc.getXmlFragment('content').get(0) as Y.XmlText
  const position = Y.createRelativePositionFromTypeIndex(node, index)
  return { anchor: position, head: position }
}

/** Two people in a document with some text. */
async function two() {
  const all = world()
  all.server.somebodyWrites('some text')
  all.server.introduce('ada', 'Ada')
  const [ada, grace] = [all.tab('ada'), all.tab('grace')]
  await all.advance(200)
  return { ...all, ada, grace }
}

const full = (change: Partial<Extract<PresenceEntry, { kind: 'full' }>> = {}): PresenceEntry => ({
  kind: 'full',
  key: 77,
  clientId: 4_242,
  user: { id: 'u9', name: 'Mallory' },
  cursor: null,
  data: null,
  ...change,
})

describe('presence', () => {
  it('PR-1 everybody sees who is here, with the name that the server gives and a colour of their own making', async () => {
    const { ada, grace } = await two()
    expect(others(grace.document)).toEqual([
      { user: { id: 'ada', name: 'Ada', color: presenceColor('ada') }, cursor: null },
    ])
    expect(ada.document.awareness.getLocalState()?.['user']).toEqual({
      id: 'ada',
      name: 'Ada',
      color: presenceColor('ada'),
    })
  })

  it('PR-2 a cursor arrives as a position that the editor can find again', async () => {
    const { ada, grace, advance } = await two()
    ada.document.awareness.setLocalStateField('cursor', cursorAt(ada.document, 4))
    await advance(200)
    const cursor = others(grace.document)[0]?.cursor
    const position = Y.createRelativePositionFromJSON(cursor?.anchor)
    expect(Y.createAbsolutePositionFromRelativePosition(position, grace.document.ydoc)?.index).toBe(4)
    expect(cursor?.head).toEqual(cursor?.anchor)
    ada.document.awareness.setLocalStateField('cursor', null)
    await advance(200)
    expect(others(grace.document)[0]?.cursor).toBe(null)
  })

  it('PR-3 moves are gathered: one patch per interval, with the last position only', async () => {
    const { server, ada, advance } = await two()
    const before = server.heardOf('presence').length
    for (let index = 0; index < 9; index++) {
      ada.document.awareness.setLocalStateField('cursor', cursorAt(ada.document, index))
      await advance(20)
    }
    expect(server.heardOf('presence').length - before).toBeLessThanOrEqual(3)
    expect(server.heardOf('presence').length - before).toBeGreaterThanOrEqual(2)
  })

  it('PR-4 what did not change is not sent', async () => {
    const { server, ada, advance } = await two()
    ada.document.awareness.setLocalStateField('cursor', cursorAt(ada.document, 4))
    await advance(200)
    const before = server.heardOf('presence').length
    ada.document.awareness.setLocalStateField('cursor', cursorAt(ada.document, 4))
    ada.document.awareness.setLocalState(ada.document.awareness.getLocalState())
    await advance(60_000)
    expect(server.heardOf('presence').length).toBe(before)
  })

  it('PR-5 everything is told first, and again after a reconnect', async () => {
    const { server, ada, grace, advance } = await two()
    ada.document.setPresenceData({ mood: 'fine' })
    await advance(200)
    expect(others(grace.document)[0]?.data).toEqual({ mood: 'fine' })
    const before = server.heardOf('presence').length
    ada.network.cut()
    await advance(200)
    expect(others(grace.document)).toMatchObject([{ user: { id: 'ada' }, data: { mood: 'fine' } }])
    expect(server.heardOf('presence').length).toBe(before + 1)
  })

  it('PR-6 without a connection nobody else is here', async () => {
    const { grace, advance } = await two()
    expect(others(grace.document)).toHaveLength(1)
    grace.network.cut()
    await advance(0)
    expect(others(grace.document).length).toBeLessThanOrEqual(1)
    grace.runtime.page.signal('offline')
    await advance(0)
    expect(others(grace.document)).toEqual([])
  })

  it('PR-7 who leaves is gone', async () => {
    const { ada, grace, advance } = await two()
    const closed = ada.document.close()
    await advance(10)
    await closed
    expect(others(grace.document)).toEqual([])
  })

  it('PR-8 hostile bytes never reach who reads the states', async () => {
    const { server, grace, advance } = await two()
    const junk = Uint8Array.of(255, 255, 255, 255, 255, 255)
    server.tell({
      kind: 'presence',
      entries: encodePresenceEntries([
        full({ cursor: { anchor: junk, head: junk }, data: 'no json', user: { id: 'x', name: 'A\u202Eb\u0000' } }),
        { kind: 'cursor', key: 999, cursor: { anchor: junk, head: junk } },
        { kind: 'left', key: 998 },
        full({ key: 78, clientId: 2 ** 40 }),
        full({ key: 79, clientId: 4_243, data: '{"__proto__":{"polluted":1},"a":1}', user: { id: 'y', name: '' } }),
      ]),
    })
    await advance(200)
    const [, mallory, nobody] = others(grace.document)
    expect(mallory).toEqual({
      user: { id: 'x', name: 'Ab', color: expect.stringMatching(/^#[0-9a-f]{6}$/) },
      cursor: null,
      data: undefined,
    })
    expect(nobody).toMatchObject({ user: { name: 'Anonymous' }, data: { a: 1 } })
    expect(Object.hasOwn(nobody?.data as object, '__proto__')).toBe(false)
    expect(others(grace.document)).toHaveLength(3)
  })

  it('PR-9 nobody else can speak for this document', async () => {
    const { server, grace, advance } = await two()
    const clientId = grace.document.awareness.clientID
    const before = grace.document.awareness.getLocalState()
    server.tell({ kind: 'presence', entries: encodePresenceEntries([full({ clientId }), { kind: 'left', key: 77 }]) })
    await advance(200)
    expect(grace.document.awareness.getLocalState()).toEqual(before)
  })

  it('PR-10 colours are six hexadecimal digits, the same on every device, and legible on white', () => {
    const luminance = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5]
        .map((start) => Number.parseInt(color.slice(start, start + 2), 16) / 255)
        .map((value) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const colors = new Set(Array.from({ length: 500 }, (_, index) => presenceColor(`user ${index}`)))
    expect(colors.size).toBe(12)
    for (const color of colors) {
      expect(color).toMatch(/^#[0-9a-f]{6}$/)
      expect(1.05 / (luminance(color) + 0.05)).toBeGreaterThanOrEqual(4.5)
    }
    expect(presenceColor('u1')).toBe(presenceColor('u1'))
  })

  it('PR-11 data that is too large or no JSON is refused at once, and never sent', async () => {
    const { server, ada, advance } = await two()
    expect(() => ada.document.setPresenceData('x'.repeat(2_000))).toThrow(/1024 bytes/)
    expect(() => ada.document.setPresenceData(() => 0)).toThrow(/JSON/)
    const before = server.heardOf('presence').length
    ada.document.awareness.setLocalStateField('data', 'x'.repeat(2_000))
    await advance(200)
    expect(server.heardOf('presence').length).toBe(before)
  })

  it('PR-12 presence is no edit: it is neither counted nor kept', async () => {
    const { server, ada, advance } = await two()
    ada.document.awareness.setLocalStateField('cursor', cursorAt(ada.document, 1))
    await advance(200)
    expect(ada.document.getSnapshot()).toMatchObject({ saveState: 'saved', unsavedChanges: 0 })
    expect(server.heardOf('operation')).toEqual([])
  })
})

describe('many people, and strange ones', () => {
  /** One person, and a way to say to them what a server could. */
  async function alone() {
    const all = world()
    all.server.introduce('me', 'Ada')
    all.server.somebodyWrites('some text')
    const { document } = all.tab('me')
    await all.advance(200)
    const send = async (entries: readonly PresenceEntry[]): Promise<void> => {
      all.server.tell({ kind: 'presence', entries: encodePresenceEntries(entries) })
      await all.advance(0)
    }
    return { ...all, document, send }
  }

  const somebody = (index: number, id = `u${index}`): PresenceEntry =>
    full({ key: 100 + index, clientId: 1_000 + index, user: { id, name: `Person ${index}` } })

  it('PR-14 ten thousand come, move and leave in bounded time, and typing goes on', async () => {
    const { document, send, server } = await alone()
    const position = Y.encodeRelativePosition(
      Y.createRelativePositionFromTypeIndex(document.ydoc.getXmlFragment('content').get(0) as Y.XmlText, 2),
    )
    const people = Array.from({ length: 10_000 }, (_, index) => somebody(index))
    const moved = people.map(({ key }) => ({
      kind: 'cursor' as const,
      key,
      cursor: { anchor: position, head: new Uint8Array(0) },
    }))
    // What grows with the square of their number does not end within the time that a test has.
    await send(people)
    await send(moved)
    await send(moved)
    expect(others(document)).toHaveLength(10_000)
    await send(people.map(({ key }) => ({ kind: 'left', key })))
    expect(others(document)).toEqual([])
    document.ydoc.transact(() => document.ydoc.getXmlFragment('content').insert(0, [new Y.XmlText('typed')]))
    await document.whenDurable()
    expect(server.content().getXmlFragment('content').toString()).toContain('typed')
  })

  it('PR-15 free data of any shape arrives as it is, and breaks nothing', async () => {
    const { document, send } = await alone()
    const deep = `${'['.repeat(500)}${']'.repeat(500)}`
    const shapes = [
      '5',
      '"text"',
      'true',
      '[1,[2]]',
      '{"user":{"id":5,"color":"url(//evil)"}}',
      deep,
      '',
      '{broken',
      'undefined',
    ]
    await send(shapes.map((data, index) => ({ ...somebody(index), data }) as PresenceEntry))
    expect(others(document).map(({ data }) => data)).toEqual([
      5,
      'text',
      true,
      [1, [2]],
      { user: { id: 5, color: 'url(//evil)' } },
      JSON.parse(deep),
      undefined,
      undefined,
      undefined,
    ])
    await send([{ ...somebody(20), data: '{"__proto__":{"polluted":true},"x":1}' } as PresenceEntry])
    const last = others(document).at(-1)?.data as Record<string, unknown>
    expect([last['x'], last['polluted'], Object.getPrototypeOf(last)]).toEqual([1, undefined, Object.prototype])
    for (const { user } of others(document)) expect(user?.color).toMatch(/^#[0-9a-f]{6}$/)
  })

  it('PR-15 an own state of any shape breaks nothing either', async () => {
    const { document, send } = await alone()
    for (const state of [{ user: 5 }, { user: { id: 7 } }, { cursor: 'x' }, {}, null]) {
      document.awareness.setLocalState(state as Record<string, unknown> | null)
      await send([somebody(1)])
      expect(others(document)).toHaveLength(1)
    }
  })

  const colorsOf = (document: SheafDocument): Map<string, string> =>
    new Map(
      [...document.awareness.getStates().values()].map((state) => {
        const { user } = state as PresenceState
        return [user?.id ?? '', user?.color ?? '']
      }),
    )

  it('PR-16 no two of twelve have the same colour, and every screen shows the same ones', async () => {
    const all = world()
    const tabs = []
    for (let index = 0; index < 12; index++) {
      all.server.introduce(`person-${index}`, `Person ${index}`)
      tabs.push(all.tab(`person-${index}`))
      await all.advance(200)
      for (const { document } of tabs) {
        const colors = colorsOf(document)
        expect(colors.size).toBe(index + 1)
        expect(new Set(colors.values()).size).toBe(index + 1)
        expect(Object.fromEntries(colors)).toEqual(Object.fromEntries(colorsOf(tabs[0]!.document)))
      }
    }
    const preferred = Array.from({ length: 12 }, (_, index) => presenceColor(`person-${index}`))
    // The people of this test do collide by their ids alone.
    expect(new Set(preferred).size).toBeLessThan(12)
    tabs.push(all.tab('one more'))
    await all.advance(200)
    for (const { document } of tabs) for (const [id, color] of colorsOf(document)) expect(color).toBe(presenceColor(id))
  })

  it('PR-16 whoever is alone with their colour keeps it, and one person in two windows has one', async () => {
    const { document, send } = await alone()
    await send([somebody(1), somebody(2), { ...somebody(3), user: { id: 'u1', name: 'Person 1' } } as PresenceEntry])
    const before = colorsOf(document)
    expect(before.get('u1')).toBe(presenceColor('u1'))
    const rival = Array.from({ length: 500 }, (_, index) => `a${index}`).find(
      (id) => presenceColor(id) === presenceColor('u2'),
    )!
    await send([somebody(9, rival)])
    expect(colorsOf(document).get('u1')).toBe(before.get('u1'))
    expect(colorsOf(document).get(rival)).toBe(presenceColor(rival))
    expect(colorsOf(document).get('u2')).not.toBe(presenceColor('u2'))
    await send([{ kind: 'left', key: 109 }])
    expect(colorsOf(document).get('u2')).toBe(presenceColor('u2'))
  })
})
