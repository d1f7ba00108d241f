import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compact } from '../src/operating/compaction.ts'
import type { CompactionReport } from '../src/operating/compaction.ts'
import { SheafServerError } from '../src/errors.ts'
import { noLog } from '../src/metrics.ts'
import { createMemoryStores, MemoryBus } from '../src/testing/index.ts'
import type { MemoryStores } from '../src/testing/index.ts'
import type { VersionKind } from '../src/ports.ts'
import { DOC, World, docOf, freshText } from './support/world.ts'
import type { Replica } from './support/world.ts'

const DAY = 86_400_000
/** Every automatic version stays. */
const QUICK = { versionSpacingMs: 0 }

/** A document of ten operations, with versions at 2, 4, 6 and 8. */
async function written(stores?: MemoryStores): Promise<{ world: World; ada: Replica }> {
  const world = new World({ limits: QUICK, ...(stores === undefined ? {} : { stores }) })
  // Long, so that a few operations are sent rather than all of it.
  await world.create(docOf(randomBytes(4_000).toString('hex')))
  const ada = await world.join('ada')
  for (let number = 2; number <= 10; number++) {
    ada.write(`paragraph ${number}`)
    await world.pass(number % 2 === 0 && number < 10 ? world.limits.snapshotQuietMs + 1_000 : 0)
  }
  return { world, ada }
}

const compactAt = (stores: MemoryStores, now: number, keepDays = 30): Promise<CompactionReport> =>
  compact(stores, { keepDays, now, log: noLog })

const later = (world: World, days = 40): number => world.clock.now() + days * DAY

function restart(world: World): World {
  const next = new World({ stores: world.stores.crash(), clock: world.clock, serverId: randomUUID(), limits: QUICK })
  next.admit()
  return next
}

const seqs = async (stores: MemoryStores): Promise<number[]> =>
  (await stores.operations.read(DOC, 0, 100)).map(({ seq }) => seq)

