import { inspectUpdate } from '@sheaf/protocol'
import type { RejectionCode, StoredOperation } from '@sheaf/protocol'
import type { Clock } from './clock.ts'
import { judgeStored, sameBytes } from './ledger/judgement.ts'
import { findKnown } from './writing/known-operation.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Limits } from './limits.ts'
import type { DocumentLock } from './writing/lock.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import { Parking } from './writing/parking.ts'
import type { Stores } from './ports.ts'
import { PositionWriter } from './writing/position.ts'
import type { FullVector } from './writing/position.ts'
import type { Publication } from './feed/publication.ts'
import type { Publisher } from './feed/publisher.ts'
import type { Submission, Submitter } from './writing/submission.ts'
import type { Turn } from './writing/turn.ts'

/** Why the committer gave up: nothing that it had not acknowledged may be counted on. */
export type LossReason = 'outcome-unknown' | 'overtaken'

export interface CommitterOptions {
  readonly documentId: string
  readonly stores: Pick<Stores, 'documents' | 'operations' | 'fanOut'>
  /** Null where there is no feed. */
  readonly publisher: Publisher | null
  readonly clock: Clock
  readonly turn: Turn
  readonly lock: DocumentLock
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
  /** What is durable now, as recovery found it. */
  readonly start: {
    readonly seq: number
    readonly writtenSeq: number
    readonly publishedSeq: number
    readonly ledger: Ledger
    readonly vector: FullVector
  }
  /** Operations are durable, in seq order: of this server or of another one. `quarantined` ones are not to be shown. */
  readonly committed: (operations: readonly StoredOperation[], quarantined: ReadonlySet<number>) => void
  readonly lost: (reason: LossReason) => void
}

/**
 * The only writer of one document's log, and the only one who acknowledges. What is accepted while an append is under
 * way goes together into the next one. The ledger is ahead of the store by exactly what is queued or in flight.
 */
export class Committer {
  readonly #options: CommitterOptions
  readonly #ledger: Ledger
  readonly #vector: FullVector
  readonly #position: PositionWriter
  readonly #parking: Parking<Submission>
  #seq: number
  readonly #publication: Publication | null
  #publishedSeq: number
  #queue: Submission[] = []
  #inFlight: Submission[] = []
  readonly #acceptedAt = new WeakMap<Submission, number>()
  /** Of what is queued or in flight. */
  #pendingBytes = 0
  #heard: StoredOperation[] = []
  #behind = false
  #running: Promise<void> | null = null
  #lost = false

  constructor(options: CommitterOptions) {
    const { start, limits, stores, clock, documentId } = options
    this.#options = options
    this.#ledger = start.ledger
    this.#vector = start.vector
    this.#seq = start.seq
    this.#publishedSeq = start.publishedSeq
    this.#parking = new Parking(limits.maxParked)
    this.#position = new PositionWriter({
      documents: stores.documents,
      clock,
      documentId,
      spacingMs: limits.advanceMs,
      writtenSeq: start.writtenSeq,
      read: () => ({
        seq: this.#seq,
        versionVector: this.#vector.entries(),
        ...(options.publisher === null ? {} : { publishedSeq: this.#publishedSeq }),
      }),
      failed: (error) => options.log.warn({ documentId, reason: reasonOf(error) }, 'the position was not written'),
    })
    // After a crash the record may be behind the log.
    if (start.seq > start.writtenSeq) this.#position.note()
    this.#publication =
      options.publisher?.attach(documentId, start, (publishedSeq) => {
        this.#publishedSeq = publishedSeq
        this.#position.note()
      }) ?? null
  }

  /** The highest durable seq. */
  get seq(): number {
    return this.#seq
  }

  get pending(): number {
    return this.#queue.length + this.#inFlight.length
  }

