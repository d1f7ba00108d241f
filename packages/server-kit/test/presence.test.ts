import { CONTENT_ROOT, decodePresenceEntries, encodePresencePatch } from '@sheaf/protocol'
import type { PresenceEntry, PresencePatch } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { World, docOf } from './support/world.ts'
import type { Replica } from './support/world.ts'

const position = (replica: Replica, index = 0): Uint8Array =>
  Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(replica.fragment, index))
const full = (replica: Replica, data: string | null = null): PresencePatch => ({
  kind: 'full',
  clientId: replica.ydoc.clientID,
  cursor: { anchor: position(replica), head: new Uint8Array() },
  data,
})
const say = (replica: Replica, patch: PresencePatch | Uint8Array): void =>
  replica.wire.say({
    kind: 'presence',
    patch: patch instanceof Uint8Array ? patch : encodePresencePatch(patch),
  })
const heard = (replica: Replica): PresenceEntry[] =>
  replica.wire.of('presence').flatMap(({ entries }) => [...decodePresenceEntries(entries)])

async function open() {
  const world = new World()
  await world.create(docOf('seeded'))
  const ada = await world.join('ada')
  const bob = await world.join('bob')
  return { world, ada, bob, tick: () => world.pass(world.limits.presenceIntervalMs) }
}

