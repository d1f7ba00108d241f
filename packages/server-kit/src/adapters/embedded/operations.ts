import { decodeOperations, encodeOperations } from '@sheaf/protocol'
import type { StoredOperation } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { LRUCache } from 'lru-cache'
import { SheafServerError } from '../../errors.ts'
import { OneAtATime } from '../../one-at-a-time.ts'
import type { AppendResult, OperationLog } from '../../ports.ts'
import type { Change, Environment, Table, TableKey } from './environment.ts'

/** A read gives the event loop back at least this often: long tails are read while people type. */
const SLICE_MS = 3
/** Records that one transaction of a trim removes at most, so that appends get in between. */
const TRIMMED_RECORDS_PER_COMMIT = 200
/** Documents and replicas of each whose end of the log is kept in memory. */
const MAX_KNOWN_DOCUMENTS = 10_000
const MAX_KNOWN_REPLICAS = 1_000

const APPENDED: AppendResult = { status: 'appended' }
const CONFLICT: AppendResult = { status: 'conflict' }

/** Where the log of one document ends. Only this process writes to the folder, so what it remembers is what is stored. */
interface End {
  seq: number
  /** Replica -> its highest stored counter; 0 for none. */
  readonly counters: Map<string, number>
}

/** The operations of one replica in one record. */
interface Stretch {
  lowest: number
  highest: number
}

/**
 * The operations of one append stand in one record, under (document, its highest seq): a document's last key is its head,
 * and the first key from a seq on is the record with that seq. Where the operations of a replica are, an index tells under
 * (document, replica, its highest counter in the record). Under (document) stands the highest seq that was trimmed: a log
 * that begins later than that has a hole.
 */
export class EmbeddedOperationLog implements OperationLog {
  readonly #environment: Environment
  readonly #records: Table
  readonly #replicas: Table
  readonly #trimmed: Table
  readonly #turns = new OneAtATime()
  readonly #ends = new LRUCache<string, End>({ max: MAX_KNOWN_DOCUMENTS })

  constructor(environment: Environment) {
    this.#environment = environment
    this.#records = environment.table('operations')
    this.#replicas = environment.table('operations-of-replicas')
    this.#trimmed = environment.table('operations-trimmed')
  }

  append(documentId: string, operations: readonly StoredOperation[]): Promise<AppendResult> {
    // Looking first and writing then is atomic if a document's appends take turns.
    return this.#turns.take(documentId, () => this.#append(documentId, operations))
  }

