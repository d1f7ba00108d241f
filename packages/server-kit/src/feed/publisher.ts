import type { StoredOperation } from '@sheaf/protocol'
import { CLOSED, afterFailure, spread, waitAfter } from './breaker.ts'
import type { BreakerState } from './breaker.ts'
import type { Clock } from '../clock.ts'
import { isServerError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { reasonOf } from '../metrics.ts'
import type { Log, Metrics } from '../metrics.ts'
import type { DocumentRecord, OperationFeed, Stores } from '../ports.ts'
import { isAtWork, newLine, sizeOf } from './publication.ts'
import type { Line, Publication } from './publication.ts'
import { UnpublishedDocuments } from './unpublished-documents.ts'

export interface PublisherOptions {
  readonly feed: OperationFeed
  readonly stores: Pick<Stores, 'documents' | 'operations'>
  readonly clock: Clock
  readonly limits: Pick<Limits, 'maxUnpublishedBytes' | 'publishTimeoutMs' | 'findUnpublishedMs' | 'advanceMs'>
  readonly log: Log
  readonly metrics: Metrics
  /** From 0 to 1. */
  readonly chance: () => number
  /** The feed takes operations again, or does not any more. */
  readonly changed: (state: 'open' | 'closed') => void
}

export interface PublisherStats {
  /** Operations that are durable and not in the feed, of documents that this server knows to be behind. */
  readonly unpublished: number
  /** Bytes of operations that are kept in memory until they are published. */
  readonly queuedBytes: number
  readonly breaker: 'open' | 'closed'
}

/** Operations of one call. */
const PAGE = 256
/** Documents whose backlog is read from the log at one time. */
const MAX_DRAINS = 4
/** Documents without a room that are remembered as being behind; the store knows all of them. */
const MAX_LINES = 10_000
const REST_MS = 5_000
const LONGEST_REST_MS = 10 * 60_000

/**
 * Brings what is durable into the feed, beside the commits: for each document in the order of seq, one call at a time.
 * Nothing depends on it being quick, or on its memory: the log has every operation, the records say what is missing.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #lines = new Map<string, Line>()
  readonly #behind = new Set<Line>()
  #breaker: BreakerState = CLOSED
  #queuedBytes = 0
  #drains = 0
  #running = new Set<Promise<void>>()
  #timers = new Set<() => void>()
  #cancelProbe: (() => void) | null = null
  readonly #unpublished: UnpublishedDocuments
  #stopped = false

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#unpublished = new UnpublishedDocuments({
      documents: options.stores.documents,
      log: options.log,
      isOwn: (documentId) => isAtWork(this.#lines.get(documentId)),
      found: (record) => this.#adopt(record),
    })
  }

  /** Looks for what servers left behind that are no more, now and from time to time. */
  start(): void {
    this.#unpublished.look()
    this.#lookLater()
  }

  stats(): PublisherStats {
    let unpublished = 0
    for (const { head, published } of this.#lines.values()) unpublished += Math.max(0, head - published)
    return { unpublished, queuedBytes: this.#queuedBytes, breaker: this.#breaker.status }
  }

  /** `told` is called with the highest published seq, whenever it has grown. */
  attach(
    documentId: string,
    at: { readonly seq: number; readonly publishedSeq: number },
    told: (publishedSeq: number) => void,
  ): Publication {
    const line = this.#lineOf(documentId, at.publishedSeq)
    line.told = told
    if (line.published > at.publishedSeq) told(line.published)
    line.head = Math.max(line.head, at.seq)
    if (line.published < at.seq && line.queue.length === 0 && !line.busy) this.#fallBehind(line, line.published)
    this.#kick(line)
    return {
      send: (operations) => this.#send(line, operations),
      end: () => {
        if (line.told !== told) return
        line.told = null
        this.#tidy(line)
      },
    }
  }

  /** Publishes once more what was published: somebody has to look at the document again. */
  repeat(documentId: string, operation: StoredOperation): void {
    const line = this.#lines.get(documentId)
    if (line?.behind === null && this.#breaker.status === 'closed') this.#send(line, [operation])
  }

  /** True while the feed does not take operations. */
  get isShut(): boolean {
    return this.#breaker.status === 'open'
  }

  /** Publishes what is queued. What is behind stays behind, for whoever looks next. */
  async close(): Promise<void> {
    this.#stopped = true
    this.#cancelProbe?.()
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    await this.#unpublished.settled()
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #lineOf(documentId: string, published: number): Line {
    const known = this.#lines.get(documentId)
    if (known !== undefined) return known
    const line = newLine(documentId, published, this.#options.clock.now())
    this.#lines.set(documentId, line)
    return line
  }

  #send(line: Line, operations: readonly StoredOperation[]): void {
    const [first, last] = [operations[0], operations.at(-1)]
    if (first === undefined || last === undefined) return
    line.head = Math.max(line.head, last.seq)
    // While a document is read from the log these will be found there, in their place.
    if (line.behind !== null) return
    const bytes = sizeOf(operations)
    const full = this.#queuedBytes + bytes > this.#options.limits.maxUnpublishedBytes
    if (full || this.#breaker.status === 'open') this.#fallBehind(line, first.seq - 1)
    else {
      line.queue.push(...operations)
      this.#queuedBytes += bytes
    }
    this.#kick(line)
  }

  /** From now on the document is read from the log, behind `seq`; nothing of it is kept in memory. */
  #fallBehind(line: Line, seq: number): void {
    line.behind = Math.min(line.behind ?? seq, (line.queue[0]?.seq ?? seq + 1) - 1, seq)
    this.#queuedBytes -= sizeOf(line.queue)
    line.queue = []
    this.#behind.add(line)
  }

  /** Goes on with a document if there is something to do for it and nothing against it. */
  #kick(line: Line, probe = false): void {
    if (line.busy || (line.behind === null ? line.queue.length === 0 : this.#stopped)) return
    if (!probe && (this.#breaker.status === 'open' || this.#options.clock.now() < line.restUntil)) return
    const drains = line.behind !== null
    if (drains && this.#drains >= MAX_DRAINS && !probe) return
    line.busy = true
    if (drains) this.#drains += 1
    const run: Promise<void> = this.#run(line, probe)
      .catch((error: unknown) => this.#storeFailed(line, error))
      .finally(() => {
        line.busy = false
        if (drains) this.#drains -= 1
        this.#running.delete(run)
        this.#kick(line)
        if (drains) this.#drainOn()
        this.#tidy(line)
      })
    this.#running.add(run)
  }

  #drainOn(): void {
    for (const line of this.#behind) {
      if (this.#drains >= MAX_DRAINS) return
      this.#kick(line)
    }
  }

  async #run(line: Line, probe: boolean): Promise<void> {
    const drains = line.behind !== null
    for (let allowed = true; allowed;) {
      const batch = line.behind === null ? this.#takeQueue(line) : await this.#readBehind(line)
      if (batch.length > 0 && !(await this.#hand(line, batch, probe))) return
      if (line.behind !== null && (batch.length === 0 || line.behind >= line.head)) {
        line.behind = null
        if (batch.length === 0) line.head = line.published
        this.#behind.delete(line)
      }
      await this.#record(line)
      const more = line.behind === null ? !drains && line.queue.length > 0 : drains && !this.#stopped
      allowed = more && this.#breaker.status === 'closed'
    }
  }

  #takeQueue(line: Line): readonly StoredOperation[] {
    const batch = line.queue.slice(0, PAGE)
    line.queue = line.queue.slice(PAGE)
    this.#queuedBytes -= sizeOf(batch)
    return batch
  }

  async #readBehind(line: Line): Promise<readonly StoredOperation[]> {
    return this.#options.stores.operations.read(line.documentId, line.behind ?? 0, PAGE)
  }

  /** True where the feed took them. */
  async #hand(line: Line, batch: readonly StoredOperation[], probe: boolean): Promise<boolean> {
    const { metrics } = this.#options
    const [first, last] = [batch[0], batch.at(-1)]
    if (first === undefined || last === undefined) return true
    const failure = await this.#publish(line.documentId, batch)
    if (failure !== null) {
      metrics.count('publishes_failed_total')
      this.#fallBehind(line, first.seq - 1)
      // A document that fails while others pass must not keep the feed shut for all of them.
      if (!probe && this.#breaker.status === 'closed') {
        line.failures += 1
        this.#rest(line)
      }
      this.#failed(failure)
      return false
    }
    metrics.count('operations_published_total', batch.length)
    line.failures = 0
    line.published = Math.max(line.published, last.seq)
    if (line.behind !== null) line.behind = last.seq
    line.told?.(line.published)
    // A call that was under way when another one failed says nothing about now.
    if (probe) this.#succeeded()
    return true
  }

  /** Null, or why the feed did not take them in time. */
  async #publish(documentId: string, batch: readonly StoredOperation[]): Promise<string | null> {
    const { feed, clock, limits } = this.#options
    return new Promise((resolve) => {
      const cancel = clock.after(limits.publishTimeoutMs, () => resolve('it did not answer in time'))
      feed
        .publish(documentId, batch)
        .then(
          () => resolve(null),
          (error: unknown) => resolve(reasonOf(error)),
        )
        .finally(cancel)
    })
  }

  /** A store that does not answer says nothing about the feed, nor about the document. */
  #storeFailed(line: Line, error: unknown): void {
    const { log } = this.#options
    const damaged = isServerError(error, 'document-damaged') || isServerError(error, 'store-damaged')
    const facts = { documentId: line.documentId, reason: reasonOf(error) }
    if (damaged) log.error(facts, 'the log of a document is damaged, it is not published')
    else log.warn(facts, 'a document was not published, it is tried again')
    line.failures += damaged ? 1 : 0
    this.#rest(line)
  }

  #rest(line: Line): void {
    const { clock, chance } = this.#options
    const ms = spread(waitAfter(Math.max(1, line.failures), REST_MS, LONGEST_REST_MS), chance())
    line.restUntil = clock.now() + ms
    this.#later(ms, () => this.#kick(line))
  }

  // ── the breaker ──────────────────────────────────────────────────────────────────────────────────────────────────

  #failed(reason: string): void {
    const { clock, chance, log, changed } = this.#options
    const before = this.#breaker.status
    // Calls that were under way when the first one failed say nothing new.
    if (before === 'open' && clock.now() < this.#breaker.probeAt) return
    this.#breaker = afterFailure(this.#breaker, clock.now(), chance())
    if (before === 'closed') {
      // What is queued is in the log.
      for (const line of this.#lines.values()) {
        const next = line.queue[0]
        if (next !== undefined) this.#fallBehind(line, next.seq - 1)
      }
      log.warn({ reason, backlog: this.stats().unpublished }, 'the feed does not take operations, they wait in the log')
      changed('open')
    }
    if (this.#breaker.status === 'open') this.#probeAfter(this.#breaker.probeAt - clock.now())
  }

  #succeeded(): void {
    if (this.#breaker.status === 'closed') return
    this.#breaker = CLOSED
    const { log, changed } = this.#options
    log.info({ backlog: this.stats().unpublished }, 'the feed takes operations again')
    changed('closed')
    this.#cancelProbe?.()
    this.#drainOn()
    this.#unpublished.look()
  }

  #probeAfter(ms: number): void {
    this.#cancelProbe?.()
    if (!this.#stopped) this.#cancelProbe = this.#options.clock.after(ms, () => this.#probe())
  }

  /** One document is tried: the one that there is the least against. */
  #probe(): void {
    if (this.#breaker.status === 'closed' || this.#stopped) return
    let chosen: Line | null = null
    for (const line of this.#behind) {
      if (!line.busy && (chosen === null || line.failures < chosen.failures)) chosen = line
    }
    if (chosen === null) {
      // Nothing waits: whatever comes next is the probe.
      this.#succeeded()
      return
    }
    // Should the log not answer there is no answer about the feed either: it is asked again.
    this.#breaker = { ...this.#breaker, probeAt: this.#options.clock.now() }
    this.#probeAfter(this.#options.limits.publishTimeoutMs)
    // Those that failed together with it take their turn the next time.
    this.#behind.delete(chosen)
    this.#behind.add(chosen)
    this.#kick(chosen, true)
  }

  // ── what nobody here knows of ────────────────────────────────────────────────────────────────────────────────────

  #lookLater(): void {
    // From two thirds to four thirds of the time: servers that started together do not look together.
    const ms = (this.#options.limits.findUnpublishedMs * 4) / 3
    this.#later(spread(ms, this.#options.chance()), () => {
      if (this.#breaker.status === 'closed') this.#unpublished.look()
      this.#lookLater()
    })
  }

  #adopt({ id, seq, publishedSeq }: DocumentRecord): void {
    if (this.#stopped || this.#lines.size >= MAX_LINES) return
    const line = this.#lineOf(id, publishedSeq)
    if (isAtWork(line)) return
    line.head = Math.max(line.head, seq)
    this.#fallBehind(line, publishedSeq)
    this.#kick(line)
  }

  /** Without a room nobody else writes into the record how far the feed is: from time to time, and at the end. */
  async #record(line: Line): Promise<void> {
    const { stores, clock, limits } = this.#options
    if (line.told !== null || line.recorded >= line.published) return
    if (line.behind !== null && clock.now() - line.recordedAt < limits.advanceMs) return
    const record = await stores.documents.get(line.documentId)
    if (record === null) return
    const publishedSeq = line.published
    // Its own position does not move by this.
    const { seq, versionVector, updatedAt } = record
    await stores.documents.advance(line.documentId, { seq, versionVector, publishedSeq, updatedAt })
    line.recorded = publishedSeq
    line.recordedAt = clock.now()
  }

  #tidy(line: Line): void {
    const waits = line.busy || line.queue.length > 0
    if (line.told !== null || waits || this.#lines.get(line.documentId) !== line) return
    // With very many behind, the store remembers them.
    if (line.behind !== null && this.#lines.size <= MAX_LINES) return
    this.#lines.delete(line.documentId)
    this.#behind.delete(line)
  }

  #later(ms: number, call: () => void): void {
    if (this.#stopped) return
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel)
      call()
    })
    this.#timers.add(cancel)
  }
}
