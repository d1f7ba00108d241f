import { seededRandom } from '../seeded-random.ts'

/** All that happens by chance in one run, decided by its seed. */
export class Chance {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    // The first numbers of seeds that are close are close.
    for (let warm = 0; warm < 12; warm++) this.#random()
  }

  fraction(): number {
    return this.#random()
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.#random() < probability
  }

  /** An integer from `low` to `high`, both possible. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1))
  }

  between(low: number, high: number): number {
    return low + this.#random() * (high - low)
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.#random() * 256))
  }
}
