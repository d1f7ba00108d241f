import { reasonOf } from '../metrics.ts'
import type { Log } from '../metrics.ts'
import type { DocumentRecord, DocumentStore } from '../ports.ts'

export interface UnpublishedOptions {
  readonly documents: DocumentStore
  readonly log: Log
  /** Those that this server is publishing are not looked at. */
  readonly isOwn: (documentId: string) => boolean
  readonly found: (record: DocumentRecord) => void
}

/** Documents of one look. */
const LIMIT = 500

/**
 * Finds documents whose records say that the feed lacks something of them: what servers left behind that are no more.
 * A record lags a little while its document is being published, by whatever server. So one counts as left behind where it
 * has not moved since the look before; in the first look of a server everything counts.
 */
export class UnpublishedDocuments {
  readonly #options: UnpublishedOptions
  #seen: Map<string, number> | null = null
  #looking: Promise<void> | null = null

  constructor(options: UnpublishedOptions) {
    this.#options = options
  }

  look(): void {
    this.#looking ??= this.#find()
      .catch((error: unknown) =>
        this.#options.log.warn({ reason: reasonOf(error) }, 'unpublished documents were not looked for'),
      )
      .finally(() => {
        this.#looking = null
      })
  }

  async settled(): Promise<void> {
    await this.#looking
  }

  async #find(): Promise<void> {
    const { documents, isOwn, found } = this.#options
    const ids = await documents.listUnpublished(LIMIT)
    const records = await documents.getMany(ids.filter((id) => !isOwn(id)))
    const before = this.#seen
    this.#seen = new Map(records.map(({ id, publishedSeq }) => [id, publishedSeq]))
    for (const record of records) {
      if (before === null || before.get(record.id) === record.publishedSeq) found(record)
    }
  }
}
