import type { Clock, Timer } from '../runtime.ts'

interface Passing {
  readonly arrivesAt: number
  readonly arrive: () => void
}

/** One direction of a connection: what goes in first comes out first, later or not yet. */
export class Lane {
  readonly #clock: Clock
  readonly #isHeld: () => boolean
  readonly #delayMs: () => number
  #passing: Passing[] = []
  #timer: Timer | null = null
  #isDelivering = false

  constructor(clock: Clock, isHeld: () => boolean, delayMs: () => number) {
    this.#clock = clock
    this.#isHeld = isHeld
    this.#delayMs = delayMs
  }

  /** True while something is under way that will arrive by itself. */
  get isBusy(): boolean {
    return this.#passing.length > 0 && !this.#isHeld()
  }

  pass(arrive: () => void): void {
    // What comes later cannot overtake, though the network has become faster.
    const earliest = this.#passing.at(-1)?.arrivesAt ?? 0
    this.#passing.push({ arrivesAt: Math.max(earliest, this.#clock.now() + this.#delayMs()), arrive })
    this.deliver()
  }

  /** Lets out what may arrive by now. */
  deliver(): void {
    // A delivery may send the next thing over the same lane.
    if (this.#isDelivering) return
    this.#isDelivering = true
    for (let first = this.#ready(); first !== undefined; first = this.#ready()) {
      this.#passing.shift()
      first.arrive()
    }
    this.#isDelivering = false
    this.#arm()
  }

  /** What is on the way never arrives. */
  lose(): void {
    this.#passing = []
    this.#timer?.cancel()
    this.#timer = null
  }

  #ready(): Passing | undefined {
    const [first] = this.#passing
    return first === undefined || this.#isHeld() || first.arrivesAt > this.#clock.now() ? undefined : first
  }

  #arm(): void {
    this.#timer?.cancel()
    this.#timer = null
    const [first] = this.#passing
    if (first === undefined || this.#isHeld()) return
    this.#timer = this.#clock.after(first.arrivesAt - this.#clock.now(), () => this.deliver())
  }
}
