import { SheafServerError } from '../../errors.ts'
import type { Log } from '../../metrics.ts'

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly username: string
  readonly password: string
}

export interface KafkaOptions {
  /** Where to ask for the cluster, each `host:port`. */
  readonly brokers: readonly string[]
  readonly topic: string
  /** The topic has at least so many partitions: no more consumers can share the load. */
  readonly partitions: number
  readonly tls: boolean
  readonly sasl: KafkaSasl | null
  /** Written into every message; messages of another cluster are not taken. */
  readonly clusterId: string
  readonly log: Log
  /** Consumers of one group share the documents. Default `sheaf.materializer`. */
  readonly group?: string
  readonly timings?: Partial<KafkaTimings>
}

/** All in milliseconds. */
export interface KafkaTimings {
  /** Until a socket is connected. */
  readonly connectMs: number
  /** Until a request is answered. */
  readonly requestMs: number
  /** Until a publish rejects that Kafka has not taken. */
  readonly publishMs: number
  /** How long a start tries to reach a Kafka that does not answer yet. */
  readonly startMs: number
  /** Until `check` and `lag` reject. */
  readonly checkMs: number
  /** Kafka gives the documents of a consumer to others when it has not heard of it for so long. At least 6,000. */
  readonly sessionMs: number
  readonly heartbeatMs: number
  /** How long the other consumers wait for one that still works when the documents are shared out anew. */
  readonly rebalanceMs: number
  /** How long Kafka holds back the answer when there is nothing to consume; no longer is a rebalance unnoticed. */
  readonly fetchWaitMs: number
  /** A consumer that did nothing at all for so long is built anew. */
  readonly silentMs: number
  /** The first pause before something that failed is tried again; each further one is twice as long, */
  readonly retryMs: number
  /** up to this one. */
  readonly longestRetryMs: number
}

export const DEFAULT_TIMINGS: KafkaTimings = {
  connectMs: 1_000,
  requestMs: 2_000,
  publishMs: 3_000,
  startMs: 5_000,
  checkMs: 2_000,
  sessionMs: 10_000,
  heartbeatMs: 1_000,
  rebalanceMs: 20_000,
  fetchWaitMs: 500,
  silentMs: 45_000,
  retryMs: 100,
  longestRetryMs: 1_000,
}

/** Options of which nothing is left open. */
export type KafkaSetup = Required<Omit<KafkaOptions, 'timings'>> & { readonly timings: KafkaTimings }

const DEFAULT_GROUP = 'sheaf.materializer'
const MAX_PORT = 65_535

/** @throws {SheafServerError} `configuration` for a list of brokers that is none. */
export function setupOf(options: KafkaOptions): KafkaSetup {
  const isBroker = (broker: string): boolean => {
    const port = Number(/^[^\s:/@[\]]+:(\d{1,5})$/.exec(broker)?.[1])
    return port > 0 && port <= MAX_PORT
  }
  // An address in brackets is refused too: the driver takes what stands before the first colon for the host.
  if (options.brokers.length === 0 || !options.brokers.every(isBroker))
    throw new SheafServerError(
      'configuration',
      'SHEAF_KAFKA_BROKERS: not a list of brokers; set it to host:port, such as kafka-1:9092,kafka-2:9092 (an IPv6 address needs a host name)',
    )
  return { ...options, group: options.group ?? DEFAULT_GROUP, timings: { ...DEFAULT_TIMINGS, ...options.timings } }
}
