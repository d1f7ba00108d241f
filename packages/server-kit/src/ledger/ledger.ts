import { isReplicaId } from '@sheaf/protocol'
import type { Operation, RejectionCode, ReplicaId, UpdateFacts, VersionVector } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { StructIndex } from './struct-index.ts'

/** What the server does with an operation. */
export type Judgement =
  /** It is the next one of its replica, and known to apply. */
  | { readonly status: 'new' }
  /** Its counter was committed before; whether its bytes are the same, only the store can tell. */
  | { readonly status: 'known' }
  /** It may apply later: these clocks have to be there first. */
  | { readonly status: 'missing'; readonly needs: VersionVector }
  | { readonly status: 'refused'; readonly code: RejectionCode; readonly message: string }

/** The ledger cannot be read, or an operation does not follow on it: what was stored is damaged. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code = 'document-damaged'
}

/** Levels of nodes inside each other; the content of an editor has about ten. */
export const DEFAULT_MAX_DEPTH = 100

const FORMAT = 1
const NEW: Judgement = { status: 'new' }
const KNOWN: Judgement = { status: 'known' }

const refused = (code: RejectionCode, message: string): Judgement => ({ status: 'refused', code, message })

/**
 * What the server knows of a document besides its content: enough to judge the next operation by its bytes, at a cost that
 * does not depend on the document's size. It is a fold of the document's operations in the order of their seq, and of
 * nothing else: two servers that folded the same operations hold equal ledgers.
 */
export class Ledger {
  #seq: number
  /** Replica -> the highest counter folded. */
  readonly #counters: Map<ReplicaId, number>
  /** Yjs client id -> the replica that wrote under it first. */
  readonly #claims: Map<number, ReplicaId>
  readonly #structs: StructIndex

  private constructor(
    seq: number,
    counters: Map<ReplicaId, number>,
    claims: Map<number, ReplicaId>,
    structs: StructIndex,
  ) {
    this.#seq = seq
    this.#counters = counters
    this.#claims = claims
    this.#structs = structs
  }

  /** The ledger of a document without operations. */
  static empty(): Ledger {
    return new Ledger(0, new Map(), new Map(), new StructIndex())
  }

  /** The seq of the last operation folded; 0 for none. */
  get seq(): number {
    return this.#seq
  }

  /** The highest counter of a replica that was folded; 0 for none. */
  lastCounter(replicaId: ReplicaId): number {
    return this.#counters.get(replicaId) ?? 0
  }

  /** The replica that may write under a Yjs client id; null where nobody did yet. */
  claimant(clientId: number): ReplicaId | null {
    return this.#claims.get(clientId) ?? null
  }

