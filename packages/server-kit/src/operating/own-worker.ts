import type { Backend } from '../backend.ts'
import { createDocumentThread } from '../document/document-thread.ts'
import { SheafServerError } from '../errors.ts'
import { createFeedLag } from '../feed/feed-lag.ts'
import { createWorker } from '../worker.ts'

/**
 * A backend that consumes its own feed as well: where documents are kept in the folder of this process, no worker
 * elsewhere could fold them.
 */
export async function withOwnWorker(backend: Backend): Promise<Backend> {
  const { stores, clock, limits, log, metrics, rooms } = backend
  const { feed } = stores
  if (feed === null) throw new SheafServerError('internal', 'there is no feed to consume')
  // Its own copies of documents: the rooms fold too, while the feed takes nothing.
  const thread = createDocumentThread(limits)
  const worker = createWorker({ stores, thread, clock, limits, log, metrics })
  metrics.showWorker(() => worker.stats(), createFeedLag(feed, { clock, log }))

  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    try {
      // What is published last is consumed now or after the next start.
      await rooms.drain()
      await worker.drain()
    } finally {
      await thread.close()
      await backend.close()
    }
  }
  const whole: Backend = { ...backend, close: () => (closing ??= close()) }
  try {
    await worker.start()
    return whole
  } catch (error) {
    await whole.close()
    throw error
  }
}
