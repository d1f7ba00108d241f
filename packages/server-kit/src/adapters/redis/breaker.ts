/** How long calls are spared after one went unanswered, in milliseconds. */
const REST_MS = 1_000

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly until: number }
  /** One call is let through; its outcome decides. */
  | { readonly kind: 'probing' }

/**
 * Spares callers the wait for something that does not answer: after a failure nothing is let through for a second, then
 * one call finds out. Times are of one steady clock.
 */
export class Breaker {
  #state: State = { kind: 'closed' }

  allows(now: number): boolean {
    if (this.#state.kind === 'closed') return true
    if (this.#state.kind === 'probing' || now < this.#state.until) return false
    this.#state = { kind: 'probing' }
    return true
  }

  answered(): void {
    this.#state = { kind: 'closed' }
  }

  failed(now: number): void {
    this.#state = { kind: 'open', until: now + REST_MS }
  }
}
