import { describe, expect, it } from 'vitest'
import type { Journal } from '../src/device/store.ts'
import * as Outbox from '../src/outbox.ts'

const REPLICA = 'a'.repeat(32)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

const context = {
  baseSeq: 5,
  merge: (updates: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(updates)),
  vectorOf: (update: Uint8Array) => [[1, update.length]] as const,
}

const edit = (outbox: Outbox.Outbox, ...values: number[]): Outbox.Outbox =>
  values.reduce((next, value) => Outbox.edited(next, bytes(value)), outbox)
const mint = (outbox: Outbox.Outbox): Outbox.Outbox => Outbox.mint(outbox, context).outbox
const counters = (outbox: Outbox.Outbox, maxInFlight = 100): number[] =>
  Outbox.sendable(outbox, maxInFlight).map(({ counter }) => counter)

/** As many operations of one edit each, journaled. */
function withOperations(count: number): Outbox.Outbox {
  let outbox = Outbox.emptyOutbox(REPLICA)
  for (let value = 1; value <= count; value++) outbox = mint(edit(outbox, value))
  return Outbox.journaled(outbox, count)
}

const journal: Journal = {
  principalId: 'ada',
  counter: 7,
  operations: [
    { counter: 6, baseSeq: 1, versionVector: [], update: bytes(6), edits: 3 },
    { counter: 7, baseSeq: 1, versionVector: [], update: bytes(7), edits: 2 },
  ],
  updates: [{ key: 40, update: bytes(40) }],
}

describe('minting', () => {
  it('OB-1 gives what is queued one identity: the next counter, the base and the vector of the bytes', () => {
    const { outbox, minted } = Outbox.mint(edit(Outbox.emptyOutbox(REPLICA), 1, 2, 3), context)
    expect(minted).toEqual([
      {
        operation: { counter: 1, baseSeq: 5, versionVector: [[1, 3]], update: bytes(1, 2, 3), edits: 3 },
        consumes: 3,
      },
    ])
    expect(outbox.queued.items()).toEqual([])
    expect(Outbox.mint(outbox, context)).toEqual({ outbox, minted: [] })
  })

  it('OB-2 makes several operations of more than 200 edits, or of many bytes', () => {
    const many = Outbox.mint(edit(Outbox.emptyOutbox(REPLICA), ...Array.from({ length: 450 }, () => 1)), context)
    expect(many.minted.map(({ operation }) => operation.edits)).toEqual([200, 200, 50])
    expect(many.minted.map(({ consumes }) => consumes)).toEqual([200, 400, 450])
    const large = new Uint8Array(Outbox.MAX_OPERATION_BYTES - 1)
    let outbox = Outbox.emptyOutbox(REPLICA)
    for (const update of [bytes(1), large, bytes(2), large, large]) outbox = Outbox.edited(outbox, update)
    expect(Outbox.mint(outbox, context).minted.map(({ operation }) => operation.edits)).toEqual([2, 2, 1])
  })
})

describe('sending', () => {
  it('OB-3 nothing is sent before it is journaled', () => {
    const outbox = mint(edit(mint(edit(Outbox.emptyOutbox(REPLICA), 1)), 2))
    expect(counters(outbox)).toEqual([])
    expect(counters(Outbox.journaled(outbox, 1))).toEqual([1])
  })

  it('OB-4 no more than maxInFlight operations are on their way', () => {
    let outbox = withOperations(5)
    expect(counters(outbox, 2)).toEqual([1, 2])
    outbox = Outbox.sent(outbox, 2)
    expect(counters(outbox, 2)).toEqual([])
    expect(Outbox.hasRoom(outbox, 2)).toBe(false)
    expect(counters(Outbox.committed(outbox, 1), 2)).toEqual([3])
  })

  it('OB-5 acknowledgements are cumulative, late ones change nothing', () => {
    let outbox = Outbox.sent(withOperations(4), 4)
    outbox = Outbox.committed(outbox, 3)
    expect([outbox.unsaved, outbox.operations.length, outbox.received]).toEqual([1, 1, 3])
    expect(Outbox.committed(outbox, 2)).toBe(outbox)
    expect(Outbox.received(outbox, 2)).toBe(outbox)
    expect(Outbox.committed(outbox, 4).unsaved).toBe(0)
  })

  it('OB-6 after a lost connection the same bytes go out under the same counters, in order', () => {
    const before = Outbox.sent(withOperations(4), 4)
    const { outbox, renumbered } = Outbox.welcomed(Outbox.disconnected(Outbox.committed(before, 1)), 2)
    expect(renumbered).toBe(false)
    expect(Outbox.sendable(outbox, 9)).toEqual(before.operations.slice(2))
  })
})

