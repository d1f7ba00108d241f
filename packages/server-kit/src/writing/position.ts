import type { VersionVector } from '@sheaf/protocol'
import type { Clock } from '../clock.ts'
import type { DocumentStore } from '../ports.ts'

/** Full version vector of a document, kept up to date operation by operation. */
export class FullVector {
  readonly #clocks = new Map<number, number>()

  constructor(entries: VersionVector) {
    this.advance(entries)
  }

  advance(entries: VersionVector): void {
    for (const [client, clock] of entries) {
      if (clock > (this.#clocks.get(client) ?? 0)) this.#clocks.set(client, clock)
    }
  }

  entries(): VersionVector {
    return [...this.#clocks].sort(([a], [b]) => a - b)
  }
}

interface Position {
  readonly seq: number
  readonly versionVector: VersionVector
  /** Where there is a feed. */
  readonly publishedSeq?: number
}

/**
 * Writes how far a document is into its record, behind the commits and never more often than asked: the log is the
 * truth, and a record that is behind after a crash is brought forward by the next write.
 */
export class PositionWriter {
  readonly #documents: DocumentStore
  readonly #clock: Clock
  readonly #documentId: string
  readonly #spacingMs: number
  readonly #read: () => Position
  readonly #failed: (error: unknown) => void
  #written: Pick<Position, 'seq' | 'publishedSeq'>
  #wanted = false
  #waiting: (() => void) | null = null
  #writing: Promise<void> | null = null

  constructor(options: {
    documents: DocumentStore
    clock: Clock
    documentId: string
    spacingMs: number
    writtenSeq: number
    read: () => Position
    failed: (error: unknown) => void
  }) {
    this.#documents = options.documents
    this.#clock = options.clock
    this.#documentId = options.documentId
    this.#spacingMs = options.spacingMs
    this.#written = { seq: options.writtenSeq }
    this.#read = options.read
    this.#failed = options.failed
  }

  /** The position moved. */
  note(): void {
    this.#wanted = true
    if (this.#waiting !== null || this.#writing !== null) return
    this.#waiting = this.#clock.after(this.#spacingMs, () => {
      this.#waiting = null
      this.#write()
    })
  }

  /** Resolves when the record shows the position, or could not be written. */
  async flush(): Promise<void> {
    this.#waiting?.()
    this.#waiting = null
    if (this.#writing !== null) await this.#writing
    if (this.#wanted) {
      this.#write()
      await this.#writing
    }
  }

  #write(): void {
    this.#wanted = false
    const position = this.#read()
    if (position.seq <= this.#written.seq && position.publishedSeq === this.#written.publishedSeq) return
    this.#writing = this.#documents
      .advance(this.#documentId, { ...position, updatedAt: this.#clock.now() })
      .then(
        () => {
          this.#written = position
        },
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#writing = null
        if (this.#wanted) this.note()
      })
  }
}
