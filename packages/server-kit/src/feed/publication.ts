import type { StoredOperation } from '@sheaf/protocol'

/** One document's way into the feed, as its room has it. */
export interface Publication {
  /** These are durable; in the order of seq. Never waits, never throws. */
  send(operations: readonly StoredOperation[]): void
  /** The room is gone. What is left is published all the same. */
  end(): void
}

/** What the publisher knows of one document. */
export interface Line {
  readonly documentId: string
  /** The highest seq that is known to be in the feed. */
  published: number
  /** The highest seq that has to go there. */
  head: number
  /** Where it is set, what follows on this seq is read from the log. */
  behind: number | null
  queue: StoredOperation[]
  busy: boolean
  /** Failures while the feed took other documents. */
  failures: number
  restUntil: number
  /** The room writes the record. Without one it is written here. */
  told: ((publishedSeq: number) => void) | null
  recorded: number
  recordedAt: number
}

export const newLine = (documentId: string, published: number, now: number): Line => ({
  documentId,
  published,
  head: published,
  behind: null,
  queue: [],
  busy: false,
  failures: 0,
  restUntil: 0,
  told: null,
  recorded: published,
  recordedAt: now,
})

/** What an operation takes in memory besides its bytes. */
const OPERATION_BYTES = 200

/** About what operations take in memory. */
export const sizeOf = (operations: readonly StoredOperation[]): number =>
  operations.reduce((sum, { update }) => sum + update.length + OPERATION_BYTES, 0)

/** True where there is something to publish already. */
export const isAtWork = (line: Line | undefined): boolean =>
  line !== undefined && (line.busy || line.behind !== null || line.queue.length > 0)
