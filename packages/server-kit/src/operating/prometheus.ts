import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { METRICS } from '../metrics.ts'
import type { MetricName, Metrics } from '../metrics.ts'
import type { RoomsStats } from '../rooms.ts'
import type { WorkerStats } from '../worker.ts'

const GAUGES: Readonly<Record<keyof RoomsStats, string>> = {
  rooms: 'Open documents.',
  sessions: 'Attached sessions.',
  pendingOperations: 'Operations that were accepted and are not durable yet.',
  unfoldedOperations: 'Operations that the materializer has not folded yet.',
  unpublishedOperations: 'Durable operations that are not in the feed yet.',
  feedShut: '1 while the feed does not take operations, else 0.',
  bytes: 'Memory that open documents are reckoned to take.',
}

const WORKER_GAUGES: Readonly<Record<keyof WorkerStats, string>> = {
  documents: 'Documents that the worker follows at the moment.',
  unfoldedOperations: 'Operations that the worker heard of and has not folded yet.',
  sickDocuments: 'Documents that the worker cannot fold. Alarm on any.',
}

const MILLISECONDS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000]
const OPERATIONS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

/** Figures of the server in Prometheus' text format. */
export class PrometheusMetrics implements Metrics {
  readonly contentType: string
  readonly #registry = new Registry()
  /** Counts by name and label, added up here and shown when asked for: the core counts in its hot path. */
  readonly #counts = new Map<string, Map<string, number>>()
  readonly #histograms = new Map<string, Histogram>()
  readonly #requests: Histogram<'method' | 'route' | 'status'>

  constructor() {
    this.contentType = this.#registry.contentType
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    for (const [name, help] of Object.entries(METRICS)) {
      if (!name.endsWith('_total')) {
        const buckets = name.endsWith('_milliseconds') ? MILLISECONDS : OPERATIONS
        this.#histograms.set(name, new Histogram({ name: `sheaf_${name}`, help, buckets, registers }))
        continue
      }
      const counts = new Map<string, number>([['', 0]])
      this.#counts.set(name, counts)
      const collect = (counter: Counter<'kind'>): void => {
        counter.reset()
        for (const [kind, count] of counts) counter.inc(kind === '' ? {} : { kind }, count)
      }
      const counter: Counter<'kind'> = new Counter({
        name: `sheaf_${name}`,
        help,
        labelNames: ['kind'],
        registers,
        collect: () => collect(counter),
      })
    }
    this.#requests = new Histogram({
      name: 'sheaf_http_request_milliseconds',
      help: 'Time until an HTTP request was answered.',
      labelNames: ['method', 'route', 'status'],
      buckets: MILLISECONDS,
      registers,
    })
  }

  /** Shows the state of the rooms from now on, as it is at the moment of asking. */
  showRooms(stats: () => RoomsStats): void {
    this.#show('sheaf', GAUGES, stats)
  }

  /** The same for a worker, which may run beside rooms. `lag` resolves with null where the feed does not say. */
  showWorker(stats: () => WorkerStats, lag: () => Promise<number | null>): void {
    this.#show('sheaf_worker', WORKER_GAUGES, stats)
    const gauge: Gauge = new Gauge({
      name: 'sheaf_feed_lag',
      help: 'Batches that wait in the feed, for all workers together; at most ten seconds old.',
      registers: [this.#registry],
      collect: async () => {
        const waiting = await lag()
        if (waiting === null) gauge.remove()
        else gauge.set(waiting)
      },
    })
  }

  #show<K extends string>(
    prefix: string,
    gauges: Readonly<Record<K, string>>,
    stats: () => Readonly<Record<K, number>>,
  ): void {
    for (const key of Object.keys(gauges) as K[]) {
      const name = `${prefix}_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
      const gauge: Gauge = new Gauge({
        name,
        help: gauges[key],
        registers: [this.#registry],
        collect: () => gauge.set(stats()[key]),
      })
    }
  }

  count(name: MetricName, by = 1, label = ''): void {
    const counts = this.#counts.get(name)
    counts?.set(label, (counts.get(label) ?? 0) + by)
  }

  observe(name: MetricName, value: number): void {
    this.#histograms.get(name)?.observe(value)
  }

  /** `route` is the pattern, never the path that was asked for. */
  observeRequest(request: { method: string; route: string; status: number }, milliseconds: number): void {
    const { method, route, status } = request
    this.#requests.observe({ method, route, status: String(status) }, milliseconds)
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }
}