  /** The clock behind the last struct of every Yjs client, ascending by client id. */
  versionVector(): VersionVector {
    const entries: [number, number][] = []
    for (const client of this.#structs.clients()) entries.push([client, this.#structs.clock(client)])
    return entries.sort((a, b) => a[0] - b[0])
  }

  /**
   * Decides about an operation whose update was inspected and found sound; `facts` is what the inspection told. Changes
   * nothing. What is judged `new` can be folded, and Yjs applies it as a whole to what was folded before.
   */
  judge(operation: Operation, facts: UpdateFacts, limits: { readonly maxDepth: number }): Judgement {
    return this.#judge(operation, facts, limits, 'leave')
  }

  /** Judges it, and folds it as the next one where it is new: what was found out is not found out twice. */
  take(operation: Operation, facts: UpdateFacts, limits: { readonly maxDepth: number }): Judgement {
    return this.#judge(operation, facts, limits, 'fold')
  }

  #judge(
    operation: Operation,
    facts: UpdateFacts,
    limits: { readonly maxDepth: number },
    then: 'leave' | 'fold',
  ): Judgement {
    const last = this.lastCounter(operation.replicaId)
    if (operation.counter <= last) return KNOWN
    if (operation.counter !== last + 1) return refused('counter-gap', `the next counter of this replica is ${last + 1}`)
    if (!sameVector(operation.versionVector, facts.versionVector)) {
      return refused('vector-mismatch', 'the stated version vector is not what the update advances')
    }
    for (const { client, from } of facts.ranges) {
      const claimant = this.#claims.get(client)
      if (claimant !== undefined && claimant !== operation.replicaId) {
        return refused('foreign-client', `another replica writes under the client id ${client}`)
      }
      if (from < this.#structs.clock(client)) {
        return refused('clock-gap', `the clocks of client ${client} were written before`)
      }
    }
    if (facts.needs.some(([client, clock]) => clock > this.#structs.clock(client)))
      return { status: 'missing', needs: facts.needs.filter(([client, clock]) => clock > this.#structs.clock(client)) }
    const mark = this.#structs.mark(facts)
    const misplacement = this.#structs.place(facts, limits.maxDepth)
    if (misplacement === null && then === 'fold') {
      this.#count(this.#seq + 1, operation, facts)
      return NEW
    }
    this.#structs.rollBack(mark)
    return misplacement === null ? NEW : refused(misplacement.code, misplacement.message)
  }

  /**
   * Takes in the next operation. What was judged `new` always folds; so does what was stored by a server that judged it.
   * @throws {LedgerError} where it does not follow; the ledger is unchanged then.
   */
  fold(
    operation: { readonly seq: number; readonly replicaId: ReplicaId; readonly counter: number },
    facts: UpdateFacts,
  ): void {
    const { seq, replicaId, counter } = operation
    if (seq !== this.#seq + 1) throw new LedgerError(`operation ${seq} does not follow on ${this.#seq}`)
    if (counter !== this.lastCounter(replicaId) + 1) {
      throw new LedgerError(`counter ${counter} of operation ${seq} does not follow on ${this.lastCounter(replicaId)}`)
    }
    for (const { client, from } of facts.ranges) {
      const claimant = this.#claims.get(client)
      if (claimant !== undefined && claimant !== replicaId) {
        throw new LedgerError(`operation ${seq} writes under the client id of another replica`)
      }
      if (from !== this.#structs.clock(client)) throw new LedgerError(`operation ${seq} leaves a hole in the clocks`)
    }
    for (const [client, clock] of facts.needs) {
      if (clock > this.#structs.clock(client)) throw new LedgerError(`operation ${seq} refers to what is not there`)
    }
    const mark = this.#structs.mark(facts)
    // How deep content may be is a limit that can be set; what was stored under another one stays readable.
    const misplacement = this.#structs.place(facts, Number.MAX_SAFE_INTEGER)
    if (misplacement !== null) {
      this.#structs.rollBack(mark)
      throw new LedgerError(`operation ${seq}: ${misplacement.message}`)
    }
    this.#count(seq, operation, facts)
  }

  /** What was placed is in the document now. */
  #count(
    seq: number,
    { replicaId, counter }: { readonly replicaId: ReplicaId; readonly counter: number },
    facts: UpdateFacts,
  ): void {
    for (const { client } of facts.ranges) this.#claims.set(client, replicaId)
    this.#counters.set(replicaId, counter)
    this.#seq = seq
  }

  /** The ledger as bytes, for the snapshot that it belongs to. */
  encode(): Uint8Array {
    const encoder = encoding.createEncoder()
    encoding.writeVarUint(encoder, FORMAT)
    encoding.writeVarUint(encoder, this.#seq)
    encoding.writeVarUint(encoder, this.#counters.size)
    const numbers = new Map<ReplicaId, number>()
    for (const [replicaId, counter] of this.#counters) {
      numbers.set(replicaId, numbers.size)
      for (let i = 0; i < 32; i += 2) encoding.writeUint8(encoder, Number.parseInt(replicaId.slice(i, i + 2), 16))
      encoding.writeVarUint(encoder, counter)
    }
    encoding.writeVarUint(encoder, this.#claims.size)
    for (const [client, replicaId] of this.#claims) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, numbers.get(replicaId) ?? 0)
    }
    this.#structs.write(encoder)
    return encoding.toUint8Array(encoder)
  }

  /** Reads what {@link encode} wrote. @throws {LedgerError} on anything else. */
  static decode(bytes: Uint8Array): Ledger {
    try {
      return readLedger(decoding.createDecoder(bytes), (...parts) => new Ledger(...parts))
    } catch (error) {
      if (error instanceof LedgerError) throw error
      throw new LedgerError('the ledger cannot be decoded', { cause: error })
    }
  }
}

function readLedger(
  decoder: decoding.Decoder,
  build: (
    seq: number,
    counters: Map<ReplicaId, number>,
    claims: Map<number, ReplicaId>,
    structs: StructIndex,
  ) => Ledger,
): Ledger {
  if (decoding.readVarUint(decoder) !== FORMAT) throw new LedgerError('the ledger is of an unknown format')
  const seq = decoding.readVarUint(decoder)
  const counters = new Map<ReplicaId, number>()
  const replicas: ReplicaId[] = []
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const replicaId = Buffer.from(decoding.readUint8Array(decoder, 16)).toString('hex')
    if (!isReplicaId(replicaId) || counters.has(replicaId))
      throw new LedgerError('a replica stands in the ledger twice')
    replicas.push(replicaId)
    counters.set(replicaId, decoding.readVarUint(decoder))
  }
  const claims = new Map<number, ReplicaId>()
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const client = decoding.readVarUint(decoder)
    const replicaId = replicas[decoding.readVarUint(decoder)]
    if (replicaId === undefined) throw new LedgerError('a client id is claimed by nobody')
    claims.set(client, replicaId)
  }
  const structs = StructIndex.read(decoder)
  if (decoding.hasContent(decoder)) throw new LedgerError('bytes are left behind the ledger')
  return build(seq, counters, claims, structs)
}

function sameVector(a: VersionVector, b: VersionVector): boolean {
  return (
    a.length === b.length &&
    a.every(([client, clock], i) => {
      const other = b[i]
      return other !== undefined && other[0] === client && other[1] === clock
    })
  )
}
