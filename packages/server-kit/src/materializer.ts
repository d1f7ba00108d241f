import { encodeOperations } from '@sheaf/protocol'
import type { StoredOperation, VersionVector } from '@sheaf/protocol'
import type { Clock } from './clock.ts'
import type { DocumentThread } from './document/document-thread.ts'
import { SheafServerError, isServerError } from './errors.ts'
import { AUTO, isDirty, isReplaced, newFold, nextStep } from './feed/fold.ts'
import type { Fold, VersionWish } from './feed/fold.ts'
import { FoldError, isDamage, isOwnFault } from './feed/fold-error.ts'
import type { Limits } from './limits.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import type { Progress, Stores, VersionRecord } from './ports.ts'
import { sizeOf } from './feed/publication.ts'
import { newestSnapshot } from './recovery.ts'
import { seqOf } from './document/snapshot.ts'

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

const TICK_MS = 250
/** After a failure a document rests, twice as long after each further one, up to the longest. */
const REST_MS = 5_000
const LONGEST_REST_MS = 10 * 60_000
const PAGE = 500
/** The same where a store was the reason: it is not asked less often for what it cannot help. */
const LONGEST_STORE_REST_MS = 30_000

/**
 * Follows the log of every document that changes and folds it into snapshots and versions, in the order of seq and
 * without a hole: what was not heard of is read from the log, so that a notification that is lost or doubled changes
 * nothing but the time.
 */
export class Materializer {
  readonly #options: MaterializerOptions
  /** The ones that were noticed last stand last. */
  readonly #folds = new Map<string, Fold>()
  #heardBytes = 0
  #ticking = false
  #stopped = false

  constructor(options: MaterializerOptions) {
    this.#options = options
  }

