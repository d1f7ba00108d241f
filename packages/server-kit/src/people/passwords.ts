import { hash, parseOptions, verify } from '@node-rs/argon2'
import { SheafServerError } from '../errors.ts'

/** How much work a password hash is, for an attacker as for the server. */
export interface PasswordOptions {
  /** KiB of memory for one hash. Default 19456, the least that OWASP's password storage guide asks for with two passes. */
  readonly memoryKiB?: number
  /** Passes. Default 2. */
  readonly passes?: number
  /** Hashes that are computed at one time. Default 2: a hash keeps a core busy, and takes a thread that files need too. */
  readonly parallel?: number
  /** Hashes that wait at most; beyond it the answer is `slow-down`. Default 64, about a second of work. */
  readonly maxQueued?: number
}

/** argon2id, in the enumeration of the library; its const enum cannot be imported by a file that is compiled alone. */
const ARGON2ID = 2

/** Hashes and compares passwords with argon2id, a bounded number of them at a time. */
export class Passwords {
  readonly #parameters: { algorithm: number; memoryCost: number; timeCost: number; parallelism: number }
  readonly #parallel: number
  readonly #maxQueued: number
  readonly #queue: (() => void)[] = []
  #running = 0
  #nobodysHash: Promise<string> | null = null

  constructor(options: PasswordOptions = {}) {
    const { memoryKiB = 19_456, passes = 2, parallel = 2, maxQueued = 64 } = options
    this.#parameters = { algorithm: ARGON2ID, memoryCost: memoryKiB, timeCost: passes, parallelism: 1 }
    this.#parallel = parallel
    this.#maxQueued = maxQueued
  }

  hash(password: string): Promise<string> {
    return this.#inQueue(() => hash(password, this.#parameters))
  }

  /**
   * Whether the password is the one behind the hash. With `null`, for somebody who has no account, it takes as long and
   * is false.
   */
  async matches(passwordHash: string | null, password: string): Promise<boolean> {
    this.#nobodysHash ??= this.hash('nobody')
    const compared = passwordHash ?? (await this.#nobodysHash)
    const isEqual = await this.#inQueue(() => verify(compared, password))
    return isEqual && passwordHash !== null
  }

  /** True for a hash that was made with less than today's parameters. */
  isOutdated(passwordHash: string): boolean {
    const { algorithm, memoryCost, timeCost } = parseOptions(passwordHash)
    return (
      (algorithm as number) !== ARGON2ID ||
      memoryCost < this.#parameters.memoryCost ||
      timeCost < this.#parameters.timeCost
    )
  }

  async #inQueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#parallel) {
      if (this.#queue.length >= this.#maxQueued)
        throw new SheafServerError('slow-down', 'too many people sign in at this moment', { retryAfterSeconds: 2 })
      // Whoever finishes hands the place over, so #running stays as it is.
      await new Promise<void>((resolve) => this.#queue.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await work()
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
