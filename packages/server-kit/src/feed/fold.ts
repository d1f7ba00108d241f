import type { StoredOperation } from '@sheaf/protocol'
import type { Limits } from '../limits.ts'
import type { Progress, VersionKind } from '../ports.ts'

/** How far one document is folded. */
export interface Fold {
  readonly documentId: string
  /** The highest seq that is known to be in the log. */
  head: number
  /** Null before the first look at what is stored. */
  folded: number | null
  /** Where the fold stands, as it is to be stored; null where nothing was folded since the first look. */
  reached: Progress | null
  /** The highest seq whose progress is known to be stored. */
  storedProgress: number
  /** Durable operations that were heard of: they need not be read from the log. */
  heard: StoredOperation[]
  snapshotSeq: number
  /** When the last snapshot was made, or the document was first noticed. */
  snapshotAt: number
  /** Authors of what was folded since the last version. */
  authors: Set<string>
  /** When the oldest operation that is not folded was noticed; and the newest one. */
  waitingSince: number
  noticedAt: number
  /** Failures since the last step that succeeded. */
  failures: number
  /** The document itself is why the last step failed, not a store. */
  isSick: boolean
  /** After a failure nothing is tried before this time. */
  restUntil: number
  /** Steps of one document never overlap. */
  step: Promise<unknown>
  busy: boolean
}

export const newFold = (documentId: string, now: number): Fold => ({
  documentId,
  head: 0,
  folded: null,
  reached: null,
  storedProgress: 0,
  heard: [],
  snapshotSeq: 0,
  snapshotAt: now,
  authors: new Set(),
  waitingSince: now,
  noticedAt: now,
  failures: 0,
  isSick: false,
  restUntil: 0,
  step: Promise.resolve(),
  busy: false,
})

/** Something was noticed that is in no snapshot. */
export const isDirty = (fold: Pick<Fold, 'head' | 'folded' | 'snapshotSeq'>): boolean =>
  fold.folded === null ? fold.head > 0 : fold.head > Math.min(fold.folded, fold.snapshotSeq)

/** What a document needs now. */
export function nextStep(
  fold: Pick<Fold, 'head' | 'folded' | 'snapshotSeq' | 'snapshotAt' | 'waitingSince' | 'noticedAt' | 'restUntil'>,
  now: number,
  limits: Limits,
): 'wait' | 'fold' | 'snapshot' {
  if (now < fold.restUntil) return 'wait'
  if (now - fold.noticedAt >= limits.snapshotQuietMs) return 'snapshot'
  // Before the first look at what is stored nobody knows how much of the log is folded: at most all of it is not.
  const unfolded = fold.head - (fold.folded ?? 0)
  // A snapshot costs what the document is long: whoever pours operations in does not get one for each few of them.
  const maySnapshot = now - fold.snapshotAt >= limits.snapshotQuietMs
  if (fold.folded !== null && maySnapshot && fold.head - fold.snapshotSeq >= limits.snapshotEveryOperations)
    return 'snapshot'
  if (unfolded >= limits.foldEveryOperations) return 'fold'
  return unfolded > 0 && now - fold.waitingSince >= limits.foldMs ? 'fold' : 'wait'
}

/** What a version is to be. */
export interface VersionWish {
  readonly kind: VersionKind
  readonly name: string | null
  /** Who asked for it; null where nobody did. */
  readonly by: string | null
}

/** A version that nobody asked for. */
export const AUTO: VersionWish = { kind: 'auto', name: null, by: null }

/** What is stored of a version where the next one is made. */
interface Neighbour {
  readonly seq: number
  readonly kind: string
  readonly createdAt: number
}

/**
 * Whether the newest stored version goes when one of `kind` at `seq` is stored. Automatic versions thin out: of those that
 * follow each other closely only the newest one stays. Only automatic ones go, and only what was there before: two that
 * several materializers make of one seq both stay, and the last one that is stored is never removed.
 */
export function isReplaced(
  latest: Neighbour | undefined,
  beforeLatest: Neighbour | undefined,
  made: Neighbour,
  spacingMs: number,
): boolean {
  if (latest?.kind !== 'auto' || latest.seq > made.seq) return false
  if (latest.seq === made.seq) return made.kind !== 'auto'
  return made.kind === 'auto' && made.createdAt - (beforeLatest?.createdAt ?? made.createdAt) < spacingMs
}
