import kafkajs from 'kafkajs'
import type { Kafka, LogEntry, RetryOptions } from 'kafkajs'
import type { Log, LogFacts } from '../../metrics.ts'
import { mendIdleTimer } from './idle-timer.ts'
import type { KafkaSetup } from './options.ts'
import { Sockets } from './sockets.ts'

/** What the driver tries again by itself, quickly and not for long: beyond that its client is replaced as a whole. */
export const DRIVER_RETRY: RetryOptions = {
  retries: 3,
  initialRetryTime: 50,
  maxRetryTime: 500,
  factor: 0.2,
  multiplier: 2,
}

/** One client of the driver with its own sockets. It is given up as a whole when anything about it is in doubt. */
export class KafkaClient {
  readonly kafka: Kafka
  readonly sockets = new Sockets()

  constructor(setup: KafkaSetup) {
    mendIdleTimer()
    const { brokers, tls, sasl, timings } = setup
    this.kafka = new kafkajs.Kafka({
      clientId: 'sheaf',
      brokers: [...brokers],
      connectionTimeout: timings.connectMs,
      authenticationTimeout: timings.requestMs,
      requestTimeout: timings.requestMs,
      enforceRequestTimeout: true,
      retry: DRIVER_RETRY,
      socketFactory: this.sockets.factory,
      logLevel: kafkajs.logLevel.WARN,
      logCreator: () => quiet(setup.log, this.sockets),
      ...(tls ? { ssl: true } : {}),
      ...(sasl === null ? {} : { sasl: driverSasl(sasl) }),
    })
  }

  /** Ends its sockets, so that nothing of it lives on, whatever it waits for. */
  abandon(): void {
    this.sockets.close()
  }
}

function driverSasl({ mechanism, username, password }: NonNullable<KafkaSetup['sasl']>) {
  if (mechanism === 'plain') return { mechanism, username, password }
  if (mechanism === 'scram-sha-256') return { mechanism, username, password }
  return { mechanism, username, password }
}

/** Said at every start of an idempotent producer; ours is replaced after every failure, which is what it warns of. */
const KNOWN = 'Limiting retries for the idempotent producer'
const REPEAT_MS = 10_000
const MAX_REMEMBERED = 100

/**
 * The driver's log in ours: its warnings and errors, both as warnings, since everything that fails is tried again here.
 * The same line comes once in ten seconds at most, and only ids, addresses and Kafka's own reason go with it.
 * A client that was given up says nothing more.
 */
function quiet(log: Log, sockets: Sockets): (entry: LogEntry) => void {
  const said = new Map<string, number>()
  return ({ namespace, log: { message, broker, groupId, error } }) => {
    if (message.startsWith(KNOWN) || sockets.isClosed) return
    const line = `${namespace} ${message}`
    const now = Date.now()
    if (now - (said.get(line) ?? 0) < REPEAT_MS) return
    if (said.size >= MAX_REMEMBERED) said.clear()
    said.set(line, now)
    const facts: LogFacts = {
      part: namespace,
      ...(typeof broker === 'string' ? { broker } : {}),
      ...(typeof groupId === 'string' ? { group: groupId } : {}),
      ...(typeof error === 'string' ? { reason: error } : {}),
    }
    log.warn(facts, `Kafka client: ${message}`)
  }
}
