import type { RejectionCode, ReplicaId } from '@sheaf/protocol'
import { batch, EMPTY_BATCH } from './batcher.ts'
import type { BatcherEvent, BatcherState, BatchingPolicy, FlushReason } from './batcher.ts'
import { JournalWriter } from './device/journal.ts'
import type { JournalStore } from './device/journal.ts'
import type { Journal, JournalChange, JournaledOperation } from './device/store.ts'
import { mergeUpdates, versionVectorOf } from './merge.ts'
import * as Outbox from './outbox.ts'
import type { Refusal } from './outbox.ts'
import type { Clock, Timer } from './runtime.ts'

export interface ReplicaOptions {
  readonly clock: Clock
  readonly batching: BatchingPolicy
  readonly replicaId: ReplicaId
  /** Whether what is journaled survives the page. */
  readonly lasting: boolean
  readonly baseSeq: () => number
  /** Hands an operation to the session; false where that is over. */
  readonly send: (operation: JournaledOperation) => boolean
  /** Something that can be seen has changed. */
  readonly onChanged: () => void
  /** The device fails, or works again. */
  readonly onJournalProblem: () => void
}

/** What the session lets through at this moment. */
export interface Gate {
  /** Operations that may be on their way at one time; 0 where nothing may be sent. */
  readonly maxInFlight: number
  /** Largest update that the server takes, in bytes. */
  readonly maxUpdateBytes: number
}

/** Who wants to see each step of each operation. */
export interface OutboxObserver {
  /** The outbox is another one. */
  changed(): void
  /** These operations are committed. `lastSeq`: the place of the last of them, null where only the fact is known. */
  durable?(operations: readonly JournaledOperation[], lastSeq: number | null): void
}

export const CLOSED_GATE: Gate = { maxInFlight: 0, maxUpdateBytes: Infinity }

/**
 * The sending side of a document: local edits are journaled, gathered into operations, journaled again under their unique
 * id, and sent. Whatever happens at one moment is settled in one turn, at the end of the running code.
 */
export class Replica {
  readonly #options: ReplicaOptions
  readonly #observers = new Set<OutboxObserver>()
  #current: Outbox.Outbox
  #batch: BatcherState = EMPTY_BATCH
  #tick: { readonly at: number; readonly timer: Timer } | null = null
  #due = false
  #gate: Gate = CLOSED_GATE
  #journal: JournalWriter | null = null
  #principalId: string | null = null
  #ownerNoted = false
  #made = 0
  #turnPlanned = false
  #ended = false

  constructor(options: ReplicaOptions) {
    this.#options = options
    this.#current = Outbox.emptyOutbox(options.replicaId)
  }

