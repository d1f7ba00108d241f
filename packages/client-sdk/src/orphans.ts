import type { ReplicaId } from '@sheaf/protocol'
import { within } from './device/deadline.ts'
import { adoptReplica, documentsWithLeftovers, forgetEmptyReplicas, giveBack } from './device/replica-claim.ts'
import type { ReplicaClaim, ReplicaClaims } from './device/replica-claim.ts'
import type { SheafDocument } from './document.ts'
import { SheafError } from './errors.ts'
import type { Clock } from './runtime.ts'

/** Whoever opens the document meanwhile does not see these edits: they are held no longer than a connection may take. */
const SEND_LIMIT_MS = 30_000
const DEVICE_LIMIT_MS = 5_000

export interface OrphansOptions {
  readonly claims: ReplicaClaims
  readonly clock: Clock
  readonly open: (documentId: string, claim: ReplicaClaim) => SheafDocument
  /** False where the document is open here and will see to its own leftovers once it is connected. */
  readonly mayDrain: (documentId: string) => boolean
}

/** Sends what tabs left behind that are gone: one journal after the other, each in a short session of its own. */
export class Orphans {
  readonly #options: OrphansOptions
  /** Those that the server refused: the next visit shows them to their author. */
  readonly #tried = new Set<ReplicaId>()
  readonly #draining = new Map<string, Promise<void>>()
  readonly #sending = new Map<string, SheafDocument>()
  readonly #stopped = new Set<string>()
  #all: Promise<void> | null = null
  #ended = false

  constructor(options: OrphansOptions) {
    this.#options = options
  }

  /** Never rejects: what cannot be sent now stays where it is, for the next time. */
  drain(documentId: string): Promise<void> {
    const draining =
      this.#draining.get(documentId) ?? this.#drain(documentId).finally(() => this.#draining.delete(documentId))
    this.#draining.set(documentId, draining)
    return draining
  }

  /** The same for every document in which this user left something. */
  drainAll(): Promise<void> {
    this.#all ??= this.#drainAll().finally(() => {
      this.#all = null
    })
    return this.#all
  }

  /** Somebody opens the document here: what is under way stops, and its journal is free again when this resolves. */
  async release(documentId: string): Promise<void> {
    const draining = this.#draining.get(documentId)
    if (draining === undefined) return
    this.#stopped.add(documentId)
    void this.#sending.get(documentId)?.end({ timeoutMs: 0 })
    await draining
    this.#stopped.delete(documentId)
  }

  /** Stops everything that is under way; its edits stay in their journals. */
  async end(): Promise<void> {
    this.#ended = true
    for (const document of this.#sending.values()) void document.end({ timeoutMs: 0 })
    await Promise.all([...this.#draining.values(), this.#all])
  }

  async #drainAll(): Promise<void> {
    try {
      for (const documentId of await this.#soon(documentsWithLeftovers(this.#options.claims)))
        if (!this.#ended && this.#options.mayDrain(documentId)) await this.drain(documentId)
    } catch {
      // As below.
      return
    }
  }

  async #drain(documentId: string): Promise<void> {
    const { claims } = this.#options
    try {
      for (let claim = await this.#next(documentId); claim !== null; claim = await this.#next(documentId))
        if (!(await this.#send(documentId, claim))) return
      await this.#soon(forgetEmptyReplicas(claims, documentId))
    } catch {
      // The device does not let us look. The open document has met the same device and shows what is wrong with it.
      return
    }
  }

  async #next(documentId: string): Promise<ReplicaClaim | null> {
    if (this.#isStopped(documentId)) return null
    const { claims } = this.#options
    const giveUp = (claim: ReplicaClaim | null): null => {
      if (claim !== null) giveBack(claims, documentId, claim)
      return null
    }
    const claim = await this.#soon(adoptReplica(claims, documentId, this.#tried), giveUp)
    return this.#isStopped(documentId) ? giveUp(claim) : claim
  }

  /** Whoever opens or closes the document waits for what is under way, and must not wait for a device that never answers. */
  #soon<T>(work: Promise<T>, tooLate?: (result: T) => void): Promise<T> {
    return within(this.#options.clock, DEVICE_LIMIT_MS, work, tooLate)
  }

  #isStopped(documentId: string): boolean {
    return this.#ended || this.#stopped.has(documentId)
  }

  /** False where it could not be sent now, and may be sent another time. */
  async #send(documentId: string, claim: ReplicaClaim): Promise<boolean> {
    const document = this.#options.open(documentId, claim)
    this.#sending.set(documentId, document)
    try {
      await within(this.#options.clock, SEND_LIMIT_MS, document.whenDurable())
      return true
    } catch (error) {
      if (!(error instanceof SheafError) || error.code === 'closed') return false
      this.#tried.add(claim.replicaId)
      return true
    } finally {
      await document.end({ timeoutMs: 0 })
      this.#sending.delete(documentId)
    }
  }
}