  async #append(documentId: string, operations: readonly StoredOperation[]): Promise<AppendResult> {
    const last = operations.at(-1)
    if (last === undefined) return APPENDED
    const end = this.#endOf(documentId)
    const stretches = this.#place(documentId, end, operations)
    if (stretches === null) return CONFLICT
    const changes: Change[] = [this.#records.put([documentId, last.seq], encodeOperations(operations))]
    for (const [replicaId, { lowest, highest }] of stretches)
      changes.push(this.#replicas.put([documentId, replicaId, highest], encodePlace(lowest, last.seq)))
    try {
      await this.#environment.commit(changes)
    } catch (error) {
      this.#ends.delete(documentId)
      throw error
    }
    end.seq = last.seq
    if (end.counters.size > MAX_KNOWN_REPLICAS) end.counters.clear()
    for (const [replicaId, { highest }] of stretches)
      end.counters.set(replicaId, Math.max(highest, this.#lastCounter(documentId, end, replicaId)))
    return APPENDED
  }

  async read(documentId: string, after: number, limit: number): Promise<StoredOperation[]> {
    let found: StoredOperation[] = []
    let begin = Math.max(after, this.#trimmedThrough(documentId))
    while (found.length < limit) {
      const sliceEnds = performance.now() + SLICE_MS
      let isEnd = true
      if (begin + found.length < this.#trimmedThrough(documentId)) {
        // What comes next was trimmed while this went on.
        begin = this.#trimmedThrough(documentId)
        found = []
      }
      const start = [documentId, begin + found.length + 1]
      for (const { key, payload } of this.#records.entries(start, [documentId, HIGHEST], 'document-damaged')) {
        for (const operation of decode(documentId, key, payload)) {
          if (found.length === limit) break
          const expected = begin + found.length + 1
          if (operation.seq < expected) continue
          if (operation.seq > expected) throw damaged(documentId, `operation ${expected} is missing`)
          found.push(operation)
        }
        if (found.length === limit) break
        if (performance.now() > sliceEnds) {
          isEnd = false
          break
        }
      }
      if (isEnd) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    return found
  }

  async find(documentId: string, replicaId: string, counter: number): Promise<StoredOperation | null> {
    return this.#find(documentId, replicaId, counter)
  }

  async head(documentId: string): Promise<number> {
    return this.#head(documentId)
  }

  async trim(documentId: string, through: number): Promise<number> {
    let removed = 0
    for (;;) {
      const step = await this.#turns.take(documentId, () => this.#trimStep(documentId, through))
      removed += step.removed
      if (step.isDone) return removed
    }
  }

  /** Removes the first records in one transaction. The record that `through` falls into is written anew. */
  async #trimStep(
    documentId: string,
    through: number,
  ): Promise<{ readonly removed: number; readonly isDone: boolean }> {
    const changes: Change[] = []
    let removed = 0
    let records = 0
    let trimmed = this.#trimmedThrough(documentId)
    for (const { key, payload } of this.#records.entries([documentId, 0], [documentId, HIGHEST], 'document-damaged')) {
      if (records === TRIMMED_RECORDS_PER_COMMIT) break
      const operations = decode(documentId, key, payload)
      const kept = operations.filter(({ seq }) => seq > through)
      if (kept.length === operations.length) break
      records++
      removed += operations.length - kept.length
      const record = Number(key[1])
      trimmed = Math.min(record, through)
      for (const [replicaId, { highest }] of stretchesOf(operations))
        changes.push(this.#replicas.remove([documentId, replicaId, highest]))
      if (kept.length === 0) {
        changes.push(this.#records.remove(key))
      } else {
        changes.push(this.#records.put(key, encodeOperations(kept)))
        for (const [replicaId, { lowest, highest }] of stretchesOf(kept))
          changes.push(this.#replicas.put([documentId, replicaId, highest], encodePlace(lowest, record)))
      }
    }
    if (records === 0) {
      await this.#markBeginning(documentId, through)
      return { removed: 0, isDone: true }
    }
    await this.#environment.commit([...changes, this.#trimmed.putJson([documentId], trimmed)])
    return { removed, isDone: records < TRIMMED_RECORDS_PER_COMMIT }
  }

  /** A log that was brought here from elsewhere may begin later from the first: what was trimmed there is no hole here. */
  async #markBeginning(documentId: string, through: number): Promise<void> {
    const [first] = this.#records.entries([documentId, 0], [documentId, HIGHEST], 'document-damaged')
    if (first === undefined) return
    const begin = decode(documentId, first.key, first.payload)[0]?.seq ?? 0
    const trimmed = Math.min(begin - 1, through)
    if (trimmed > this.#trimmedThrough(documentId))
      await this.#environment.commit([this.#trimmed.putJson([documentId], trimmed)])
  }

  #trimmedThrough(documentId: string): number {
    return this.#trimmed.getJson<number>([documentId], 'document-damaged') ?? 0
  }

  #head(documentId: string): number {
    const [last] = this.#records.keys([documentId], { reverse: true, limit: 1 })
    return last === undefined ? this.#trimmedThrough(documentId) : Number(last[1])
  }

  #find(documentId: string, replicaId: string, counter: number): StoredOperation | null {
    const start = [documentId, replicaId, counter]
    const places = this.#replicas.entries(start, [documentId, replicaId, HIGHEST], 'document-damaged')
    for (const { payload } of places) {
      const { lowest, record } = decodePlace(documentId, payload)
      // Only a replica whose counters do not ascend with seq has more than one record to look at.
      if (lowest > counter) continue
      const key = [documentId, record]
      const stored = this.#records.getBytes(key, 'document-damaged')
      if (stored === null) throw damaged(documentId, `the record up to operation ${record} is missing`)
      const found = decode(documentId, key, stored).find(
        (operation) => operation.replicaId === replicaId && operation.counter === counter,
      )
      if (found !== undefined) return found
    }
    return null
  }

  #endOf(documentId: string): End {
    let end = this.#ends.get(documentId)
    if (end === undefined) {
      end = { seq: this.#head(documentId), counters: new Map() }
      this.#ends.set(documentId, end)
    }
    return end
  }

  #lastCounter(documentId: string, end: End, replicaId: string): number {
    let counter = end.counters.get(replicaId)
    if (counter === undefined) {
      const [last] = this.#replicas.keys([documentId, replicaId], { reverse: true, limit: 1 })
      counter = last === undefined ? 0 : Number(last[2])
      end.counters.set(replicaId, counter)
    }
    return counter
  }

  /** What the batch holds of each replica; null where a seq or a unique id is taken. */
  #place(documentId: string, end: End, operations: readonly StoredOperation[]): Map<string, Stretch> | null {
    const stretches = new Map<string, Stretch>()
    let { seq: before } = end
    for (const { seq, replicaId, counter } of operations) {
      if (seq <= before) return null
      before = seq
      const stretch = stretches.get(replicaId)
      const highest = stretch?.highest ?? this.#lastCounter(documentId, end, replicaId)
      if (counter <= highest) {
        const isTwice = operations.some(
          (one) => one.seq < seq && one.replicaId === replicaId && one.counter === counter,
        )
        if (isTwice || this.#find(documentId, replicaId, counter) !== null) return null
      }
      extend(stretches, replicaId, counter)
    }
    return stretches
  }
}

function stretchesOf(operations: readonly StoredOperation[]): Map<string, Stretch> {
  const stretches = new Map<string, Stretch>()
  for (const { replicaId, counter } of operations) extend(stretches, replicaId, counter)
  return stretches
}

function extend(stretches: Map<string, Stretch>, replicaId: string, counter: number): void {
  const stretch = stretches.get(replicaId)
  if (stretch === undefined) {
    stretches.set(replicaId, { lowest: counter, highest: counter })
  } else {
    stretch.lowest = Math.min(stretch.lowest, counter)
    stretch.highest = Math.max(stretch.highest, counter)
  }
}

/** Behind every seq and every counter. */
const HIGHEST = Number.MAX_SAFE_INTEGER

const damaged = (documentId: string, what: string, cause?: unknown): SheafServerError =>
  new SheafServerError('document-damaged', `document ${documentId}: ${what}`, { cause })

function decode(documentId: string, [, seq]: TableKey, payload: Buffer): readonly StoredOperation[] {
  let operations: readonly StoredOperation[]
  try {
    operations = decodeOperations(payload)
  } catch (error) {
    throw damaged(documentId, `the record up to operation ${seq} cannot be read`, error)
  }
  const last = operations.at(-1)?.seq
  if (last !== seq) throw damaged(documentId, `the record up to operation ${seq} goes up to ${last}`)
  return operations
}

function encodePlace(lowest: number, record: number): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, lowest)
  encoding.writeVarUint(encoder, record)
  return encoding.toUint8Array(encoder)
}

function decodePlace(documentId: string, payload: Buffer): { readonly lowest: number; readonly record: number } {
  try {
    const decoder = decoding.createDecoder(payload)
    return { lowest: decoding.readVarUint(decoder), record: decoding.readVarUint(decoder) }
  } catch (error) {
    throw damaged(documentId, 'an entry of the index of replicas cannot be read', error)
  }
}
