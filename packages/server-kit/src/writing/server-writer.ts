import type { Principal, RejectionCode } from '@sheaf/protocol'
import { inspectUpdate } from '@sheaf/protocol'
import type { Submitter } from './submission.ts'
import type { DocumentThread } from '../document/document-thread.ts'
import { SheafServerError } from '../errors.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Limits } from '../limits.ts'
import type { Room } from '../room.ts'
import type { Snapshot } from '../document/snapshot.ts'

/** How often another Yjs client id is tried when somebody else has claimed ours. */
const ATTEMPTS = 3

type Outcome =
  { readonly status: 'committed'; readonly seq: number } | { readonly status: 'rejected'; readonly code: RejectionCode }

/** This process as a replica: what the server itself writes goes the same way as everybody's operations. */
export class ServerWriter {
  readonly #thread: DocumentThread
  readonly #limits: Limits
  readonly #ids: Identifiers
  readonly #replicaId: string
  #clientId: number
  /** Its operations on one document follow each other. */
  readonly #queues = new Map<string, Promise<unknown>>()

  constructor(thread: DocumentThread, limits: Limits, ids: Identifiers) {
    this.#thread = thread
    this.#limits = limits
    this.#ids = ids
    this.#replicaId = ids.next()
    this.#clientId = ids.clientId()
  }

  /** Turns the content of a room back into that of a snapshot. Resolves with the seq at which it is durable. */
  async restore(room: Room, snapshot: Snapshot, author: Principal): Promise<number> {
    const before = this.#queues.get(room.documentId) ?? Promise.resolve()
    const result = before.then(() => this.#restore(room, snapshot, author))
    const settled = result.then(
      () => undefined,
      () => undefined,
    )
    this.#queues.set(room.documentId, settled)
    try {
      return await result
    } finally {
      if (this.#queues.get(room.documentId) === settled) this.#queues.delete(room.documentId)
    }
  }

  async #restore(room: Room, snapshot: Snapshot, author: Principal): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { seq, parts } = room.committed()
      const update = await this.#thread.restore(parts, [snapshot.state], this.#clientId)
      if (update === null) return seq
      const outcome = await this.#write(room, seq, update, author)
      if (outcome.status === 'committed') return outcome.seq
      if (outcome.code !== 'foreign-client')
        throw new SheafServerError('internal', `The restore was refused: ${outcome.code}.`)
      this.#clientId = this.#ids.clientId()
    }
    throw new SheafServerError('internal', 'No Yjs client id is free.')
  }

  async #write(room: Room, baseSeq: number, update: Uint8Array, author: Principal): Promise<Outcome> {
    const inspection = inspectUpdate(update, this.#limits.update)
    if (inspection.status === 'refused') return { status: 'rejected', code: inspection.code }
    const operation = {
      replicaId: this.#replicaId,
      counter: room.nextCounter(this.#replicaId),
      baseSeq,
      versionVector: inspection.facts.versionVector,
      update,
    }
    return new Promise((resolve, reject) => {
      const unavailable = (): void => reject(new SheafServerError('unavailable'))
      const submitter: Submitter = {
        accepted: () => undefined,
        committed: (_counter, seq) => resolve({ status: 'committed', seq }),
        committedBefore: (_counter, seq) => resolve({ status: 'committed', seq }),
        rejected: (_counter, code) => resolve({ status: 'rejected', code }),
        deferred: unavailable,
      }
      room.submit({ operation, authorId: author.id, submitter })
      room.onDrop(unavailable)
    })
  }
}
