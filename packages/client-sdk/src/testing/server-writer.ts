import type { ClientFrames, Principal, RejectionCode, UpdateFacts } from '@sheaf/protocol'
import type { LoggedOperation, OperationLog } from './operation-log.ts'
import type { ServerRoom } from './server-room.ts'

/**
 * What becomes of an operation at the server, in this order: it is received, appended to the log (from here on it is
 * durable), acknowledged to its author, and told to everybody else.
 */
export type ServerStep = 'receive' | 'append' | 'acknowledge' | 'tell'

/** A moment in the life of an operation in which a server can be killed. */
export interface ServerMoment {
  readonly when: 'before' | 'after'
  readonly step: ServerStep
}

/** An operation that somebody wants to have in a document. */
export interface Submission {
  readonly documentId: string
  readonly replicaId: string
  readonly author: Principal
  readonly operation: ClientFrames['operation']
}

export interface ServerWriterOptions {
  readonly log: OperationLog
  readonly roomOf: (documentId: string) => ServerRoom
  /** Asked before and after each step. False where the server dies at that moment. */
  readonly passes: (when: 'before' | 'after', step: ServerStep, submission: Submission) => boolean
  readonly received: (submission: Submission) => void
  readonly acknowledged: (submission: Submission, seq: number) => void
  readonly told: (operation: LoggedOperation, submission: Submission) => void
  readonly rejected: (submission: Submission, code: RejectionCode, message: string) => void
  /** Nobody knows what became of it: its document is loaded anew. */
  readonly failed: (documentId: string) => void
}

/** How the next append fails. `written`: only its answer is lost, and the operation is in the log. */
export type AppendFailure = 'not written' | 'written'

/** The way of operations into the log, and the news of it out again. */
export class ServerWriter {
  readonly #options: ServerWriterOptions
  #queue: { readonly submission: Submission; readonly facts: UpdateFacts }[] = []
  /** They build on something that is not there yet. */
  #parked: Submission[] = []
  #isStalled = false
  #nextAppend: AppendFailure | 'done' = 'done'
  #isNextUntold = false

  constructor(options: ServerWriterOptions) {
    this.#options = options
  }

  get isStalled(): boolean {
    return this.#isStalled
  }

  stall(): void {
    this.#isStalled = true
  }

  resume(): void {
    this.#isStalled = false
    this.#appendAll()
  }

  failAppend(how: AppendFailure): void {
    this.#nextAppend = how
  }

  skipTelling(): void {
    this.#isNextUntold = true
  }

  /** A new process, whose store works. */
  begin(): void {
    this.forget()
    this.#isStalled = false
    this.#nextAppend = 'done'
    this.#isNextUntold = false
  }

  /** What was not appended is forgotten, of all documents or of one. */
  forget(documentId?: string): void {
    const isOther = (submission: Submission): boolean =>
      documentId !== undefined && submission.documentId !== documentId
    this.#queue = this.#queue.filter(({ submission }) => isOther(submission))
    this.#parked = this.#parked.filter(isOther)
  }

  submit(submission: Submission): void {
    const { roomOf, passes, received, acknowledged, rejected } = this.#options
    if (!passes('before', 'receive', submission)) return
    const room = roomOf(submission.documentId)
    const verdict = room.judge(submission.replicaId, submission.operation)
    switch (verdict.status) {
      case 'waiting':
        return
      case 'missing':
        this.#parked.push(submission)
        return
      case 'committed':
        return acknowledged(submission, verdict.seq)
      case 'refused':
        return rejected(submission, verdict.code, verdict.message)
      case 'new':
        room.accept(submission.replicaId, submission.operation.counter, verdict.facts)
        received(submission)
        if (!passes('after', 'receive', submission)) return
        this.#queue.push({ submission, facts: verdict.facts })
        if (!this.#isStalled) this.#appendAll()
    }
  }

  #appendAll(): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#append(next.submission)
    const parked = this.#parked
    this.#parked = []
    for (const submission of parked) this.submit(submission)
  }

  #append(submission: Submission): void {
    const { log, roomOf, passes, acknowledged, told, failed } = this.#options
    const { documentId, replicaId, author, operation } = submission
    if (!passes('before', 'append', submission)) return
    const room = roomOf(documentId)
    const { counter, versionVector, update } = operation
    const logged = { seq: room.seq + 1, replicaId, counter, authorId: author.id, versionVector, update }
    const outcome = this.#nextAppend
    this.#nextAppend = 'done'
    if (outcome !== 'not written') log.append(documentId, logged)
    if (outcome !== 'done') return failed(documentId)
    room.commit(logged.seq, replicaId, counter)
    if (!passes('after', 'append', submission) || !passes('before', 'acknowledge', submission)) return
    acknowledged(submission, logged.seq)
    if (!passes('after', 'acknowledge', submission) || !passes('before', 'tell', submission)) return
    if (!this.#isNextUntold) told(logged, submission)
    this.#isNextUntold = false
    if (!passes('after', 'tell', submission)) return
    room.fold('due')
  }
}
