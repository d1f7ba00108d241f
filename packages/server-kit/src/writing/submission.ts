import type { Operation, RejectionCode } from '@sheaf/protocol'

/** Who hands operations in, and hears what became of each. */
export interface Submitter {
  /** It passed and waits for the store. */
  accepted(counter: number): void
  /** It is durable; called once for what was accepted from here. */
  committed(counter: number, seq: number): void
  /** It was durable before. */
  committedBefore(counter: number, seq: number): void
  rejected(counter: number, code: RejectionCode, message: string): void
  /** It can neither be taken nor refused now, and has to be sent again later. */
  deferred(counter: number): void
}

/** One operation that was handed in. */
export interface Submission {
  readonly operation: Operation
  readonly authorId: string
  readonly submitter: Submitter
}
