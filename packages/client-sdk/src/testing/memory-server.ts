import { CLOSE_CODES } from '@sheaf/protocol'
import type { RejectionCode, Role } from '@sheaf/protocol'
import type * as Y from 'yjs'
import { versionVectorOf } from '../merge.ts'
import { changeOf, textOf } from './change.ts'
import type { Change } from './change.ts'
import type { ServerSocket } from './memory-transport.ts'
import { OperationLog } from './operation-log.ts'
import type { LoggedOperation } from './operation-log.ts'
import { idOf, ServerPeople } from './server-people.ts'
import type { Somebody } from './server-people.ts'
import { ServerReception } from './server-reception.ts'
import { ServerRoom } from './server-room.ts'
import { ServerSessions } from './server-sessions.ts'
import { ServerWriter } from './server-writer.ts'
import type { AppendFailure, ServerMoment, ServerStep, Submission } from './server-writer.ts'

/** What a server in memory is reached through. */
export interface MemoryServerOptions {
  /** Makes connections reach this function, or nobody. */
  readonly serve: (accept: ((socket: ServerSocket) => void) | null) => void
  /** What outlives a kill; an empty log unless told. */
  readonly log?: OperationLog
  /** Schema of every document; that of Sheaf's editor unless told. */
  readonly schemaId?: string
  /** Size of the largest operation that it takes. Bytes; 4 MiB unless told. */
  readonly maxUpdateBytes?: number
  /** Packs states as a real server does: `deflateRawSync` of node:zlib. They go unpacked unless told. */
  readonly deflate?: (bytes: Uint8Array) => Uint8Array
  /** Told of what happens, in words. */
  readonly note?: (what: string) => void
  /** Told of what `write` writes. */
  readonly onWritten?: (documentId: string, change: Change) => void
}

/**
 * A server in memory that speaks the real protocol: it judges operations, gives them a seq as it appends them to a log that
 * outlives it, acknowledges what is in the log and nothing else, and knows by its unique id what comes twice. A document
 * comes into being when somebody opens it; everybody is an editor until told otherwise.
 */
export class MemoryServer {
  readonly #options: MemoryServerOptions
  readonly #log: OperationLog
  readonly #writer: ServerWriter
  readonly #people = new ServerPeople()
  readonly #rooms = new Map<string, ServerRoom>()
  readonly #sessions = new ServerSessions()
  readonly #reception: ServerReception
  #plannedKill: ServerMoment | null = null
  #isRunning = false
  #absentWriters = 0

