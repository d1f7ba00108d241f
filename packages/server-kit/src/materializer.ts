import { encodeOperations } from '@sheaf/protocol'
import type { StoredOperation } from '@sheaf/protocol'
import type { Clock } from './clock.ts'
import type { DocumentThread } from './document-thread.ts'
import { SheafServerError } from './errors.ts'
import type { Limits } from './limits.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import type { Stores, VersionKind, VersionRecord } from './ports.ts'
import { newestSnapshot } from './recovery.ts'

export interface MaterializerOptions {
  readonly stores: Pick<Stores, 'documents' | 'operations' | 'versions' | 'cache' | 'progress'>
  readonly thread: DocumentThread
  readonly clock: Clock
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
  readonly newId: () => string
  /** A snapshot is durable, as a version and in the cache. */
  readonly stored: (version: VersionRecord, snapshot: Uint8Array) => void
}

/** What a version is to be. */
export interface VersionWish {
  readonly kind: VersionKind
  readonly name: string | null
  /** Who asked for it; null where nobody did. */
  readonly by: string | null
}

const AUTO: VersionWish = { kind: 'auto', name: null, by: null }

/** How far one document is folded. */
interface Fold {
  readonly documentId: string
  /** The highest seq that is known to be in the log. */
  head: number
  /** Null before the first look at what is stored. */
  folded: number | null
  /** Durable operations that were heard of, without a hole: they need not be read from the log. */
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
  /** After a failure nothing is tried before this time. */
  restUntil: number
  /** Steps of one document never overlap. */
  step: Promise<unknown>
  busy: boolean
}

const TICK_MS = 250
/** After a failure a document rests, twice as long after each further one, up to the longest. */
const REST_MS = 5_000
const LONGEST_REST_MS = 10 * 60_000
const PAGE = 500

/** Operations that are kept at most until they are folded; the log has them all. */
const MAX_HEARD = 10_000

/**
 * Follows the log of every document that changes and folds it into snapshots and versions, in the order of seq and
 * without a hole: what was not heard of is read from the log, so that a notification that is lost or doubled changes
 * nothing but the time.
 */
export class Materializer {
  readonly #options: MaterializerOptions
  readonly #folds = new Map<string, Fold>()
  #ticking = false
  #stopped = false

  constructor(options: MaterializerOptions) {
    this.#options = options
  }

  /** These operations are durable. Costs next to nothing: it is called at every commit. */
  hear(documentId: string, operations: readonly StoredOperation[]): void {
    const last = operations.at(-1)
    if (last === undefined) return
    const { heard } = this.#foldOf(documentId)
    const follows = heard.length === 0 || heard.at(-1)?.seq === (operations[0]?.seq ?? 0) - 1
    if (follows && heard.length < MAX_HEARD) heard.push(...operations)
    this.notify(documentId, last.seq)
  }

  /** The log of a document goes up to `head`, at least. */
  notify(documentId: string, head: number): void {
    const fold = this.#foldOf(documentId)
    if (head <= fold.head) return
    const now = this.#options.clock.now()
    if (fold.folded !== null && fold.folded >= fold.head) fold.waitingSince = now
    fold.head = head
    fold.noticedAt = now
    this.#tickLater()
  }

