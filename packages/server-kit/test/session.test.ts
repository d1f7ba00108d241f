import { PROTOCOL_VERSION, encodeClientFrame, encodePresencePatch } from '@sheaf/protocol'
import type { ClientFrames } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import { DOC, World, docOf, freshText } from './support/world.ts'

const hello = (change: Partial<ClientFrames['hello']> = {}): ClientFrames['hello'] => ({
  kind: 'hello',
  protocolVersion: PROTOCOL_VERSION,
  token: 'token:ada',
  replicaId: 'ab'.repeat(16),
  lastSeq: 0,
  stateVector: new Uint8Array(),
  schemaId: '',
  ...change,
})

async function open(limits = {}): Promise<World> {
  const world = new World({ limits })
  await world.create(docOf('seeded'))
  return world
}

const USERS = { owner: 'ada', editor: 'bob', commenter: 'cem', viewer: 'vic', nobody: 'eve' } as const
type Role = keyof typeof USERS
type Said = ClientFrames[keyof ClientFrames]['kind']
const frames: Record<Said, (token: string) => ClientFrames[keyof ClientFrames] | 'an edit' | 'a cursor'> = {
  hello: (token) => hello({ token }),
  operation: () => 'an edit',
  presence: () => 'a cursor',
  token: (token) => ({ kind: 'token', token }),
  sync: () => ({ kind: 'sync', lastSeq: 0, stateVector: new Uint8Array() }),
  ping: () => ({ kind: 'ping' }),
}

describe('every role and every frame', () => {
  for (const role of Object.keys(USERS) as Role[])
    for (const said of Object.keys(frames) as Said[])
      it(`SC-19 ${role} says ${said}: nothing changes but by owners and editors, and a stranger hears nothing`, async () => {
        const world = await open()
        world.roles.set(`${DOC}/cem`, 'commenter')
        const witness = await world.join('ada')
        const speaker = await world.join(USERS[role])
        const before = await freshText(world)
        const frame = frames[said](`token:${USERS[role]}`)
        if (frame === 'an edit') speaker.write('written')
        else if (frame === 'a cursor')
          speaker.wire.say({
            kind: 'presence',
            patch: encodePresencePatch({ kind: 'full', clientId: speaker.ydoc.clientID, cursor: null, data: null }),
          })
        else speaker.wire.say(frame)
        await world.pass(world.limits.presenceIntervalMs)
        const mayEdit = role === 'owner' || role === 'editor'
        const changes = said === 'operation' && mayEdit
        expect(await world.stores.operations.head(DOC)).toBe(changes ? 2 : 1)
        expect(witness.wire.of('operation')).toHaveLength(changes ? 1 : 0)
        if (!changes) expect(await freshText(world)).toBe(before)
        if (role === 'nobody') {
          expect(speaker.wire.frames).toEqual([])
          expect(speaker.wire.closedWith?.code).toBe(4404)
          expect(witness.wire.of('presence')).toEqual([])
          return
        }
        expect(speaker.wire.closedWith?.code ?? null).toBe(said === 'hello' ? 4400 : null)
        expect(speaker.rejected.map(({ code }) => code)).toEqual(
          said === 'operation' && !mayEdit ? ['not-allowed'] : [],
        )
        expect(witness.wire.of('presence')).toHaveLength(said === 'presence' ? 1 : 0)
        expect(speaker.wire.of('pong')).toHaveLength(said === 'ping' ? 1 : 0)
        expect(speaker.wire.of('state')).toHaveLength(said === 'sync' ? 2 : 1)
      })
})

