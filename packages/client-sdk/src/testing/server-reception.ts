import { CLOSE_CODES, decodeClientFrame, DEFAULT_SCHEMA_ID, mayEdit, PROTOCOL_VERSION } from '@sheaf/protocol'
import type { ClientFrame, ClientFrames, RejectionCode } from '@sheaf/protocol'
import type { MemoryServerOptions } from './memory-server.ts'
import type { ServerSocket } from './memory-transport.ts'
import type { OperationLog } from './operation-log.ts'
import { personOf } from './server-people.ts'
import type { ServerPeople } from './server-people.ts'
import type { ServerRoom } from './server-room.ts'
import type { ServerSession } from './server-session.ts'
import type { ServerSessions } from './server-sessions.ts'
import type { Submission } from './server-writer.ts'

const LIMITS = { maxUpdateBytes: 4 * 1024 * 1024, maxInFlight: 32, presenceIntervalMs: 100 }
const HEARTBEAT_MS = 10_000

export interface ServerReceptionOptions {
  /** What the server says of itself. */
  readonly terms: Pick<MemoryServerOptions, 'schemaId' | 'maxUpdateBytes' | 'deflate'>
  readonly sessions: ServerSessions
  readonly people: ServerPeople
  readonly log: OperationLog
  readonly roomOf: (documentId: string) => ServerRoom
  /** Somebody who may edit sends an operation. */
  readonly submitted: (submission: Submission) => void
  readonly rejected: (submission: Submission, code: RejectionCode, message: string) => void
}

/** Takes connections, and answers frame by frame what clients say. */
export class ServerReception {
  readonly #options: ServerReceptionOptions

  constructor(options: ServerReceptionOptions) {
    this.#options = options
  }

  connected(socket: ServerSocket): void {
    const { sessions } = this.#options
    const session = sessions.begin(socket)
    socket.onMessage = (bytes) => {
      if (!sessions.isOpen(session)) return
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
        return this.#options.sessions.spread(session, session.present(frame.patch))
      case 'sync':
        return this.#sendState(session, frame.lastSeq)
      case 'token':
        if (!this.#options.people.isGood(frame.token)) this.#end(session, CLOSE_CODES.unauthenticated.code)
        return
      case 'ping':
        return session.send({ kind: 'pong' })
    }
  }

  #welcome(session: ServerSession, hello: ClientFrames['hello']): void {
    const { log, people, roomOf, sessions, terms } = this.#options
    const { documentId } = session
    const id = personOf(hello.token)
    if (hello.protocolVersion !== PROTOCOL_VERSION) return this.#end(session, CLOSE_CODES.protocolVersion.code)
    if (!people.isGood(hello.token)) return this.#end(session, CLOSE_CODES.unauthenticated.code)
    const role = people.roleOf(id)
    // Whether there is such a document is nobody's business who may not see it.
    if (role === null || log.isDeleted(documentId)) return this.#end(session, CLOSE_CODES.notFound.code)
    const room = roomOf(documentId)
    const principal = { id, name: people.nameOf(id) }
    session.attendance = { replicaId: hello.replicaId, principal }
    session.send({
      kind: 'welcome',
      sessionId: String(session.key),
      principal,
      role,
      seq: room.seq,
      committedCounter: room.committedCounter(hello.replicaId),
      limits: { ...LIMITS, maxUpdateBytes: terms.maxUpdateBytes ?? LIMITS.maxUpdateBytes },
      heartbeatMs: HEARTBEAT_MS,
      schemaId: terms.schemaId ?? DEFAULT_SCHEMA_ID,
    })
    this.#sendState(session, hello.lastSeq)
    sessions.introduceAll(session)
  }

  #sendState(session: ServerSession, lastSeq: number): void {
    const { roomOf, terms } = this.#options
    session.sendBytes(roomOf(session.documentId).stateSince(lastSeq, terms.deflate ?? null))
  }

  #submit(session: ServerSession, operation: ClientFrames['operation']): void {
    if (session.attendance === null) return
    const { people, rejected, submitted } = this.#options
    const { replicaId, principal: author } = session.attendance
    const submission = { documentId: session.documentId, replicaId, author, operation }
    if (!mayEdit(people.roleOf(author.id)))
      return rejected(submission, 'not-allowed', 'Your role does not allow edits.')
    const refusal = people.takeRefusal(author.id)
    if (refusal === null) return submitted(submission)
    rejected(submission, refusal, 'The test refuses this operation.')
  }

  #end(session: ServerSession, code: number): void {
    this.#options.sessions.end(session, code)
  }
}