  get #outbox(): Outbox.Outbox {
    return this.#current
  }

  set #outbox(outbox: Outbox.Outbox) {
    this.#current = outbox
    this.#tellChanged()
  }

  get id(): ReplicaId {
    return this.#outbox.replicaId
  }

  /** Local edits that are not committed. */
  get unsaved(): number {
    return this.#outbox.unsaved
  }

  /** Local edits that were made or found, ever. They are committed in their order. */
  get made(): number {
    return this.#made
  }

  get outbox(): Outbox.Outbox {
    return this.#current
  }

  /** Why the device keeps nothing; null where it does, as far as is known. */
  get journalProblem(): { readonly cause: unknown } | null {
    return this.#journal?.problem ?? null
  }

  /** True where what is journaled survives the page. */
  get isStored(): boolean {
    return this.#options.lasting && this.#journal !== null && this.#journal.problem === null
  }

  /** True where edits would be lost if the page ended at this moment. */
  get isAtRisk(): boolean {
    return this.unsaved > 0 && !(this.isStored && this.#journal?.isWritten === true)
  }

  /** What the journal of this replica is, or should be. */
  get journal(): Journal {
    const { operations, queued, counter } = this.#outbox
    return { principalId: this.#principalId, counter, operations, updates: queued.items() }
  }

  get refusal(): Refusal | null {
    return this.#outbox.refusal
  }

  /** Every update that is not committed, in the order of the edits. */
  get unsavedUpdates(): readonly Uint8Array[] {
    return Outbox.unsavedUpdates(this.#outbox)
  }

  /** Returns the end of it. */
  observe(observer: OutboxObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** From here on the journal is written. What an earlier visit left is sent first. */
  open(store: JournalStore, documentId: string, replicaId: ReplicaId, journal: Journal | null): void {
    this.#outbox = Outbox.recover(this.#outbox, replicaId, journal)
    this.#made = this.#outbox.unsaved
    const { clock, onJournalProblem } = this.#options
    const onProblem = (): void => {
      this.#tellChanged()
      onJournalProblem()
    }
    const everything = (): readonly JournalChange[] => this.#everything()
    this.#journal = new JournalWriter({ store, documentId, replicaId, clock, everything, onProblem })
    if (this.unsaved > 0) this.#noteOwner()
    // Edits from before the journal was open.
    for (const queued of this.#outbox.queued.items().slice(journal?.updates.length ?? 0))
      this.#note({ kind: 'update', ...queued })
    this.#due = this.#outbox.queued.length > 0
    this.#planTurn()
  }

  edited(update: Uint8Array, chars: number): void {
    const key = this.#outbox.nextKey
    this.#noteOwner()
    this.#outbox = Outbox.edited(this.#outbox, update)
    this.#made += 1
    this.#note({ kind: 'update', key, update })
    this.#decide({ kind: 'edited', chars, room: Outbox.hasRoom(this.#outbox, this.#gate.maxInFlight) })
    this.#planTurn()
    this.#options.onChanged()
  }

  /** Closes the batch. Resolves when it is on the device, and sent as far as the session takes it. */
  async flush(reason: FlushReason): Promise<void> {
    this.#decide({ kind: 'flush', reason })
    await this.#turn()
  }

  /** What was given to the device is not on it, or not any more. */
  journalFailed(cause: unknown): void {
    void this.#journal?.fail(cause)
  }

  /** Whose edits these are from now on. It is written down with the first of them: who only reads leaves no journal. */
  belongsTo(principalId: string): void {
    this.#principalId = principalId
    this.#ownerNoted = false
    if (this.unsaved > 0) this.#noteOwner()
    this.#planTurn()
  }

  welcomed(committedCounter: number): void {
    const before = this.#outbox
    const { outbox, renumbered } = Outbox.welcomed(before, committedCounter)
    this.#outbox = outbox
    this.#tellDurable(before, null)
    if (outbox.committed > before.committed || renumbered)
      this.#note({ kind: 'committed', counter: renumbered ? before.counter : outbox.committed })
    if (renumbered) for (const operation of outbox.operations) this.#note({ kind: 'operation', operation, consumes: 0 })
    this.#planTurn()
    this.#options.onChanged()
  }

  /** From now on as much as this may be sent. */
  openGate(gate: Gate): void {
    this.#gate = gate
    this.#decide({ kind: 'room' })
    this.#planTurn()
  }

  closeGate(): void {
    this.#gate = CLOSED_GATE
  }

  disconnected(): void {
    this.closeGate()
    this.#outbox = Outbox.disconnected(this.#outbox)
  }

  received(counter: number): void {
    this.#outbox = Outbox.received(this.#outbox, counter)
  }

  /** `seq` is the place of the last of them. Returns how many operations this adds to those that were known to be committed. */
  committed(counter: number, seq: number): number {
    const before = this.#outbox
    this.#outbox = Outbox.committed(before, counter)
    const added = this.#outbox.committed - before.committed
    if (added <= 0) return 0
    this.#tellDurable(before, seq)
    this.#note({ kind: 'committed', counter })
    this.#decide({ kind: 'room' })
    this.#planTurn()
    this.#options.onChanged()
    return added
  }

  rejected(counter: number, code: RejectionCode, message: string): void {
    this.#outbox = Outbox.rejected(this.#outbox, { counter, code, message })
    this.#options.onChanged()
  }

  /** The right to edit came back. */
  allowed(): void {
    this.#outbox = Outbox.allowed(this.#outbox)
    this.#planTurn()
    this.#options.onChanged()
  }

  /** Stops every timer, and resolves when the journal has all there is. */
  async end(): Promise<void> {
    this.#ended = true
    this.#tick?.timer.cancel()
    await this.#journal?.end()
  }

  /** Gives up what is not committed; it is neither sent nor kept any more. */
  discard(): void {
    this.#made -= this.unsaved
    this.#outbox = Outbox.emptyOutbox(this.id)
  }

  #everything(): readonly JournalChange[] {
    const { operations, queued, counter } = this.#outbox
    const before = (operations[0]?.counter ?? counter + 1) - 1
    this.#ownerNoted = this.#principalId !== null
    return [
      ...(this.#principalId === null ? [] : [{ kind: 'principal', principalId: this.#principalId } as const]),
      { kind: 'committed', counter: before },
      ...operations.map((operation) => ({ kind: 'operation', operation, consumes: 0 }) as const),
      ...queued.items().map((update) => ({ kind: 'update', ...update }) as const),
    ]
  }

  #tellChanged(): void {
    for (const observer of this.#observers) observer.changed()
  }

  #tellDurable(before: Outbox.Outbox, lastSeq: number | null): void {
    if (this.#observers.size === 0) return
    const durable = before.operations.filter(({ counter }) => counter <= this.#outbox.committed)
    if (durable.length > 0) for (const observer of this.#observers) observer.durable?.(durable, lastSeq)
  }

  #noteOwner(): void {
    if (this.#principalId === null || this.#journal === null || this.#ownerNoted) return
    this.#note({ kind: 'principal', principalId: this.#principalId })
    this.#ownerNoted = true
  }

  #note(change: JournalChange): void {
    this.#journal?.add(change)
  }

  #decide(event: BatcherEvent): void {
    const { batching, clock } = this.#options
    const { state, decision } = batch(batching, this.#batch, event, clock.now())
    this.#batch = state
    if (decision.kind === 'flush') this.#due = true
    if (decision.kind === 'wait') this.#tickAt(decision.until)
  }

  /** A timer that rings too early only asks again: typing does not move it at every key. */
  #tickAt(at: number): void {
    if (this.#ended || (this.#tick !== null && this.#tick.at <= at)) return
    this.#tick?.timer.cancel()
    const timer = this.#options.clock.after(at - this.#options.clock.now(), () => {
      this.#tick = null
      this.#decide({ kind: 'tick' })
      this.#planTurn()
    })
    this.#tick = { at, timer }
  }

  #planTurn(): void {
    if (this.#turnPlanned || this.#ended) return
    this.#turnPlanned = true
    this.#options.clock.microtask(() => {
      this.#turnPlanned = false
      void this.#turn()
    })
  }

  async #turn(): Promise<void> {
    if (this.#journal === null) return
    if (this.#due) this.#mint(this.#journal)
    const counter = this.#outbox.counter
    await this.#journal.settle()
    if (this.#gate.maxInFlight > 0) await this.#journal.mayFallBehind()
    this.#outbox = Outbox.journaled(this.#outbox, counter)
    this.#pump()
  }

  #mint(journal: JournalWriter): void {
    this.#due = false
    const { outbox, minted } = Outbox.mint(this.#outbox, {
      baseSeq: this.#options.baseSeq(),
      merge: mergeUpdates,
      vectorOf: versionVectorOf,
    })
    this.#outbox = outbox
    for (const { operation, consumes } of minted) journal.add({ kind: 'operation', operation, consumes })
  }

  #pump(): void {
    for (const operation of Outbox.sendable(this.#outbox, this.#gate.maxInFlight)) {
      if (operation.update.length > this.#gate.maxUpdateBytes)
        return this.rejected(operation.counter, 'too-large', 'The edit is larger than the server takes.')
      if (!this.#options.send(operation)) return
      this.#outbox = Outbox.sent(this.#outbox, operation.counter)
    }
  }
}