  /** Operations that wait to be folded. */
  unfolded(): number {
    let sum = 0
    for (const { head, folded } of this.#folds.values()) sum += Math.max(0, head - (folded ?? head))
    return sum
  }

  /** A version of the document as of now, whatever its age. */
  async keep(documentId: string, wish: VersionWish): Promise<VersionRecord> {
    const fold = this.#foldOf(documentId)
    fold.head = Math.max(fold.head, await this.#options.stores.operations.head(documentId))
    return this.#exclusive(fold, () => this.#makeVersion(fold, wish))
  }

  /** Folds and keeps whatever is dirty, as far as the time allows. */
  async settle(documentId?: string): Promise<void> {
    const folds = [...this.#folds.values()].filter((fold) => documentId === undefined || fold.documentId === documentId)
    await Promise.all(folds.filter(isDirty).map((fold) => this.#attempt(fold, () => this.#makeVersion(fold, AUTO))))
  }

  /** Nothing is known of a document any more; what is not folded will be found in the log. */
  async forget(documentId: string): Promise<void> {
    this.#folds.delete(documentId)
    await this.#options.thread.forget(documentId)
  }

  /** True where everything that was noticed is in a snapshot. */
  isClean(documentId: string): boolean {
    const fold = this.#folds.get(documentId)
    return fold === undefined || !isDirty(fold)
  }

  stop(): void {
    this.#stopped = true
  }

  #foldOf(documentId: string): Fold {
    let fold = this.#folds.get(documentId)
    if (fold === undefined) {
      const now = this.#options.clock.now()
      fold = {
        documentId,
        head: 0,
        folded: null,
        heard: [],
        snapshotSeq: 0,
        snapshotAt: now,
        authors: new Set(),
        waitingSince: now,
        noticedAt: now,
        failures: 0,
        restUntil: 0,
        step: Promise.resolve(),
        busy: false,
      }
      this.#folds.set(documentId, fold)
    }
    return fold
  }

  #tickLater(): void {
    if (this.#ticking || this.#stopped) return
    this.#ticking = true
    this.#options.clock.after(TICK_MS, () => {
      this.#ticking = false
      if (!this.#stopped) this.#tick()
    })
  }

  #tick(): void {
    const now = this.#options.clock.now()
    let dirty = false
    for (const fold of this.#folds.values()) {
      if (!isDirty(fold)) continue
      dirty = true
      if (fold.busy) continue
      const next = nextStep(fold, now, this.#options.limits)
      if (next === 'fold') void this.#attempt(fold, () => this.#foldTail(fold))
      else if (next === 'snapshot') void this.#attempt(fold, () => this.#makeVersion(fold, AUTO))
    }
    if (dirty) this.#tickLater()
  }

  async #attempt(fold: Fold, step: () => Promise<unknown>): Promise<void> {
    try {
      await this.#exclusive(fold, step)
      if (fold.folded === fold.snapshotSeq) fold.failures = 0
    } catch (error) {
      const { log, clock } = this.#options
      fold.restUntil = clock.now() + Math.min(LONGEST_REST_MS, REST_MS * 2 ** fold.failures)
      fold.failures += 1
      // The next try starts from what is stored: whatever is kept open may be what went wrong.
      fold.folded = null
      log.warn({ documentId: fold.documentId, reason: reasonOf(error) }, 'a document was not folded, it is tried again')
    }
  }

  async #exclusive<T>(fold: Fold, step: () => Promise<T>): Promise<T> {
    const result = fold.step.then(async () => {
      fold.busy = true
      try {
        return await step()
      } finally {
        fold.busy = false
      }
    })
    fold.step = result.catch(() => undefined)
    return result
  }

  async #foldTail(fold: Fold): Promise<void> {
    if (fold.folded === null) await this.#openBase(fold)
    // Up to what is known now: whoever types on must not keep this from ending.
    const target = fold.head
    for (let after = fold.folded ?? 0; after < target; after = fold.folded ?? 0) {
      const operations = await this.#nextPage(fold, after)
      if (operations.length === 0) throw new SheafServerError('document-damaged', 'The log ends too early.')
      if ((operations[0]?.seq ?? 0) > after + 1) await this.#passTrimmed(fold, after)
      else await this.#foldPage(fold, after, operations)
    }
    fold.head = Math.max(fold.head, fold.folded ?? 0)
  }

