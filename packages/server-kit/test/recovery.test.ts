import { describe, expect, it } from 'vitest'
import { decodeSnapshot, encodeSnapshot } from '../src/document/snapshot.ts'
import { DOC, World, docOf, freshText } from './support/world.ts'

/** A document with two automatic versions and operations after them, whose rooms are closed. */
async function written(): Promise<{ world: World; text: string }> {
  const world = new World({ limits: { versionSpacingMs: 0 } })
  await world.create(docOf('seeded'))
  const ada = await world.join('ada')
  for (const words of ['one', 'two', 'three']) {
    ada.write(words)
    // Quiet: a version is made.
    if (words !== 'three') await world.pass(world.limits.snapshotQuietMs + 1_000)
  }
  await world.pass()
  return { world, text: ada.text }
}

/** Another process on what is durable. */
function restart(world: World): World {
  const next = new World({ stores: world.stores.crash(), clock: world.clock, serverId: 'server-2' })
  next.admit()
  return next
}

describe('recovery', () => {
  it('RE-1 a document opens with its newest snapshot and everything after it', async () => {
    const { world, text } = await written()
    const [newest] = await world.stores.versions.list(DOC, { limit: 1 })
    expect(newest?.seq).toBe(3)
    const next = restart(world)
    expect(await freshText(next)).toBe(text)
    expect(next.alarms).toEqual([])
  })

  it('RE-2 a damaged or missing snapshot raises an alarm, and an older one is taken', async () => {
    const damages: ((bytes: Uint8Array) => Uint8Array | null)[] = [
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      (bytes) => bytes.fill(0xff, 20, 24),
      () => new Uint8Array(),
      () => null,
    ]
    for (const damage of damages) {
      const { world, text } = await written()
      const next = restart(world)
      const [newest] = await next.stores.versions.list(DOC, { limit: 1 })
      next.stores.tamper.versionSnapshot(newest!.id, damage)
      expect(await freshText(next)).toBe(text)
      expect(next.count('snapshots_damaged_total')).toBe(1)
      expect(next.alarms).toHaveLength(1)
    }
  })

  it('RE-3 a document whose snapshots are all damaged opens out of its log', async () => {
    const { world, text } = await written()
    const next = restart(world)
    for (const { id } of await next.stores.versions.list(DOC, { limit: 10 }))
      next.stores.tamper.versionSnapshot(id, (bytes) => bytes.subarray(1))
    expect(await freshText(next)).toBe(text)
    expect(next.alarms.length).toBeGreaterThan(1)
  })

  it('RE-4 a hole in the log, or a log that ends before the record says, refuses to open; nothing is written', async () => {
    const { world } = await written()
    const next = restart(world)
    for (const { id } of await next.stores.versions.list(DOC, { limit: 10 }))
      next.stores.tamper.versionSnapshot(id, () => null)
    await world.pass(1_000)
    for (const tamper of ['hole', 'tail'] as const) {
      const broken = restart(next)
      const all = await broken.stores.operations.read(DOC, 0, 100)
      broken.stores.tamper.operations(DOC, () =>
        tamper === 'hole' ? all.filter(({ seq }) => seq !== 2) : all.slice(0, 2),
      )
      const ada = await broken.join('ada')
      expect(ada.wire.closedWith?.code).toBe(1013)
      expect(ada.wire.frames).toEqual([])
      await expect(broken.rooms.content(DOC, 'json')).rejects.toMatchObject({ code: 'document-damaged' })
      expect(broken.count('rooms_damaged_total')).toBeGreaterThan(0)
      expect([...broken.stores.writes.keys()]).toEqual([])
      broken.stores.tamper.operations(DOC, () => [...all])
    }
  })

  it('RE-5 a document that does not exist, or was deleted, is not found', async () => {
    const world = new World()
    world.roles.set('nothing/ada', 'owner')
    await expect(world.rooms.content('nothing', 'json')).rejects.toMatchObject({ code: 'not-found' })
    await world.create()
    await world.stores.documents.update(DOC, { deletedAt: 1 })
    const ada = await world.join('ada')
    expect(ada.wire.closedWith?.code).toBe(4404)
  })

  it('RE-6 a poison operation in the log is left out with an alarm; the document opens and goes on', async () => {
    const { world, text } = await written()
    const next = restart(world)
    next.stores.tamper.operations(DOC, (operations) => [
      ...operations,
      { ...operations.at(-1)!, seq: operations.length + 1, counter: 9, update: Uint8Array.of(9, 9, 9, 9) },
    ])
    const bob = await next.join('bob')
    expect(bob.text).toBe(text)
    expect(bob.lastSeq).toBe(5)
    expect(next.count('operations_quarantined_total')).toBe(1)
    bob.write('after the poison')
    await next.pass(next.limits.snapshotQuietMs + 1_000)
    expect(bob.committed).toBe(1)
    expect(await freshText(restart(next))).toBe(bob.text)
  })

  it('RE-7 a snapshot in the cache is checked like any other, and an older one than the newest version is not taken', async () => {
    const { world, text } = await written()
    world.stores.tamper.cachedSnapshot(DOC, (cached) => ({ ...cached, snapshot: cached.snapshot.subarray(3) }))
    const other = new World({ stores: world.stores, clock: world.clock, serverId: 'server-2' })
    other.admit()
    expect(await freshText(other)).toBe(text)
    expect(other.count('snapshots_damaged_total')).toBe(1)
    world.stores.tamper.cachedSnapshot(DOC, (cached) => ({ ...cached, seq: 0 }))
    const third = new World({ stores: world.stores, clock: world.clock, serverId: 'server-3' })
    third.admit()
    expect(await freshText(third)).toBe(text)
    expect(third.count('snapshots_damaged_total')).toBe(0)
  })

  it('RE-8 a record that is behind the log after a crash is brought forward', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('one')
    await world.pass()
    const next = restart(world)
    expect((await next.stores.documents.get(DOC))?.seq).toBe(0)
    await next.join('bob')
    await next.pass(next.limits.advanceMs)
    expect((await next.stores.documents.get(DOC))?.seq).toBe(1)
  })

  it('RE-9 a store that does not answer is no damage: the session is asked to come back, and does', async () => {
    const { world, text } = await written()
    const next = restart(world)
    next.stores.setDown(true)
    const ada = await next.join('ada')
    expect(ada.wire.closedWith?.code).toBe(1013)
    next.stores.setDown(false)
    expect(await freshText(next)).toBe(text)
    expect(next.count('rooms_damaged_total')).toBe(0)
  })

  it('RE-10 what was acknowledged before a crash is there after it, and what was not is sent again once', async () => {
    const world = new World()
    await world.create()
    const ada = await world.join('ada')
    ada.write('kept')
    await world.pass()
    world.stores.delayWrites((write) =>
      write === 'operations.append' ? new Promise(() => undefined) : Promise.resolve(),
    )
    ada.write('in flight')
    await world.pass()
    expect(ada.committed).toBe(1)
    const next = restart(world)
    await ada.reconnect(next)
    expect(ada.committed).toBe(2)
    expect(await freshText(next)).toBe(ada.text)
    expect(await next.stores.operations.head(DOC)).toBe(2)
  })

  it('RE-11 an envelope reads back as what was written, and no change of a byte goes unnoticed', () => {
    const update = new Uint8Array(300).map((_, index) => index)
    const bytes = encodeSnapshot({ seq: 77, ledger: Uint8Array.of(1, 2), state: { encoding: 'deflate', update } })
    expect(decodeSnapshot(bytes)).toEqual({
      seq: 77,
      ledger: Uint8Array.of(1, 2),
      state: { encoding: 'deflate', update },
    })
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => decodeSnapshot(changed)).toThrow(expect.objectContaining({ code: 'store-damaged' }))
      expect(() => decodeSnapshot(bytes.subarray(0, at))).toThrow(expect.objectContaining({ code: 'store-damaged' }))
    }
  })
})
