import { decodePresenceEntries, encodePresencePatch } from '@sheaf/protocol'
import type { PresenceEntry, PresencePatch } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { encodeRoomMessage } from '../src/presence/room-message.ts'
import type { RoomMessage } from '../src/presence/room-message.ts'
import { Cluster, loseNext, overhear } from './support/cluster.ts'
import { DOC, World, docOf } from './support/world.ts'
import type { Replica } from './support/world.ts'

const TICKS = 2 * 50
const say = (replica: Replica, patch: PresencePatch): void =>
  replica.wire.say({ kind: 'presence', patch: encodePresencePatch(patch) })
const full = (replica: Replica, data: string | null = null): PresencePatch => ({
  kind: 'full',
  clientId: replica.ydoc.clientID,
  cursor: null,
  data,
})
const position = (replica: Replica, index: number): Uint8Array =>
  Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(replica.fragment, index))
const move = (replica: Replica, index: number): void =>
  say(replica, { kind: 'cursor', cursor: { anchor: position(replica, index), head: new Uint8Array() } })

const heard = (replica: Replica): PresenceEntry[] =>
  replica.wire.of('presence').flatMap(({ entries }) => decodePresenceEntries(entries))

/** Who a client shows now, as a client counts: by client id and user. */
function shown(replica: Replica): string[] {
  const there = new Map<number, string>()
  for (const entry of heard(replica)) {
    if (entry.kind === 'full') there.set(entry.key, `${entry.user.id}#${entry.clientId}`)
    else if (entry.kind === 'left') there.delete(entry.key)
    else if (!there.has(entry.key)) throw new Error(`key ${entry.key} moved before it was there`)
  }
  return [...there.values()].sort()
}
const as = (replica: Replica): string => `${replica.user}#${replica.ydoc.clientID}`

async function open(options: { refreshMs?: number } = {}) {
  const limits = options.refreshMs === undefined ? {} : { presenceRefreshMs: options.refreshMs }
  const cluster = await Cluster.of(2, { content: docOf('some', 'text'), limits })
  const ada = await cluster.server(0).join('ada')
  const bob = await cluster.server(1).join('bob')
  return { cluster, ada, bob }
}

