import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { DocumentThread } from './document/document-thread.ts'
import { SheafServerError } from './errors.ts'
import { createIdentifiers } from './identifiers.ts'
import type { Limits } from './limits.ts'
import { Materializer } from './materializer.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import type { Stores } from './ports.ts'

export interface WorkerOptions {
  readonly stores: Pick<Stores, 'documents' | 'operations' | 'versions' | 'cache' | 'progress' | 'fanOut' | 'feed'>
  readonly thread: DocumentThread
  readonly clock: Clock
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
}

export interface WorkerStats {
  /** Documents that the worker follows at the moment. */
  readonly documents: number
  /** Operations that were heard of and are not folded yet. */
  readonly unfoldedOperations: number
  /** Documents that cannot be folded, and are tried again from time to time. */
  readonly sickDocuments: number
}

/** Folds what servers commit: the materializer as a process of its own, fed by the queue between them. */
export interface Worker {
  /** Takes its share of the documents. Rejects where the feed cannot be consumed at all. */
  start(): Promise<void>
  /** Finishes what is under way, gives its share to the others, and keeps what time allows. Idempotent. */
  drain(): Promise<void>
  stats(): WorkerStats
}

/** @throws {SheafServerError} `configuration` where there is no feed. */
export function createWorker({ stores, thread, clock, limits, log, metrics }: WorkerOptions): Worker {
  const { feed, fanOut } = stores
  if (feed === null) throw new SheafServerError('configuration', 'A worker needs a feed: there is nothing to consume.')
  const ids = createIdentifiers((length) => randomBytes(length))
  const materializer = new Materializer({
    stores,
    thread,
    clock,
    limits,
    log,
    metrics,
    newId: () => ids.next(),
    stored: ({ documentId, id }) => {
      fanOut
        .announce({ kind: 'version-created', documentId, versionId: id })
        .catch((error: unknown) => log.warn({ documentId, reason: reasonOf(error) }, 'a version was not announced'))
    },
  })
  let stopConsuming: (() => Promise<void>) | null = null
  let draining: Promise<void> | null = null

  const sweepLater = (): void => {
    clock.after(limits.sweepMs, () => {
      if (draining !== null) return
      materializer.forgetUnused(limits.roomIdleMs, limits.maxRooms)
      sweepLater()
    })
  }

  const within = (work: Promise<unknown>): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(limits.drainMs, () => {
        log.warn({}, 'a step of the drain took too long and was left')
        resolve()
      })
      work.then(() => resolve(), reject).finally(cancel)
    })

  const drain = async (): Promise<void> => {
    await within(stopConsuming?.() ?? Promise.resolve())
    // What is not kept now is kept by whoever takes the document over.
    await within(materializer.settle())
    materializer.stop()
  }

  return {
    start: async () => {
      stopConsuming = await feed.consume((documentId, operations) => materializer.take(documentId, operations))
      sweepLater()
    },
    drain: () => (draining ??= drain()),
    stats: () => {
      const { documents, unfolded, sick } = materializer.stats()
      return { documents, unfoldedOperations: unfolded, sickDocuments: sick }
    },
  }
}
