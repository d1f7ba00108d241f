import type { Clock } from '../clock.ts'
import { reasonOf } from '../metrics.ts'
import type { Log } from '../metrics.ts'
import type { OperationFeed } from '../ports.ts'

/** However often figures are asked for, the feed itself is not asked more often than this. */
const SPACING_MS = 10_000

/** Batches that wait in the feed, as of some seconds ago; null where it does not say. */
export function createFeedLag(
  feed: Pick<OperationFeed, 'lag'>,
  { clock, log }: { readonly clock: Pick<Clock, 'now'>; readonly log: Log },
): () => Promise<number | null> {
  let askedAt = -Infinity
  let answer: Promise<number | null> = Promise.resolve(null)
  const ask = async (): Promise<number | null> => {
    try {
      return await feed.lag()
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'the feed does not say how much waits in it')
      return null
    }
  }
  return () => {
    const now = clock.now()
    if (now - askedAt < SPACING_MS) return answer
    askedAt = now
    answer = ask()
    return answer
  }
}
