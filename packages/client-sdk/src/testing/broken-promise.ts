/** A promise of Sheaf that was not kept. */
export type BrokenPromiseKind =
  /** Somebody was shown `saved`, and what it spoke of is not there. */
  | 'acknowledged and lost'
  /** Somebody saw it arrive from the server, and it is not there. */
  | 'seen and lost'
  /** The device had stored it, and it is neither there nor on the device. */
  | 'journaled and lost'
  /** It is there more than once. */
  | 'doubled'
  /** Something is there, or is gone, that nobody wrote or deleted. */
  | 'done by nobody'
  /** Two who should see the same do not. */
  | 'different views'

/** A promise of Sheaf that the checker saw broken, and where. */
export interface BrokenPromise {
  readonly kind: BrokenPromiseKind
  /** What and whose, in words. */
  readonly what: string
}

/** What `verify` throws: every promise that was broken, and what happened before. */
export class BrokenPromiseError extends Error {
  override readonly name = 'BrokenPromiseError'
  readonly broken: readonly BrokenPromise[]

  constructor(broken: readonly BrokenPromise[], circumstances: string) {
    const lines = broken.map(({ kind, what }) => `- ${kind}: ${what}`)
    super(['Sheaf did not keep what it promised.', ...lines, circumstances].join('\n'))
    this.broken = broken
  }
}
