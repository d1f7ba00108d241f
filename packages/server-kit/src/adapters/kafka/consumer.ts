import type { Consumer, EachBatchPayload } from 'kafkajs'
import { SheafServerError } from '../../errors.ts'
import { reasonOf } from '../../metrics.ts'
import { KafkaClient } from './client.ts'
import { explain } from './failure.ts'
import type { KafkaSetup } from './options.ts'
import { handleBatch } from './partition-batch.ts'
import type { Handle } from './partition-batch.ts'
import { Places } from './places.ts'
import { BackOff, within } from './waiting.ts'

/** Documents that one consumer handles at one time. */
const HANDLED_AT_ONCE = 8
const LONGEST_REST_MS = 10_000
const WATCH_MS = 1_000

/**
 * One member of the group, kept alive: the driver's consumer is built anew whenever it ends, for whatever reason, and
 * when it has fallen silent.
 */
export class FeedConsumer {
  readonly #setup: KafkaSetup
  readonly #handle: Handle
  readonly #places = new Places(HANDLED_AT_ONCE)
  readonly #stopping = new AbortController()
  readonly #backOff: BackOff
  /** Batches that are being handled, of whatever connection. */
  readonly #underWay = new Set<Promise<unknown>>()
  /** By partition, where a batch could not be handled. */
  readonly #resting = new Map<number, BackOff>()
  readonly #ended: Promise<void>
  #joined: () => void = () => undefined

  /** Resolves when it has joined the group. @throws {SheafServerError} `unavailable` where it cannot within the time of a start. */
  static async begin(setup: KafkaSetup, handle: Handle): Promise<FeedConsumer> {
    const consumer = new FeedConsumer(setup, handle)
    const joined = new Promise<void>((resolve) => (consumer.#joined = resolve))
    try {
      // Joining has to wait for members that are gone, until Kafka notices.
      await within(setup.timings.startMs + setup.timings.sessionMs, 'Kafka', joined)
      return consumer
    } catch (error) {
      await consumer.stop()
      throw new SheafServerError('unavailable', 'Kafka does not let this consumer join its group.', { cause: error })
    }
  }

  private constructor(setup: KafkaSetup, handle: Handle) {
    this.#setup = setup
    this.#handle = handle
    this.#backOff = new BackOff(setup.timings.retryMs, setup.timings.longestRetryMs)
    this.#ended = this.#live()
  }

  /** Waits for what is under way, and leaves the group. */
  stop(): Promise<void> {
    this.#stopping.abort()
    return this.#ended
  }

  async #live(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const failure = await this.#session()
      if (failure === null || signal.aborted) continue
      this.#setup.log.warn({ reason: failure }, 'The consumer of the feed has ended; it is built anew.')
      await this.#backOff.pause(signal)
    }
  }

  /** From joining the group to its end; resolves with what ended it, null where it was to end. */
  async #session(): Promise<string | null> {
    const client = new KafkaClient(this.#setup)
    const consumer = this.#build(client)
    const end = new SessionEnd(this.#stopping.signal)
    const unwatch = this.#watch(consumer, end)
    const running = this.#run(consumer, end)
    running.catch((error: unknown) => end.reach(explain(error, client.sockets.findings, this.#setup).line))
    const reason = await end.reached
    unwatch()
    // A consumer that is ended while it joins would go on joining.
    await Promise.allSettled([within(this.#setup.timings.requestMs, 'Kafka', running)])
    await this.#leave(consumer)
    client.abandon()
    return reason
  }

  #build(client: KafkaClient): Consumer {
    const { group, timings } = this.#setup
    return client.kafka.consumer({
      groupId: group,
      sessionTimeout: timings.sessionMs,
      heartbeatInterval: timings.heartbeatMs,
      rebalanceTimeout: timings.rebalanceMs,
      maxWaitTimeInMs: timings.fetchWaitMs,
      allowAutoTopicCreation: false,
      retry: {
        // While documents are shared out anew each try ends with another one.
        retries: 10,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        factor: 0.2,
        multiplier: 1.5,
        restartOnFailure: async () => false,
      },
    })
  }

  async #run(consumer: Consumer, end: SessionEnd): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topics: [this.#setup.topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: HANDLED_AT_ONCE,
      eachBatch: (payload) => this.#take(payload, end),
    })
  }

  async #take(payload: EachBatchPayload, end: SessionEnd): Promise<void> {
    const { signal } = this.#stopping
    const isOver = (): boolean => end.isReached && !signal.aborted
    const handling = handleBatch(payload, { handle: this.#handle, setup: this.#setup, places: this.#places, isOver })
    this.#underWay.add(handling)
    try {
      const outcome = await handling
      if (outcome === 'done') this.#resting.delete(payload.batch.partition)
      else if (payload.isRunning()) this.#rest(payload)
    } finally {
      this.#underWay.delete(handling)
    }
  }

  /** The partition is asked again after a pause, while the others go on. */
  #rest({ batch, pause }: EachBatchPayload): void {
    const { retryMs } = this.#setup.timings
    const backOff = this.#resting.get(batch.partition) ?? new BackOff(retryMs, LONGEST_REST_MS)
    this.#resting.set(batch.partition, backOff)
    const resume = pause()
    setTimeout(resume, backOff.next()).unref()
  }

  /** Ends the session when the driver's consumer ends or falls silent. Returns how to look away. */
  #watch(consumer: Consumer, end: SessionEnd): () => void {
    let lastSign = performance.now()
    const sign = (): void => void (lastSign = performance.now())
    const { CRASH, FETCH_START, GROUP_JOIN, HEARTBEAT } = consumer.events
    const removers = [
      consumer.on(CRASH, ({ payload }) => end.reach(payload.error.message)),
      consumer.on(FETCH_START, sign),
      consumer.on(HEARTBEAT, sign),
      consumer.on(GROUP_JOIN, () => {
        sign()
        this.#backOff.reset()
        this.#joined()
      }),
    ]
    const timer = setInterval(() => {
      if (this.#underWay.size > 0) sign()
      else if (performance.now() - lastSign > this.#setup.timings.silentMs) end.reach('it has fallen silent')
    }, WATCH_MS)
    return () => {
      clearInterval(timer)
      for (const remove of removers) remove()
    }
  }

  /** Leaves the group; what is handled may take its time, the rest may not. */
  async #leave(consumer: Consumer): Promise<void> {
    const leaving = consumer.disconnect()
    leaving.catch(() => undefined)
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
    try {
      await within(this.#setup.timings.requestMs + this.#setup.timings.fetchWaitMs, 'Kafka', leaving)
    } catch (error) {
      this.#setup.log.warn({ reason: reasonOf(error) }, 'A consumer of the feed could not leave its group.')
    }
  }
}

/** Why a session is over; the first reason counts. */
class SessionEnd {
  readonly reached: Promise<string | null>
  isReached = false
  #resolve: (reason: string | null) => void = () => undefined

  constructor(stopping: AbortSignal) {
    this.reached = new Promise((resolve) => {
      const stop = (): void => this.reach(null)
      this.#resolve = (reason) => {
        stopping.removeEventListener('abort', stop)
        resolve(reason)
      }
      stopping.addEventListener('abort', stop)
    })
    if (stopping.aborted) this.reach(null)
  }

  reach(reason: string | null): void {
    this.isReached = true
    this.#resolve(reason)
  }
}
