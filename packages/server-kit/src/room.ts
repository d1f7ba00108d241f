import { encodeServerFrame, mayEdit } from '@sheaf/protocol'
import type { CloseReason, Operation, Role, StatePart, StoredOperation } from '@sheaf/protocol'
import type { Clock } from './clock.ts'
import { Committer } from './commit.ts'
import type { LossReason } from './commit.ts'
import { CommittedState } from './document/committed-state.ts'
import type { Limits } from './limits.ts'
import { DocumentLock } from './writing/lock.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import type { FanOutMessage, Stores } from './ports.ts'
import { RoomPresence } from './presence/presence.ts'
import type { PresenceMember } from './presence/presence.ts'
import type { Publisher } from './feed/publisher.ts'
import type { Recovered } from './recovery.ts'
import { decodeRoomMessage, encodeRoomMessage } from './presence/room-message.ts'
import type { RoomMessage } from './presence/room-message.ts'
import type { Snapshot } from './document/snapshot.ts'
import type { Submitter } from './writing/submission.ts'
import type { Turn } from './writing/turn.ts'

/** A session, as its room sees it. */
export interface Occupant extends PresenceMember, Submitter {
  send(frames: readonly Uint8Array[]): void
  /** The frame that says what was received; null where that was said. It goes ahead of the acknowledgement. */
  receipt(): Uint8Array | null
  close(reason: CloseReason, message: string): void
}

export interface RoomOptions {
  readonly stores: Stores
  readonly clock: Clock
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
  readonly serverId: string
  /** Names this room, as opposed to every other one on any server at any time. */
  readonly name: string
  readonly publisher: Publisher | null
  /** These operations are durable. */
  readonly advanced: (documentId: string, operations: readonly StoredOperation[]) => void
  /** The room is no good any more and is out of the registry from now on. */
  readonly lost: (room: Room) => void
}

/** Operations that are read from the log at most to spare somebody the whole state. */
const MAX_OLDER = 2_000
const NONE: readonly StoredOperation[] = []

/** One open document in this process: who is in it, and what they are told. */
export class Room {
  readonly documentId: string
  readonly #options: RoomOptions
  readonly #lock: DocumentLock
  readonly #committer: Committer
  readonly #state: CommittedState
  readonly #presence: RoomPresence<Occupant>
  readonly #sessions = new Set<Occupant>()
  #schemaId: string
  #dropped = false
  #usedAt: number
  #committedAt = 0
  #silence: (() => void) | null = null
  #dropListeners: (() => void)[] = []
  #awaited: { readonly seq: number; readonly resolve: () => void }[] = []