  /**
   * These operations are durable. Costs next to nothing: it is called at every commit. They may come twice, late and in
   * any order; what is not kept of them is read from the log.
   */
  hear(documentId: string, operations: readonly StoredOperation[]): void {
    const fold = this.#foldOf(documentId)
    let head = 0
    for (const operation of operations) {
      head = Math.max(head, operation.seq)
      const before = fold.heard.at(-1)?.seq
      const follows = before === undefined ? operation.seq > (fold.folded ?? 0) : operation.seq === before + 1
      if (!follows || fold.isSick || this.#heardBytes >= this.#options.limits.maxHeardBytes) continue
      fold.heard.push(operation)
      this.#heardBytes += sizeOf([operation])
    }
    this.notify(documentId, head)
  }

  /**
   * Folds what the feed brought, and all before it. Resolves when the progress is stored, so that the feed may go on; also
   * for a document that refuses to be folded: it raised an alarm and is tried again later, and must not hold up those
   * behind it. Rejects where a store does not answer: then the same has to come again.
   */
  async take(documentId: string, operations: readonly StoredOperation[]): Promise<void> {
    this.hear(documentId, operations)
    const fold = this.#foldOf(documentId)
    this.#folds.delete(documentId)
    this.#folds.set(documentId, fold)
    if (fold.isSick && this.#options.clock.now() < fold.restUntil) return
    try {
      await this.#exclusive(fold, () => this.#foldTail(fold))
    } catch (error) {
      if (!isOwnFault(error)) throw error
      this.#rest(fold, error)
    }
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
    const fold = this.#folds.get(documentId)
    if (fold !== undefined) this.#dropHeard(fold, fold.heard.length)
    this.#folds.delete(documentId)
    await this.#options.thread.forget(documentId)
  }

  /**
   * Forgets documents that are in a snapshot and were not heard of for so long, and where there are more than so many, the
   * longest unheard ones first; those too that refuse to be folded, in the hope of better times.
   */
  forgetUnused(idleMs: number, maxDocuments: number): void {
    const now = this.#options.clock.now()
    for (const fold of this.#folds.values()) {
      const isUnused = !isDirty(fold) && now - fold.noticedAt >= idleMs
      const isTooMuch = this.#folds.size > maxDocuments && (!isDirty(fold) || fold.isSick)
      if (!fold.busy && (isUnused || isTooMuch)) this.#letGo(fold)
    }
  }

  /** Others fold from now on. What is under way is finished. */
  handOver(): void {
    for (const fold of this.#folds.values()) this.#letGo(fold)
  }

  stats(): { readonly documents: number; readonly unfolded: number; readonly sick: number } {
    const folds = [...this.#folds.values()]
    return { documents: folds.length, unfolded: this.unfolded(), sick: folds.filter(({ isSick }) => isSick).length }
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
    const known = this.#folds.get(documentId)
    if (known !== undefined) return known
    const fold = newFold(documentId, this.#options.clock.now())
    this.#folds.set(documentId, fold)
    return fold
  }

  #letGo({ documentId }: Fold): void {
    this.forget(documentId).catch((error: unknown) =>
      this.#options.log.warn({ documentId, reason: reasonOf(error) }, 'a document was not let go of'),
    )
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
      this.#rest(fold, error)
    }
  }

  #rest(fold: Fold, error: unknown): void {
    const { log, clock, metrics } = this.#options
    const isSick = isOwnFault(error)
    const longest = isSick ? LONGEST_REST_MS : LONGEST_STORE_REST_MS
    fold.restUntil = clock.now() + Math.min(longest, REST_MS * 2 ** fold.failures)
    fold.failures += 1
    fold.isSick = isSick
    // The next try starts from what is stored: whatever is kept open may be what went wrong.
    fold.folded = null
    fold.reached = null
    this.#dropHeard(fold, fold.heard.length)
    this.#tickLater()
    const facts = { documentId: fold.documentId, reason: reasonOf(error) }
    if (isDamage(error)) {
      metrics.count('folds_failed_total')
      log.error(facts, 'a document cannot be folded, it is tried again ever more rarely')
    } else log.warn(facts, 'a document was not folded, it is tried again')
  }

  #dropHeard(fold: Fold, count: number): void {
    this.#heardBytes -= sizeOf(fold.heard.slice(0, count))
    fold.heard = fold.heard.slice(count)
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
    fold.isSick = false
    await this.#storeProgress(fold)
  }

  /** The log begins later than it did: what was trimmed is in a newer snapshot, which another process made. */
  async #passTrimmed(fold: Fold, after: number): Promise<void> {
    await this.#openBase(fold)
    if ((fold.folded ?? 0) <= after) throw new SheafServerError('document-damaged', 'The log has a hole.')
  }