  /** The log begins later than it did: what was trimmed is in a newer snapshot, which another process made. */
  async #passTrimmed(fold: Fold, after: number): Promise<void> {
    await this.#openBase(fold)
    if ((fold.folded ?? 0) <= after) throw new SheafServerError('document-damaged', 'The log has a hole.')
  }

  async #nextPage(fold: Fold, after: number): Promise<readonly StoredOperation[]> {
    const start = fold.heard.findIndex(({ seq }) => seq > after)
    if (fold.heard[start]?.seq === after + 1) return fold.heard.slice(start, start + PAGE)
    return this.#options.stores.operations.read(fold.documentId, after, PAGE)
  }

  async #foldPage(fold: Fold, after: number, operations: readonly StoredOperation[]): Promise<void> {
    const { thread, stores, clock, log, metrics } = this.#options
    const last = operations.at(-1)
    if (last === undefined || operations[0]?.seq !== after + 1)
      throw new SheafServerError('document-damaged', 'The log has a hole.')
    const result = await thread.fold(fold.documentId, after, encodeOperations(operations))
    // The thread closed the document to make room for others.
    if (result.status === 'needs-base') return this.#openBase(fold)
    for (const seq of result.quarantined) {
      metrics.count('operations_quarantined_total')
      log.error({ documentId: fold.documentId, seq }, 'an operation cannot be applied and is left out')
    }
    for (const { authorId } of operations) fold.authors.add(authorId)
    fold.folded = last.seq
    // What is heard next may begin anywhere; only what follows on this is of use.
    fold.heard = fold.heard.filter(({ seq }) => seq > last.seq)
    fold.waitingSince = clock.now()
    await stores.progress.advance({
      documentId: fold.documentId,
      seq: last.seq,
      versionVector: result.versionVector,
      replicaId: last.replicaId,
      counter: last.counter,
      updatedAt: clock.now(),
    })
  }

  async #openBase(fold: Fold): Promise<void> {
    const good = await newestSnapshot(fold.documentId, this.#options)
    const seq = good?.snapshot.seq ?? 0
    const result = await this.#options.thread.fold(fold.documentId, seq, NO_OPERATIONS, good?.bytes ?? null)
    if (result.status !== 'folded') throw new SheafServerError('internal')
    fold.folded = seq
    fold.snapshotSeq = seq
    fold.head = Math.max(fold.head, seq)
    fold.authors = new Set()
  }

  async #makeVersion(fold: Fold, { kind, name, by }: VersionWish): Promise<VersionRecord> {
    const { stores, thread, clock, limits, newId, metrics, log } = this.#options
    const { documentId } = fold
    await this.#foldTail(fold)
    let result = await thread.snapshot(documentId, fold.folded ?? 0)
    if (result.status === 'needs-base') {
      fold.folded = null
      await this.#foldTail(fold)
      result = await thread.snapshot(documentId, fold.folded ?? 0)
    }
    if (result.status === 'refused') {
      metrics.count('snapshots_refused_total')
      log.error({ documentId, reason: result.reason }, 'a snapshot is not equal to its document and is not kept')
    }
    if (result.status !== 'made') throw new SheafServerError('internal')
    const seq = fold.folded ?? 0
    const [latest, beforeLatest] = await stores.versions.list(documentId, { limit: 2 })
    if (kind === 'auto' && latest !== undefined && latest.seq >= seq && fold.snapshotSeq >= seq) return latest
    const now = clock.now()
    // Automatic versions thin out: of those that follow each other closely only the newest one stays.
    const replaced =
      latest?.kind === 'auto' &&
      (latest.seq === seq || (kind === 'auto' && now - (beforeLatest?.createdAt ?? now) < limits.versionSpacingMs))
        ? latest
        : null
    const version: VersionRecord = {
      id: newId(),
      documentId,
      seq,
      versionVector: result.versionVector,
      kind,
      name,
      authorIds: [...new Set([...(replaced?.authorIds ?? []), ...fold.authors, ...(by === null ? [] : [by])])].sort(),
      createdAt: now,
    }
    await stores.versions.put(version, result.snapshot)
    if (replaced !== null) await stores.versions.remove(documentId, replaced.id)
    fold.snapshotSeq = seq
    fold.snapshotAt = now
    fold.authors = new Set()
    metrics.count('snapshots_stored_total')
    await stores.cache.put(documentId, { seq, snapshot: result.snapshot }).catch((error: unknown) => {
      log.warn({ documentId, reason: reasonOf(error) }, 'the snapshot cache did not take a snapshot')
    })
    this.#options.stored(version, result.snapshot)
    return version
  }
}

const NO_OPERATIONS = encodeOperations([])

const isDirty = (fold: Fold): boolean =>
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
