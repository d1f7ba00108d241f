import { decodeOperation, encodeOperation } from '@sheaf/protocol'
import type { StoredOperation } from '@sheaf/protocol'
import { SheafServerError } from '../../errors.ts'
import type { AppendResult, OperationLog } from '../../ports.ts'
import type { Change, Environment, Table } from './environment.ts'
import { OneAtATime } from '../../one-at-a-time.ts'

/** A read gives the event loop back at least this often: long tails are read while people type. */
const SLICE_MS = 3

/** Operations under (document, seq), and for each unique id the seq it stands at. */
export class EmbeddedOperationLog implements OperationLog {
  readonly #environment: Environment
  readonly #operations: Table
  readonly #uniqueIds: Table
  readonly #turns = new OneAtATime()

  constructor(environment: Environment) {
    this.#environment = environment
    this.#operations = environment.table('operations')
    this.#uniqueIds = environment.table('unique-ids')
  }

  append(documentId: string, operations: readonly StoredOperation[]): Promise<AppendResult> {
    // No other process has the folder open, so looking first and writing then is atomic if a document's appends take turns.
    return this.#turns.take(documentId, async () => {
      if (this.#isTaken(documentId, operations)) return { status: 'conflict' }
      const changes: Change[] = []
      for (const operation of operations) {
        const { seq, replicaId, counter } = operation
        changes.push(this.#operations.put([documentId, seq], encodeOperation(operation)))
        changes.push(this.#uniqueIds.putJson([documentId, replicaId, counter], seq))
      }
      if (changes.length > 0) await this.#environment.commit(changes)
      return { status: 'appended' }
    })
  }

  async read(documentId: string, after: number, limit: number): Promise<StoredOperation[]> {
    const found: StoredOperation[] = []
    while (found.length < limit) {
      const start = after + found.length
      const sliceEnds = performance.now() + SLICE_MS
      let isEnd = true
      const range = this.#operations.entries(
        [documentId, start + 1],
        [documentId, after + limit + 1],
        'document-damaged',
      )
      for (const { key, payload } of range) {
        const expected = after + found.length + 1
        if (key[1] !== expected) throw damaged(documentId, `operation ${expected} is missing`)
        found.push(decode(documentId, expected, payload))
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
    const seq = this.#uniqueIds.getJson<number>([documentId, replicaId, counter], 'document-damaged')
    if (seq === null) return null
    const payload = this.#operations.getBytes([documentId, seq], 'document-damaged')
    if (payload === null) throw damaged(documentId, `operation ${seq} is missing`)
    return decode(documentId, seq, payload)
  }

  async head(documentId: string): Promise<number> {
    const [last] = this.#operations.keys([documentId], { reverse: true, limit: 1 })
    return last === undefined ? 0 : (last[1] as number)
  }

  #isTaken(documentId: string, operations: readonly StoredOperation[]): boolean {
    const inBatch = new Set<string | number>()
    for (const { seq, replicaId, counter } of operations) {
      const uniqueId = `${replicaId} ${counter}`
      if (inBatch.has(seq) || inBatch.has(uniqueId)) return true
      inBatch.add(seq).add(uniqueId)
      if (this.#operations.has([documentId, seq]) || this.#uniqueIds.has([documentId, replicaId, counter])) return true
    }
    return false
  }
}

const damaged = (documentId: string, what: string, cause?: unknown): SheafServerError =>
  new SheafServerError('document-damaged', `document ${documentId}: ${what}`, { cause })

function decode(documentId: string, seq: number, payload: Buffer): StoredOperation {
  let operation: StoredOperation
  try {
    operation = decodeOperation(payload)
  } catch (error) {
    throw damaged(documentId, `operation ${seq} cannot be read`, error)
  }
  if (operation.seq !== seq) throw damaged(documentId, `operation ${seq} says that it is operation ${operation.seq}`)
  return operation
}