  constructor(recovered: Recovered, options: RoomOptions) {
    const { record, snapshot, tail, seq, ledger, vector } = recovered
    const { stores, clock, turn, limits, log, metrics, serverId, name } = options
    const { id: documentId } = record
    this.documentId = documentId
    this.#options = options
    this.#schemaId = record.schemaId
    this.#usedAt = clock.now()
    this.#state = new CommittedState(snapshot, tail, seq)
    this.#lock = new DocumentLock({
      locks: stores.locks,
      clock,
      documentId,
      owner: serverId,
      limits,
      reach: () => stores.fanOut.reach(),
      tell: (word) => this.#say({ kind: 'lock', word }),
      failed: (error) => log.warn({ documentId, reason: reasonOf(error) }, 'a lock was not given back'),
    })
    this.#presence = new RoomPresence({
      clock,
      limits,
      source: name,
      broadcast: (frame) => this.#broadcast([frame]),
      reach: () => stores.fanOut.reach(),
      tell: (message) => this.#say(message),
    })
    this.#committer = new Committer({
      documentId,
      stores,
      clock,
      turn,
      lock: this.#lock,
      limits,
      log,
      metrics,
      start: { seq, writtenSeq: record.seq, publishedSeq: record.publishedSeq, ledger, vector },
      publisher: options.publisher,
      committed: (operations, quarantined) => this.#tell(operations, quarantined),
      lost: (reason) => this.#lost(reason),
    })
  }

  /** Hears what other servers make durable. A room that hears nothing still learns of it at its next append. */
  async listen(): Promise<void> {
    const stop = await this.#options.stores.fanOut.subscribe(this.documentId, (message) => this.#hear(message))
    if (this.#dropped) return stop()
    this.#silence = stop
    // What was written between the load and the subscription was announced to nobody here.
    this.#committer.catchUp()
    this.#presence.ask()
  }

  #hear(message: FanOutMessage): void {
    if (this.#dropped) return
    if (message.kind === 'operations') return this.#committer.hear(message.operations)
    const said = decodeRoomMessage(message.bytes)
    if (said === null) return
    if (said.kind !== 'lock') return this.#presence.hear(said)
    this.#lock.hear(said.word)
    if (this.pending === 0) this.#lock.giveWay(true)
  }

  #say(message: RoomMessage): void {
    const { fanOut } = this.#options.stores
    if (fanOut.reach() === 'alone') return
    fanOut.publish(this.documentId, { kind: 'room', bytes: encodeRoomMessage(message) })
  }

  /** Reads what other servers wrote, where the log is ahead. */
  async catchUp(): Promise<void> {
    // An append that waits finds out by itself.
    if (this.#dropped || this.pending > 0) return
    const head = await this.#options.stores.operations.head(this.documentId)
    if (head > this.seq) this.#committer.catchUp()
  }

  /**
   * Resolves when this room has come as far as somebody says who was on another server, or as far as the log goes.
   * Otherwise it would take operations that follow on what it has not heard of for wrong ones.
   */
  async comeUpTo(seq: number): Promise<void> {
    if (seq <= this.seq || this.#options.stores.fanOut.reach() === 'alone') return
    const head = Math.min(seq, await this.#options.stores.operations.head(this.documentId))
    if (head <= this.seq || this.#dropped) return
    this.#committer.catchUp()
    await new Promise<void>((resolve) => this.#awaited.push({ seq: head, resolve }))
  }

  #tellAwaited(): void {
    const isThere = ({ seq }: { seq: number }): boolean => this.#dropped || seq <= this.seq
    for (const { resolve } of this.#awaited.filter(isThere)) resolve()
    this.#awaited = this.#awaited.filter((awaited) => !isThere(awaited))
  }

  /** Other servers are heard again after messages may have been lost. */
  reconnected(): void {
    this.#presence.ask()
  }

  get seq(): number {
    return this.#state.seq
  }

  get snapshotSeq(): number {
    return this.#state.snapshotSeq
  }

  get bytes(): number {
    return this.#state.bytes
  }

  get pending(): number {
    return this.#committer.pending
  }

  get occupied(): boolean {
    return this.#sessions.size > 0
  }

  get usedAt(): number {
    return this.#usedAt
  }

  get dropped(): boolean {
    return this.#dropped
  }

  get schemaId(): string {
    return this.#schemaId
  }

  // ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** True where a session with this schema may write. The first editor decides what the schema of the document is. */
  admitSchema(schemaId: string, role: Role | null): boolean {
    if (schemaId === '' || schemaId === this.#schemaId) return true
    if (this.#schemaId !== '' || !mayEdit(role)) return this.#schemaId === ''
    this.#schemaId = schemaId
    const { stores, log } = this.#options
    stores.documents.update(this.documentId, { schemaId }).catch((error: unknown) => {
      log.warn({ documentId: this.documentId, reason: reasonOf(error) }, 'the schema was not written')
    })
    return true
  }

  /** Operations after `lastSeq` out of the log, where sending those is cheaper than sending the whole state. */
  async olderOperations(lastSeq: number): Promise<readonly StoredOperation[]> {
    const state = this.#state
    const wanted = state.snapshotSeq - lastSeq
    if (lastSeq === 0 || wanted <= 0 || wanted > MAX_OLDER || state.covers(lastSeq)) return NONE
    const operations = await this.#options.stores.operations.read(this.documentId, lastSeq, wanted)
    // The log may begin later, and what came before is in no frame but that of the whole state.
    if (operations[0]?.seq !== lastSeq + 1) return NONE
    let bytes = 0
    for (const { update } of operations) bytes += update.length
    return bytes < state.fullBytes ? operations : NONE
  }

  stateSince(lastSeq: number, older: readonly StoredOperation[]): Uint8Array {
    return this.#state.frameSince(lastSeq, older)
  }

  committedCounter(replicaId: string): number {
    return this.#committer.committedCounter(replicaId)
  }

  presenceOfAll(): Uint8Array | null {
    return this.#presence.everybody()
  }

  /** From now on the session is told of everything that becomes durable. */
  attach(session: Occupant): void {
    this.#sessions.add(session)
  }

  detach(session: Occupant): void {
    this.#sessions.delete(session)
    this.#presence.leave(session)
    this.#committer.forget(session)
    this.#usedAt = this.#options.clock.now()
  }

  takePresence(session: Occupant, patch: Uint8Array): void {
    if (!this.#presence.patch(session, patch)) this.#options.metrics.count('presence_dropped_total')
  }

  // ── operations ───────────────────────────────────────────────────────────────────────────────────────────────────

  submit(submission: {
    readonly operation: Operation
    readonly authorId: string
    readonly submitter: Submitter
  }): void {
    this.#usedAt = this.#options.clock.now()
    this.#committer.submit(submission)
  }

  nextCounter(replicaId: string): number {
    return this.#committer.nextCounter(replicaId)
  }

  /** The committed content as parts to apply in order, with the seq that they lead up to. */
  committed(): { readonly seq: number; readonly parts: readonly StatePart[] } {
    this.#usedAt = this.#options.clock.now()
    return { seq: this.#state.seq, parts: this.#state.parts() }
  }

  /** Calls when the room is dropped, at once where it is dropped already. */
  onDrop(listener: () => void): void {
    if (this.#dropped) listener()
    else this.#dropListeners.push(listener)
  }

  swapSnapshot(snapshot: Snapshot): void {
    this.#state.swap(snapshot)
  }

  #tell(operations: readonly StoredOperation[], quarantined: ReadonlySet<number>): void {
    this.#state.append(operations, quarantined)
    this.#committedAt = this.#options.clock.now()
    if (this.#awaited.length > 0) this.#tellAwaited()
    this.#options.advanced(this.documentId, operations)
    if (this.#sessions.size === 0) return
    const authors = new Set<string>()
    const frames: (Uint8Array | null)[] = []
    for (const operation of operations) {
      authors.add(operation.replicaId)
      const { seq, replicaId, counter, versionVector, update } = operation
      frames.push(
        quarantined.has(seq)
          ? null
          : encodeServerFrame({ kind: 'operation', seq, replicaId, counter, versionVector, update }),
      )
    }
    const forOthers = frames.filter((frame) => frame !== null)
    // A session may end while it is being told, which takes it out of the set; a Set bears that.
    for (const session of this.#sessions) {
      const { replicaId } = session
      const told = authors.has(replicaId) ? framesForAuthor(session, operations, frames) : forOthers
      if (told.length > 0) session.send(told)
    }
  }

  #broadcast(frames: readonly Uint8Array[]): void {
    for (const session of this.#sessions) session.send(frames)
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  notify(frame: Uint8Array): void {
    this.#broadcast([frame])
  }

  /** Gives the lock back where it has not been needed for a while. */
  sweep(now: number): void {
    this.#committer.sweep(now)
    this.#presence.sweep(now)
    if (this.#awaited.length > 0) this.#committer.catchUp()
    if (this.#lock.held && this.pending === 0 && now - this.#committedAt >= this.#options.limits.lockIdleMs)
      void this.#lock.release()
  }

  /** Resolves when everything that was accepted is durable and counted. */
  async settle(): Promise<void> {
    await this.#committer.settle()
  }

  /** Lets go of everything; sessions are told to come back. What was not acknowledged is theirs to send again. */
  drop(reason: 'restart' | 'tryLater' | 'notFound', message: string): void {
    if (this.#dropped) return
    this.#dropped = true
    this.#committer.abandon()
    this.#silence?.()
    this.#presence.close()
    this.#tellAwaited()
    for (const listener of this.#dropListeners.splice(0)) listener()
    for (const session of this.#sessions) session.close(reason, message)
    void this.#lock.release()
  }

  /** Resolves when others may write without waiting. */
  giveLockBack(): Promise<void> {
    return this.#lock.release()
  }

  /** As drop, when everything is settled: resolves when the lock is given back. */
  async close(): Promise<void> {
    await this.#lock.release()
    this.drop('restart', 'the room was closed')
  }

  #lost(reason: LossReason): void {
    this.#options.lost(this)
    if (reason === 'overtaken') this.drop('restart', 'the document is loaded anew')
    else this.drop('tryLater', 'the store does not answer')
  }
}

/** An author is acknowledged instead of being sent its own, one frame for each stretch of consecutive seqs. */
function framesForAuthor(
  author: Occupant,
  operations: readonly StoredOperation[],
  frames: readonly (Uint8Array | null)[],
): Uint8Array[] {
  const own: Uint8Array[] = []
  const { replicaId } = author
  const receipt = author.receipt()
  if (receipt !== null) own.push(receipt)
  for (const [index, operation] of operations.entries()) {
    const frame = frames[index]
    if (operation.replicaId !== replicaId) {
      if (frame !== null && frame !== undefined) own.push(frame)
    } else if (operations[index + 1]?.replicaId !== replicaId) {
      own.push(encodeServerFrame({ kind: 'committed', counter: operation.counter, seq: operation.seq }))
    }
  }
  return own
}
