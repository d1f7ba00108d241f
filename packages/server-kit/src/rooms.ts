import type { Principal, Role } from '@sheaf/protocol'
import type { Clock } from './clock.ts'
import type { BlockChange, ContentFormat, Rendered } from './content/content.ts'
import type { DocumentThread } from './document-thread.ts'
import type { Limits } from './limits.ts'
import type { Log, Metrics } from './metrics.ts'
import type { DocumentRecord, Stores, VersionRecord } from './ports.ts'

/** What the core asks about people. Both calls reject with a SheafServerError: `unauthenticated` or `unavailable`. */
export interface SessionAccess {
  authenticate(token: string): Promise<{
    readonly principal: Principal
    /** Milliseconds since 1970; null for a token that does not expire. */
    readonly expiresAt: number | null
    /** The log-in that the token comes from, so that a log-out can end its sessions. */
    readonly family: string | null
  }>
  /** The role on the document; null where there is none, or no such document. */
  authorize(principal: Principal, documentId: string): Promise<Role | null>
}

/** The pipe of one session, as the socket layer or a simulation provides it. */
export interface Connection {
  /**
   * Sends protocol frames, each as one binary message, in one write. The array and the bytes are shared between
   * connections and never change: a connection may remember what it built for an array by its identity.
   */
  send(frames: readonly Uint8Array[]): void
  /** Ends it. Nothing is sent afterwards; calling it again does nothing. */
  close(code: number, reason: string): void
  /** Bytes that were given to `send` and have not left yet. */
  bufferedBytes(): number
  readonly remoteAddress: string
}

/** What the socket layer tells the core about one connection. */
export interface SessionEnd {
  receive(frame: Uint8Array): void
  /** The pipe is gone, whoever ended it. */
  closed(): void
}

export interface RoomsOptions {
  readonly stores: Stores
  readonly clock: Clock
  readonly access: SessionAccess
  readonly thread: DocumentThread
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
  /** Owner of the locks that this process takes; another one for each process and start. */
  readonly serverId: string
  /** Random bytes: ids of sessions, of versions and of the server's own replica. */
  readonly random: (length: number) => Uint8Array
}

/** Versions of documents. Permissions are the caller's business. Every call rejects with `not-found` where there is none. */
export interface Versions {
  list(
    documentId: string,
    page: { readonly limit: number; readonly before?: string },
  ): Promise<{ readonly items: readonly VersionRecord[]; readonly nextCursor: string | null }>
  get(documentId: string, versionId: string): Promise<VersionRecord>
  open(documentId: string, versionId: string, format: ContentFormat): Promise<Rendered>
  /** Keeps the document as it is now under a name. */
  create(documentId: string, name: string, principal: Principal): Promise<VersionRecord>
  rename(documentId: string, versionId: string, name: string | null): Promise<VersionRecord>
  /** Turns the content back into what it was, as a new operation. Resolves when that is durable, with the document's seq. */
  restore(documentId: string, versionId: string, principal: Principal): Promise<{ readonly seq: number }>
  /** What changed from version `from` to version `to`, or to the present document. */
  compare(documentId: string, from: string, to: string | null): Promise<readonly BlockChange[]>
}

export interface RoomsStats {
  readonly rooms: number
  readonly sessions: number
  /** Operations that were accepted and are not durable yet. */
  readonly pendingOperations: number
  /** Operations of open documents that the materializer has not folded yet. */
  readonly unfoldedOperations: number
  readonly bytes: number
}

/** All open documents of this process. */
export interface Rooms {
  /** A connection to the document with this id was opened; it has said nothing yet. */
  connect(documentId: string, connection: Connection): SessionEnd
  /**
   * Makes a document durable, with its initial version. `content` is the JSON of a document from outside: it is checked,
   * and refused with `bad-content`. Nobody else ever seeds.
   */
  createDocument(document: {
    readonly id: string
    readonly title: string
    readonly schemaId: string
    readonly content: unknown
    readonly createdBy: string
  }): Promise<DocumentRecord>
  /** The committed content as of now. */
  content(documentId: string, format: ContentFormat): Promise<{ readonly seq: number; readonly rendered: Rendered }>
  readonly versions: Versions
  stats(): RoomsStats
  /** True while new connections are taken: false from the beginning of a drain. */
  accepting(): boolean
  /** Tells everybody, finishes what is queued, folds what is left, closes all sockets, gives the locks back. Idempotent. */
  drain(): Promise<void>
}
