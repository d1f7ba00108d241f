import type { StoredOperation } from '@sheaf/protocol'
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { SheafServerError } from '../errors.ts'
import type { OperationFeed } from '../ports.ts'

export interface MemoryFeed extends OperationFeed {
  /** As long as it is set, `publish`, `consume` and `lag` reject with `unavailable`, and consumers are given nothing. */
  setDown(down: boolean): void
  /** The next publish rejects; `lose-answer`: though the feed took it. */
  failNextPublish(fault: 'fail' | 'lose-answer'): void
  /** Whatever was published since the beginning, consumed or not. */
  readonly published: readonly { readonly documentId: string; readonly operations: readonly StoredOperation[] }[]
}

/** What a feed in memory takes its time from. */
export interface MemoryFeedOptions {
  /** For the pause before a batch comes again. */
  readonly clock?: Clock
  /** Milliseconds before a batch whose handling failed comes again. Default 10. */
  readonly retryMs?: number
}

type Handle = Parameters<OperationFeed['consume']>[0]

interface Consumer {
  readonly handle: Handle
  readonly underWay: Set<Promise<void>>
}

/** What waits of one document. */
interface Queue {
  batches: (readonly StoredOperation[])[]
  /** Somebody handles it, or it rests after a failure. */
  taken: boolean
}

const RETRY_MS = 10

/** A feed in memory that several consumers share, with the guarantees of a real one up to the end of the process. */
export function createMemoryFeed({ clock = systemClock, retryMs = RETRY_MS }: MemoryFeedOptions = {}): MemoryFeed {
  const queues = new Map<string, Queue>()
  const consumers: Consumer[] = []
  const published: { documentId: string; operations: readonly StoredOperation[] }[] = []
  let down = false
  let fault: 'fail' | 'lose-answer' | null = null

  const check = (): void => {
    if (down) throw new SheafServerError('unavailable')
  }

  const deliver = (): void => {
    if (down || consumers.length === 0) return
    for (const [documentId, queue] of queues) {
      const consumer = consumers[placeOf(documentId, consumers.length)]
      if (consumer === undefined || queue.taken || queue.batches.length === 0) continue
      queue.taken = true
      const handling = handleAll(consumer, documentId, queue).finally(() => consumer.underWay.delete(handling))
      consumer.underWay.add(handling)
    }
  }

  const handleAll = async ({ handle }: Consumer, documentId: string, queue: Queue): Promise<void> => {
    const { batches } = queue
    const release = (): void => {
      queue.taken = false
      if (queue.batches.length === 0) queues.delete(documentId)
      deliver()
    }
    try {
      // A promise in between: whoever publishes is not called back before its own call has returned.
      await Promise.resolve()
      await handle(documentId, batches.flat())
      queue.batches = queue.batches.slice(batches.length)
      release()
    } catch {
      // What was wrong is the business of who handles; here it means that the batch comes again.
      clock.after(retryMs, release)
    }
  }

  return {
    publish: async (documentId, operations) => {
      check()
      const wrong = fault
      fault = null
      if (wrong === 'fail') throw new SheafServerError('unavailable')
      const queue = queues.get(documentId) ?? { batches: [], taken: false }
      queue.batches = [...queue.batches, operations]
      queues.set(documentId, queue)
      published.push({ documentId, operations })
      deliver()
      if (wrong === 'lose-answer') throw new SheafServerError('unavailable')
    },
    consume: async (handle) => {
      check()
      const consumer: Consumer = { handle, underWay: new Set() }
      consumers.push(consumer)
      deliver()
      return async () => {
        const place = consumers.indexOf(consumer)
        if (place >= 0) consumers.splice(place, 1)
        await Promise.all(consumer.underWay)
        deliver()
      }
    },
    lag: async () => {
      check()
      return [...queues.values()].reduce((sum, { batches }) => sum + batches.length, 0)
    },
    setDown: (next) => {
      down = next
      deliver()
    },
    failNextPublish: (next) => {
      fault = next
    },
    published,
  }
}

/** Which of so many consumers a document belongs to. */
const placeOf = (documentId: string, consumers: number): number =>
  [...documentId].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 7) % consumers