describe('compaction of operations', () => {
  it('CP-1 operations that the two newest snapshots hold are trimmed; the document opens as it was and goes on', async () => {
    const { world, ada } = await written()
    const report = await compactAt(world.stores, later(world))
    expect(report).toMatchObject({ documents: 1, operationsTrimmed: 6, left: [] })
    expect(await seqs(world.stores)).toEqual([7, 8, 9, 10])
    const next = restart(world)
    expect(await freshText(next)).toBe(ada.text)
    await ada.reconnect(next)
    ada.write('after the compaction')
    await next.pass(next.limits.snapshotQuietMs + 1_000)
    expect(ada.committed).toBe(10)
    const last = restart(next)
    expect(await freshText(last)).toBe(ada.text)
    expect([...next.alarms, ...last.alarms]).toEqual([])
    expect(await compactAt(last.stores, later(last))).toMatchObject({ operationsTrimmed: 2 })
  })

  it('CP-2 what is younger than the days to keep stays, to the operation', async () => {
    const { world } = await written()
    const all = await world.stores.operations.read(DOC, 0, 100)
    const fourth = all[3]?.createdAt ?? 0
    // The third came with the fourth.
    expect(await compactAt(world.stores, fourth + 30 * DAY)).toMatchObject({ operationsTrimmed: 2 })
    expect(await compactAt(world.stores, fourth + 30 * DAY + 1)).toMatchObject({ operationsTrimmed: 2 })
    expect((await seqs(world.stores))[0]).toBe(5)
    expect(await compactAt(world.stores, world.clock.now() + 1, 0)).toMatchObject({ operationsTrimmed: 2 })
  })

  it('CP-3 a document without two versions keeps all its operations, and the last operation always stays', async () => {
    const world = new World()
    await world.create(docOf('seeded'))
    expect(await compactAt(world.stores, later(world))).toMatchObject({ documents: 1, operationsTrimmed: 0 })
    await world.rooms.versions.create(DOC, 'first', { id: 'ada', name: 'Ada' })
    expect(await world.stores.versions.list(DOC, { limit: 9 })).toHaveLength(2)
    expect(await compactAt(world.stores, later(world))).toMatchObject({ operationsTrimmed: 0 })
    expect(await world.stores.operations.head(DOC)).toBe(1)
  })

  it('CP-4 a document with an unreadable snapshot among the two newest is left as it is and reported; others are not', async () => {
    for (const [which, damage] of [
      [0, (bytes: Uint8Array) => bytes.subarray(1)],
      [1, (bytes: Uint8Array) => bytes.fill(0xff, 20, 24)],
      [1, () => null],
    ] as const) {
      const { world } = await written()
      const twin = (await world.stores.documents.get(DOC))!
      await world.stores.documents.create({ ...twin, id: 'another' })
      for (const operation of await world.stores.operations.read(DOC, 0, 100))
        await world.stores.operations.append('another', [operation])
      for (const version of await world.stores.versions.list(DOC, { limit: 2 })) {
        const snapshot = await world.stores.versions.getSnapshot(DOC, version.id)
        await world.stores.versions.put({ ...version, id: randomUUID(), documentId: 'another' }, snapshot!)
      }
      const newest = await world.stores.versions.list(DOC, { limit: 2 })
      world.stores.tamper.versionSnapshot(newest[which]!.id, damage)
      const report = await compactAt(world.stores, later(world))
      expect(report.left.map(({ documentId }) => documentId)).toEqual([DOC])
      expect(report.operationsTrimmed).toBe(6)
      expect(await seqs(world.stores)).toHaveLength(10)
    }
  })

  it('CP-5 a snapshot that breaks after the compaction costs nothing: the one before it and the log have everything', async () => {
    const { world, ada } = await written()
    await compactAt(world.stores, later(world))
    const next = restart(world)
    const [newest, before] = await next.stores.versions.list(DOC, { limit: 2 })
    next.stores.tamper.versionSnapshot(newest!.id, () => null)
    expect(await freshText(next)).toBe(ada.text)
    const broken = restart(next)
    broken.stores.tamper.versionSnapshot(before!.id, () => null)
    // Both: less than everything is never shown.
    await expect(broken.rooms.content(DOC, 'json')).rejects.toMatchObject({ code: 'document-damaged' })
  })

  it('CP-6 what a feed was not given yet stays', async () => {
    const { world } = await written()
    const feed = { publish: async () => undefined, consume: async () => async () => undefined, lag: async () => 0 }
    const stores = { ...world.stores, feed }
    await stores.documents.advance(DOC, { seq: 1, versionVector: [], publishedSeq: 4, updatedAt: 1 })
    const report = await compact(stores, { keepDays: 30, now: later(world), log: noLog })
    expect(report.operationsTrimmed).toBe(4)
  })

  it('CP-7 a compaction that ends anywhere leaves the document whole, and the next one ends it', async () => {
    for (let allowed = 0; ; allowed++) {
      const { world, ada } = await written()
      let writes = 0
      world.stores.delayWrites(async () => {
        if (++writes > allowed) throw new SheafServerError('unavailable')
      })
      const outcome = await compactAt(world.stores, later(world)).then(
        () => 'ended' as const,
        () => 'cut off' as const,
      )
      world.stores.delayWrites(null)
      const next = restart(world)
      expect(await freshText(next)).toBe(ada.text)
      expect(next.alarms).toEqual([])
      await compactAt(next.stores, later(next))
      expect(await seqs(next.stores)).toEqual([7, 8, 9, 10])
      expect(await freshText(restart(next))).toBe(ada.text)
      if (outcome === 'ended') break
    }
  })
})

