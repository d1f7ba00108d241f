import { SheafError } from './errors.ts'
import { blockedBy } from './status.ts'
import type { DocumentFacts } from './status.ts'
import { Waiters } from './waiters.ts'

/** What can be waited for in a document: that there is content, and that edits are committed. */
export class Milestones {
  readonly #loaded = new Waiters()
  readonly #durable = new Waiters()

  whenLoaded(): Promise<void> {
    return this.#loaded.wait(1)
  }

  /** @param made local edits that were made or found until now */
  whenDurable(made: number): Promise<void> {
    return this.#durable.wait(made)
  }

  get isAwaited(): boolean {
    return this.#loaded.size + this.#durable.size > 0
  }

  /** Answers whoever waits for what is reached, or never will be. @param made local edits that were made or found, ever */
  look(facts: DocumentFacts, made: number): void {
    const blocked = blockedBy(facts)
    const ended = facts.session.kind === 'closed' ? (blocked ?? new SheafError('closed')) : null
    this.#loaded.reached(facts.loaded ? 1 : 0)
    this.#durable.reached(made - facts.unsavedChanges)
    if (ended !== null) this.#loaded.reject(ended)
    const never = blocked ?? ended
    if (never !== null) this.#durable.reject(never)
  }
}
