import kafkajs from 'kafkajs'
import type { StoredOperation } from '@sheaf/protocol'
import { SheafServerError } from '../../errors.ts'
import { reasonOf } from '../../metrics.ts'
import { DRIVER_RETRY, KafkaClient } from './client.ts'
import { hasType } from './failure.ts'
import { MAX_MESSAGE_BYTES, messagesOf } from './message.ts'
import type { FeedMessage } from './message.ts'
import type { KafkaSetup } from './options.ts'
import { BackOff, within } from './waiting.ts'

/** One call of `publish`, until it is settled. */
interface Entry {
  readonly messages: readonly FeedMessage[]
  readonly bytes: number
  /** Messages that Kafka has. */
  sent: number
  settled: boolean
  readonly settle: (error: SheafServerError | null) => void
}

/** What goes to Kafka in one request. */
interface Parcel {
  readonly messages: readonly FeedMessage[]
  readonly parts: readonly { readonly entry: Entry; readonly count: number }[]
}

interface Line {
  send(messages: readonly FeedMessage[]): Promise<void>
  close(): Promise<void>
  abandon(): void
}

/** Beyond this nothing more is accepted: Kafka is too slow for what comes. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024
const MAX_PARCEL_MESSAGES = 2_000
/** Kafka will never take these; everything else may pass. */
const REFUSED = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP']

/**
 * Sends what is published, one request after the other, each with everything that came meanwhile.
 *
 * After any failed request the producer is replaced: the driver takes its sequence numbers back, and if Kafka has stored
 * the request nevertheless it would take the next one for a repetition and drop it without a word.
 */
export class Publisher {
  readonly #setup: KafkaSetup
  readonly #backOff: BackOff
  #queue: Entry[] = []
  #waitingBytes = 0
  #line: Line | null = null
  /** When Kafka was found not to answer; null while nothing is known against it. */
  #downSince: number | null = null
  /** So many of the next parcels hold one entry only, to find the one that Kafka does not take. */
  #singly = 0
  #running: Promise<void> | null = null
  #closing: Promise<void> | null = null
  readonly #interrupt = new AbortController()

  constructor(setup: KafkaSetup) {
    this.#setup = setup
    this.#backOff = new BackOff(setup.timings.retryMs, setup.timings.longestRetryMs)
  }

  publish(documentId: string, operations: readonly StoredOperation[]): Promise<void> {
    if (this.#closing !== null) return Promise.reject(unavailable('The feed is closed.'))
    if (operations.length === 0) return Promise.resolve()
    const { publishMs } = this.#setup.timings
    if (this.#downSince !== null && performance.now() - this.#downSince > publishMs)
      return Promise.reject(unavailable('Kafka does not answer.'))
    if (this.#waitingBytes > MAX_WAITING_BYTES) return Promise.reject(unavailable('Too much waits for Kafka.'))
    const messages = messagesOf(documentId, operations, this.#setup.clusterId)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => entry.settle(unavailable('Kafka did not take it in time.')), publishMs)
      const entry: Entry = {
        messages,
        bytes: messages.reduce((sum, { value }) => sum + value.length, 0),
        sent: 0,
        settled: false,
        settle: (error) => {
          if (entry.settled) return
          entry.settled = true
          clearTimeout(timer)
          this.#waitingBytes -= entry.bytes
          if (error === null) resolve()
          else reject(error)
        },
      }
      this.#waitingBytes += entry.bytes
      this.#queue.push(entry)
      this.#wake()
    })
  }

  /** Waits for what is on its way, which is sent or rejected within the time of one publish. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#interrupt.abort()
    await this.#running
    await this.#line?.close()
    this.#line = null
  }

  #wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#queue.length > 0) this.#wake()
    })
  }

  async #run(): Promise<void> {
    // What is published in the same turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#hasWork()) {
      const line = await this.#connected()
      if (line === null) await this.#backOff.pause(this.#closing === null ? this.#interrupt.signal : undefined)
      else await this.#sendNext(line)
      this.#queue = this.#queue.filter(({ settled }) => !settled)
    }
  }

  /** A Kafka that is down is asked again and again also where nothing waits, so that the next publish finds it up. */
  #hasWork(): boolean {
    return this.#queue.length > 0 || (this.#downSince !== null && this.#closing === null)
  }

  async #connected(): Promise<Line | null> {
    if (this.#line !== null) return this.#line
    try {
      this.#line = await openLine(this.#setup)
      if (this.#downSince !== null) this.#setup.log.info({}, 'Kafka takes operations again.')
      this.#downSince = null
      return this.#line
    } catch (error) {
      this.#markDown(error)
      return null
    }
  }

  #markDown(error: unknown): void {
    if (this.#downSince === null)
      this.#setup.log.warn({ reason: reasonOf(error) }, 'Kafka does not take operations; it is tried again.')
    this.#downSince ??= performance.now()
  }

  async #sendNext(line: Line): Promise<void> {
    const parcel = nextParcel(this.#queue, this.#singly > 0)
    if (parcel.parts.length === 0) return
    try {
      await line.send(parcel.messages)
      this.#backOff.reset()
      this.#singly = Math.max(0, this.#singly - 1)
      for (const { entry, count } of parcel.parts) {
        entry.sent += count
        if (entry.sent === entry.messages.length) entry.settle(null)
      }
    } catch (error) {
      line.abandon()
      this.#line = null
      this.#judge(parcel, error)
    }
  }

  #judge({ parts }: Parcel, error: unknown): void {
    if (!hasType(error, ...REFUSED)) {
      this.#markDown(error)
      return
    }
    const [only] = parts
    if (parts.length === 1) only?.entry.settle(unavailable('Kafka refuses the message.', error))
    else this.#singly = parts.length
  }
}

const unavailable = (message: string, cause?: unknown): SheafServerError =>
  new SheafServerError('unavailable', message, { cause })

/** From the head of the queue, as much as may go in one request: all of it may fall into one partition. */
function nextParcel(queue: readonly Entry[], singly: boolean): Parcel {
  const messages: FeedMessage[] = []
  const parts: { entry: Entry; count: number }[] = []
  let bytes = 0
  for (const entry of queue) {
    if (entry.settled) continue
    let count = 0
    for (const message of entry.messages.slice(entry.sent)) {
      const isFull = bytes + message.value.length > MAX_MESSAGE_BYTES || messages.length >= MAX_PARCEL_MESSAGES
      if (isFull && messages.length > 0) break
      messages.push(message)
      bytes += message.value.length
      count += 1
    }
    if (count > 0) parts.push({ entry, count })
    // What does not fit whole is the last, so that the order of a document is kept.
    if (entry.sent + count < entry.messages.length || singly) break
  }
  return { messages, parts }
}

async function openLine(setup: KafkaSetup): Promise<Line> {
  const { requestMs, connectMs, publishMs } = setup.timings
  const client = new KafkaClient(setup)
  const producer = client.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: DRIVER_RETRY,
  })
  try {
    await within(connectMs + requestMs, 'Kafka', producer.connect())
  } catch (error) {
    client.abandon()
    throw error
  }
  return {
    send: async (messages) => {
      const topicMessages = [{ topic: setup.topic, messages: messages.map((message) => ({ ...message })) }]
      const sending = producer.sendBatch({ acks: -1, timeout: requestMs, topicMessages })
      await within(publishMs, 'Kafka', sending)
    },
    close: async () => {
      try {
        await within(requestMs, 'Kafka', producer.disconnect())
      } finally {
        client.abandon()
      }
    },
    abandon: () => client.abandon(),
  }
}
