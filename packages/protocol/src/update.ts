import type { RejectionCode } from './codes.ts'
import type { VersionVector } from './field.ts'

/** What one update may hold at most. */
export interface UpdateLimits {
  /** Bytes of the update. */
  readonly maxBytes: number
  /** Structs of the update. */
  readonly maxStructs: number
  /** Ranges of the delete set. */
  readonly maxDeleteRanges: number
  /** Highest clock that may be written or referred to. */
  readonly maxClock: number
  /** Names of the root types that may be written to. */
  readonly roots: ReadonlySet<string>
}

export const DEFAULT_UPDATE_LIMITS: UpdateLimits = {
  maxBytes: 4 * 1024 * 1024,
  maxStructs: 200_000,
  maxDeleteRanges: 200_000,
  maxClock: 2 ** 31,
  roots: new Set(['content']),
}

/** Name of the root type, an XML fragment, that an editor's content lives in. */
export const CONTENT_ROOT = 'content'

/** Schema of the documents that Sheaf's own editor writes. */
export const DEFAULT_SCHEMA_ID = 'sheaf-1'

/** What stands at a range of clocks, as far as the structure of a document needs it. */
export type StructKind =
  /** Characters and formats: may stand in a text only. */
  | 'text'
  /** An element or a text type: a node. */
  | 'element'
  | 'textType'
  /** An attribute of a node. */
  | 'attribute'
  /** Deleted before it was ever sent, its place in the structure is still known. */
  | 'deleted'
  /** Nothing is known of it but its length. */
  | 'gc'

/** Where a struct stands, as its bytes tell. */
export type StructPlace =
  /** Beside the struct that this id names, or those; it shares their parent. */
  | { readonly kind: 'beside'; readonly origin: Id | null; readonly rightOrigin: Id | null }
  | { readonly kind: 'root'; readonly name: string; readonly key: string | null }
  | { readonly kind: 'child'; readonly parent: Id; readonly key: string | null }
  /** A garbage-collected struct stands nowhere. */
  | { readonly kind: 'nowhere' }

export interface Id {
  readonly client: number
  readonly clock: number
}

export interface StructFacts {
  readonly client: number
  readonly clock: number
  readonly length: number
  readonly kind: StructKind
  readonly place: StructPlace
  /**
   * An attribute whose value may not stand under the name of a link. Where the name is not in the bytes (it is inherited
   * from the attribute that this one replaces), only the ledger can tell whether that matters.
   */
  readonly unsafeAsLink: boolean
}

export interface DeleteRange {
  readonly client: number
  readonly clock: number
  readonly length: number
}

/** What the bytes of an update say, without any document to apply it to. */
export interface UpdateFacts {
  /** Per client, ascending by client id: the clocks written, contiguous from `from` up to `to` (exclusive). */
  readonly ranges: readonly { readonly client: number; readonly from: number; readonly to: number }[]
  /** The entries of the state vector that the update advances: `ranges` as (client, to). Empty when it only deletes. */
  readonly versionVector: VersionVector
  /** Per client, ascending: the clock that must be there before the update can be applied. Own ranges count by `from`. */
  readonly needs: VersionVector
  readonly structs: readonly StructFacts[]
  readonly deletes: readonly DeleteRange[]
  /** Characters written and characters or nodes deleted: what the batching policy counts. */
  readonly insertedChars: number
  readonly deletedChars: number
}

export type UpdateInspection =
  | { readonly status: 'sound'; readonly facts: UpdateFacts }
  | { readonly status: 'refused'; readonly code: RejectionCode; readonly message: string }
