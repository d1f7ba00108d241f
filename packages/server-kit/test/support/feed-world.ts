import type { StoredOperation } from '@sheaf/protocol'
import { createInlineDocumentThread } from '../../src/document/document-thread.ts'
import type { DocumentThread } from '../../src/document/document-thread.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import type { Limits } from '../../src/limits.ts'
import type { LogFacts } from '../../src/metrics.ts'
import type { Progress, Stores } from '../../src/ports.ts'
import { createMemoryFeed } from '../../src/testing/memory-feed.ts'
import type { MemoryFeed } from '../../src/testing/memory-feed.ts'
import { createMemoryStores, MemoryBus } from '../../src/testing/memory-stores.ts'
import type { MemoryStores } from '../../src/testing/memory-stores.ts'
import { createWorker } from '../../src/worker.ts'
import type { Worker } from '../../src/worker.ts'
import { FakeClock } from './fake-clock.ts'
import { World } from './world.ts'
import type { WorldOptions } from './world.ts'

/** Memory stores with a feed: a fault that is set on the stores leaves the feed alone, and the other way round. */
export interface FedStores extends MemoryStores {
  readonly feed: MemoryFeed
}

/** Several servers and workers over one log and one feed, in memory. */
export class Cluster {
  readonly clock = new FakeClock()
  readonly feed: MemoryFeed
  readonly limits: Limits
  readonly #first: MemoryStores
  #servers = 0
  #people: World | null = null

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits }
    this.feed = createMemoryFeed({ clock: this.clock, retryMs: 1_000 })
    this.#first = createMemoryStores({ bus: new MemoryBus() })
  }

  /** The stores as one more process has them, over the same durable data. */
  stores(): FedStores {
    return { ...this.#first.another(), feed: this.feed }
  }

  server(options: WorldOptions = {}): World {
    this.#servers += 1
    const server = new World({
      stores: this.stores(),
      clock: this.clock,
      limits: this.limits,
      serverId: `server-${this.#servers}`,
      ...(this.#people === null ? {} : { people: this.#people }),
      ...options,
    })
    this.#people ??= server
    return server
  }

  async worker(options: { readonly stores?: FedStores; readonly thread?: DocumentThread } = {}): Promise<TestWorker> {
    const worker = new TestWorker(this, options.stores ?? this.stores(), options.thread)
    await worker.worker.start()
    return worker
  }

  /** Seqs of a document in the order in which the feed took them. */
  published(documentId: string): number[] {
    return this.feed.published
      .filter((batch) => batch.documentId === documentId)
      .flatMap(({ operations }) => operations.map(({ seq }) => seq))
  }

  async log(documentId: string): Promise<StoredOperation[]> {
    return this.#first.operations.read(documentId, 0, 100_000)
  }

  async progress(documentId: string): Promise<Progress | null> {
    return this.#first.progress.get(documentId)
  }

  pass(ms = 0): Promise<void> {
    return this.clock.pass(ms)
  }
}

export class TestWorker {
  readonly worker: Worker
  readonly stores: FedStores
  readonly alarms: (LogFacts & { readonly message: string })[] = []
  readonly counts = new Map<string, number>()
  /** Each page that was folded: the seqs. */
  readonly folded: number[] = []

  constructor(cluster: Cluster, stores: FedStores, thread?: DocumentThread) {
    this.stores = stores
    this.worker = createWorker({
      stores,
      thread: thread ?? createInlineDocumentThread(cluster.limits),
      clock: cluster.clock,
      limits: cluster.limits,
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (facts, message) => void this.alarms.push({ ...facts, message }),
      },
      metrics: {
        count: (name, by = 1) => void this.counts.set(name, (this.counts.get(name) ?? 0) + by),
        observe: () => undefined,
      },
    })
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0
  }
}

/** Counts every call of every store, by `port.method`. */
export function counting<T extends Stores>(stores: T): { readonly stores: T; readonly calls: Map<string, number> } {
  const calls = new Map<string, number>()
  const ports = ['documents', 'operations', 'versions', 'progress', 'locks', 'cache', 'feed'] as const
  const counted: Record<string, unknown> = {}
  for (const port of ports) {
    const target = stores[port]
    if (target === null) continue
    counted[port] = new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          const key = `${port}.${String(name)}`
          calls.set(key, (calls.get(key) ?? 0) + 1)
          return Reflect.apply(value, object, args)
        }
      },
    })
  }
  return { stores: { ...stores, ...counted }, calls }
}
