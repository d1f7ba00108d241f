import type { ReplicaId } from '@sheaf/protocol'
import type { Replica } from '../replica.ts'
import type { Runtime } from '../runtime.ts'
import { within } from './deadline.ts'
import { claimOnFailure, claimReplica, giveBack, lockReplica } from './replica-claim.ts'
import type { ReplicaClaim, ReplicaClaims } from './replica-claim.ts'
import type { KnownState } from './store.ts'

const LIMIT_MS = 5_000

export interface DocumentDeviceOptions {
  /** Id of the document. */
  readonly id: string
  readonly claims: ReplicaClaims
  readonly runtime: Runtime
  /** Whether the device store outlives this page or process: only then is the content kept in it beside the journal. */
  readonly lasting: boolean
}

/**
 * What one document gets from the device when it opens, and leaves there when it closes. Nothing rejects, and each answer has a
 * limit of time: the document works without the device too.
 */
export class DocumentDevice {
  readonly #options: DocumentDeviceOptions

  constructor(options: DocumentDeviceOptions) {
    this.#options = options
  }

  /** The replica to write as. A device that fails gets this new one, to write to when it works again. */
  async claim(fallback: ReplicaId): Promise<ReplicaClaim> {
    const { claims, id } = this.#options
    try {
      return await this.#soon(claimReplica(claims, id), ({ release }) => release())
    } catch (cause) {
      const locking = this.#soon(lockReplica(claims, id, fallback), (lock) => lock?.release())
      return claimOnFailure(claims, fallback, await locking.catch(() => null), cause)
    }
  }

  async readState({ problem }: ReplicaClaim): Promise<[state: KnownState | null, problem: unknown]> {
    const { claims, id, lasting } = this.#options
    if (!lasting || problem !== null) return [null, null]
    try {
      return [await this.#soon(claims.store.readState(id)), null]
    } catch (error) {
      return [null, error]
    }
  }

  /** The document is closed: what was not committed is left to the next visit. */
  async leave(claim: ReplicaClaim, replica: Replica): Promise<void> {
    const { claims, id } = this.#options
    if (replica.unsaved === 0) {
      // Of no use to the next visit, which would send it once more and hear that it is known.
      await this.#soon(claim.store.forget(id, replica.id)).catch(() => undefined)
      return claim.release()
    }
    const left = { ...claim, journal: replica.journal, problem: replica.journalProblem, isStranded: !replica.isStored }
    giveBack(claims, id, left)
  }

  #soon<T>(work: Promise<T>, tooLate?: (result: T) => void): Promise<T> {
    return within(this.#options.runtime.clock, LIMIT_MS, work, tooLate)
  }
}