describe('an edit', () => {
  it('OB-15 leaves the outbox that it came to as it was, also where two come to the same one', () => {
    const one = edit(Outbox.emptyOutbox(REPLICA), 1)
    const [left, right] = [edit(one, 2, 3), edit(one, 4)]
    const values = (outbox: Outbox.Outbox): number[] => outbox.queued.items().map(({ update }) => update[0] ?? 0)
    expect([values(one), values(left), values(right)]).toEqual([[1], [1, 2, 3], [1, 4]])
    expect(values(edit(left, 5))).toEqual([1, 2, 3, 5])
  })

  it('OB-16 costs the same however many wait: 200,000 in one turn', () => {
    const update = bytes(1)
    const begun = performance.now()
    let outbox = Outbox.emptyOutbox(REPLICA)
    for (let count = 0; count < 200_000; count++) outbox = Outbox.edited(outbox, update)
    // Copying what waits at each one would take minutes.
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(outbox.queued.length).toBe(200_000)
  })
})

describe('an earlier visit', () => {
  it('OB-7 is sent first, and its counter is carried on', () => {
    const outbox = Outbox.recover(edit(Outbox.emptyOutbox('b'.repeat(32)), 50), REPLICA, journal)
    expect([outbox.unsaved, outbox.replicaId]).toEqual([7, REPLICA])
    expect(outbox.queued.items().map(({ key }) => key)).toEqual([40, 41])
    expect(counters(outbox)).toEqual([6, 7])
    expect(mint(outbox).operations.at(-1)).toMatchObject({ counter: 8, update: bytes(40, 50), edits: 2 })
  })

  it('OB-8 what the server committed in the meantime is not sent again', () => {
    const { outbox } = Outbox.welcomed(Outbox.recover(Outbox.emptyOutbox(REPLICA), REPLICA, journal), 6)
    expect(counters(outbox)).toEqual([7])
    expect(outbox.unsaved).toBe(3)
  })

  it('OB-9 where the journal lost its end, edits that were never sent take counters the server has not seen', () => {
    const minted = mint(edit(mint(edit(Outbox.recover(Outbox.emptyOutbox(REPLICA), REPLICA, journal), 1)), 2))
    const { outbox, renumbered } = Outbox.welcomed(Outbox.journaled(minted, 9), 12)
    expect(renumbered).toBe(true)
    expect(outbox.operations.map(({ counter, edits }) => [counter, edits])).toEqual([
      [13, 2],
      [14, 1],
    ])
    expect(outbox.unsaved).toBe(3)
    expect(counters(outbox)).toEqual([])
    expect(counters(Outbox.journaled(outbox, 14))).toEqual([13, 14])
  })

  it('OB-10 a wiped journal goes on after the counter of the server', () => {
    const { outbox } = Outbox.welcomed(Outbox.emptyOutbox(REPLICA), 12)
    expect(mint(edit(outbox, 1)).operations[0]?.counter).toBe(13)
  })
})

describe('a refusal', () => {
  it('OB-11 keeps the operation and all behind it, and sends nothing more', () => {
    const refused = Outbox.rejected(Outbox.sent(withOperations(4), 4), { counter: 2, code: 'malformed', message: 'no' })
    const outbox = Outbox.committed(refused, 1)
    expect(counters(outbox)).toEqual([])
    expect(Outbox.unsavedUpdates(edit(outbox, 9))).toEqual([bytes(2), bytes(3), bytes(4), bytes(9)])
    expect(outbox.unsaved).toBe(3)
  })

  it('OB-12 is told by the first refused operation, whatever is refused after it', () => {
    const first = { counter: 2, code: 'not-allowed', message: 'no' } as const
    const outbox = Outbox.rejected(Outbox.sent(withOperations(4), 4), first)
    expect(Outbox.rejected(outbox, { counter: 3, code: 'counter-gap', message: '' }).refusal).toEqual(first)
  })

  it('OB-13 for want of the right is taken back when the right is there again, others are not', () => {
    const sent = Outbox.committed(Outbox.sent(withOperations(4), 4), 1)
    const notAllowed = Outbox.rejected(sent, { counter: 2, code: 'not-allowed', message: '' })
    expect(counters(Outbox.allowed(notAllowed))).toEqual([2, 3, 4])
    const malformed = Outbox.rejected(sent, { counter: 2, code: 'malformed', message: '' })
    expect(counters(Outbox.allowed(malformed))).toEqual([])
  })
})
