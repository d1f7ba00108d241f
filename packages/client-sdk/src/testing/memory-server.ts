import { CLOSE_CODES, decodeClientFrame, DEFAULT_SCHEMA_ID, mayEdit, PROTOCOL_VERSION } from '@sheaf/protocol'
import type { ClientFrame, ClientFrames, PresenceEntry, RejectionCode, Role } from '@sheaf/protocol'
import type * as Y from 'yjs'
import { versionVectorOf } from '../merge.ts'
import { changeOf, textOf } from './change.ts'
import type { Change } from './change.ts'
import type { ServerSocket } from './memory-transport.ts'
import { OperationLog } from './operation-log.ts'
import type { LoggedOperation } from './operation-log.ts'
import { idOf, personOf, ServerPeople } from './server-people.ts'
import type { Somebody } from './server-people.ts'
import { ServerRoom } from './server-room.ts'
import { ServerSession } from './server-session.ts'
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

const LIMITS = { maxUpdateBytes: 4 * 1024 * 1024, maxInFlight: 32, presenceIntervalMs: 100 }
const HEARTBEAT_MS = 10_000
const ABNORMAL_CLOSE = 1006

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
  readonly #sessions = new Set<ServerSession>()
  #plannedKill: ServerMoment | null = null
  #isRunning = false
  #keys = 0
  #absentWriters = 0

  constructor(options: MemoryServerOptions) {
    this.#options = options
    this.#log = options.log ?? new OperationLog()
    this.#writer = new ServerWriter({
      log: this.#log,
      roomOf: (documentId) => this.#roomOf(documentId),
      passes: (when, step, submission) => this.#passes(when, step, submission),
      received: ({ documentId, replicaId, operation: { counter } }) => {
        for (const session of this.#sessionsOf(documentId, replicaId)) session.send({ kind: 'received', counter })
      },
      acknowledged: ({ documentId, replicaId, author, operation: { counter } }, seq) => {
        this.#note(`operation ${counter} of ${author.name} is in the log of ${documentId} as ${seq}`)
        for (const session of this.#sessionsOf(documentId, replicaId)) session.send({ kind: 'committed', counter, seq })
      },
      told: (operation, submission) => this.#tell(operation, submission),
      rejected: (submission, code, message) => this.#reject(submission, code, message),
      failed: (documentId) => this.#loadAnew(documentId),
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
    const broken = [...this.#sessions]
    this.#sessions.clear()
    for (const session of broken) session.close(ABNORMAL_CLOSE)
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
    this.#options.serve((socket) => this.#connected(socket))
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
    for (const session of this.#sessions) {
      session.send({ kind: 'draining', reconnectInMs })
      this.#end(session, CLOSE_CODES.restart.code)
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
    for (const session of this.#sessions)
      if (session.attendance?.principal.id === id) this.#end(session, CLOSE_CODES.unauthenticated.code)
  }

  /** Somebody deletes the document: who has it open is told, and nobody can open it any more. */
  delete(documentId: string): void {
    this.#note(`${documentId} is deleted`)
    this.#log.delete(documentId)
    for (const session of this.#sessionsOf(documentId)) {
      session.send({ kind: 'documentDeleted' })
      this.#end(session, CLOSE_CODES.notFound.code)
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

  // ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────

  #connected(socket: ServerSocket): void {
    const session = new ServerSession(++this.#keys, socket)
    this.#sessions.add(session)
    socket.onClose = () => this.#ended(session)
    socket.onMessage = (bytes) => {
      if (!this.#sessions.has(session)) return
      const frame = this.#decoded(session, bytes)
      if (frame !== null) this.#hear(session, frame)
    }
  }

  #decoded(session: ServerSession, bytes: Uint8Array): ClientFrame | null {
    try {
      return decodeClientFrame(bytes)
    } catch {
      this.#end(session, CLOSE_CODES.malformed.code)
      return null
    }
  }

  #hear(session: ServerSession, frame: ClientFrame): void {
    if (session.attendance === null && frame.kind !== 'hello')
      return this.#end(session, CLOSE_CODES.unauthenticated.code)
    switch (frame.kind) {
      case 'hello':
        return session.attendance === null
          ? this.#welcome(session, frame)
          : this.#end(session, CLOSE_CODES.malformed.code)
      case 'operation':
        return this.#submit(session, frame)
      case 'presence':
        return this.#spread(session, session.present(frame.patch))
      case 'sync':
        return this.#sendState(session, frame.lastSeq)
      case 'token':
        if (!this.#people.isGood(frame.token)) this.#end(session, CLOSE_CODES.unauthenticated.code)
        return
      case 'ping':
        return session.send({ kind: 'pong' })
    }
  }

  #welcome(session: ServerSession, hello: ClientFrames['hello']): void {
    const { documentId } = session
    const id = personOf(hello.token)
    if (hello.protocolVersion !== PROTOCOL_VERSION) return this.#end(session, CLOSE_CODES.protocolVersion.code)
    if (!this.#people.isGood(hello.token)) return this.#end(session, CLOSE_CODES.unauthenticated.code)
    const role = this.#people.roleOf(id)
    // Whether there is such a document is nobody's business who may not see it.
    if (role === null || this.#log.isDeleted(documentId)) return this.#end(session, CLOSE_CODES.notFound.code)
    const room = this.#roomOf(documentId)
    const principal = { id, name: this.#people.nameOf(id) }
    session.attendance = { replicaId: hello.replicaId, principal }
    session.send({
      kind: 'welcome',
      sessionId: String(session.key),
      principal,
      role,
      seq: room.seq,
      committedCounter: room.committedCounter(hello.replicaId),
      limits: { ...LIMITS, maxUpdateBytes: this.#options.maxUpdateBytes ?? LIMITS.maxUpdateBytes },
      heartbeatMs: HEARTBEAT_MS,
      schemaId: this.#options.schemaId ?? DEFAULT_SCHEMA_ID,
    })
    this.#sendState(session, hello.lastSeq)
    session.sendPresence(
      this.#sessionsOf(documentId).flatMap(({ introduction }) => (introduction === null ? [] : [introduction])),
    )
  }

  #sendState(session: ServerSession, lastSeq: number): void {
    session.sendBytes(this.#roomOf(session.documentId).stateSince(lastSeq, this.#options.deflate ?? null))
  }

  #submit(session: ServerSession, operation: ClientFrames['operation']): void {
    if (session.attendance === null) return
    const { replicaId, principal: author } = session.attendance
    const submission = { documentId: session.documentId, replicaId, author, operation }
    if (!mayEdit(this.#people.roleOf(author.id)))
      return this.#reject(submission, 'not-allowed', 'Your role does not allow edits.')
    const refusal = this.#people.takeRefusal(author.id)
    if (refusal === null) return this.#writer.submit(submission)
    this.#reject(submission, refusal, 'The test refuses this operation.')
  }

  #reject({ documentId, replicaId, author, operation }: Submission, code: RejectionCode, message: string): void {
    const { counter } = operation
    this.#note(`operation ${counter} of ${author.name} is refused: ${code}`)
    for (const session of this.#sessionsOf(documentId, replicaId))
      session.send({ kind: 'rejected', counter, code, message })
  }

  #tell({ seq, replicaId, counter, versionVector, update }: LoggedOperation, { documentId }: Submission): void {
    for (const session of this.#sessionsOf(documentId))
      if (session.attendance?.replicaId !== replicaId)
        session.send({ kind: 'operation', seq, replicaId, counter, versionVector, update })
  }

  #spread(from: ServerSession, entry: PresenceEntry | null): void {
    if (entry === null) return
    for (const session of this.#sessionsOf(from.documentId)) if (session !== from) session.sendPresence([entry])
  }

  #end(session: ServerSession, code: number): void {
    this.#ended(session)
    session.close(code)
  }

  #ended(session: ServerSession): void {
    if (!this.#sessions.delete(session) || session.introduction === null) return
    this.#spread(session, { kind: 'left', key: session.key })
  }

  /** Who said hello in this document, as this replica or at all. */
  #sessionsOf(documentId: string, replicaId?: string): readonly ServerSession[] {
    return [...this.#sessions].filter(
      ({ documentId: id, attendance }) =>
        id === documentId && attendance !== null && (replicaId ?? attendance.replicaId) === attendance.replicaId,
    )
  }

  // ── what it decides ──────────────────────────────────────────────────────────────────────────────────────────────

  #roomOf(documentId: string): ServerRoom {
    const room = this.#rooms.get(documentId) ?? new ServerRoom(documentId, this.#log)
    this.#rooms.set(documentId, room)
    return room
  }

  #loadAnew(documentId: string): void {
    this.#note(`an append to ${documentId} fails, and it is loaded anew`)
    this.#rooms.delete(documentId)
    this.#writer.forget(documentId)
    for (const session of this.#sessionsOf(documentId)) this.#end(session, CLOSE_CODES.tryLater.code)
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
    for (const session of this.#sessions) {
      if (session.attendance?.principal.id !== id) continue
      session.send({ kind: 'access', role })
      if (role === null) this.#end(session, CLOSE_CODES.forbidden.code)
    }
  }

  #note(what: string): void {
    this.#options.note?.(what)
  }
}