describe('servers that run while the log is compacted', () => {
  it('CP-8 whoever comes back or asks with an older seq is sent the whole state', async () => {
    const { world: before, ada } = await written()
    // A room that was loaded anew has nothing but the newest snapshot and what follows on it.
    const world = restart(before)
    await ada.reconnect(world)
    const bob = await world.join('bob', { lastSeq: 3 })
    expect(bob.wire.of('state')[0]?.parts).toHaveLength(7)
    bob.wire.cut()
    await compactAt(world.stores, later(world))
    const late = await world.join('bob', { lastSeq: 3 })
    expect(late.text).toBe(ada.text)
    late.wire.say({ kind: 'sync', lastSeq: 2, stateVector: new Uint8Array() })
    await world.pass()
    expect(late.wire.closedWith).toBeNull()
    const [, synced] = late.wire.of('state')
    expect(synced?.seq).toBe(10)
    // The room of the document was open all the time, and goes on.
    ada.write('more')
    await world.pass(world.limits.snapshotQuietMs + 1_000)
    expect(ada.committed).toBe(10)
    expect(await freshText(restart(world))).toBe(ada.text)
  })

  it('CP-9 an operation that was trimmed and is sent again is acknowledged again', async () => {
    const { world, ada } = await written()
    const again = await world.join('ada', { replicaId: ada.replicaId, lastSeq: 10 })
    const [second] = await world.stores.operations.read(DOC, 1, 1)
    await compactAt(world.stores, later(world))
    again.wire.say({
      kind: 'operation',
      counter: second!.counter,
      baseSeq: 1,
      versionVector: second!.versionVector,
      update: second!.update,
    })
    await world.pass()
    expect(again.wire.of('rejected')).toEqual([])
    expect(again.wire.of('committed').at(-1)?.counter).toBe(second!.counter)
  })

  it('CP-10 a server that heard nothing for so long that its place in the log is gone loads the document anew', async () => {
    const first = createMemoryStores({ bus: new MemoryBus() })
    const { world, ada } = await written(first)
    const other = new World({
      stores: first.another(),
      clock: world.clock,
      serverId: 'server-2',
      limits: QUICK,
    })
    other.admit()
    const bob = await other.join('bob')
    other.stores.setCut(true)
    for (let round = 0; round < 3; round++) {
      ada.write(`not heard of ${round}`)
      await world.pass(world.limits.snapshotQuietMs + 1_000)
    }
    await world.pass(world.limits.lockLeaseMs * 3)
    await compactAt(first, later(world))
    expect((await seqs(first))[0]).toBe(13)
    other.stores.setCut(false)
    bob.write('of one who is far behind')
    await other.pass(5_000)
    for (let tries = 0; bob.committed < 1 && tries < 10; tries++) {
      await bob.reconnect(other)
      await other.pass(world.limits.lockLeaseMs)
    }
    expect(bob.committed).toBe(1)
    expect(bob.text).toContain('not heard of 2')
    expect(await freshText(restart(other))).toBe(bob.text)
    expect(other.alarms).toEqual([])
  })

  it('CP-14 a server that folded up to a place that is gone goes on from the newest snapshot, and keeps a version', async () => {
    const first = createMemoryStores({ bus: new MemoryBus() })
    const { world, ada } = await written(first)
    // Time stands still there, so that it does not look by itself what it missed.
    const other = new World({ stores: first.another(), serverId: 'server-2', limits: QUICK })
    other.admit()
    // Somebody who stays keeps the room, and what is folded, where it is.
    await other.join('bob')
    await other.rooms.versions.create(DOC, 'folded here', { id: 'ada', name: 'Ada' })
    other.stores.setCut(true)
    for (let round = 0; round < 3; round++) {
      ada.write(`not heard of ${round}`)
      await world.pass(world.limits.snapshotQuietMs + 1_000)
    }
    await compactAt(first, later(world))
    expect((await seqs(first))[0]).toBe(13)
    const version = await other.rooms.versions.create(DOC, 'kept here', { id: 'ada', name: 'Ada' })
    expect(version.seq).toBe(13)
    expect(await first.versions.getSnapshot(DOC, version.id)).not.toBeNull()
  })

  it('CP-11 a document that is compacted while it is loaded is loaded again from its newer snapshot', async () => {
    const { world, ada } = await written()
    const next = restart(world)
    const { read } = next.stores.operations
    let isFirst = true
    Object.assign(next.stores.operations, {
      read: async (documentId: string, after: number, limit: number) => {
        if (isFirst) {
          isFirst = false
          // Between the choice of the snapshot and the reading of what follows on it.
          for (const _ of [1, 2]) await moveOn(next.stores, ada)
          await compactAt(next.stores, later(world))
        }
        return read(documentId, after, limit)
      },
    })
    expect((await next.rooms.content(DOC, 'json')).seq).toBe(12)
    expect(await freshText(next)).toBe(ada.text)
    expect(next.count('rooms_damaged_total')).toBe(0)
  })
})

