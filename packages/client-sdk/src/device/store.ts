import type { ReplicaId, Role, VersionVector } from '@sheaf/protocol'

/** A local change that is not part of an operation yet. */
export interface JournaledUpdate {
  /** Ascending in the order of the edits, unique in its journal. */
  readonly key: number
  readonly update: Uint8Array
}

/** An operation that is not known to be committed. Its bytes and its counter never change once it was sent. */
export interface JournaledOperation {
  readonly counter: number
  readonly baseSeq: number
  readonly versionVector: VersionVector
  readonly update: Uint8Array
  /** How many local changes it is made of. */
  readonly edits: number
}

/** What one replica has not got committed yet. */
export interface Journal {
  /** Whose edits these are; null where nobody was welcomed yet. */
  readonly principalId: string | null
  /** The highest counter this replica ever minted. */
  readonly counter: number
  /** Ascending by key. */
  readonly updates: readonly JournaledUpdate[]
  /** Ascending by counter. */
  readonly operations: readonly JournaledOperation[]
}

/** What a journal on the device holds, without its content. */
export interface JournalSummary {
  readonly documentId: string
  readonly replicaId: ReplicaId
  readonly principalId: string | null
  /** Updates and operations that wait. */
  readonly leftovers: number
}

/** One change of a journal. */
export type JournalChange =
  /** The journal is as if it had never been written, until the next change. */
  | { readonly kind: 'reset' }
  | ({ readonly kind: 'update' } & JournaledUpdate)
  /** The operation takes the place of all updates up to and including the key `consumes`. */
  | { readonly kind: 'operation'; readonly operation: JournaledOperation; readonly consumes: number }
  /** Operations up to and including this counter are durable on the server: they leave the journal. */
  | { readonly kind: 'committed'; readonly counter: number }
  | { readonly kind: 'principal'; readonly principalId: string }

/** Who saw a document on this device, and what they might do there. */
export interface Reader {
  readonly principalId: string
  readonly role: Role
}

/** The committed content of a document, as this device saw it last. */
export interface KnownState {
  /** Yjs V2; holds committed operations only. */
  readonly update: Uint8Array
  readonly lastSeq: number
  /** Schema the document was in; empty where it had none. */
  readonly schemaId: string
  /** Absent in states that were kept before it was part of them. */
  readonly reader?: Reader
}

/**
 * Where a device keeps what must survive a reload: per document and replica a journal, per document the last known state.
 *
 * Guarantees: a promise that resolved means that the change survives the end of the tab. A promise that rejected means
 * that nothing of this call was stored. Calls for one journal take effect in the order in which they were made. Bytes that
 * are handed in may be kept and must not be changed afterwards; bytes that are handed out belong to the caller.
 */
export interface DeviceStore {
  /** Applies all changes in order, or none. The journal comes into being with its first change. */
  write(documentId: string, replicaId: ReplicaId, changes: readonly JournalChange[]): Promise<void>
  /** Null where this replica never wrote, or was forgotten. */
  read(documentId: string, replicaId: ReplicaId): Promise<Journal | null>
  /** All journals of a document, those with nothing left too, in any order. */
  list(documentId: string): Promise<readonly JournalSummary[]>
  /** All journals of all documents. */
  listAll(): Promise<readonly JournalSummary[]>
  /** Removes a journal with all that is in it. Nothing happens where there is none. */
  forget(documentId: string, replicaId: ReplicaId): Promise<void>
  readState(documentId: string): Promise<KnownState | null>
  /** A state with a lower `lastSeq` never replaces one with a higher. */
  writeState(documentId: string, state: KnownState): Promise<void>
  forgetState(documentId: string): Promise<void>
  /** Who was welcomed last on this device, by any document. */
  lastPrincipal(): Promise<string | null>
  rememberPrincipal(principalId: string): Promise<void>
  /**
   * Removes every state, every journal of this user or of nobody, and who was welcomed last, or nothing of it. Journals of
   * other users stay.
   */
  forgetUser(principalId: string | null): Promise<void>
  /**
   * Calls whenever what was stored may be gone though nobody here removed it, as when a person clears the data of the site:
   * who still has it writes it again. Returns the end of it. A store that cannot tell, or cannot lose anything, leaves it out.
   */
  onLost?(listener: () => void): () => void
  /** Lets go of everything. Idempotent; later calls reject. */
  close(): Promise<void>
}
