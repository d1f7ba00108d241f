/**
 * What this replica has to tell the server: queued -> minted -> in flight -> received -> committed.
 * Pure: every function takes an outbox and gives the next one.
 */
import type { RejectionCode, ReplicaId, VersionVector } from '@sheaf/protocol'
import { MAX_BATCH_UPDATES } from './batcher.ts'
import type { Journal, JournaledOperation, JournaledUpdate } from './device/store.ts'
import { Queue } from './queue.ts'

export interface Refusal {
  readonly counter: number
  readonly code: RejectionCode
  readonly message: string
}

export interface Outbox {
  readonly replicaId: ReplicaId
  /** Local updates that belong to no operation yet, ascending by key. */
  readonly queued: Queue<JournaledUpdate>
  /** Key of the next local update. */
  readonly nextKey: number
  /** Operations that are not committed, with contiguous ascending counters. */
  readonly operations: readonly JournaledOperation[]
  /** The highest counter that was minted, */
  readonly counter: number
  /** that is known to be in the journal, */
  readonly journaled: number
  /** that was sent in this session, */
  readonly sent: number
  /** that may have been sent in any session, of this or an earlier visit, */
  readonly everSent: number
  /** that the server received, */
  readonly received: number
  /** and that is committed. */
  readonly committed: number
  /** Local edits that are not committed. */
  readonly unsaved: number
  readonly refusal: Refusal | null
}

/** Merging is worth its price up to here; more goes into the next operation. */
export const MAX_OPERATION_BYTES = 256 * 1024

export const emptyOutbox = (replicaId: ReplicaId): Outbox => ({
  replicaId,
  queued: Queue.of([]),
  nextKey: 1,
  operations: [],
  counter: 0,
  journaled: 0,
  sent: 0,
  everSent: 0,
  received: 0,
  committed: 0,
  unsaved: 0,
  refusal: null,
})

const editsOf = (operations: readonly JournaledOperation[]): number =>
  operations.reduce((sum, operation) => sum + operation.edits, 0)

/** Local edits that a journal holds. */
export const editsIn = (journal: Journal): number => editsOf(journal.operations) + journal.updates.length

/** Puts what an earlier visit left in front of what this visit has queued; nothing may be minted before. */
export function recover(outbox: Outbox, replicaId: ReplicaId, journal: Journal | null): Outbox {
  if (journal === null) return { ...outbox, replicaId }
  const lastKey = journal.updates.at(-1)?.key ?? 0
  const own = outbox.queued.items().map(({ update }, index) => ({ key: lastKey + 1 + index, update }))
  return {
    ...outbox,
    replicaId,
    queued: Queue.of([...journal.updates, ...own]),
    nextKey: lastKey + 1 + own.length,
    operations: journal.operations,
    counter: journal.counter,
    journaled: journal.counter,
    everSent: journal.counter,
    unsaved: editsIn(journal) + own.length,
  }
}

/** A local edit. */
export function edited(outbox: Outbox, update: Uint8Array): Outbox {
  const key = outbox.nextKey
  return {
    ...outbox,
    queued: outbox.queued.with({ key, update }),
    nextKey: key + 1,
    unsaved: outbox.unsaved + 1,
  }
}

export interface MintContext {
  /** The highest seq that the author has merged. */
  readonly baseSeq: number
  readonly merge: (updates: readonly Uint8Array[]) => Uint8Array
  readonly vectorOf: (update: Uint8Array) => VersionVector
}

export interface Minted {
  readonly operation: JournaledOperation
  /** Key of the last queued update in it. */
  readonly consumes: number
}

/** How many of the first updates make the next operation. */
function sliceLength(queued: readonly JournaledUpdate[], start: number): number {
  let bytes = 0
  let length = 0
  for (const { update } of queued.slice(start, start + MAX_BATCH_UPDATES)) {
    bytes += update.length
    if (length > 0 && bytes > MAX_OPERATION_BYTES) break
    length += 1
  }
  return length
}

/** Makes operations of everything that is queued: gives them their identity, once and for ever. */
export function mint(outbox: Outbox, context: MintContext): { outbox: Outbox; minted: readonly Minted[] } {
  const minted: Minted[] = []
  const queued = outbox.queued.items()
  let start = 0
  while (start < queued.length) {
    const length = sliceLength(queued, start)
    const updates = queued.slice(start, start + length)
    const update = context.merge(updates.map(({ update: one }) => one))
    const counter = outbox.counter + minted.length + 1
    const operation = {
      counter,
      baseSeq: context.baseSeq,
      versionVector: context.vectorOf(update),
      update,
      edits: length,
    }
    minted.push({ operation, consumes: updates.at(-1)?.key ?? 0 })
    start += length
  }
  if (minted.length === 0) return { outbox, minted }
  return {
    outbox: {
      ...outbox,
      queued: Queue.of([]),
      operations: [...outbox.operations, ...minted.map(({ operation }) => operation)],
      counter: outbox.counter + minted.length,
    },
    minted,
  }
}