describe('sessions', () => {
  it('SN-1 a session is told who it is, what it may, where the document stands, and the document', async () => {
    const world = await open()
    const ada = await world.join('ada')
    expect(ada.wire.frames.map(({ kind }) => kind)).toEqual(['welcome', 'state'])
    expect(ada.wire.writes).toEqual([2])
    expect(ada.wire.of('welcome')[0]).toMatchObject({
      principal: { id: 'ada', name: 'Name of ada' },
      role: 'owner',
      seq: 1,
      committedCounter: 0,
      schemaId: 'sheaf-1',
      limits: { maxUpdateBytes: world.limits.update.maxBytes },
    })
    expect(ada.text).toContain('seeded')
  })

  it('SN-2 without a hello in time the connection is closed with 4408', async () => {
    const world = await open()
    const wire = world.connect()
    await world.pass(world.limits.helloTimeoutMs - 1)
    expect(wire.closedWith).toBeNull()
    await world.pass(world.limits.sweepMs + 1)
    expect(wire.closedWith?.code).toBe(4408)
  })

  it('SN-3 what comes before the hello closes with 4401, what cannot be read with 4400, another version with 4426', async () => {
    const world = await open()
    const cases: [Uint8Array, number][] = [
      [encodeClientFrame({ kind: 'ping' }), 4401],
      [
        encodeClientFrame({ kind: 'operation', counter: 1, baseSeq: 0, versionVector: [], update: new Uint8Array() }),
        4401,
      ],
      [Uint8Array.of(99), 4400],
      [Uint8Array.of(), 4400],
      [encodeClientFrame(hello()).subarray(0, 20), 4400],
      [encodeClientFrame(hello({ protocolVersion: 2 })), 4426],
      [Uint8Array.of(1, 7, 200, 200), 4426],
    ]
    for (const [bytes, code] of cases) {
      const wire = world.connect()
      wire.say(bytes)
      await world.pass()
      expect(wire.closedWith?.code).toBe(code)
      expect(wire.frames).toEqual([])
    }
  })

  it('SN-4 a bad token closes with 4401; a document of others and one that does not exist both with 4404', async () => {
    const world = await open()
    const tries: [string, string, number][] = [
      ['nonsense', DOC, 4401],
      ['token:eve', DOC, 4404],
      ['token:ada', 'no-such-document', 4404],
    ]
    const reasons = new Set<string>()
    for (const [token, documentId, code] of tries) {
      const wire = world.connect(documentId)
      wire.say(hello({ token }))
      await world.pass()
      expect(wire.closedWith?.code).toBe(code)
      if (code === 4404) reasons.add(wire.closedWith!.reason)
    }
    expect(reasons.size).toBe(1)
  })

  it('SN-5 where people cannot be looked up the session is asked to come back; nobody slips in', async () => {
    const world = await open()
    world.accessDown = true
    const wire = world.connect()
    wire.say(hello())
    await world.pass()
    expect(wire.closedWith?.code).toBe(1013)
    expect(wire.frames).toEqual([])
  })

  it('SN-6 a viewer cannot change anything, and stays', async () => {
    const world = await open()
    const vic = await world.join('vic')
    vic.write('sneaked in')
    vic.write('again')
    vic.write('and again')
    await world.pass()
    expect(vic.rejected.map(({ code }) => code)).toEqual(['not-allowed', 'not-allowed', 'not-allowed'])
    expect(vic.wire.closedWith).toBeNull()
    expect(await freshText(world)).not.toContain('sneaked')
  })

  it('SN-7 a right that is withdrawn holds from the next operation on, and one that is given as well', async () => {
    const world = await open()
    const bob = await world.join('bob')
    bob.write('before')
    await world.pass()
    world.roles.set(`${DOC}/bob`, 'viewer')
    await world.stores.fanOut.announce({ kind: 'access', documentId: DOC, userId: 'bob', role: 'viewer' })
    const ada = await world.join('ada')
    bob.write('after')
    await world.pass()
    expect(ada.wire.of('operation')).toEqual([])
    expect(bob.wire.of('access')).toEqual([{ kind: 'access', role: 'viewer' }])
    expect(bob.rejected.map(({ code }) => code)).toEqual(['not-allowed'])
    await world.stores.fanOut.announce({ kind: 'access', documentId: DOC, userId: 'bob', role: 'editor' })
    for (const frame of bob.unsettled) bob.wire.say(frame)
    await world.pass()
    expect(bob.committed).toBe(2)
  })

  it('SN-8 whoever loses every right is told so and closed with 4403; others stay', async () => {
    const world = await open()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    world.roles.delete(`${DOC}/bob`)
    await world.stores.fanOut.announce({ kind: 'access', documentId: DOC, userId: 'bob', role: null })
    expect(bob.wire.of('access')).toEqual([{ kind: 'access', role: null }])
    expect(bob.wire.closedWith?.code).toBe(4403)
    expect(ada.wire.closedWith).toBeNull()
  })

  it('SN-9 a right that is withdrawn while its owner joins counts', async () => {
    const world = await open()
    let answer = (): void => undefined
    world.authorizeGate = new Promise((resolve) => {
      answer = resolve
    })
    const wire = world.connect()
    wire.say(hello({ token: 'token:bob' }))
    await world.pass()
    world.roles.delete(`${DOC}/bob`)
    await world.stores.fanOut.announce({ kind: 'access', documentId: DOC, userId: 'bob', role: null })
    answer()
    await world.pass()
    expect(wire.frames).toEqual([])
    expect(wire.closedWith?.code).toBe(4404)
  })

  it('SN-10 a session ends with its token, unless a fresh one of the same person came in time', async () => {
    const world = await open()
    const soon = world.clock.now() + 60_000
    world.expiry.set('token:ada', soon)
    world.expiry.set('token:bob', soon)
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    world.expiry.set('token:ada:fresh', soon + 600_000)
    ada.wire.say({ kind: 'token', token: 'token:ada:fresh' })
    for (let i = 0; i < 7; i++) {
      await world.pass(10_000)
      if (ada.wire.closedWith === null) ada.wire.say({ kind: 'ping' })
      if (bob.wire.closedWith === null) bob.wire.say({ kind: 'ping' })
    }
    expect(ada.wire.closedWith).toBeNull()
    expect(bob.wire.closedWith?.code).toBe(4401)
    ada.wire.say({ kind: 'token', token: 'token:bob' })
    await world.pass()
    expect(ada.wire.closedWith?.code).toBe(4401)
  })

  it('SN-11 a log-out ends the sessions of its log-in, a new password all of them', async () => {
    const world = await open()
    const phone = world.connect()
    phone.say(hello({ token: 'token:ada:phone' }))
    const desk = world.connect()
    desk.say(hello({ token: 'token:ada:desk', replicaId: 'cd'.repeat(16) }))
    const bob = await world.join('bob')
    await world.pass()
    await world.stores.fanOut.announce({ kind: 'sessions-ended', userId: 'ada', family: 'phone' })
    expect(phone.closedWith?.code).toBe(4401)
    expect(desk.closedWith).toBeNull()
    await world.stores.fanOut.announce({ kind: 'sessions-ended', userId: 'ada', family: null })
    expect(desk.closedWith?.code).toBe(4401)
    expect(bob.wire.closedWith).toBeNull()
  })

  it('SN-30 a log-in that ends while its token is being checked opens nothing, and renews nothing', async () => {
    const world = await open()
    const renewing = world.connect()
    renewing.say(hello({ token: 'token:ada:phone' }))
    await world.pass()
    let go: () => void = () => undefined
    world.authenticateGate = new Promise((resolve) => (go = resolve))
    renewing.say({ kind: 'token', token: 'token:ada:desk' })
    const opening = world.connect()
    opening.say(hello({ token: 'token:ada:desk', replicaId: 'cd'.repeat(16) }))
    const another = world.connect()
    another.say(hello({ token: 'token:ada:tablet', replicaId: 'ef'.repeat(16) }))
    await world.pass()
    await world.stores.fanOut.announce({ kind: 'sessions-ended', userId: 'ada', family: 'desk' })
    go()
    await world.pass()
    expect(opening.of('welcome')).toEqual([])
    expect([opening, renewing].map(({ closedWith }) => closedWith?.code)).toEqual([4401, 4401])
    expect(another.of('welcome')).toHaveLength(1)
  })

  it('SN-12 a connection that fell silent is closed, one that pings is not', async () => {
    const world = await open()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    for (let i = 0; i < 5; i++) {
      bob.wire.say({ kind: 'ping' })
      await world.pass(world.limits.heartbeatMs)
    }
    expect(ada.wire.closedWith?.code).toBe(1013)
    expect(bob.wire.closedWith).toBeNull()
    expect(bob.wire.of('pong')).toHaveLength(5)
  })

  it('SN-13 a flood of frames or of operations is closed with 4429; the document is as it was', async () => {
    const world = await open({ framesBurst: 100, framesPerSecond: 10, operationsBurst: 20, operationsPerSecond: 10 })
    const ada = await world.join('ada')
    for (let i = 0; i < 200 && ada.wire.closedWith === null; i++) ada.wire.say({ kind: 'ping' })
    expect(ada.wire.closedWith?.code).toBe(4429)
    const bob = await world.join('bob')
    for (let i = 0; i < 30 && bob.wire.closedWith === null; i++) bob.write('x')
    expect(bob.wire.closedWith?.code).toBe(4429)
    const slow = await world.join('bob')
    for (let i = 0; i < 100; i++) {
      slow.write('y')
      await world.pass(100)
    }
    expect(slow.wire.closedWith).toBeNull()
    expect(slow.committed).toBe(100)
  })

  it('SN-28 one user has only so many sessions, and the place of one that ended is free', async () => {
    const world = await open({ maxSessionsPerUser: 2 })
    const first = await world.join('ada')
    await world.join('ada')
    const third = await world.join('ada')
    expect(third.wire.closedWith?.code).toBe(4429)
    const bob = await world.join('bob')
    expect(bob.wire.of('welcome')).toHaveLength(1)
    third.wire.cut()
    first.wire.cut()
    const fourth = await world.join('ada')
    expect(fourth.wire.of('welcome')).toHaveLength(1)
  })

  it('SN-14 three malformed operations end the session with 4400', async () => {
    const world = await open()
    const eve = await world.join('bob')
    for (let i = 0; i < 3; i++)
      eve.wire.say({ kind: 'operation', counter: 1, baseSeq: 0, versionVector: [], update: Uint8Array.of(i, 255, 3) })
    expect(eve.rejected).toHaveLength(3)
    expect(eve.wire.closedWith?.code).toBe(4400)
    expect(await freshText(world)).toContain('seeded')
  })

  it('SN-15 a slow reader is closed with 4429 at a bounded buffer; a large state frame is not held against it', async () => {
    const world = await open({ maxBufferedBytes: 1_000 })
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const state = bob.wire.of('state')[0]!.parts.reduce((sum, { update }) => sum + update.length, 0)
    bob.wire.buffered = state + 900
    ada.write('one')
    await world.pass()
    expect(bob.wire.closedWith).toBeNull()
    bob.wire.buffered = state + 2_000
    ada.write('two')
    await world.pass()
    expect(bob.wire.closedWith?.code).toBe(4429)
    expect(ada.committed).toBe(2)
  })

  it('SN-16 a replica that has most of it is sent only what it misses', async () => {
    const world = await open()
    const ada = await world.join('ada')
    ada.write('one')
    await world.pass()
    const { lastSeq, replicaId } = ada
    ada.write('two')
    await world.pass()
    const back = world.connect()
    back.say(hello({ lastSeq, replicaId }))
    await world.pass()
    expect(back.of('state')[0]).toMatchObject({ seq: 3 })
    expect(back.of('state')[0]?.parts).toHaveLength(1)
    expect(back.of('welcome')[0]?.committedCounter).toBe(2)
    const current = world.connect()
    current.say(hello({ lastSeq: 3 }))
    await world.pass()
    expect(current.of('state')[0]?.parts).toEqual([])
    // Ahead of this server: a restored backup. It is given everything, and merges.
    const ahead = world.connect()
    ahead.say(hello({ lastSeq: 99 }))
    await world.pass()
    expect(ahead.of('state')[0]?.seq).toBe(3)
    expect(ahead.of('state')[0]?.parts.length).toBe(3)
  })

  it('SN-17 a sync is answered with what is missing', async () => {
    const world = await open()
    const ada = await world.join('ada')
    ada.write('one')
    await world.pass()
    ada.wire.say({ kind: 'sync', lastSeq: 1, stateVector: new Uint8Array() })
    await world.pass()
    expect(ada.wire.of('state')[1]).toMatchObject({ seq: 2 })
    expect(ada.wire.of('state')[1]?.parts).toHaveLength(1)
  })

  it('SN-18 the first editor decides the schema; a session with another one reads only', async () => {
    const world = new World()
    await world.create(undefined, '')
    const reader = await world.join('vic', { schemaId: 'theirs-9' })
    expect(reader.wire.of('welcome')[0]?.schemaId).toBe('')
    const ada = await world.join('ada', { schemaId: 'ours-1' })
    expect(ada.wire.of('welcome')[0]?.schemaId).toBe('ours-1')
    expect((await world.stores.documents.get(DOC))?.schemaId).toBe('ours-1')
    const old = await world.join('bob', { schemaId: 'ours-0' })
    old.write('would delete what it does not know')
    const bot = await world.join('bob', { schemaId: '' })
    bot.write('by a bot')
    await world.pass()
    expect(old.wire.of('welcome')[0]?.schemaId).toBe('ours-1')
    expect(old.rejected.map(({ code }) => code)).toEqual(['schema-mismatch'])
    expect(bot.committed).toBe(1)
  })

  it('SN-19 frames that come between hello and welcome are handled after it, in their order, up to a bound', async () => {
    const world = await open({ maxEarlyFrames: 10 })
    const ada = await world.join('ada')
    const first = ada.write('early', false)
    const second = ada.write('later', false)
    ada.wire.cut()
    const wire = world.connect()
    wire.say(hello({ replicaId: ada.replicaId }))
    wire.say(first)
    wire.say(second)
    await world.pass()
    expect(wire.of('committed').at(-1)).toEqual({ kind: 'committed', counter: 2, seq: 3 })
    const eager = world.connect()
    eager.say(hello())
    for (let i = 0; i < 11; i++) eager.say({ kind: 'ping' })
    expect(eager.closedWith?.code).toBe(4429)
  })

  it('SN-20 a second hello is malformed', async () => {
    const world = await open()
    const ada = await world.join('ada')
    ada.hello()
    expect(ada.wire.closedWith?.code).toBe(4400)
  })
})
