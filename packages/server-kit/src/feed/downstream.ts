import type { StoredOperation } from '@sheaf/protocol'
import { Materializer } from '../materializer.ts'
import type { MaterializerOptions } from '../materializer.ts'
import { reasonOf } from '../metrics.ts'
import type { Stores, VersionRecord } from '../ports.ts'
import { Publisher } from './publisher.ts'
import { decodeSnapshot } from '../document/snapshot.ts'
import type { Snapshot } from '../document/snapshot.ts'

/** An open document, as far as it matters what becomes of its operations. */
export interface OpenDocument {
  readonly documentId: string
  readonly seq: number
  readonly snapshotSeq: number
  swapSnapshot(snapshot: Snapshot): void
}

export interface DownstreamOptions extends MaterializerOptions {
  readonly stores: Pick<Stores, 'documents' | 'operations' | 'versions' | 'cache' | 'progress' | 'feed' | 'fanOut'>
  /** From 0 to 1. */
  readonly chance: () => number
  readonly openDocuments: () => Iterable<OpenDocument>
}

/** How often open documents with a long tail are looked after. */
const LOOK_MS = 10_000
/** Tails so many times as long as a snapshot is due: the message about it may have been lost; nobody may be folding. */
const TAIL_IS_LONG = 2
const TAIL_IS_FORGOTTEN = 10
/** Ids of versions that are announced at the moment. */
const MAX_OWN_VERSIONS = 1_000

/**
 * What becomes of operations after their commit: where there is a feed they go there, for a worker to fold; where there
 * is none, or it does not take any, they are folded here. Both at once are harmless.
 */
export class Downstream {
  readonly materializer: Materializer
  readonly publisher: Publisher | null
  readonly #options: DownstreamOptions
  readonly #ownVersions = new Set<string>()
  readonly #refreshing = new Set<string>()
  /** Documents whose rooms are gone while there is still something to do for them. */
  #unfinished = new Set<string>()
  #lookedAt = 0

  constructor(options: DownstreamOptions) {
    const { stores, clock, limits, log, metrics, chance } = options
    this.#options = options
    this.materializer = new Materializer({ ...options, stored: (version, bytes) => this.#stored(version, bytes) })
    this.publisher =
      stores.feed === null
        ? null
        : new Publisher({
            feed: stores.feed,
            stores,
            clock,
            limits,
            log,
            metrics,
            chance,
            changed: (state) => (state === 'open' ? this.#takeOver() : this.materializer.handOver()),
          })
    this.publisher?.start()
  }

  /** A document was opened; `last` is the newest operation after its snapshot. */
  opened({ documentId, seq, snapshotSeq }: OpenDocument, last: StoredOperation | undefined): void {
    if (seq <= snapshotSeq) return
    if (this.#foldsHere) return this.materializer.notify(documentId, seq)
    // Whoever folded it ended before a snapshot was due, and no operation came since that would tell another one.
    const isDue = seq - snapshotSeq >= this.#options.limits.snapshotEveryOperations
    if (isDue && last !== undefined) this.publisher?.repeat(documentId, last)
  }

  /** These operations are durable. */
  committed(documentId: string, operations: readonly StoredOperation[]): void {
    if (this.#foldsHere) this.materializer.hear(documentId, operations)
  }

  /** Somebody stored a version of an open document. */
  versionCreated(document: OpenDocument | null | undefined, versionId: string): void {
    const isOwn = this.#ownVersions.delete(versionId)
    if (!isOwn && document) this.#refreshLater(document)
  }

  /** A document's room is gone. */
  closed(documentId: string): void {
    this.#unfinished.add(documentId)
  }

  /** True while there is something to do for documents whose rooms are gone. */
  get isBusy(): boolean {
    return this.#unfinished.size > 0
  }

  /** Nothing is folded any more, and nothing is let go of: the document thread may be gone by then. */
  stop(): void {
    this.materializer.stop()
    this.#unfinished = new Set()
  }

  /** To be called now and then. */
  sweep(now: number, isOpen: (documentId: string) => boolean): void {
    for (const documentId of this.#unfinished) {
      if (!isOpen(documentId) && !this.materializer.isClean(documentId)) continue
      this.#unfinished.delete(documentId)
      if (isOpen(documentId)) continue
      this.materializer
        .forget(documentId)
        .catch((error: unknown) =>
          this.#options.log.warn({ documentId, reason: reasonOf(error) }, 'a document was not let go of'),
        )
    }
    this.#lookAfterTails(now)
  }

  #lookAfterTails(now: number): void {
    if (now - this.#lookedAt < LOOK_MS) return
    this.#lookedAt = now
    const { limits, openDocuments, log } = this.#options
    for (const document of openDocuments()) {
      const { documentId, seq, snapshotSeq } = document
      const due = (seq - snapshotSeq) / limits.snapshotEveryOperations
      if (due >= TAIL_IS_LONG) this.#refreshLater(document)
      if (due < TAIL_IS_FORGOTTEN || this.#foldsHere) continue
      log.warn({ documentId, seq, snapshotSeq }, 'no worker has kept this document for long, it is folded here')
      this.materializer.notify(documentId, seq)
    }
  }

  stats(): { readonly unfoldedOperations: number; readonly unpublishedOperations: number; readonly feedShut: number } {
    const { unpublished = 0, breaker = 'closed' } = this.publisher?.stats() ?? {}
    return {
      unfoldedOperations: this.materializer.unfolded(),
      unpublishedOperations: unpublished,
      feedShut: breaker === 'open' ? 1 : 0,
    }
  }

  get #foldsHere(): boolean {
    return this.publisher === null || this.publisher.isShut
  }

  #takeOver(): void {
    for (const { documentId, seq, snapshotSeq } of this.#options.openDocuments())
      if (seq > snapshotSeq) this.materializer.notify(documentId, seq)
  }

  #stored(version: VersionRecord, bytes: Uint8Array): void {
    if (this.#ownVersions.size >= MAX_OWN_VERSIONS) this.#ownVersions.clear()
    this.#ownVersions.add(version.id)
    this.#options.stored(version, bytes)
  }

  #refreshLater(document: OpenDocument): void {
    const { documentId } = document
    if (this.#refreshing.has(documentId)) return
    this.#refreshing.add(documentId)
    this.#refresh(document)
      .catch((error: unknown) =>
        this.#options.log.warn({ documentId, reason: reasonOf(error) }, 'a new snapshot was not fetched'),
      )
      .finally(() => this.#refreshing.delete(documentId))
  }

  /** Takes the newest snapshot, so that operations which it covers can go. */
  async #refresh(document: OpenDocument): Promise<void> {
    const { cache, versions } = this.#options.stores
    const { documentId } = document
    const cached = await cache.get(documentId).catch(() => null)
    let bytes = cached !== null && cached.seq > document.snapshotSeq ? cached.snapshot : null
    if (bytes === null) {
      const latest = await versions.latest(documentId)
      if (latest === null || latest.seq <= document.snapshotSeq) return
      bytes = await versions.getSnapshot(documentId, latest.id)
    }
    if (bytes !== null) document.swapSnapshot(decodeSnapshot(bytes))
  }
}
