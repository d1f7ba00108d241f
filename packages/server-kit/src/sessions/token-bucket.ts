/** Allows a sustained rate with bursts; needs no timer. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Takes tokens if they are there. */
  take(now: number, tokens: number): boolean {
    // A clock that is set back gives nothing.
    const passed = Math.max(0, now - this.#at)
    this.#at = now
    this.#tokens = Math.min(this.#burst, this.#tokens + (passed * this.#perSecond) / 1_000)
    if (this.#tokens < tokens) return false
    this.#tokens -= tokens
    return true
  }
}
