import { encodeServerFrame } from '@sheaf/protocol'
import type { StatePart, StoredOperation } from '@sheaf/protocol'
import type { Snapshot } from './snapshot.ts'

/** Bytes of operations that a new snapshot covers and that are kept all the same, for those who come back soon. */
const KEPT_BYTES = 64 * 1024

/** The committed document as bytes: the newest snapshot as it is stored, and the operations after it. */
export class CommittedState {
  #snapshot: Snapshot | null
  #seq: number
  /** Every operation after `#tailAfter`, except quarantined ones; some of them may be covered by the snapshot. */
  #tail: StoredOperation[]
  #tailAfter: number
  #tailBytes = 0
  #full: { readonly seq: number; readonly frame: Uint8Array } | null = null

  constructor(snapshot: Snapshot | null, tail: readonly StoredOperation[], seq: number) {
    // The snapshot of an empty document has nothing to send.
    this.#snapshot = snapshot?.seq === 0 ? null : snapshot
    this.#seq = seq
    this.#tail = [...tail]
    this.#tailAfter = snapshot?.seq ?? 0
    for (const operation of tail) this.#tailBytes += operation.update.length
  }

  get seq(): number {
    return this.#seq
  }

  /** The seq of the snapshot; 0 where there is none. */
  get snapshotSeq(): number {
    return this.#snapshot?.seq ?? 0
  }

  /** About what this holds in memory. */
  get bytes(): number {
    const { ledger, state } = this.#snapshot ?? { ledger: NO_BYTES, state: { update: NO_BYTES } }
    return ledger.length + state.update.length + this.#tailBytes + (this.#full?.frame.length ?? 0)
  }

  append(operations: readonly StoredOperation[], quarantined: ReadonlySet<number>): void {
    for (const operation of operations) {
      this.#seq = operation.seq
      if (quarantined.has(operation.seq)) continue
      this.#tail.push(operation)
      this.#tailBytes += operation.update.length
    }
    this.#full = null
  }

  /** Takes a newer snapshot, and lets go of operations that it covers. */
  swap(snapshot: Snapshot): void {
    if (snapshot.seq <= this.snapshotSeq || snapshot.seq > this.#seq) return
    this.#snapshot = snapshot
    this.#full = null
    let dropped = 0
    for (const operation of this.#tail) {
      if (operation.seq > snapshot.seq || this.#tailBytes <= KEPT_BYTES) break
      this.#tailBytes -= operation.update.length
      this.#tailAfter = operation.seq
      dropped += 1
    }
    this.#tail = this.#tail.slice(dropped)
  }

  /** All of the document, as parts to apply in order. */
  parts(): StatePart[] {
    const after = this.snapshotSeq
    const tail = this.#tail.filter(({ seq }) => seq > after).map(plainPart)
    return this.#snapshot === null ? tail : [this.#snapshot.state, ...tail]
  }

  /** True where the operations after `lastSeq` are all here. */
  covers(lastSeq: number): boolean {
    return lastSeq >= this.#tailAfter && lastSeq <= this.#seq
  }

  /**
   * The state frame for a replica that has everything up to `lastSeq`; `older` are operations that were read from the log
   * for it, from `lastSeq` on. One frame serves everybody who joins with nothing until the next commit.
   */
  frameSince(lastSeq: number, older: readonly StoredOperation[] = []): Uint8Array {
    const from = older.at(-1)?.seq ?? lastSeq
    if (lastSeq > 0 && this.covers(from)) {
      const newer = this.#tail.filter(({ seq }) => seq > from)
      return this.#encode([...older, ...newer].map(plainPart))
    }
    if (this.#full?.seq !== this.#seq) this.#full = { seq: this.#seq, frame: this.#encode(this.parts()) }
    return this.#full.frame
  }

  /** Bytes of the whole state: what operations from the log have to be fewer than. */
  get fullBytes(): number {
    return (this.#snapshot?.state.update.length ?? 0) + this.#tailBytes
  }

  #encode(parts: readonly StatePart[]): Uint8Array {
    return encodeServerFrame({ kind: 'state', seq: this.#seq, parts })
  }
}

const NO_BYTES = new Uint8Array()

const plainPart = ({ update }: StoredOperation): StatePart => ({ encoding: 'plain', update })