  /** The highest counter of this replica that is durable; 0 for none. */
  committedCounter(replicaId: string): number {
    for (const { operation } of this.#waiting()) if (operation.replicaId === replicaId) return operation.counter - 1
    return this.#ledger.lastCounter(replicaId)
  }

  /** The counter that this replica's next operation must carry. */
  nextCounter(replicaId: string): number {
    return this.#ledger.lastCounter(replicaId) + 1
  }

  /** The outcome is told to the submitter, now or later, unless the committer is lost before. */
  submit(submission: Submission): void {
    const { maxPending, maxPendingBytes } = this.#options.limits
    if (this.#lost || this.pending >= maxPending || this.#pendingBytes >= maxPendingBytes)
      return submission.submitter.deferred(submission.operation.counter)
    this.#take(submission)
    if (this.#parking.size > 0) this.#reviewParked()
  }

  /** Operations that another server made durable, in order. A hint: a gap is read from the log. */
  hear(operations: readonly StoredOperation[]): void {
    if (this.#lost) return
    const last = operations.at(-1)
    if (last === undefined || last.seq <= this.#seq) return
    this.#heard.push(...operations)
    this.#options.turn.join(this)
  }

  /** Another server may have written what was not heard of. */
  catchUp(): void {
    this.#behind = true
    this.#options.turn.join(this)
  }

  /** A session ended: what it has parked will come again over another one. */
  forget(submitter: Submitter): void {
    this.#parking.drop((submission) => submission.submitter === submitter)
  }

  /** Gives back what has been waiting for its ground for too long. */
  sweep(now: number): void {
    for (const { submitter, operation } of this.#parking.overdue(now - this.#options.limits.parkedMs))
      submitter.deferred(operation.counter)
  }

  endTurn(): void {
    if (this.#running !== null || this.#lost) return
    this.#running = this.#run().finally(() => {
      this.#running = null
      const mayWrite = this.#queue.length > 0 && !this.#options.lock.waiting
      if (!this.#lost && (mayWrite || this.#behind || this.#heard.length > 0)) this.endTurn()
    })
  }

  /** Resolves when nothing is queued and the document's record shows its position. Then the lock can be given back. */
  async settle(): Promise<void> {
    while (!this.#lost && (this.#running !== null || this.#queue.length > 0)) {
      this.endTurn()
      await this.#running
      await this.#options.lock.whenReady()
    }
    await this.#position.flush()
  }

  /** Takes nothing more: the room is being dropped. */
  abandon(): void {
    this.#lost = true
    this.#queue = []
    this.#publication?.end()
    this.#parking.drop(() => true)
  }

  *#waiting(): Iterable<Submission> {
    yield* this.#inFlight
    yield* this.#queue
  }

  #take(submission: Submission): void {
    if (this.#parking.holds(submission.operation.replicaId)) this.#park(submission)
    else this.#judge(submission)
  }

  #judge(submission: Submission): void {
    const { operation, submitter } = submission
    const { limits, metrics } = this.#options
    const inspection = inspectUpdate(operation.update, limits.update)
    if (inspection.status === 'refused') return this.#reject(submission, inspection.code, inspection.message)
    const verdict = this.#ledger.take(operation, inspection.facts, limits)
    switch (verdict.status) {
      case 'refused':
        return this.#reject(submission, verdict.code, verdict.message)
      case 'known':
        metrics.count('operations_duplicate_total')
        return this.#answerKnown(submission)
      case 'missing':
        this.catchUp()
        return this.#park(submission)
      case 'new':
        this.#queue.push(submission)
        this.#acceptedAt.set(submission, this.#options.clock.now())
        this.#pendingBytes += operation.update.length
        this.#options.turn.join(this)
        return submitter.accepted(operation.counter)
    }
  }

  #reject({ operation, submitter }: Submission, code: RejectionCode, message: string): void {
    this.#options.metrics.count('operations_rejected_total', 1, code)
    submitter.rejected(operation.counter, code, message)
  }

  #answerKnown(submission: Submission): void {
    const { operation, submitter } = submission
    for (const waiting of this.#waiting()) {
      if (waiting.operation.replicaId !== operation.replicaId || waiting.operation.counter !== operation.counter)
        continue
      // Acknowledged when it is durable, to every session of its replica.
      if (sameBytes(waiting.operation.update, operation.update)) return submitter.accepted(operation.counter)
      return this.#reject(submission, 'id-conflict', CONFLICT)
    }
    const { stores, documentId, log } = this.#options
    findKnown(stores.operations, documentId, operation).then(
      (found) => {
        if (found.status === 'absent') return submitter.deferred(operation.counter)
        if (found.status === 'trimmed') return submitter.committedBefore(operation.counter, found.through)
        if (!sameBytes(found.update, operation.update)) return this.#reject(submission, 'id-conflict', CONFLICT)
        return submitter.committedBefore(operation.counter, found.seq)
      },
      (error: unknown) => {
        log.warn({ documentId, reason: reasonOf(error) }, 'a stored operation could not be looked up')
        submitter.deferred(operation.counter)
      },
    )
  }

  #park(submission: Submission): void {
    const { replicaId, counter } = submission.operation
    if (!this.#parking.add(replicaId, submission, this.#options.clock.now())) submission.submitter.deferred(counter)
  }

  /** What was missing may be there now. Each replica's operations stay in their order. */
  #reviewParked(): void {
    for (const replicaId of this.#parking.replicas())
      for (const { item } of this.#parking.take(replicaId)) this.#take(item)
  }

  async #run(): Promise<void> {
    const { lock, clock, stores, metrics } = this.#options
    try {
      while (!this.#lost) {
        if (this.#heard.length > 0) this.#takeHeard()
        if (this.#behind) await this.#readTail()
        if (this.#lost || this.#queue.length === 0 || lock.waiting) return
        const answer = lock.covers(clock.now()) ? 'kept' : await lock.take()
        // Meanwhile what others write is read and told.
        if (answer === 'later') {
          void lock.whenReady().then(() => this.#options.turn.join(this))
          continue
        }
        if (answer === 'passed-over') metrics.count('appends_without_lock_total')
        // What others wrote was heard. Where it was not, an append that finds its place taken is cheap to repeat.
        const isUnheard = answer === 'fresh' && stores.fanOut.reach() === 'cut'
        if (isUnheard || answer === 'passed-over') await this.#readTail()
        if (this.#queue.length > 0) await this.#append()
        lock.giveWay(this.#queue.length === 0)
      }
    } catch (error) {
      this.#lose('outcome-unknown', reasonOf(error))
    }
  }

  async #append(): Promise<void> {
    const { stores, documentId, clock, lock, limits, metrics } = this.#options
    const batch = this.#queue.splice(0, limits.maxBatch)
    this.#inFlight = batch
    const createdAt = clock.now()
    const operations = batch.map(({ operation, authorId }, index): StoredOperation => {
      const { replicaId, counter, baseSeq, versionVector, update } = operation
      return { seq: this.#seq + 1 + index, replicaId, counter, baseSeq, authorId, createdAt, versionVector, update }
    })
    const result = await stores.operations.append(documentId, operations)
    if (this.#lost) return
    this.#inFlight = []
    if (result.status === 'conflict') {
      metrics.count('append_conflicts_total')
      this.#queue.unshift(...batch)
      return this.#afterConflict()
    }
    for (const { update } of operations) this.#pendingBytes -= update.length
    metrics.count('operations_committed_total', operations.length)
    metrics.observe('commit_batch_operations', operations.length)
    const now = clock.now()
    metrics.observe('append_milliseconds', now - createdAt)
    for (const submission of batch)
      metrics.observe('commit_milliseconds', now - (this.#acceptedAt.get(submission) ?? createdAt))
    this.#settleBatch(operations, NOTHING)
    lock.wrote()
    for (const [index, { submitter, operation }] of batch.entries())
      submitter.committed(operation.counter, this.#seq - batch.length + 1 + index)
    stores.fanOut.publish(documentId, { kind: 'operations', operations })
    this.#publication?.send(operations)
  }

  #settleBatch(operations: readonly StoredOperation[], quarantined: ReadonlySet<number>): void {
    const last = operations.at(-1)
    if (last === undefined) return
    this.#seq = last.seq
    for (const operation of operations)
      if (!quarantined.has(operation.seq)) this.#vector.advance(operation.versionVector)
    this.#position.note()
    this.#options.committed(operations, quarantined)
    if (this.#parking.size > 0) this.#reviewParked()
  }

  /** Somebody else took our place in the order: theirs go first, ours follow them. */
  async #afterConflict(): Promise<void> {
    const before = this.#seq
    this.#options.lock.cameTooLate()
    await this.#readTail()
    if (!this.#lost && this.#seq === before) this.#lose('overtaken', 'a conflict without a newer operation')
  }

  async #readTail(): Promise<void> {
    const { stores, documentId, limits } = this.#options
    this.#behind = false
    for (;;) {
      const operations = await stores.operations.read(documentId, this.#seq, limits.maxBatch)
      if (this.#lost || operations.length === 0) return
      if (operations[0]?.seq !== this.#seq + 1) return this.#lose('overtaken', 'the log has a hole')
      this.#takeForeign(operations)
      if (operations.length < limits.maxBatch) return
    }
  }

  #takeHeard(): void {
    const heard = this.#heard
    this.#heard = []
    const next: StoredOperation[] = []
    for (const operation of heard) {
      const expected = this.#seq + 1 + next.length
      if (operation.seq === expected) next.push(operation)
      else if (operation.seq > expected) this.#behind = true
    }
    this.#takeForeign(next)
  }

  /**
   * Folds operations that another server appended. Ours that wait are judged already; as long as the foreign ones pass
   * beside them, which comes first makes no difference, and ours simply get later seqs.
   */
  #takeForeign(operations: readonly StoredOperation[]): void {
    if (operations.length > 0) this.#options.lock.sawForeign()
    const quarantined = new Set<number>()
    for (const operation of operations) {
      const own = this.#queue.findIndex(
        (waiting) =>
          waiting.operation.replicaId === operation.replicaId && waiting.operation.counter === operation.counter,
      )
      const submission = this.#queue[own]
      if (submission !== undefined) {
        // The replica sent it over two servers, and the other one was faster.
        if (!sameBytes(submission.operation.update, operation.update))
          return this.#lose('overtaken', 'two operations share a unique id')
        this.#queue.splice(own, 1)
        this.#pendingBytes -= operation.update.length
        submission.submitter.committed(operation.counter, operation.seq)
        continue
      }
      const verdict = judgeStored(this.#ledger, operation, this.#options.limits)
      if (verdict.status === 'sound') continue
      if (this.#queue.length > 0) return this.#lose('overtaken', verdict.reason)
      quarantined.add(operation.seq)
      const { documentId, log, metrics } = this.#options
      metrics.count('operations_quarantined_total')
      log.error({ documentId, seq: operation.seq, reason: verdict.reason }, 'a stored operation was quarantined')
    }
    this.#settleBatch(operations, quarantined)
  }

  #lose(reason: LossReason, detail: string): void {
    if (this.#lost) return
    const { documentId, log, metrics } = this.#options
    if (reason === 'outcome-unknown') metrics.count('appends_failed_total')
    log.error({ documentId, reason, detail }, 'the room is dropped, its sessions send again')
    this.abandon()
    this.#options.lost(reason)
  }
}

const NOTHING: ReadonlySet<number> = new Set()
const CONFLICT = 'Other bytes were committed under the same unique id.'
