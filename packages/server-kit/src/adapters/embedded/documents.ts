import { SheafServerError } from '../../errors.ts'
import type { DocumentRecord, DocumentStore } from '../../ports.ts'
import type { Environment, Table } from './environment.ts'
import { OneAtATime } from '../../one-at-a-time.ts'

type Description = Omit<DocumentRecord, 'seq' | 'versionVector' | 'publishedSeq'>
type Position = Pick<DocumentRecord, 'seq' | 'versionVector' | 'publishedSeq' | 'updatedAt'>

/** A walk over all documents gives the event loop back at least this often. */
const SLICE_MS = 3

/** A position that no append carries along is written after this time at the latest. */
const POSITION_DELAY_MS = 250

/**
 * What a document is called and where it stands, in two tables.
 *
 * The position moves with every commit, and the log already holds all that it says; so it is kept in memory and written
 * together with the next append of any document, and never costs a disk flush of its own. After a crash it may be behind
 * the log, which the port allows.
 */
export class EmbeddedDocumentStore implements DocumentStore {
  readonly #environment: Environment
  readonly #descriptions: Table
  readonly #positions: Table
  readonly #moved = new Map<string, Position>()
  readonly #turns = new OneAtATime()
  #timer: NodeJS.Timeout | null = null

  constructor(environment: Environment) {
    this.#environment = environment
    this.#descriptions = environment.table('documents')
    this.#positions = environment.table('positions')
    environment.addPassenger(() => this.#carryPositions())
  }

  create(document: DocumentRecord): Promise<void> {
    return this.#turns.take(document.id, async () => {
      if (this.#descriptions.has([document.id]))
        throw new SheafServerError('conflict', `there is a document ${document.id} already`)
      const { seq, versionVector, publishedSeq, ...description } = document
      const position: Position = { seq, versionVector, publishedSeq, updatedAt: document.updatedAt }
      await this.#environment.commit([
        this.#descriptions.putJson([document.id], description satisfies Description),
        this.#positions.putJson([document.id], position),
      ])
    })
  }

  async get(id: string): Promise<DocumentRecord | null> {
    const description = this.#descriptions.getJson<Description>([id], 'document-damaged')
    if (description === null) return null
    const position = this.#position(id)
    return { ...description, ...position, updatedAt: Math.max(description.updatedAt, position.updatedAt) }
  }

  async getMany(ids: readonly string[]): Promise<DocumentRecord[]> {
    const found = await Promise.all(ids.map((id) => this.get(id)))
    return found.filter((document) => document !== null)
  }

  update(
    id: string,
    change: Partial<Pick<DocumentRecord, 'title' | 'schemaId' | 'deletedAt' | 'updatedAt'>>,
  ): Promise<boolean> {
    return this.#turns.take(id, async () => {
      const description = this.#descriptions.getJson<Description>([id], 'document-damaged')
      if (description === null) return false
      await this.#environment.commit([this.#descriptions.putJson([id], { ...description, ...change })])
      return true
    })
  }

  async advance(
    id: string,
    position: { seq: number; versionVector: DocumentRecord['versionVector']; publishedSeq?: number; updatedAt: number },
  ): Promise<void> {
    if (!this.#moved.has(id) && !this.#descriptions.has([id])) return
    const now = this.#position(id)
    const isAhead = position.seq > now.seq
    const publishedSeq = Math.max(now.publishedSeq, position.publishedSeq ?? 0)
    if (!isAhead && publishedSeq === now.publishedSeq) return
    this.#moved.set(id, {
      seq: isAhead ? position.seq : now.seq,
      versionVector: isAhead ? position.versionVector : now.versionVector,
      publishedSeq,
      updatedAt: isAhead ? Math.max(position.updatedAt, now.updatedAt) : now.updatedAt,
    })
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      // A disk that does not take the position now is asked again with the next append; the log has the truth.
      this.writePositions().catch(() => undefined)
    }, POSITION_DELAY_MS).unref()
  }

  async list(page: { limit: number; after?: string }): Promise<DocumentRecord[]> {
    const after = page.after === undefined ? {} : { after: [page.after] }
    return this.getMany(this.#descriptions.keys([], { limit: page.limit, ...after }).map(([id]) => String(id)))
  }

  async listUnpublished(limit: number): Promise<string[]> {
    const behind: { readonly id: string; readonly updatedAt: number }[] = []
    let sliceEnds = performance.now() + SLICE_MS
    for (const [part] of this.#descriptions.keys([])) {
      const id = String(part)
      const { seq, publishedSeq, updatedAt } = this.#position(id)
      if (publishedSeq < seq) behind.push({ id, updatedAt })
      if (performance.now() < sliceEnds) continue
      await new Promise((resolve) => setImmediate(resolve))
      sliceEnds = performance.now() + SLICE_MS
    }
    behind.sort((a, b) => a.updatedAt - b.updatedAt)
    return behind.slice(0, limit).map(({ id }) => id)
  }

  /** Writes what moved since the last commit; durable when it resolves. */
  async writePositions(): Promise<void> {
    if (this.#moved.size > 0) await this.#environment.commit([])
  }

  /** Resolves when all positions are durable and no timer is left. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#turns.settled()
    await this.writePositions()
  }

  #position(id: string): Position {
    const position = this.#moved.get(id) ?? this.#positions.getJson<Position>([id], 'document-damaged')
    if (position === null) throw new SheafServerError('document-damaged', `document ${id} has no position`)
    return position
  }

  #carryPositions(): ReturnType<Parameters<Environment['addPassenger']>[0]> {
    if (this.#moved.size === 0) return null
    const written = [...this.#moved]
    return {
      changes: written.map(([id, position]) => this.#positions.putJson([id], position)),
      onDurable: () => {
        for (const [id, position] of written) if (this.#moved.get(id) === position) this.#moved.delete(id)
      },
    }
  }
}
