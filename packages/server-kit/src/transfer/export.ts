import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { StoredOperation } from '@sheaf/protocol'
import { SheafServerError, isServerError } from '../errors.ts'
import { reasonOf } from '../metrics.ts'
import type { DocumentRecord, Ports, VersionRecord } from '../ports.ts'
import { EXPORT_FORMAT, SNAPSHOT_PIECE } from './format.ts'
import type { ExportCounts, ExportLine } from './format.ts'

export interface ExportOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Version of the program. */
  readonly version: string
  /** What identifies the installation that is exported. */
  readonly storeId?: string
}

export interface ExportReport extends ExportCounts {
  /** Documents and versions that cannot be read, and are not in the export. */
  readonly leftOut: readonly {
    readonly documentId: string
    readonly versionId: string | null
    readonly reason: string
  }[]
}

type ExportedStores = Pick<Ports, 'documents' | 'operations' | 'versions' | 'progress' | 'users' | 'permissions'>

const PAGE = 100
/** Operations are up to some megabytes each, and so many are in memory at once. */
const OPERATIONS_PAGE = 50
/** Lines go out together until there are so many bytes of them. */
const CHUNK_BYTES = 64 * 1024

/**
 * Writes everything that lasts: people with their password hashes, documents with their whole history, permissions. Not
 * the log-ins: people sign in again. Never holds more in memory than one snapshot and a few operations. Servers may run
 * meanwhile: each document is then as it was when its turn came.
 *
 * Ends `output`. What cannot be read is left out, and the report says so.
 * @throws {SheafServerError} `unavailable` where a store does not answer; whatever `output` rejects with.
 */
export async function exportStores(
  stores: ExportedStores,
  output: NodeJS.WritableStream,
  options: ExportOptions,
): Promise<ExportReport> {
  const run = new ExportRun(stores, options)
  await pipeline(Readable.from(run.chunks(), { objectMode: false, highWaterMark: CHUNK_BYTES }), output)
  return run.report()
}

class ExportRun {
  readonly #stores: ExportedStores
  readonly #options: ExportOptions
  readonly #counts = { users: 0, documents: 0, permissions: 0, operations: 0, versions: 0 }
  readonly #leftOut: ExportReport['leftOut'][number][] = []
  #lines = 0

  constructor(stores: ExportedStores, options: ExportOptions) {
    this.#stores = stores
    this.#options = options
  }

  report(): ExportReport {
    return { ...this.#counts, leftOut: this.#leftOut }
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    let waiting: Buffer[] = []
    let bytes = 0
    for await (const line of this.#everything()) {
      const encoded = encode(line)
      hash.update(encoded)
      this.#lines += 1
      waiting.push(encoded)
      bytes += encoded.length
      if (bytes < CHUNK_BYTES) continue
      yield Buffer.concat(waiting)
      waiting = []
      bytes = 0
    }
    waiting.push(encode({ kind: 'end', lines: this.#lines, counts: this.#counts, checksum: hash.digest('hex') }))
    yield Buffer.concat(waiting)
  }

  async *#everything(): AsyncGenerator<ExportLine> {
    const { now, version, storeId } = this.#options
    yield { kind: 'sheaf-export', format: EXPORT_FORMAT, version, storeId: storeId ?? null, createdAt: now }
    for await (const user of pages((page) => this.#stores.users.list(page))) {
      this.#counts.users += 1
      yield { kind: 'user', user }
    }
    for await (const document of pages((page) => this.#stores.documents.list(page))) yield* this.#document(document)
  }

  async *#document(document: DocumentRecord): AsyncGenerator<ExportLine> {
    const { id } = document
    const counts = { ...this.#counts }
    try {
      yield* this.#documentLines(document)
    } catch (error) {
      if (!isServerError(error, 'document-damaged') && !isServerError(error, 'store-damaged')) throw error
      // What was counted of it does not count.
      Object.assign(this.#counts, counts)
      this.#leftOut.push({ documentId: id, versionId: null, reason: reasonOf(error) })
      yield { kind: 'left-out', documentId: id, reason: reasonOf(error) }
    }
  }

  async *#documentLines(document: DocumentRecord): AsyncGenerator<ExportLine> {
    const { permissions, progress, operations } = this.#stores
    const { id } = document
    this.#counts.documents += 1
    yield { kind: 'document', document }
    for (const permission of await permissions.listByDocument(id)) {
      this.#counts.permissions += 1
      yield { kind: 'permission', permission }
    }
    // Looked at before the log is: no version may be ahead of the operations that are written.
    const versions = await this.#versionsOf(id)
    const folded = await progress.get(id)
    const head = await operations.head(id)
    yield* this.#operationLines(id, head)
    for (const version of versions) yield* this.#versionLines(version)
    if (folded !== null) yield { kind: 'progress', progress: folded }
  }

  async *#operationLines(documentId: string, head: number): AsyncGenerator<ExportLine> {
    let after: number | null = null
    while ((after ?? 0) < head) {
      const page: StoredOperation[] = await this.#stores.operations.read(documentId, after ?? 0, OPERATIONS_PAGE)
      if (page.length === 0) throw new SheafServerError('document-damaged', 'its log ends too early')
      for (const operation of page) {
        // Where the log begins is where it was trimmed; behind that nothing may be missing.
        if (after !== null && operation.seq !== after + 1)
          throw new SheafServerError('document-damaged', 'its log was compacted while it was read, export it again')
        if (operation.seq > head) return
        after = operation.seq
        this.#counts.operations += 1
        yield { kind: 'operation', operation: { ...operation, update: base64(operation.update) } }
      }
    }
  }

  async *#versionLines(version: VersionRecord): AsyncGenerator<ExportLine> {
    let snapshot: Uint8Array | null
    try {
      snapshot = await this.#stores.versions.getSnapshot(version.documentId, version.id)
    } catch (error) {
      if (!isServerError(error, 'document-damaged') && !isServerError(error, 'store-damaged')) throw error
      this.#leftOut.push({ documentId: version.documentId, versionId: version.id, reason: reasonOf(error) })
      return
    }
    // Replaced by a newer one since it was listed.
    if (snapshot === null) return
    this.#counts.versions += 1
    yield { kind: 'version', version, bytes: snapshot.length }
    for (let start = 0; start < snapshot.length; start += SNAPSHOT_PIECE)
      yield { kind: 'snapshot', piece: base64(snapshot.subarray(start, start + SNAPSHOT_PIECE)) }
  }

  /** Oldest first, so that whatever is imported of them has the versions that came before. */
  async #versionsOf(documentId: string): Promise<VersionRecord[]> {
    const found: VersionRecord[] = []
    for (;;) {
      const before = found.at(-1)?.id
      const page = await this.#stores.versions.list(documentId, {
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      })
      if (page.length === 0) return found.reverse()
      found.push(...page)
    }
  }
}

async function* pages<T extends { readonly id: string }>(
  list: (page: { limit: number; after?: string }) => Promise<T[]>,
): AsyncGenerator<T> {
  let after: string | undefined
  for (;;) {
    const page = await list({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    yield* page
    after = page.at(-1)?.id
    if (after === undefined) return
  }
}

const encode = (line: ExportLine): Buffer => Buffer.from(`${JSON.stringify(line)}\n`)
const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