/** Another server writes an operation and keeps a version. */
async function moveOn(stores: MemoryStores, ada: Replica): Promise<void> {
  const other = new World({ stores, clock: ada.world.clock, serverId: randomUUID(), limits: QUICK })
  other.admit()
  await ada.reconnect(other)
  ada.write('on another server')
  await other.pass(other.limits.snapshotQuietMs + 1_000)
  await other.rooms.drain()
}

describe('compaction of versions and log-ins', () => {
  it('CP-12 of old automatic versions one a day stays, and every other kind, a name, and the two newest of all', async () => {
    const { world } = await written()
    const { stores } = world
    const [last] = await stores.versions.list(DOC, { limit: 1 })
    const snapshot = (await stores.versions.getSnapshot(DOC, last!.id))!
    const midnight = Math.floor(world.clock.now() / DAY) * DAY
    const put = (id: string, hours: number, kind: VersionKind = 'auto', name: string | null = null): Promise<void> =>
      stores.versions.put({ ...last!, id, createdAt: midnight + hours * 3_600_000, kind, name }, snapshot)
    for (const version of await stores.versions.list(DOC, { limit: 100 })) await stores.versions.remove(DOC, version.id)
    await put('day 1, early', 1)
    await put('day 1, kept on purpose', 2, 'auto', 'Draft')
    await put('day 1, named', 3, 'named', 'First')
    await put('day 1, restored', 4, 'restore')
    await put('day 1, initial', 5, 'initial')
    await put('day 1, late', 23)
    await put('day 2, early', 25)
    await put('day 2, late', 30)
    await put('day 3, early', 50)
    await put('day 3, late', 51)
    await put('day 3, last', 52)
    const idsLeft = async (): Promise<string[]> => (await stores.versions.list(DOC, { limit: 100 })).map(({ id }) => id)

    // Not old enough yet.
    expect((await compactAt(stores, midnight + 25 * 3_600_000 + 30 * DAY)).versionsRemoved).toBe(1)
    expect(await idsLeft()).not.toContain('day 1, early')
    expect(await idsLeft()).toContain('day 2, early')
    expect((await compactAt(stores, midnight + 100 * DAY)).versionsRemoved).toBe(2)
    expect(await idsLeft()).toEqual([
      'day 3, last',
      'day 3, late',
      'day 2, late',
      'day 1, late',
      'day 1, initial',
      'day 1, restored',
      'day 1, named',
      'day 1, kept on purpose',
    ])
  })

  it('CP-13 log-ins that expired are removed, others are not', async () => {
    const stores = createMemoryStores()
    const token = { userId: 'u', family: 'f', rotatedAt: null, revokedAt: null }
    await stores.refreshTokens.create({ ...token, id: 'old', tokenHash: 'old', expiresAt: 99 })
    await stores.refreshTokens.create({ ...token, id: 'new', tokenHash: 'new', expiresAt: 100 })
    expect(await compactAt(stores, 100)).toEqual({
      documents: 0,
      operationsTrimmed: 0,
      versionsRemoved: 0,
      tokensRemoved: 1,
      left: [],
    })
    expect(await stores.refreshTokens.findByHash('new')).not.toBeNull()
  })
})
