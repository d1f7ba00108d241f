import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { METRICS } from './metrics.ts'
import type { MetricName, Metrics } from './metrics.ts'
import type { RoomsStats } from './rooms.ts'

const GAUGES: Readonly<Record<keyof RoomsStats, string>> = {
  rooms: 'Open documents.',
  sessions: 'Attached sessions.',
  pendingOperations: 'Operations that were accepted and are not durable yet.',
  unfoldedOperations: 'Operations that the materializer has not folded yet.',
  bytes: 'Memory that open documents are reckoned to take.',
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
    for (const [key, help] of Object.entries(GAUGES)) {
      const name = `sheaf_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect: () => gauge.set(stats()[key as keyof RoomsStats]),
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