  async #storeProgress(fold: Fold): Promise<void> {
    const { reached } = fold
    if (reached === null || reached.seq <= fold.storedProgress) return
    await this.#options.stores.progress.advance(reached)
    fold.storedProgress = reached.seq
  }

  async #nextPage(fold: Fold, after: number): Promise<readonly StoredOperation[]> {
    const start = fold.heard.findIndex(({ seq }) => seq > after)
    if (fold.heard[start]?.seq === after + 1) return fold.heard.slice(start, start + PAGE)
    return this.#options.stores.operations.read(fold.documentId, after, PAGE)
  }

  async #foldPage(fold: Fold, after: number, operations: readonly StoredOperation[]): Promise<void> {
    const { clock, log, metrics } = this.#options
    const last = operations.at(-1)
    if (last === undefined || operations[0]?.seq !== after + 1)
      throw new SheafServerError('document-damaged', 'The log has a hole.')
    const result = await this.#inThread((thread) => thread.fold(fold.documentId, after, encodeOperations(operations)))
    // The thread closed the document to make room for others.
    if (result.status === 'needs-base') return this.#openBase(fold)
    for (const seq of result.quarantined) {
      metrics.count('operations_quarantined_total')
      log.error({ documentId: fold.documentId, seq }, 'an operation cannot be applied and is left out')
    }
    for (const { authorId } of operations) fold.authors.add(authorId)
    fold.folded = last.seq
    const kept = fold.heard.findIndex(({ seq }) => seq > last.seq)
    this.#dropHeard(fold, kept === -1 ? fold.heard.length : kept)
    fold.waitingSince = clock.now()
    fold.reached = this.#progressAt(fold, last, result.versionVector)
  }

  #progressAt({ documentId }: Fold, last: StoredOperation, versionVector: VersionVector): Progress {
    const { seq, replicaId, counter } = last
    return { documentId, seq, versionVector, replicaId, counter, updatedAt: this.#options.clock.now() }
  }

  /** What goes wrong there is the document's doing, whatever it says; except at the end. */
  async #inThread<T>(work: (thread: DocumentThread) => Promise<T>): Promise<T> {
    try {
      return await work(this.#options.thread)
    } catch (error) {
      if (isServerError(error, 'draining')) throw error
      throw new FoldError(reasonOf(error), { cause: error })
    }
  }

  async #openBase(fold: Fold): Promise<void> {
    // Read before the log: what was folded once must be in snapshot and log still.
    const progress = await this.#options.stores.progress.get(fold.documentId)
    fold.storedProgress = progress?.seq ?? 0
    const good = await newestSnapshot(fold.documentId, this.#options)
    const seq = good?.snapshot.seq ?? 0
    const base = good?.bytes ?? null
    const result = await this.#inThread((thread) => thread.fold(fold.documentId, seq, NO_OPERATIONS, base))
    if (result.status !== 'folded') throw new SheafServerError('internal')
    fold.folded = seq
    fold.snapshotSeq = seq
    fold.head = Math.max(fold.head, seq, fold.storedProgress)
    fold.authors = new Set()
    if (seq <= fold.storedProgress) return
    // Only the first snapshot of a document is made before its operations are folded.
    const [last] = await this.#options.stores.operations.read(fold.documentId, seq - 1, 1)
    if (last?.seq === seq) fold.reached = this.#progressAt(fold, last, result.versionVector)
  }

  async #makeVersion(fold: Fold, { kind, name, by }: VersionWish): Promise<VersionRecord> {
    const { stores, clock, limits, newId, metrics, log } = this.#options
    const { documentId } = fold
    await this.#foldTail(fold)
    const [latest, beforeLatest] = await stores.versions.list(documentId, { limit: 2 })
    if (kind === 'auto' && latest !== undefined && (await this.#isKept(fold, latest))) return latest
    let result = await this.#inThread((thread) => thread.snapshot(documentId, fold.folded ?? 0))
    if (result.status === 'needs-base') {
      fold.folded = null
      await this.#foldTail(fold)
      result = await this.#inThread((thread) => thread.snapshot(documentId, fold.folded ?? 0))
    }
    if (result.status === 'refused') {
      metrics.count('snapshots_refused_total')
      log.error({ documentId, reason: result.reason }, 'a snapshot is not equal to its document and is not kept')
    }
    if (result.status !== 'made') throw new SheafServerError('internal')
    const seq = fold.folded ?? 0
    const now = clock.now()
    const replaced = isReplaced(latest, beforeLatest, { seq, kind, createdAt: now }, limits.versionSpacingMs)
      ? (latest ?? null)
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

  /** True where the newest version holds all that is folded: ours, or one that another materializer stored meanwhile. */
  async #isKept(fold: Fold, { id, seq }: VersionRecord): Promise<boolean> {
    if (seq < (fold.folded ?? 0)) return false
    if (fold.snapshotSeq >= seq) return true
    const bytes = await this.#options.stores.versions.getSnapshot(fold.documentId, id).catch((error: unknown) => {
      if (isDamage(error)) return null
      throw error
    })
    if (bytes === null || seqOf(bytes) !== seq) return false
    fold.snapshotSeq = seq
    fold.authors = new Set()
    return true
  }
}

const NO_OPERATIONS = encodeOperations([])
