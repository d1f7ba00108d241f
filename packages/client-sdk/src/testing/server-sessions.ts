import type { PresenceEntry } from '@sheaf/protocol'
import type { ServerSocket } from './memory-transport.ts'
import { ServerSession } from './server-session.ts'

const ABNORMAL_CLOSE = 1006

/** The connections to the server in memory, and what those in one document see of each other. */
export class ServerSessions {
  readonly #open = new Set<ServerSession>()
  #keys = 0

  /** A connection is made. It is nobody's until it says hello. */
  begin(socket: ServerSocket): ServerSession {
    const session = new ServerSession(++this.#keys, socket)
    this.#open.add(session)
    socket.onClose = () => this.#ended(session)
    return session
  }

  isOpen(session: ServerSession): boolean {
    return this.#open.has(session)
  }

  get all(): readonly ServerSession[] {
    return [...this.#open]
  }

  /** Who said hello in this document, as this replica or at all. */
  in(documentId: string, replicaId?: string): readonly ServerSession[] {
    return this.all.filter(
      ({ documentId: id, attendance }) =>
        id === documentId && attendance !== null && (replicaId ?? attendance.replicaId) === attendance.replicaId,
    )
  }

  /** Every session of somebody, in all documents. */
  of(personId: string): readonly ServerSession[] {
    return this.all.filter(({ attendance }) => attendance?.principal.id === personId)
  }

  /** Tells the others in the document what one says of itself. */
  spread(from: ServerSession, entry: PresenceEntry | null): void {
    if (entry === null) return
    for (const session of this.in(from.documentId)) if (session !== from) session.sendPresence([entry])
  }

  /** Tells somebody who comes of those who are here. */
  introduceAll(to: ServerSession): void {
    to.sendPresence(this.in(to.documentId).flatMap(({ introduction }) => (introduction === null ? [] : [introduction])))
  }

  end(session: ServerSession, code: number): void {
    this.#ended(session)
    session.close(code)
  }

  /** The process is gone: nobody is told that somebody leaves. */
  breakAll(): void {
    const broken = this.all
    this.#open.clear()
    for (const session of broken) session.close(ABNORMAL_CLOSE)
  }

  #ended(session: ServerSession): void {
    if (!this.#open.delete(session) || session.introduction === null) return
    this.spread(session, { kind: 'left', key: session.key })
  }
}
