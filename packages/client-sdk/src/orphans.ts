import type { ReplicaId } from '@sheaf/protocol'
import { adoptReplica, forgetEmptyReplicas } from './device/replica-claim.ts'
import type { ReplicaClaim, ReplicaClaims } from './device/replica-claim.ts'
import type { SheafDocument } from './document.ts'

/** Sends what tabs left behind that are gone: one journal after the other, each in a short session of its own. */
export class Orphans {
  readonly #claims: ReplicaClaims
  readonly #open: (documentId: string, claim: ReplicaClaim) => SheafDocument
  readonly #tried = new Set<ReplicaId>()
  readonly #draining = new Map<string, Promise<void>>()
  readonly #documents = new Set<SheafDocument>()
  #ended = false

  constructor(claims: ReplicaClaims, open: (documentId: string, claim: ReplicaClaim) => SheafDocument) {
    this.#claims = claims
    this.#open = open
  }

  /** Never rejects: what cannot be sent now stays where it is, for the next visit. */
  drain(documentId: string): Promise<void> {
    const draining =
      this.#draining.get(documentId) ?? this.#drain(documentId).finally(() => this.#draining.delete(documentId))
    this.#draining.set(documentId, draining)
    return draining
  }

  /** Stops what is under way; its edits stay in the journal. */
  async end(): Promise<void> {
    this.#ended = true
    for (const document of this.#documents) void document.end({ timeoutMs: 0 })
    await Promise.all(this.#draining.values())
  }

  async #drain(documentId: string): Promise<void> {
    try {
      for (let claim = await this.#next(documentId); claim !== null; claim = await this.#next(documentId))
        await this.#send(documentId, claim)
      await forgetEmptyReplicas(this.#claims, documentId)
    } catch {
      // The device does not let us look. The open document has met the same device and shows what is wrong with it.
      return
    }
  }

  async #next(documentId: string): Promise<ReplicaClaim | null> {
    return this.#ended ? null : await adoptReplica(this.#claims, documentId, this.#tried)
  }

  async #send(documentId: string, claim: ReplicaClaim): Promise<void> {
    this.#tried.add(claim.replicaId)
    const document = this.#open(documentId, claim)
    this.#documents.add(document)
    try {
      await document.whenDurable()
    } catch {
      // Refused, or cut short: the edits stay in their journal and are found by the next visit.
      return
    } finally {
      await document.end()
      this.#documents.delete(document)
    }
  }
}