  constructor(options: MemoryServerOptions) {
    this.#options = options
    this.#log = options.log ?? new OperationLog()
    this.#writer = new ServerWriter({
      log: this.#log,
      roomOf: (documentId) => this.#roomOf(documentId),
      passes: (when, step, submission) => this.#passes(when, step, submission),
      received: ({ documentId, replicaId, operation: { counter } }) => {
        for (const session of this.#sessions.in(documentId, replicaId)) session.send({ kind: 'received', counter })
      },
      acknowledged: ({ documentId, replicaId, author, operation: { counter } }, seq) => {
        this.#note(`operation ${counter} of ${author.name} is in the log of ${documentId} as ${seq}`)
        for (const session of this.#sessions.in(documentId, replicaId))
          session.send({ kind: 'committed', counter, seq })
      },
      told: (operation, submission) => this.#tell(operation, submission),
      rejected: (submission, code, message) => this.#reject(submission, code, message),
      failed: (documentId) => this.#loadAnew(documentId),
    })
    this.#reception = new ServerReception({
      terms: options,
      sessions: this.#sessions,
      people: this.#people,
      log: this.#log,
      roomOf: (documentId) => this.#roomOf(documentId),
      submitted: (submission) => this.#writer.submit(submission),
      rejected: (submission, code, message) => this.#reject(submission, code, message),
    })
    this.restart()
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /** What of it outlives a kill. */
  get log(): OperationLog {
    return this.#log
  }

  /** True while operations wait for the log because of `stall`. */
  get isStalled(): boolean {
    return this.#writer.isStalled
  }

  // ── what can happen to it ────────────────────────────────────────────────────────────────────────────────────────

  /** The process is gone: every connection breaks, and what was not in the log is lost. Nobody answers until `restart`. */
  kill(): void {
    if (!this.#isRunning) return
    this.#note('the server is killed')
    this.#isRunning = false
    this.#options.serve(null)
    this.#rooms.clear()
    this.#writer.forget()
    this.#sessions.breakAll()
  }

  /** Kills it in the moment before the next operation takes this step. */
  killBefore(step: ServerStep): void {
    this.#plannedKill = { when: 'before', step }
  }

  /** Kills it right after the next operation took this step: after `append` it is durable, and its author does not know. */
  killAfter(step: ServerStep): void {
    this.#plannedKill = { when: 'after', step }
  }

  /** A new process on the same log. Kills the old one where it still runs. */
  restart(): void {
    this.kill()
    this.#isRunning = true
    this.#plannedKill = null
    this.#note('the server runs')
    this.#writer.begin()
    this.#options.serve((socket) => this.#reception.connected(socket))
  }

  /** The store does not answer: operations are received, and neither durable nor acknowledged until `resume`. */
  stall(): void {
    this.#note('the store of the server stalls')
    this.#writer.stall()
  }

  /** The store answers again. */
  resume(): void {
    this.#note('the store of the server answers again')
    this.#writer.resume()
  }

  /** The next append fails, and the server loads the document anew. `written`: only the answer of the store is lost. */
  failAppend(how: AppendFailure = 'not written'): void {
    this.#writer.failAppend(how)
  }

  /** Nobody is told of the next operation: it is in the log, and the one after it comes behind a gap. */
  skipTelling(): void {
    this.#writer.skipTelling()
  }

  /** Puts a backup in the place of the store: of this document only what came up to this seq is left. Connections break. */
  setBack(documentId: string, seq: number): void {
    this.#note(`a backup takes the place of ${documentId}, up to ${seq}`)
    this.#log.setBack(documentId, seq)
    this.restart()
  }

  /** Tells everybody to come again after this many milliseconds, and ends their connections, as before an upgrade. */
  drain(reconnectInMs = 1_000): void {
    this.#note('the server drains its connections')
    for (const session of this.#sessions.all) {
      session.send({ kind: 'draining', reconnectInMs })
      this.#sessions.end(session, CLOSE_CODES.restart.code)
    }
  }

  /** Merges the operations of a document into a snapshot: whoever opens it now gets that. */
  fold(documentId: string): void {
    this.#roomOf(documentId).fold('now')
  }

  // ── what people may do ───────────────────────────────────────────────────────────────────────────────────────────

  /** What others call somebody; the id unless told. */
  introduce(somebody: Somebody, name: string): void {
    this.#people.introduce(idOf(somebody), name)
  }

  /** From now on somebody has this role in every document; who is connected is told. */
  grant(somebody: Somebody, role: Role): void {
    this.#setRole(idOf(somebody), role)
  }

  /** Takes away every right, or leaves this lower role. */
  withdraw(somebody: Somebody, leaving: Role | null = null): void {
    this.#setRole(idOf(somebody), leaving)
  }

  /** The next operation of somebody is refused with this code; `structure` unless told. */
  refuse(somebody: Somebody, code: RejectionCode = 'structure'): void {
    this.#people.refuseNext(idOf(somebody), code)
  }

  /** The tokens of somebody end: connections close with 4401, and only tokens that are newer are accepted. */
  expireToken(somebody: Somebody): void {
    const id = idOf(somebody)
    this.#note(`the token of ${this.#people.nameOf(id)} ends`)
    this.#people.expireToken(id)
    for (const session of this.#sessions.of(id)) this.#sessions.end(session, CLOSE_CODES.unauthenticated.code)
  }

  /** Somebody deletes the document: who has it open is told, and nobody can open it any more. */
  delete(documentId: string): void {
    this.#note(`${documentId} is deleted`)
    this.#log.delete(documentId)
    for (const session of this.#sessions.in(documentId)) {
      session.send({ kind: 'documentDeleted' })
      this.#sessions.end(session, CLOSE_CODES.notFound.code)
    }
  }

  // ── the content ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Somebody who is not here changes the document, in one transaction on a copy of it. */
  write(documentId: string, change: (ydoc: Y.Doc) => void): void {
    const copy = this.#log.content(documentId)
    const updates: Uint8Array[] = []
    copy.on('updateV2', (update: Uint8Array) => updates.push(update))
    copy.transact(() => change(copy))
    const [update] = updates
    if (update === undefined) return
    this.#note(`somebody who is not here writes in ${documentId}`)
    this.#options.onWritten?.(documentId, changeOf(update))
    const baseSeq = this.#roomOf(documentId).seq
    this.#writer.submit({
      documentId,
      replicaId: (++this.#absentWriters).toString(16).padStart(32, '0'),
      author: { id: 'absent', name: 'Absent' },
      operation: { kind: 'operation', counter: 1, baseSeq, versionVector: versionVectorOf(update), update },
    })
  }

  /** The document that somebody finds who opens it now, out of the log. */
  content(documentId: string): Y.Doc {
    return this.#log.content(documentId)
  }

  /** The text of it. Blocks are lines. */
  text(documentId: string): string {
    return textOf(this.content(documentId))
  }

  // ── what it decides ──────────────────────────────────────────────────────────────────────────────────────────────

  #reject({ documentId, replicaId, author, operation }: Submission, code: RejectionCode, message: string): void {
    const { counter } = operation
    this.#note(`operation ${counter} of ${author.name} is refused: ${code}`)
    for (const session of this.#sessions.in(documentId, replicaId))
      session.send({ kind: 'rejected', counter, code, message })
  }

  #tell({ seq, replicaId, counter, versionVector, update }: LoggedOperation, { documentId }: Submission): void {
    for (const session of this.#sessions.in(documentId))
      if (session.attendance?.replicaId !== replicaId)
        session.send({ kind: 'operation', seq, replicaId, counter, versionVector, update })
  }

  #roomOf(documentId: string): ServerRoom {
    const room = this.#rooms.get(documentId) ?? new ServerRoom(documentId, this.#log)
    this.#rooms.set(documentId, room)
    return room
  }

  #loadAnew(documentId: string): void {
    this.#note(`an append to ${documentId} fails, and it is loaded anew`)
    this.#rooms.delete(documentId)
    this.#writer.forget(documentId)
    for (const session of this.#sessions.in(documentId)) this.#sessions.end(session, CLOSE_CODES.tryLater.code)
  }

  #passes(when: ServerMoment['when'], step: ServerStep, { author, operation }: Submission): boolean {
    if (this.#plannedKill?.when !== when || this.#plannedKill.step !== step) return true
    this.#note(`${when} "${step}" of operation ${operation.counter} of ${author.name}:`)
    this.kill()
    return false
  }

  #setRole(id: string, role: Role | null): void {
    if (this.#people.roleOf(id) === role) return
    this.#note(`${this.#people.nameOf(id)} ${role === null ? 'loses every right' : `is ${role}`}`)
    this.#people.setRole(id, role)
    for (const session of this.#sessions.of(id)) {
      session.send({ kind: 'access', role })
      if (role === null) this.#sessions.end(session, CLOSE_CODES.forbidden.code)
    }
  }

  #note(what: string): void {
    this.#options.note?.(what)
  }
}
