import { setTimeout as sleep } from 'node:timers/promises'
import type { EachBatchPayload } from 'kafkajs'
import { reasonOf } from '../../metrics.ts'
import type { OperationFeed } from '../../ports.ts'
import { doneOf, sharesOf } from './batch.ts'
import type { DocumentShare } from './batch.ts'
import type { KafkaSetup } from './options.ts'
import type { Places } from './places.ts'

export type Handle = Parameters<OperationFeed['consume']>[0]

/** What became of a batch. */
export type BatchOutcome = 'done' | 'again'

/**
 * Handles one batch of a partition: each document once, several at a time, and commits the offset behind what is done with.
 * What is not done with comes again. Rejects with the driver's error where the partition may belong to somebody else now.
 */
export async function handleBatch(
  payload: EachBatchPayload,
  { handle, setup, places, isOver }: { handle: Handle; setup: KafkaSetup; places: Places; isOver: () => boolean },
): Promise<BatchOutcome> {
  const { batch, isRunning, isStale } = payload
  const { shares, refused } = sharesOf(batch.messages, setup.clusterId)
  for (const reason of ['foreign', 'malformed'] as const) {
    const those = refused.filter((each) => each.reason === reason)
    const [first] = those
    if (first === undefined) continue
    // One line for all of them: somebody else's messages may be many.
    const offset = batch.messages[first.index]?.offset ?? ''
    const facts = { partition: batch.partition, offset, messages: those.length, reason }
    setup.log.error(facts, 'Messages of the feed are not taken.')
  }
  const unfinished = new Set<DocumentShare>(shares)
  const beating = startBeating(payload.heartbeat, setup.timings.heartbeatMs)
  const handleShare = async (share: DocumentShare): Promise<void> => {
    if (isOver() || !isRunning() || isStale() || beating.failure() !== null) return
    try {
      await handle(share.documentId, share.operations)
      unfinished.delete(share)
    } catch (error) {
      setup.log.warn({ documentId: share.documentId, reason: reasonOf(error) }, 'A batch of the feed comes again.')
    }
  }
  await Promise.all(shares.map((share) => places.hold(() => handleShare(share))))
  await beating.stop()
  // Others may have been given the partition, and a new connection of this consumer begins where the offset stands.
  if (isOver()) return 'again'
  await commit(payload, doneOf(batch.messages.length, unfinished))
  const failure = beating.failure()
  if (failure !== null) throw failure
  return unfinished.size === 0 ? 'done' : 'again'
}

async function commit(payload: EachBatchPayload, done: number): Promise<void> {
  const { batch, resolveOffset, commitOffsetsIfNecessary } = payload
  const last = batch.messages[done - 1]
  if (last === undefined) return
  const offset = (BigInt(last.offset) + 1n).toString()
  // Kafka first: an offset that is known only here would be lost with the next restart.
  await commitOffsetsIfNecessary({
    topics: [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset }] }],
  })
  resolveOffset(last.offset)
}

/** Tells Kafka that the consumer lives for as long as documents are handled, however long that takes. */
function startBeating(heartbeat: () => Promise<void>, everyMs: number) {
  const stopping = new AbortController()
  let failure: Error | null = null
  const beat = async (): Promise<void> => {
    while (!stopping.signal.aborted && failure === null)
      try {
        await sleep(everyMs, undefined, { signal: stopping.signal })
        await heartbeat()
      } catch (error) {
        // Usually the documents are being shared out anew.
        if (!stopping.signal.aborted) failure = error instanceof Error ? error : new Error('no heartbeat')
      }
  }
  const beating = beat()
  return {
    failure: () => failure,
    stop: (): Promise<void> => {
      stopping.abort()
      return beating
    },
  }
}