/** Operations up to this counter are in the journal, and may be sent. */
export const journaled = (outbox: Outbox, counter: number): Outbox =>
  counter > outbox.journaled ? { ...outbox, journaled: counter } : outbox

/** What may be sent now, in order. Empty after a refusal: the server would refuse the rest for the gap. */
export function sendable(outbox: Outbox, maxInFlight: number): readonly JournaledOperation[] {
  const first = outbox.operations[0]
  if (first === undefined || outbox.refusal !== null) return []
  const room = maxInFlight - (outbox.sent - outbox.committed)
  const end = Math.min(outbox.journaled, outbox.sent + room)
  return outbox.operations.slice(Math.max(0, outbox.sent + 1 - first.counter), Math.max(0, end + 1 - first.counter))
}

/** True where an operation that is minted now would be sent now. */
export const hasRoom = (outbox: Outbox, maxInFlight: number): boolean =>
  outbox.refusal === null && outbox.counter - outbox.committed < maxInFlight

export const sent = (outbox: Outbox, counter: number): Outbox => ({
  ...outbox,
  sent: Math.max(outbox.sent, counter),
  everSent: Math.max(outbox.everSent, counter),
})

export const received = (outbox: Outbox, counter: number): Outbox =>
  counter > outbox.received ? { ...outbox, received: counter } : outbox

/** Acknowledgements are cumulative, and a late one changes nothing. */
export function committed(outbox: Outbox, counter: number): Outbox {
  if (counter <= outbox.committed) return outbox
  const kept = outbox.operations.filter((operation) => operation.counter > counter)
  return {
    ...outbox,
    operations: kept,
    counter: Math.max(outbox.counter, counter),
    journaled: Math.max(outbox.journaled, counter),
    sent: Math.max(outbox.sent, counter),
    everSent: Math.max(outbox.everSent, counter),
    received: Math.max(outbox.received, counter),
    committed: counter,
    unsaved: outbox.unsaved - (editsOf(outbox.operations) - editsOf(kept)),
  }
}

/** The session is over: what was sent and not committed is sent again in the next one, the same bytes under the same id. */
export const disconnected = (outbox: Outbox): Outbox => ({
  ...outbox,
  sent: outbox.committed,
  // A server that received and did not commit may not know it any more.
  received: outbox.committed,
})

export interface Welcomed {
  readonly outbox: Outbox
  /** True where operations got other counters, so that the journal must be written anew. */
  readonly renumbered: boolean
}

/**
 * A new session: the server says what it has of this replica. Where it has more than this device ever sent, the journal
 * lost its end; operations that were never sent then take the counters after the server's, since the server would take
 * them for the ones it knows.
 */
export function welcomed(outbox: Outbox, committedCounter: number): Welcomed {
  if (committedCounter <= outbox.everSent)
    return { outbox: disconnected(committed(outbox, committedCounter)), renumbered: false }
  const unsent = outbox.operations.filter(({ counter }) => counter > outbox.everSent)
  const settled = committed(
    { ...outbox, operations: outbox.operations.slice(0, outbox.operations.length - unsent.length) },
    committedCounter,
  )
  const operations = unsent.map((operation, index) => ({ ...operation, counter: committedCounter + 1 + index }))
  return {
    outbox: {
      ...disconnected(settled),
      operations,
      counter: committedCounter + operations.length,
      journaled: committedCounter,
    },
    renumbered: operations.length > 0,
  }
}

/** The operation and all behind it stay, unsent, until somebody decides. The first refusal is the one that counts. */
export function rejected(outbox: Outbox, refusal: Refusal): Outbox {
  if (refusal.counter <= outbox.committed) return outbox
  if (outbox.refusal !== null && outbox.refusal.counter <= refusal.counter) return outbox
  return { ...outbox, refusal, sent: refusal.counter - 1 }
}

/** The right to edit came back: what was refused for want of it is tried again. */
export const allowed = (outbox: Outbox): Outbox =>
  outbox.refusal?.code === 'not-allowed' ? { ...outbox, refusal: null } : outbox

/** Every update that is not committed, in the order of the edits. */
export const unsavedUpdates = (outbox: Outbox): readonly Uint8Array[] => [
  ...outbox.operations.map(({ update }) => update),
  ...outbox.queued.items().map(({ update }) => update),
]
