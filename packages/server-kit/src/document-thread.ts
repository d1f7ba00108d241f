import type { DocumentWork } from './document-work.ts'

/** Where work on the content of documents happens: a worker thread, or this thread in a simulation. */
export interface DocumentThread extends DocumentWork {
  close(): Promise<void>
}
