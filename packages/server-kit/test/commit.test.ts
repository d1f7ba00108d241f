import type { StoredOperation } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { FanOutMessage } from '../src/ports.ts'
import { createMemoryStores } from '../src/testing/memory-stores.ts'
import { DOC, World, docOf, freshText, operationFrame } from './support/world.ts'

const delayed = () => {
  const waiting: (() => void)[] = []
  return {
    hold: async (write: string): Promise<void> => {
      if (write === 'operations.append') await new Promise<void>((resolve) => waiting.push(resolve))
    },
    release: () => {
      for (const go of waiting.splice(0)) go()
    },
    get count() {
      return waiting.length
    },
  }
}

describe('commit', () => {
  it('CM-1 an operation is received, then durable, then acknowledged and told to the others', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const gate = delayed()
    world.stores.delayWrites(gate.hold)
    ada.write('hello')
    await world.pass(world.limits.receiptMs)
    expect(ada.wire.of('received')).toEqual([{ kind: 'received', counter: 1 }])
    expect(ada.wire.of('committed')).toEqual([])
    expect(bob.wire.of('operation')).toEqual([])
    gate.release()
    await world.pass()
    expect(ada.wire.of('committed')).toEqual([{ kind: 'committed', counter: 1, seq: 1 }])
    expect(bob.wire.of('operation').map(({ seq }) => seq)).toEqual([1])
    expect(bob.text).toBe(ada.text)
    expect(await freshText(world)).toBe(ada.text)
  })

  it('CM-2 what queues while an append is under way goes together into the next one', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const gate = delayed()
    world.stores.delayWrites(gate.hold)
    ada.write('1')
    await world.pass()
    for (let i = 2; i <= 10; i++) (i % 2 === 0 ? bob : ada).write(String(i))
    await world.pass()
    expect(gate.count).toBe(1)
    gate.release()
    await world.pass()
    expect(gate.count).toBe(1)
    gate.release()
    await world.pass()
    expect(world.stores.writes.get('operations.append')).toBe(2)
    expect(ada.text).toBe(bob.text)
    expect(ada.lastSeq).toBe(10)
    expect(ada.unsettled).toEqual([])
  })

  it('CM-3 acknowledgements and the operations of others come in the order of seq, in one write', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const carl = await world.join('vic')
    const before = ada.wire.writes.length
    ada.write('a')
    ada.write('b')
    bob.write('c')
    ada.write('d')
    await world.pass()
    const told = ada.wire.frames.flatMap((frame) =>
      frame.kind === 'committed' || frame.kind === 'operation' ? [[frame.kind, frame.counter, frame.seq]] : [],
    )
    expect(told).toEqual([
      ['committed', 2, 2],
      ['operation', 1, 3],
      ['committed', 3, 4],
    ])
    // What was received travels with what was committed.
    expect(ada.wire.frames.slice(-4).map(({ kind }) => kind)).toEqual([
      'received',
      'committed',
      'operation',
      'committed',
    ])
    expect(ada.wire.writes.slice(before)).toEqual([4])
    expect(carl.wire.writes.at(-1)).toBe(4)
  })

  it('CM-4 everybody who wrote nothing is given the very same frames', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const vic = await world.join('vic')
    ada.write('a')
    await world.pass()
    expect(bob.wire.raw.at(-1)).toBe(vic.wire.raw.at(-1))
  })

  it('CM-5 an operation that is sent again after it was committed is acknowledged again', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const frame = ada.write('once')
    await world.pass()
    ada.wire.say(frame)
    await world.pass()
    expect(ada.wire.of('committed')).toEqual([
      { kind: 'committed', counter: 1, seq: 1 },
      { kind: 'committed', counter: 1, seq: 1 },
    ])
    expect(bob.wire.of('operation')).toHaveLength(1)
    expect(await world.stores.operations.head(DOC)).toBe(1)
  })

  it('CM-6 an operation that is sent again while it is pending is acknowledged once it is durable, to every session of its replica', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const gate = delayed()
    world.stores.delayWrites(gate.hold)
    const frame = ada.write('slow')
    await world.pass()
    // The old connection is half open: the server does not know yet that it is dead.
    const again = await world.join('ada', { replicaId: ada.replicaId })
    expect(again.wire.of('welcome')[0]?.committedCounter).toBe(0)
    again.wire.say(frame)
    await world.pass(world.limits.receiptMs)
    expect(again.wire.of('received')).toEqual([{ kind: 'received', counter: 1 }])
    gate.release()
    await world.pass()
    expect(ada.wire.of('committed')).toEqual([{ kind: 'committed', counter: 1, seq: 1 }])
    expect(again.wire.of('committed')).toEqual([{ kind: 'committed', counter: 1, seq: 1 }])
    expect(await world.stores.operations.head(DOC)).toBe(1)
  })

  it('CM-7 other bytes under a known unique id are refused, pending or committed', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const gate = delayed()
    world.stores.delayWrites(gate.hold)
    const first = ada.write('first', false)
    const second = ada.write('second', false)
    if (first.kind !== 'operation' || second.kind !== 'operation') throw new Error('not operations')
    ada.wire.say(first)
    await world.pass()
    ada.wire.say({ ...second, counter: 1 })
    await world.pass()
    expect(ada.rejected.map(({ counter, code }) => [counter, code])).toEqual([[1, 'id-conflict']])
    gate.release()
    await world.pass()
    ada.wire.say({ ...second, counter: 1 })
    await world.pass()
    expect(ada.rejected.map(({ code }) => code)).toEqual(['id-conflict', 'id-conflict'])
    expect(await world.stores.operations.head(DOC)).toBe(1)
  })

  it('CM-8 where the outcome of an append is unknown nothing is acknowledged, and sending again settles it', async () => {
    for (const fault of ['fail', 'lose-answer'] as const) {
      const world = new World()
      await world.create()
      const ada = await world.join('ada')
      const bob = await world.join('bob')
      world.stores.failNextAppend(fault)
      ada.write('uncertain')
      await world.pass()
      expect(ada.wire.of('committed')).toEqual([])
      expect(bob.wire.of('operation')).toEqual([])
      expect(ada.wire.closedWith?.code).toBe(1013)
      expect(bob.wire.closedWith?.code).toBe(1013)
      await ada.reconnect()
      await bob.reconnect()
      expect(ada.unsettled).toEqual([])
      expect(bob.text).toBe(ada.text)
      expect(await world.stores.operations.head(DOC)).toBe(1)
    }
  })

  it('CM-9 where another server took the place, its operations go first and ours follow', async () => {
    const world = new World()
    await world.create()
    const other = new World({ stores: world.stores, clock: world.clock, serverId: 'server-2' })
    other.admit()
    // The lock is for efficiency; here both servers believe that they hold it.
    const acquire = world.stores.locks.acquire
    Object.assign(world.stores.locks, {
      acquire: async (id: string, _owner: string, leaseMs: number, now: number) => acquire(id, 'both', leaseMs, now),
    })
    const ada = await world.join('ada')
    const bob = await other.join('bob')
    ada.write('a1')
    await world.pass()
    bob.write('b1')
    await world.pass()
    ada.write('a2')
    bob.write('b2')
    await world.pass()
    ada.write('a3')
    await world.pass()
    bob.write('b3')
    await world.pass()
    expect(ada.unsettled).toEqual([])
    expect(bob.unsettled).toEqual([])
    expect(await world.stores.operations.head(DOC)).toBe(6)
    const third = new World({ stores: world.stores, clock: world.clock, serverId: 'server-3' })
    third.admit()
    expect(await freshText(third)).toBe(bob.text)
    expect(world.count('append_conflicts_total') + other.count('append_conflicts_total')).toBeGreaterThan(0)
  })

  it('SC-11 what other servers say is judged like what clients send: poison keeps its seq and has no effect', async () => {
    const stores = createMemoryStores()
    let say: (message: FanOutMessage) => void = () => undefined
    Object.assign(stores.fanOut, {
      subscribe: async (_documentId: string, listener: typeof say) => {
        say = listener
        return () => undefined
      },
    })
    const world = new World({ stores })
    await world.create(docOf('seeded'))
    const ada = await world.join('ada')
    const stored = (seq: number, counter: number, update: Uint8Array): StoredOperation => ({
      seq,
      replicaId: 'ee'.repeat(16),
      counter,
      baseSeq: 1,
      versionVector: [],
      update,
      authorId: 'bob',
      createdAt: world.clock.now(),
    })
    const before = ada.text
    // A root that documents do not have, and garbage.
    const flood = new Y.Doc()
    flood.getText('other').insert(0, 'x')
    for (const [seq, update] of [
      [2, Y.encodeStateAsUpdateV2(flood)],
      [3, Uint8Array.of(9, 9, 9)],
    ] as const) {
      const operation = stored(seq, seq - 1, update)
      await stores.operations.append(DOC, [operation])
      say({ kind: 'operations', operations: [operation] })
      await world.pass()
    }
    expect(world.count('operations_quarantined_total')).toBe(2)
    expect(world.alarms.length).toBe(2)
    expect(ada.ydoc.share.has('other')).toBe(false)
    expect(ada.text).toBe(before)
    // A client would now see a gap and ask for what it misses; this one is a plain double.
    ada.wire.cut()
    const bob = await world.join('bob')
    expect(bob.text).toBe(before)
    bob.write('goes on')
    await world.pass(1_000)
    expect([bob.rejected, bob.wire.closedWith]).toEqual([[], null])
    expect(bob.committed).toBe(1)
    expect(await world.stores.operations.head(DOC)).toBe(4)
    expect(await freshText(world)).toBe(bob.text)
  })

  it('CM-10 an operation that another server stored first is acknowledged with the seq that it has there', async () => {
    const world = new World()
    await world.create()
    const other = new World({ stores: world.stores, clock: world.clock, serverId: 'server-2' })
    other.admit()
    const ada = await world.join('ada')
    const gate = delayed()
    world.stores.delayWrites(async (write) => (write === 'locks.acquire' ? gate.hold('operations.append') : undefined))
    ada.write('moved')
    await world.pass()
    world.stores.delayWrites(null)
    const moved = await other.join('ada', { replicaId: ada.replicaId })
    for (const frame of ada.unsettled) moved.wire.say(frame)
    await world.pass()
    expect(moved.wire.of('committed')).toEqual([{ kind: 'committed', counter: 1, seq: 1 }])
    gate.release()
    await world.pass(world.limits.lockLeaseMs)
    expect(ada.wire.of('committed')).toEqual([{ kind: 'committed', counter: 1, seq: 1 }])
    expect(await world.stores.operations.head(DOC)).toBe(1)
  })

  it('CM-11 an operation that builds on something unknown waits for it, and so do those behind it', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    const first = ada.write('ground', false)
    if (first.kind !== 'operation') throw new Error('not an operation')
    // Bob has it already, by another way than this server.
    Y.applyUpdateV2(bob.ydoc, first.update)
    bob.write('upon it')
    bob.write('and more')
    await world.pass()
    expect(bob.wire.of('received')).toEqual([])
    ada.wire.say(first)
    await world.pass()
    expect(bob.committed).toBe(2)
    expect(await world.stores.operations.head(DOC)).toBe(3)
    expect(await freshText(world)).toBe(bob.text)
  })

  it('CM-12 what waits too long, or too much of it, ends its session so that it is sent again', async () => {
    const world = new World({ limits: { maxParked: 3 } })
    await world.create()
    const hidden = await world.join('ada')
    const ground = hidden.write('ground', false)
    if (ground.kind !== 'operation') throw new Error('not an operation')
    const late = await world.join('bob')
    Y.applyUpdateV2(late.ydoc, ground.update)
    late.write('upon it')
    await world.pass(world.limits.parkedMs + world.limits.sweepMs)
    expect(late.wire.closedWith?.code).toBe(1013)
    const many = await world.join('bob')
    Y.applyUpdateV2(many.ydoc, ground.update)
    for (let i = 0; i < 4; i++) many.write('upon it')
    await world.pass()
    expect(many.wire.closedWith?.code).toBe(1013)
    expect(await world.stores.operations.head(DOC)).toBe(0)
  })

  it('CM-13 a commit costs one append, and the record follows at its own pace', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    for (let i = 0; i < 50; i++) {
      ada.write(String(i))
      await world.pass(1)
    }
    const { writes } = world.stores
    expect(writes.get('operations.append')).toBe(50)
    expect(writes.get('locks.acquire')).toBe(1)
    expect(writes.get('documents.advance') ?? 0).toBeLessThanOrEqual(1)
    await world.pass(world.limits.advanceMs)
    const record = await world.stores.documents.get(DOC)
    expect(record?.seq).toBe(50)
    expect(record?.versionVector).toEqual([...Y.decodeStateVector(Y.encodeStateVector(ada.ydoc))])
  })

  it('CM-14 the lock is given back when it has not been needed for a while', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('a')
    await world.pass()
    await world.pass(world.limits.lockIdleMs + world.limits.sweepMs)
    expect(world.stores.writes.get('locks.release')).toBe(1)
    const taken = await world.stores.locks.acquire(DOC, 'somebody', 1_000, world.clock.now())
    expect(taken.status).toBe('granted')
    ada.write('b')
    await world.pass(100)
    expect(ada.committed).toBe(1)
    await world.pass(1_000)
    expect(ada.committed).toBe(2)
  })

  it('CM-15 a deletion alone is an operation, and sending it again deletes nothing twice', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('one')
    ada.write('two')
    await world.pass()
    const frame = ada.edit((fragment) => fragment.delete(0, 1))
    await world.pass()
    ada.wire.say(frame)
    await world.pass()
    expect(ada.committed).toBe(3)
    expect(await freshText(world)).toBe(ada.text)
    expect(ada.text).not.toContain('one')
  })

  it('CM-16 refused operations leave the document as it is, and others go on', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    const bob = await world.join('bob')
    bob.wire.say({ kind: 'operation', counter: 1, baseSeq: 0, versionVector: [], update: Uint8Array.of(1, 2, 3) })
    bob.wire.say(operationFrame(5, 0, new Uint8Array(13)))
    await world.pass()
    expect(bob.rejected).toHaveLength(2)
    expect(bob.rejected[0]?.code).toBe('malformed')
    ada.write('fine')
    await world.pass()
    expect(ada.committed).toBe(1)
    expect(await world.stores.operations.head(DOC)).toBe(1)
  })
})
