import { DEFAULT_UPDATE_LIMITS, encodeServerFrame, inspectUpdate } from '@sheaf/protocol'
import type { ClientFrames, RejectionCode, UpdateFacts } from '@sheaf/protocol'
import type { OperationLog } from './operation-log.ts'

/** What a room says about an operation. */
export type Verdict =
  | { readonly status: 'new'; readonly facts: UpdateFacts }
  | { readonly status: 'committed'; readonly seq: number }
  /** It was accepted before and waits for the log. */
  | { readonly status: 'waiting' }
  /** It builds on something that the room does not have yet. */
  | { readonly status: 'missing' }
  | { readonly status: 'refused'; readonly code: RejectionCode; readonly message: string }

type Operation = ClientFrames['operation']

/** A snapshot after so many operations: what comes later is read from it, as on a real server. */
const FOLD_EVERY = 25

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

const refused = (code: RejectionCode, message: string): Verdict => ({ status: 'refused', code, message })

/** A document in the memory of the server: what it must know to judge the next operation. Made anew from the log. */
export class ServerRoom {
  readonly documentId: string
  readonly #log: OperationLog
  readonly #clocks = new Map<number, number>()
  readonly #owners = new Map<number, string>()
  /** Highest counter of each replica that is in the log, and that was accepted. */
  readonly #committed = new Map<string, number>()
  readonly #accepted = new Map<string, number>()
  #seq = 0

  constructor(documentId: string, log: OperationLog) {
    this.documentId = documentId
    this.#log = log
    for (const { seq, replicaId, counter, update } of log.read(documentId)) {
      const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
      if (inspection.status === 'refused') throw new Error(`the log holds what no server takes: ${inspection.message}`)
      this.accept(replicaId, counter, inspection.facts)
      this.commit(seq, replicaId, counter)
    }
  }

  /** Place of the last operation in the log. */
  get seq(): number {
    return this.#seq
  }

  committedCounter(replicaId: string): number {
    return this.#committed.get(replicaId) ?? 0
  }

  judge(replicaId: string, { counter, versionVector, update }: Operation): Verdict {
    const expected = (this.#accepted.get(replicaId) ?? 0) + 1
    if (counter < expected) return this.#judgeKnown(replicaId, counter, update)
    const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
    if (inspection.status === 'refused') return refused(inspection.code, inspection.message)
    if (counter > expected) return refused('counter-gap', `the next operation of this replica is ${expected}`)
    const { facts } = inspection
    if (JSON.stringify(facts.versionVector) !== JSON.stringify(versionVector))
      return refused('vector-mismatch', 'the stated version vector is not what the update advances')
    return this.#judgeRanges(replicaId, facts)
  }

  /** The operation waits for the log; the next one may build on it. */
  accept(replicaId: string, counter: number, { ranges }: UpdateFacts): void {
    this.#accepted.set(replicaId, counter)
    for (const { client, to } of ranges) {
      this.#owners.set(client, replicaId)
      this.#clocks.set(client, Math.max(this.#clocks.get(client) ?? 0, to))
    }
  }

  /** The operation is in the log. */
  commit(seq: number, replicaId: string, counter: number): void {
    this.#seq = seq
    this.#committed.set(replicaId, counter)
  }

  /** Merges what was committed into a snapshot, now and then or at once. */
  fold(when: 'due' | 'now'): void {
    const { seq } = this.#log.snapshot(this.documentId)
    if (this.#seq === seq || (when === 'due' && this.#seq < seq + FOLD_EVERY)) return
    this.#log.storeSnapshot(this.documentId, { seq: this.#seq, update: this.#log.merged(this.documentId) })
  }

  /** The frame with everything after this seq. */
  stateSince(lastSeq: number, pack: ((bytes: Uint8Array) => Uint8Array) | null): Uint8Array {
    const snapshot = this.#log.snapshot(this.documentId)
    const isBehind = lastSeq < snapshot.seq
    const operations = this.#log.read(this.documentId, Math.max(lastSeq, snapshot.seq)).map(({ update }) => update)
    const updates = isBehind ? [snapshot.update, ...operations] : operations
    return encodeServerFrame({
      kind: 'state',
      seq: this.#seq,
      parts: updates.map((update) =>
        pack === null ? { encoding: 'plain', update } : { encoding: 'deflate', update: pack(update) },
      ),
    })
  }

  #judgeKnown(replicaId: string, counter: number, update: Uint8Array): Verdict {
    const known = this.#log
      .read(this.documentId)
      .find((operation) => operation.replicaId === replicaId && operation.counter === counter)
    if (known === undefined) return { status: 'waiting' }
    if (sameBytes(known.update, update)) return { status: 'committed', seq: known.seq }
    return refused('id-conflict', 'this operation was committed with other bytes')
  }

  #judgeRanges(replicaId: string, facts: UpdateFacts): Verdict {
    const { ranges, needs } = facts
    for (const { client, from } of ranges) {
      const owner = this.#owners.get(client)
      if (owner !== undefined && owner !== replicaId)
        return refused('foreign-client', `the Yjs client ${client} belongs to another replica`)
      if (from < (this.#clocks.get(client) ?? 0))
        return refused('clock-gap', `the clocks of client ${client} were written before`)
    }
    const isMissing = needs.some(([client, clock]) => clock > (this.#clocks.get(client) ?? 0))
    return isMissing ? { status: 'missing' } : { status: 'new', facts }
  }
}