describe('presence', () => {
  it('PS-1 others are told who is where, with the identity that the server knows', async () => {
    const { ada, bob, tick } = await open()
    say(ada, full(ada, '{"status":"reading"}'))
    await tick()
    expect(heard(bob)).toMatchObject([
      {
        kind: 'full',
        key: 1,
        clientId: ada.ydoc.clientID,
        user: { id: 'ada', name: 'Name of ada' },
        data: '{"status":"reading"}',
      },
    ])
  })

  it('PS-2 moves within a tick are one frame for everybody, the very same bytes', async () => {
    const { world, ada, bob, tick } = await open()
    const vic = await world.join('vic')
    say(ada, full(ada))
    say(bob, full(bob))
    await tick()
    const before = vic.wire.of('presence').length
    for (let i = 0; i < 10; i++) {
      say(ada, { kind: 'cursor', cursor: { anchor: position(ada, i % 2), head: new Uint8Array() } })
      say(bob, { kind: 'hidden' })
    }
    await tick()
    expect(vic.wire.of('presence').length).toBe(before + 1)
    expect(heard(vic).slice(-2)).toMatchObject([
      { kind: 'cursor', key: 1 },
      { kind: 'hidden', key: 2 },
    ])
    expect(vic.wire.raw.at(-1)).toBe(ada.wire.raw.at(-1))
  })

  it('PS-3 joiners are told of everybody, and everybody when somebody leaves', async () => {
    const { world, ada, bob, tick } = await open()
    say(ada, full(ada))
    await tick()
    const vic = await world.join('vic')
    expect(heard(vic)).toMatchObject([{ kind: 'full', key: 1 }])
    ada.wire.cut()
    await tick()
    expect(heard(vic).at(-1)).toEqual({ kind: 'left', key: 1 })
    expect(heard(bob).at(-1)).toEqual({ kind: 'left', key: 1 })
  })

  it('PS-4 viewers are seen too', async () => {
    const { world, ada, tick } = await open()
    const vic = await world.join('vic')
    say(vic, full(vic))
    await tick()
    expect(heard(ada)).toMatchObject([{ kind: 'full', user: { id: 'vic' } }])
  })

  it('PS-5 what is not sound is not passed on, and harms neither the session nor the room', async () => {
    const { world, ada, bob, tick } = await open()
    say(bob, full(bob))
    await tick()
    const before = heard(ada).length
    const named = Y.createRelativePositionFromJSON({ type: null, tname: '__proto__', item: null, assoc: 0 })
    const hostile: (PresencePatch | Uint8Array)[] = [
      new Uint8Array(),
      Uint8Array.of(7, 7, 7),
      new Uint8Array(64 * 1024),
      // Somebody else's client id; one that is no 32-bit number.
      { ...full(ada), clientId: bob.ydoc.clientID } as PresencePatch,
      { ...full(ada), clientId: 2 ** 40 } as PresencePatch,
      // A cursor before anything else was said.
      { kind: 'cursor', cursor: { anchor: position(ada), head: new Uint8Array() } },
      // No positions, or such as would create a root type.
      { ...full(ada), cursor: { anchor: Uint8Array.of(255, 255), head: new Uint8Array() } } as PresencePatch,
      { ...full(ada), cursor: { anchor: new Uint8Array(), head: new Uint8Array() } } as PresencePatch,
      { ...full(ada), cursor: { anchor: Y.encodeRelativePosition(named), head: new Uint8Array() } } as PresencePatch,
      { ...full(ada), cursor: { anchor: position(ada), head: new Uint8Array(65) } } as PresencePatch,
      { ...full(ada), cursor: { anchor: Uint8Array.of(...position(ada), 0), head: new Uint8Array() } } as PresencePatch,
      // Data that is no object, holds dangerous keys, or is too large.
      full(ada, '5'),
      full(ada, '[1]'),
      full(ada, 'null'),
      full(ada, '{"a":'),
      full(ada, '{"__proto__":{"x":1}}'),
      full(ada, '{"a":{"b":{"constructor":1}}}'),
      full(ada, JSON.stringify({ a: 'x'.repeat(1_024) })),
    ]
    for (const patch of hostile) say(ada, patch)
    await tick()
    expect(world.count('presence_dropped_total')).toBe(hostile.length)
    expect(heard(ada).slice(before)).toEqual([])
    expect(heard(bob).filter((entry) => entry.kind === 'full' && entry.user.id === 'ada')).toEqual([])
    expect(ada.wire.closedWith).toBeNull()
    ada.write('still here')
    await world.pass()
    expect(ada.committed).toBe(1)
  })

  it('PS-6 data is written anew by the server: what the sender wrote is never passed on as it is', async () => {
    const { ada, bob, tick } = await open()
    say(ada, full(ada, ' { "b" : 1 , "user" : {"id":"bob"}, "color": "red;background:url(x)" } '))
    await tick()
    const [entry] = heard(bob)
    expect(entry).toMatchObject({ user: { id: 'ada' } })
    expect(entry?.kind === 'full' && entry.data).toBe('{"b":1,"user":{"id":"bob"},"color":"red;background:url(x)"}')
  })

  it('PS-7 a replica that comes back takes its client id from its dead connection; a stranger cannot', async () => {
    const { world, ada, bob, tick } = await open()
    say(ada, full(ada))
    await tick()
    const back = await world.join('ada', { replicaId: ada.replicaId })
    back.ydoc.clientID = ada.ydoc.clientID
    say(back, full(back))
    const eve = await world.join('bob')
    eve.ydoc.clientID = ada.ydoc.clientID
    say(eve, full(eve))
    await tick()
    const entries = heard(bob)
    expect(entries.slice(-2)).toMatchObject([
      { kind: 'left', key: 1 },
      { kind: 'full', key: 2, user: { id: 'ada' } },
    ])
    expect(world.count('presence_dropped_total')).toBe(1)
  })

  it('PS-8 a room in which nobody moves has no timer of its own', async () => {
    const { world, ada, tick } = await open()
    const idle = world.clock.waiting
    say(ada, full(ada))
    expect(world.clock.waiting).toBe(idle + 1)
    await tick()
    expect(world.clock.waiting).toBe(idle)
  })

  it('PS-9 positions in the content pass, at the root and inside a text', async () => {
    const { ada, bob, tick } = await open()
    const text = (ada.fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
    const inText = Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, 3))
    const atEnd = Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(ada.fragment, 1))
    say(ada, { ...full(ada), cursor: { anchor: inText, head: atEnd } } as PresencePatch)
    await tick()
    const [entry] = heard(bob)
    if (entry?.kind !== 'full' || entry.cursor === null) throw new Error('no cursor')
    const doc = bob.ydoc
    const absolute = Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(entry.cursor.anchor), doc)
    expect(absolute?.index).toBe(3)
    expect(doc.share.has(CONTENT_ROOT)).toBe(true)
  })
})
