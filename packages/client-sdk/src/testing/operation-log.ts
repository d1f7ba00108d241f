import type { VersionVector } from '@sheaf/protocol'
import * as Y from 'yjs'

/** An operation as the log of the server in memory keeps it. */
export interface LoggedOperation {
  readonly seq: number
  readonly replicaId: string
  readonly counter: number
  readonly authorId: string
  readonly versionVector: VersionVector
  readonly update: Uint8Array
}

/** The merged operations of a document up to a seq. */
export interface LoggedSnapshot {
  readonly seq: number
  readonly update: Uint8Array
}

interface LoggedDocument {
  readonly operations: LoggedOperation[]
  snapshot: LoggedSnapshot
  isDeleted: boolean
}

const emptyUpdate = (): Uint8Array => Y.encodeStateAsUpdateV2(new Y.Doc())

/** The disk of the server in memory: what is in it is durable, and nothing else of a server outlives a kill. */
export class OperationLog {
  readonly #documents = new Map<string, LoggedDocument>()

  /** Ids of the documents that somebody wrote in. */
  get documentIds(): readonly string[] {
    return [...this.#documents.keys()]
  }

  append(documentId: string, operation: LoggedOperation): void {
    this.#documentOf(documentId).operations.push(operation)
  }

  /** The operations after this seq, in their order. */
  read(documentId: string, afterSeq = 0): readonly LoggedOperation[] {
    return this.#documentOf(documentId).operations.filter(({ seq }) => seq > afterSeq)
  }

  /** The newest snapshot; of seq 0 and empty where none was stored. */
  snapshot(documentId: string): LoggedSnapshot {
    return this.#documentOf(documentId).snapshot
  }

  storeSnapshot(documentId: string, snapshot: LoggedSnapshot): void {
    this.#documentOf(documentId).snapshot = snapshot
  }

  /** Forgets every operation after this seq, and every snapshot. */
  setBack(documentId: string, seq: number): void {
    const document = this.#documentOf(documentId)
    document.operations.splice(document.operations.findLastIndex((operation) => operation.seq <= seq) + 1)
    document.snapshot = { seq: 0, update: emptyUpdate() }
  }

  delete(documentId: string): void {
    this.#documentOf(documentId).isDeleted = true
  }

  isDeleted(documentId: string): boolean {
    return this.#documentOf(documentId).isDeleted
  }

  /** The document that a server would give to somebody who has nothing: the snapshot and what follows it. */
  content(documentId: string): Y.Doc {
    const snapshot = this.snapshot(documentId)
    const doc = new Y.Doc()
    const updates = [snapshot.update, ...this.read(documentId, snapshot.seq).map(({ update }) => update)]
    // As a local transaction, so that Yjs tidies nothing away.
    Y.transact(doc, () => updates.forEach((update) => Y.applyUpdateV2(doc, update)), null, true)
    return doc
  }

  /** The same as one update. */
  merged(documentId: string): Uint8Array {
    return Y.encodeStateAsUpdateV2(this.content(documentId))
  }

  #documentOf(documentId: string): LoggedDocument {
    const known = this.#documents.get(documentId)
    if (known !== undefined) return known
    const made = { operations: [], snapshot: { seq: 0, update: emptyUpdate() }, isDeleted: false }
    this.#documents.set(documentId, made)
    return made
  }
}