describe('presence between servers', () => {
  it('CL-1 everybody sees everybody, whichever server they are on, joiners too', async () => {
    const { cluster, ada, bob } = await open()
    say(ada, full(ada, '{"a":1}'))
    say(bob, full(bob))
    await cluster.pass(TICKS)
    const everybody = [as(ada), as(bob)].sort()
    expect(shown(ada)).toEqual(everybody)
    expect(shown(bob)).toEqual(everybody)
    const vic = await cluster.server(1).join('vic')
    expect(shown(vic)).toEqual(everybody)
    expect(heard(vic).find((entry) => entry.kind === 'full' && entry.user.id === 'ada')).toMatchObject({
      user: { id: 'ada', name: 'Name of ada' },
      data: '{"a":1}',
    })
    move(ada, 1)
    await cluster.pass(TICKS)
    expect(heard(vic).at(-1)).toMatchObject({ kind: 'cursor', cursor: { anchor: position(ada, 1) } })
  })

  it('CL-1 a server that opens the document later asks who is there', async () => {
    const cluster = await Cluster.of(3, { content: docOf('x') })
    const ada = await cluster.server(0).join('ada')
    const bob = await cluster.server(1).join('bob')
    say(ada, full(ada))
    say(bob, full(bob))
    await cluster.pass(1_000)
    const vic = await cluster.server(2).join('vic')
    await cluster.pass(TICKS)
    expect(shown(vic)).toEqual([as(ada), as(bob)].sort())
  })

  it('CL-2 only changes are sent, coalesced: ten moves in a tick are one message', async () => {
    const { cluster, ada, bob } = await open()
    say(ada, full(ada))
    say(bob, full(bob))
    await cluster.pass(TICKS)
    const messages = overhear(cluster.server(0).stores)
    for (let i = 0; i < 10; i++) move(ada, i % 2)
    await cluster.pass(TICKS)
    expect(messages).toHaveLength(1)
    const bytes = messages[0]?.kind === 'room' ? messages[0].bytes.length : 0
    expect(bytes).toBeLessThan(60)
    await cluster.pass(5_000)
    expect(messages.length).toBeLessThanOrEqual(2)
  })

  it('CL-3 who leaves, is cut off, or is drained with its server is gone everywhere', async () => {
    const { cluster, ada, bob } = await open()
    const vic = await cluster.server(0).join('vic')
    for (const replica of [ada, bob, vic]) say(replica, full(replica))
    await cluster.pass(TICKS)
    expect(shown(bob)).toHaveLength(3)
    vic.wire.cut()
    await cluster.pass(TICKS)
    expect(shown(bob)).toEqual([as(ada), as(bob)].sort())
    const drained = cluster.server(0).rooms.drain()
    await cluster.pass(TICKS)
    await drained
    await cluster.pass(TICKS)
    expect(shown(bob)).toEqual([as(bob)])
  })

  it('CL-3 everybody of a server that was killed is gone after two and a half refreshes', async () => {
    const { cluster, ada, bob } = await open()
    const third = cluster.addServer()
    const vic = await third.join('vic')
    for (const replica of [ada, bob, vic]) say(replica, full(replica))
    await cluster.pass(TICKS)
    expect(shown(bob)).toHaveLength(3)
    third.stores.crash()
    await cluster.pass(20_000)
    expect(shown(bob)).toHaveLength(3)
    await cluster.pass(8_000)
    // Those whose servers live are refreshed, and stay.
    expect(shown(bob)).toEqual([as(ada), as(bob)].sort())
    expect(shown(ada)).toEqual([as(ada), as(bob)].sort())
  })

  it('CL-4 a lost message heals with the next refresh at the latest, a lost good-bye too', async () => {
    const { cluster, ada, bob } = await open()
    const vic = await cluster.server(0).join('vic')
    say(bob, full(bob))
    say(vic, full(vic))
    await cluster.pass(2_000)
    say(vic, { kind: 'hidden' })
    loseNext(cluster.server(0).stores, 'room')
    say(ada, full(ada))
    await cluster.pass(TICKS)
    expect(shown(bob)).toEqual([as(bob), as(vic)].sort())
    // Something follows on what was lost: the other server asks.
    move(ada, 1)
    await cluster.pass(1_000 + TICKS)
    expect(shown(bob)).toEqual([as(ada), as(bob), as(vic)].sort())
    loseNext(cluster.server(0).stores, 'room')
    ada.wire.cut()
    await cluster.pass(TICKS)
    expect(shown(bob)).toHaveLength(3)
    await cluster.pass(11_000)
    expect(shown(bob)).toEqual([as(bob), as(vic)].sort())
  })

  it('CL-4 a cut that is mended brings everybody back at once', async () => {
    const { cluster, ada, bob } = await open()
    cluster.bus.setCut(true)
    say(ada, full(ada))
    say(bob, full(bob))
    await cluster.pass(30_000)
    expect(shown(ada)).toEqual([as(ada)])
    cluster.bus.setCut(false)
    await cluster.pass(TICKS)
    expect(shown(ada)).toEqual([as(ada), as(bob)].sort())
    expect(shown(bob)).toEqual(shown(ada))
  })

  it('CL-5 a replica that comes back on another server takes its entry with it, whoever still believes in the dead one', async () => {
    const { cluster, ada, bob } = await open()
    say(ada, full(ada))
    say(bob, full(bob))
    await cluster.pass(TICKS)
    // The first server has not noticed that the connection is dead, and the first word of the new one is lost.
    const back = await cluster.server(1).join('ada', { replicaId: ada.replicaId })
    back.ydoc.clientID = ada.ydoc.clientID
    loseNext(cluster.server(1).stores, 'room')
    say(back, full(back))
    await cluster.pass(TICKS)
    expect(shown(bob)).toEqual([as(ada), as(bob)].sort())
    await cluster.pass(11_000)
    const vic = await cluster.server(0).join('vic')
    expect(shown(vic)).toEqual([as(ada), as(bob)].sort())
    expect(shown(bob)).toEqual([as(ada), as(bob)].sort())
    // It is the living one that is shown.
    move(back, 1)
    await cluster.pass(TICKS)
    expect(heard(vic).at(-1)).toMatchObject({ kind: 'cursor', cursor: { anchor: position(back, 1) } })
    // When the first server notices at last, nobody is taken away.
    ada.wire.cut()
    await cluster.pass(12_000)
    expect(shown(vic)).toEqual([as(ada), as(bob)].sort())
    expect(shown(bob)).toEqual([as(ada), as(bob)].sort())
  })

  it('CL-6 a client id that somebody claimed on one server cannot be claimed on another', async () => {
    const { cluster, ada, bob } = await open()
    say(ada, full(ada))
    await cluster.pass(TICKS)
    say(bob, { ...full(bob), clientId: ada.ydoc.clientID } as PresencePatch)
    await cluster.pass(TICKS)
    expect(cluster.server(1).count('presence_dropped_total')).toBe(1)
    expect(shown(bob)).toEqual([as(ada)])
  })

  it('CL-7 what other servers say is checked like what clients say; what is not understood is ignored', async () => {
    const { cluster, bob } = await open()
    say(bob, full(bob))
    await cluster.pass(TICKS)
    const before = heard(bob).length
    const stranger = cluster.addServer().stores.fanOut
    const named = Y.encodeRelativePosition(
      Y.createRelativePositionFromJSON({ type: null, tname: '__proto__', item: null, assoc: 0 }),
    )
    const user = { id: 'eve', name: 'Eve' }
    const entry = { kind: 'full', key: 1, clientId: 4_000, user, replicaId: 'r', cursor: null, data: null } as const
    const changes = (...entries: Extract<RoomMessage, { kind: 'changes' }>['entries']): Uint8Array =>
      encodeRoomMessage({ kind: 'changes', source: 'x', entries })
    const sound = changes(entry)
    const hostile = [
      new Uint8Array(),
      // A kind of another version.
      Uint8Array.of(99, 1, 2, 3),
      Uint8Array.of(3),
      sound.subarray(0, -1),
      Uint8Array.of(...sound, 0),
      changes({ ...entry, clientId: 2 ** 40 }),
      changes({ ...entry, clientId: bob.ydoc.clientID }),
      changes({ ...entry, user: { id: '', name: '' } }),
      changes({ ...entry, cursor: { anchor: named, head: new Uint8Array() } }),
      changes({ ...entry, data: '{"__proto__":{"x":1}}' }),
      changes({ ...entry, data: '[1]' }),
      changes({ kind: 'cursor', key: 7, cursor: { anchor: named, head: new Uint8Array() } }),
    ]
    for (const bytes of hostile) stranger.publish(DOC, { kind: 'room', bytes })
    await cluster.pass(TICKS)
    expect(heard(bob).slice(before)).toEqual([])
    stranger.publish(DOC, { kind: 'room', bytes: sound })
    await cluster.pass(TICKS)
    expect(shown(bob)).toEqual([as(bob), 'eve#4000'].sort())
    bob.write('still here')
    await cluster.pass()
    expect(bob.committed).toBe(1)
  })

  it('CL-8 a server that is alone encodes and publishes nothing, and sets no timer for it', async () => {
    const world = new World()
    await world.create(docOf('x'))
    const published = overhear(world.stores)
    const ada = await world.join('ada')
    const idle = world.clock.waiting
    say(ada, full(ada))
    await world.pass(60_000)
    ada.write('x')
    await world.pass(1_000)
    expect(published.filter(({ kind }) => kind === 'room')).toEqual([])
    expect(world.clock.waiting).toBeLessThanOrEqual(idle + 2)
  })

  it('CL-8 a room in which nobody is present says nothing', async () => {
    const { cluster } = await open()
    const messages = overhear(cluster.server(0).stores)
    await cluster.pass(30_000)
    expect(messages).toEqual([])
  })
})
