import type { StatePart, VersionVector } from '@sheaf/protocol'
import type { BlockChange, ContentFormat, Rendered } from './content/content.ts'

/** A document made from content: its first operation and its first snapshot. */
export interface Seeded {
  readonly update: Uint8Array
  readonly versionVector: VersionVector
  /** Envelope with seq 1. */
  readonly snapshot: Uint8Array
}

export type FoldResult =
  | {
      readonly status: 'folded'
      readonly versionVector: VersionVector
      /** Seqs of operations that were left out since they cannot be applied. */
      readonly quarantined: readonly number[]
    }
  /** The document is not open here at the seq that was asked for: fold again, with a base. */
  | { readonly status: 'needs-base' }

export type SnapshotResult =
  | { readonly status: 'made'; readonly snapshot: Uint8Array; readonly versionVector: VersionVector }
  | { readonly status: 'needs-base' }
  /** What was made is not equal to the document it was made from. */
  | { readonly status: 'refused'; readonly reason: string }

/** Everything that needs the content of a document: from bytes to bytes. */
export interface DocumentWork {
  /** Rejects with `bad-content` where the JSON is no document. */
  seed(content: unknown, by: { readonly replicaId: string; readonly clientId: number }): Promise<Seeded>
  /**
   * Applies operations (see packOperations) to the document that is kept open at seq `after`,
   * or to the snapshot `base`, whose seq is then `after`; null stands for the empty document.
   */
  fold(documentId: string, after: number, operations: Uint8Array, base?: Uint8Array | null): Promise<FoldResult>
  /** A verified snapshot of the document that is kept open at `seq`. */
  snapshot(documentId: string, seq: number): Promise<SnapshotResult>
  render(state: readonly StatePart[], format: ContentFormat): Promise<Rendered>
  /** The update, by this Yjs client, that turns the content of `state` into the content of `target`; null: it is equal. */
  restore(state: readonly StatePart[], target: readonly StatePart[], clientId: number): Promise<Uint8Array | null>
  compare(from: readonly StatePart[], to: readonly StatePart[]): Promise<readonly BlockChange[]>
  /** Lets go of what is kept open. */
  forget(documentId: string): Promise<void>
}
