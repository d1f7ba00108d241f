/**
 * Every interface that the core needs of the outside, with its guarantees in words. An adapter imports this file and its
 * driver, nothing else; each port has one contract suite in `testing/`, and every adapter passes it.
 *
 * Durable means: it survives `kill -9` of every process, and loss of power where the store is set up for that.
 * A promise that rejects means: unknown or failed; the core asks again what is stored before it acts on it.
 */
import type { Role, StoredOperation, VersionVector } from '@sheaf/protocol'

// ── documents and their history ──────────────────────────────────────────────────────────────────────────────────────

/** The durable entity of one document: its position, never its content. */
export interface DocumentRecord {
  readonly id: string
  readonly title: string
  /** Schema of the content; empty where the first editor has not said it yet. */
  readonly schemaId: string
  /** The highest seq that is counted; the operation log may be ahead of it after a crash. */
  readonly seq: number
  /** Full vector at `seq`. */
  readonly versionVector: VersionVector
  /** The highest seq that was published to the feed. */
  readonly publishedSeq: number
  readonly createdBy: string
  /** Milliseconds since 1970, as are all times in this file. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly deletedAt: number | null
}

/** Keeps what is known of each document besides its content. */
export interface DocumentStore {
  /** Durable when it resolves. Rejects with `SheafServerError('conflict')` where the id exists. */
  create(document: DocumentRecord): Promise<void>
  /** Deleted documents are found too: `deletedAt` tells. */
  get(id: string): Promise<DocumentRecord | null>
  getMany(ids: readonly string[]): Promise<DocumentRecord[]>
  /** Changes only the named fields. False where there is no such document. */
  update(
    id: string,
    change: Partial<Pick<DocumentRecord, 'title' | 'schemaId' | 'deletedAt' | 'updatedAt'>>,
  ): Promise<boolean>
  /** Moves the position forward. Never moves `seq` or `publishedSeq` back: a late call with lower numbers changes nothing. */
  advance(
    id: string,
    position: { seq: number; versionVector: VersionVector; publishedSeq?: number; updatedAt: number },
  ): Promise<void>
  /** Every document, deleted ones too, by ascending id; `after` is the id of the last one of the page before. */
  list(page: { limit: number; after?: string }): Promise<DocumentRecord[]>
  /** Ids of documents that the feed is behind of (`publishedSeq` < `seq`), oldest change first, at most `limit`. */
  listUnpublished(limit: number): Promise<string[]>
}

/** What an append found. */
export type AppendResult =
  | { readonly status: 'appended' }
  /**
   * A seq or a unique id of the batch is taken. Nothing after the taken one was stored; what stands before it in the
   * batch may have been. The caller reads the tail, finds its own operations there, and decides anew.
   */
  | { readonly status: 'conflict' }

/** The operations of all documents: the truth. */
export interface OperationLog {
  /**
   * Stores the batch in the order given: whatever ends it, what is stored is a prefix of it. `appended` means all of it,
   * durable on a majority of the store's copies. Unique: (documentId, seq) and (documentId, replicaId, counter).
   */
  append(documentId: string, operations: readonly StoredOperation[]): Promise<AppendResult>
  /** Operations with `seq` > after, ascending and without a hole, at most `limit`. Rejects where a stored one is damaged. */
  read(documentId: string, after: number, limit: number): Promise<StoredOperation[]>
  find(documentId: string, replicaId: string, counter: number): Promise<StoredOperation | null>
  /** The highest stored seq; 0 where there is none. */
  head(documentId: string): Promise<number>
  /**
   * Removes operations with `seq` <= `through`; resolves with their number. Only ever called for what two stored snapshots
   * hold. After it, `read` from before `through` begins with a later seq than asked for, which its callers check.
   */
  trim(documentId: string, through: number): Promise<number>
}

/** Why a version was made: with the document, while writing, by a person, or by a restore. */
export type VersionKind = 'initial' | 'auto' | 'named' | 'restore'

/** What is known of a version without its snapshot. */
export interface VersionRecord {
  readonly id: string
  readonly documentId: string
  readonly seq: number
  readonly versionVector: VersionVector
  readonly kind: VersionKind
  readonly name: string | null
  readonly authorIds: readonly string[]
  readonly createdAt: number
}

/** Keeps the history of documents: each version with its snapshot. */
export interface VersionStore {
  /** Record and snapshot together or not at all; durable when it resolves. `snapshot` has no size limit of its own. */
  put(version: VersionRecord, snapshot: Uint8Array): Promise<void>
  /** Null where there is no such version *of this document*. */
  get(documentId: string, versionId: string): Promise<VersionRecord | null>
  /** Rejects where the stored bytes are damaged or missing though the record is there; null where there is no record. */
  getSnapshot(documentId: string, versionId: string): Promise<Uint8Array | null>
  /** Newest first (by seq, then by createdAt); `before` is the id of the last one of the page before. */
  list(documentId: string, page: { limit: number; before?: string }): Promise<VersionRecord[]>
  /** The version with the highest seq. */
  latest(documentId: string): Promise<VersionRecord | null>
  rename(documentId: string, versionId: string, name: string | null): Promise<boolean>
  /** Only ever called for `auto` versions that a newer one replaces. */
  remove(documentId: string, versionId: string): Promise<void>
}

/** How far the materializer has come in a document. Never falls. */
export interface Progress {
  readonly documentId: string
  readonly seq: number
  readonly versionVector: VersionVector
  readonly replicaId: string
  readonly counter: number
  readonly updatedAt: number
}

/** `last_processed_version`: how far the materializer has folded a document. */
export interface ProgressStore {
  get(documentId: string): Promise<Progress | null>
  /** Never falls: a lower seq than the stored one changes nothing. */
  advance(progress: Progress): Promise<void>
}

// ── working together ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether a lock was granted, and with which fence; else who holds it and until when. */
export type LockResult =
  | { readonly status: 'granted'; readonly fence: number; readonly expiresAt: number }
  | { readonly status: 'held'; readonly owner: string; readonly expiresAt: number }

/** One writer per document at a time, for efficiency; the unique indexes of the log are what makes it correct. */
export interface LockStore {
  /** Of concurrent callers at most one is granted a fence; fences of a document only grow. The holder's own call renews. */
  acquire(documentId: string, owner: string, leaseMs: number, now: number): Promise<LockResult>
  /** Gives the lock back if this owner holds this fence; otherwise does nothing. */
  release(documentId: string, owner: string, fence: number): Promise<void>
}

/** The state of a document that a cache gives back. */
export interface CachedSnapshot {
  readonly seq: number
  readonly snapshot: Uint8Array
}

/** May forget anything at any time, and may be stale; what it returns is checked by the caller (seq and checksum). */
export interface SnapshotCache {
  get(documentId: string): Promise<CachedSnapshot | null>
  /** An older seq never replaces a newer one. */
  put(documentId: string, snapshot: CachedSnapshot): Promise<void>
  getVersion(documentId: string, versionId: string): Promise<Uint8Array | null>
  putVersion(documentId: string, versionId: string, snapshot: Uint8Array): Promise<void>
  forget(documentId: string): Promise<void>
}

/** What the servers of a cluster tell each other about one document. A hint: it may be lost, never altered. */
export type FanOutMessage =
  | { readonly kind: 'operations'; readonly operations: readonly StoredOperation[] }
  /** What rooms tell each other besides: who is there, who wants to write. Opaque to a port: the core reads and writes it. */
  | { readonly kind: 'room'; readonly bytes: Uint8Array }

/** What concerns all servers, whatever documents they have open. */
export type ControlMessage =
  | { readonly kind: 'access'; readonly documentId: string; readonly userId: string; readonly role: Role | null }
  /** Sessions of this user end: log-out of a token family, disabling, new password. `family` null means all of them. */
  | { readonly kind: 'sessions-ended'; readonly userId: string; readonly family: string | null }
  | { readonly kind: 'document-deleted'; readonly documentId: string }
  | { readonly kind: 'version-created'; readonly documentId: string; readonly versionId: string }
  /** An open room should be loaded anew. */
  | { readonly kind: 'document-reset'; readonly documentId: string }

/** Carries messages between servers, at best effort. */
export interface FanOut {
  /** Never throws: what cannot be sent is lost, and the gap is seen by its seq. Not delivered to the publisher itself. */
  publish(documentId: string, message: FanOutMessage): void
  /**
   * Resolves when messages are heard; where the other servers cannot be reached now, at once, and they are heard from
   * then on when they can. Never rejects.
   */
  subscribe(documentId: string, listener: (message: FanOutMessage) => void): Promise<() => void>
  /** Delivered to every server, the publisher too: at once to the publisher even where the others cannot be reached. */
  announce(message: ControlMessage): Promise<void>
  onAnnouncement(listener: (message: ControlMessage) => void): () => void
  /**
   * `alone`: there are no other servers. `connected`: they are heard. `cut`: there may be others, and they are not heard
   * now; what they would have said is read from the stores from time to time.
   */
  reach(): 'alone' | 'connected' | 'cut'
  /** Calls when servers are heard again after messages may have been lost. */
  onReconnected(listener: () => void): () => void
}

/** The queue between commit and materializer, where there is one. The embedded default has none and reads the log's tail. */
export interface OperationFeed {
  /**
   * Resolves when the feed has all of them, in order; rejects within seconds where it cannot take them. What was rejected
   * may be in the feed nevertheless. Calls for one document are made one after the other.
   */
  publish(documentId: string, operations: readonly StoredOperation[]): Promise<void>
  /**
   * Consumers share the documents among them. Calls one at a time per document; a batch counts as done when the promise
   * resolves, else it comes again, here or at another consumer. The returned function waits for what is under way.
   * Rejects only where consuming cannot even begin; a connection that is lost later is mended.
   */
  consume(
    handle: (documentId: string, operations: readonly StoredOperation[]) => Promise<void>,
  ): Promise<() => Promise<void>>
  /** Batches that wait to be consumed, in all; rejects where the feed does not answer. */
  lag(): Promise<number>
}

// ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Somebody with an account of Sheaf’s own. */
export interface UserRecord {
  readonly id: string
  /** As written by its owner; unique without regard to case. */
  readonly email: string
  readonly passwordHash: string
  readonly displayName: string
  readonly canCreateDocuments: boolean
  readonly createdAt: number
  readonly disabledAt: number | null
}

/** Keeps accounts. E-mail addresses differ in more than capital letters. */
export interface UserStore {
  /** Rejects with `SheafServerError('conflict')` where the id or the e-mail exists. */
  create(user: UserRecord): Promise<void>
  get(id: string): Promise<UserRecord | null>
  getMany(ids: readonly string[]): Promise<UserRecord[]>
  /** Everybody, by ascending id; `after` is the id of the last one of the page before. */
  list(page: { limit: number; after?: string }): Promise<UserRecord[]>
  findByEmail(email: string): Promise<UserRecord | null>
  update(
    id: string,
    change: Partial<Pick<UserRecord, 'passwordHash' | 'displayName' | 'disabledAt' | 'canCreateDocuments'>>,
  ): Promise<boolean>
}

/** That somebody has a role on a document, and who gave it. */
export interface PermissionRecord {
  readonly documentId: string
  readonly userId: string
  readonly role: Role
  readonly grantedBy: string
  readonly createdAt: number
}

/** Keeps who may do what with which document. */
export interface PermissionStore {
  get(documentId: string, userId: string): Promise<PermissionRecord | null>
  /** Creates or replaces; durable when it resolves. */
  put(permission: PermissionRecord): Promise<void>
  remove(documentId: string, userId: string): Promise<boolean>
  listByDocument(documentId: string): Promise<PermissionRecord[]>
  /** Newest grant first (createdAt, then documentId); `before` is the documentId of the last one of the page before. */
  listByUser(userId: string, page: { limit: number; before?: string }): Promise<PermissionRecord[]>
}

/** A refresh token as it is kept: its hash, and what became of it. */
export interface RefreshTokenRecord {
  readonly id: string
  readonly userId: string
  /** All tokens that were rotated out of one log-in. */
  readonly family: string
  readonly tokenHash: string
  readonly expiresAt: number
  readonly rotatedAt: number | null
  readonly revokedAt: number | null
}

/** Keeps refresh tokens, and to which log-in each belongs. */
export interface RefreshTokenStore {
  create(token: RefreshTokenRecord): Promise<void>
  findByHash(tokenHash: string): Promise<RefreshTokenRecord | null>
  /** Marks as rotated; true for exactly one of concurrent callers. */
  rotate(id: string, rotatedAt: number): Promise<boolean>
  revokeFamily(family: string, revokedAt: number): Promise<void>
  /** True where the family, or all of its user, was revoked; false for one that is not known. */
  isFamilyRevoked(family: string): Promise<boolean>
  revokeUser(userId: string, revokedAt: number): Promise<void>
  /** Removes tokens that expired before `now`; resolves with their number. */
  removeExpired(now: number): Promise<number>
}

/** Counts attempts in a window, shared by all servers. */
export interface AttemptCounter {
  /** Counts one and returns how many there are in the window that started with the first. */
  hit(key: string, windowMs: number, now: number): Promise<{ readonly count: number; readonly resetsAt: number }>
  clear(key: string): Promise<void>
}

// ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Health of one thing that Sheaf depends on, by the name that `/readyz` shows. */
export interface Dependency {
  readonly name: string
  /** What a failure means for the server: without this one it is not ready (the default), or ready and less good. */
  readonly onFailure?: 'not-ready' | 'degraded'
  /** Resolves when the thing answers; rejects with an error that says what is wrong. */
  check(): Promise<void>
}

/** One adapter of each port: what `server.ts` composes from the configuration. */
export interface Stores extends Ports {
  readonly dependencies: readonly Dependency[]
  /** Waits for what is on its way and lets go of everything. Idempotent. */
  close(): Promise<void>
}

/** Everything that the server keeps or sends, behind one interface for each. */
export interface Ports {
  readonly documents: DocumentStore
  readonly operations: OperationLog
  readonly versions: VersionStore
  readonly progress: ProgressStore
  readonly locks: LockStore
  readonly cache: SnapshotCache
  readonly fanOut: FanOut
  readonly feed: OperationFeed | null
  readonly users: UserStore
  readonly permissions: PermissionStore
  readonly refreshTokens: RefreshTokenStore
  readonly attempts: AttemptCounter
}

/** Some of the ports over one server that Sheaf depends on: what an adapter opens. */
export interface Adapter<Names extends keyof Ports> {
  readonly ports: Pick<Ports, Names>
  readonly dependency: Dependency
  /** Waits for what is on its way and lets go of everything. Idempotent. */
  close(): Promise<void>
}
