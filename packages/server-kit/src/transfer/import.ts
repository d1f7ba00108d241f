import type { StoredOperation } from '@sheaf/protocol'
import { SheafServerError } from '../errors.ts'
import { Ledger } from '../ledger/ledger.ts'
import { reasonOf } from '../metrics.ts'
import type { DocumentRecord, PermissionRecord, Ports, Progress, UserRecord, VersionRecord } from '../ports.ts'
import { decodeSnapshot } from '../document/snapshot.ts'
import type { ExportCounts, ExportLine, Line } from './format.ts'
import { StoredHistory } from './stored-history.ts'
import { damaged, readLines } from './read-lines.ts'

export interface ImportReport {
  /** What the export holds. */
  readonly found: ExportCounts
  /** What was written of it; the rest was there already. */
  readonly added: ExportCounts
}

export type ImportedStores = Pick<
  Ports,
  'documents' | 'operations' | 'versions' | 'progress' | 'users' | 'permissions' | 'fanOut'
>

/** Operations go into the log together until there are so many, or so many bytes of them. */
const BATCH_OPERATIONS = 200
const BATCH_BYTES = 1024 * 1024

/**
 * Brings in what {@link exportStores} wrote. `open` gives the bytes of the export, and is called twice: first everything
 * is looked at, the file and what the stores hold of it already, and only then is anything written. So a damaged file, or
 * something else under one of its ids, leaves the stores as they were.
 *
 * What is there already is left as it is: an import that was interrupted is ended by running it again. A document's
 * record is written last, so that a document can be seen when it is whole.
 * @throws {SheafServerError} `store-damaged` or `format-unknown` for the file, `conflict` where the stores hold something
 * else under the same id, `unavailable` where a store does not answer.
 */
export async function importStores(
  stores: ImportedStores,
  open: () => AsyncIterable<Uint8Array>,
): Promise<ImportReport> {
  const look = new ImportPass(stores, 'look', new Set())
  const found = await look.run(open())
  const write = new ImportPass(stores, 'write', look.leftOut)
  await write.run(open())
  return { found, added: write.added }
}

/** A document whose lines are being read. */
interface Current {
  readonly record: DocumentRecord
  readonly isThere: boolean
  readonly history: StoredHistory
  /** The newest version that the store holds; 0 for none. */
  readonly newestVersion: number
  readonly permissions: PermissionRecord[]
  batch: StoredOperation[]
  batchBytes: number
  /** The first seq of the file, and the one that comes next; null before the first operation. */
  begin: number | null
  next: number | null
  version: { readonly record: VersionRecord; readonly pieces: Buffer[]; missing: number } | null
  progress: Progress | null
}

/** One reading of the whole file. */
class ImportPass {
  readonly leftOut: Set<string>
  readonly added = { users: 0, documents: 0, permissions: 0, operations: 0, versions: 0 }
  readonly #stores: ImportedStores
  readonly #does: 'look' | 'write'
  readonly #counts = { users: 0, documents: 0, permissions: 0, operations: 0, versions: 0 }
  #current: Current | null = null
  /** What was counted before the document that is being read. */
  #before: ExportCounts = { ...this.#counts }

  constructor(stores: ImportedStores, does: 'look' | 'write', leftOut: Set<string>) {
    this.#stores = stores
    this.#does = does
    this.leftOut = leftOut
  }

  async run(source: AsyncIterable<Uint8Array>): Promise<ExportCounts> {
    for await (const line of readLines(source)) await this.#take(line)
    return this.#counts
  }

  async #take(line: ExportLine): Promise<void> {
    switch (line.kind) {
      case 'sheaf-export':
        return
      case 'user':
        return this.#takeUser(line.user)
      case 'document':
        await this.#endDocument()
        return this.#beginDocument(line.document)
      case 'permission':
        this.#counts.permissions += 1
        this.#open(line.permission.documentId).permissions.push(line.permission)
        return
      case 'operation':
        this.#counts.operations += 1
        return this.#takeOperation(line)
      case 'version':
        this.#counts.versions += 1
        return this.#takeVersion(line)
      case 'snapshot':
        return this.#takePiece(Buffer.from(line.piece, 'base64'))
      case 'progress':
        this.#open(line.progress.documentId).progress = line.progress
        return
      case 'left-out':
        return this.#leaveOut(line.documentId)
      case 'end':
        await this.#endDocument()
        return this.#compareCounts(line)
    }
  }

  #compareCounts({ counts }: Line<'end'>): void {
    if (JSON.stringify(counts) !== JSON.stringify(this.#counts)) throw damaged('it counts something else than it holds')
  }

  #open(documentId: string): Current {
    if (this.#current?.record.id !== documentId) throw damaged('its lines are out of order')
    if (this.#current.version !== null) throw damaged('a snapshot is cut short')
    return this.#current
  }

  // ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #takeUser(user: UserRecord): Promise<void> {
    this.#counts.users += 1
    const { users } = this.#stores
    const [there, sameAddress] = [await users.get(user.id), await users.findByEmail(user.email)]
    if (sameAddress !== null && sameAddress.id !== user.id)
      throw conflict(`another account has the e-mail address of the account ${user.id}`)
    if (there !== null && (there.createdAt !== user.createdAt || !isSameAddress(there.email, user.email)))
      throw conflict(`there is another account ${user.id}`)
    if (there !== null || this.#does === 'look') return
    await users.create(user)
    this.added.users += 1
  }

  // ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────

  async #beginDocument(record: DocumentRecord): Promise<void> {
    this.#before = { ...this.#counts }
    this.#counts.documents += 1
    const { documents, operations, versions } = this.#stores
    const there = await documents.get(record.id)
    if (there !== null && (there.createdAt !== record.createdAt || there.createdBy !== record.createdBy))
      throw conflict(`there is another document ${record.id}`)
    this.#current = {
      record,
      isThere: there !== null,
      history: await StoredHistory.open(operations, record.id),
      newestVersion: (await versions.latest(record.id))?.seq ?? 0,
      permissions: [],
      batch: [],
      batchBytes: 0,
      begin: null,
      next: null,
      version: null,
      progress: null,
    }
  }

  #leaveOut(documentId: string): void {
    if (this.#current?.record.id !== documentId) throw damaged('its lines are out of order')
    this.leftOut.add(documentId)
    Object.assign(this.#counts, this.#before)
    this.#current = null
  }

  /** True where something of the document is to be written. */
  #writes({ record }: Current): boolean {
    return this.#does === 'write' && !this.leftOut.has(record.id)
  }

  async #endDocument(): Promise<void> {
    const current = this.#current
    if (current === null) return
    this.#open(current.record.id)
    this.#checkPosition(current)
    this.#current = null
    if (!this.#writes(current)) return
    await this.#append(current)
    const { documents, operations, permissions, progress } = this.#stores
    const { record, begin } = current
    // Where the log was trimmed before, so that what is not in the file is not missed.
    if (begin !== null && begin > 1) await operations.trim(record.id, begin - 1)
    if (current.isThere) return this.#carryOn(current)
    if (current.progress !== null) await progress.advance(current.progress)
    for (const permission of current.permissions) {
      await permissions.put(permission)
      this.added.permissions += 1
    }
    await documents.create(await this.#withPublished(record))
    this.added.documents += 1
  }

  /** A document that was there before is further along now; a server that has it open did not hear of that. */
  async #carryOn({ record, history, next }: Current): Promise<void> {
    if (next === null || next - 1 <= history.head) return
    const { id, seq, versionVector, updatedAt, publishedSeq } = await this.#withPublished(record)
    await this.#stores.documents.advance(id, { seq, versionVector, updatedAt, publishedSeq })
    await this.#stores.fanOut.announce({ kind: 'document-reset', documentId: id })
  }

  #checkPosition({ record, next, history, begin }: Current): void {
    const head = next === null ? 0 : next - 1
    if (head < record.seq) throw damaged(`the operations of document ${record.id} end too early`)
    // What stands between the two would be missing.
    if (begin !== null && history.head > 0 && history.head < begin - 1)
      throw conflict(`the operations of document ${record.id} begin behind those that are there`)
  }

  /** What a snapshot holds need not go through a feed any more. */
  async #withPublished(record: DocumentRecord): Promise<DocumentRecord> {
    const newest = await this.#stores.versions.latest(record.id)
    return { ...record, publishedSeq: Math.min(record.seq, newest?.seq ?? 0) }
  }

  async #takeOperation({ operation }: Line<'operation'>): Promise<void> {
    const current = this.#current
    if (current === null || current.version !== null) throw damaged('its lines are out of order')
    const stored: StoredOperation = { ...operation, update: Buffer.from(operation.update, 'base64') }
    if (current.next !== null && stored.seq !== current.next) throw damaged('an operation is missing')
    current.begin ??= stored.seq
    current.next = stored.seq + 1
    if (stored.seq <= current.history.head) {
      if (this.#does === 'look' && !(await current.history.agrees(stored)))
        throw conflict(`the document ${current.record.id} has another history from operation ${stored.seq} on`)
      return
    }
    if (!this.#writes(current)) return
    current.batch.push(stored)
    current.batchBytes += stored.update.length
    if (current.batch.length >= BATCH_OPERATIONS || current.batchBytes >= BATCH_BYTES) await this.#append(current)
  }

  async #append(current: Current): Promise<void> {
    const { batch, record } = current
    if (batch.length === 0) return
    current.batch = []
    current.batchBytes = 0
    const { status } = await this.#stores.operations.append(record.id, batch)
    if (status === 'conflict') throw conflict(`somebody writes to the document ${record.id} meanwhile`)
    this.added.operations += batch.length
  }

  // ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #takeVersion({ version, bytes }: Line<'version'>): Promise<void> {
    const current = this.#open(version.documentId)
    if (current.next !== null && version.seq >= current.next) throw damaged('a version is ahead of its operations')
    current.version = { record: version, pieces: [], missing: bytes }
    if (bytes === 0) await this.#takePiece(Buffer.alloc(0))
  }

  async #takePiece(piece: Buffer): Promise<void> {
    const version = this.#current?.version
    if (this.#current === null || version === null || version === undefined) throw damaged('a snapshot has no version')
    version.pieces.push(piece)
    version.missing -= piece.length
    if (version.missing < 0) throw damaged('a snapshot is too long')
    if (version.missing > 0) return
    this.#current.version = null
    await this.#endVersion(this.#current, version.record, Buffer.concat(version.pieces))
  }

  async #endVersion(current: Current, version: VersionRecord, snapshot: Buffer): Promise<void> {
    const { versions } = this.#stores
    checkSnapshot(version, snapshot)
    const there = await versions.get(version.documentId, version.id)
    if (there !== null && (there.seq !== version.seq || there.createdAt !== version.createdAt))
      throw conflict(`there is another version ${version.id} of document ${version.documentId}`)
    // A whole document that was there before has lost the version on purpose.
    const isGone = current.isThere && version.seq <= current.newestVersion
    if (there !== null || isGone || !this.#writes(current)) return
    await versions.put(version, snapshot)
    this.added.versions += 1
  }
}

function checkSnapshot(version: VersionRecord, bytes: Buffer): void {
  try {
    const snapshot = decodeSnapshot(bytes)
    if (snapshot.seq === version.seq && Ledger.decode(snapshot.ledger).seq === version.seq) return
  } catch (error) {
    throw damaged(`the snapshot of version ${version.id} cannot be read (${reasonOf(error)})`)
  }
  throw damaged(`the snapshot of version ${version.id} is of another seq`)
}

const isSameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

const conflict = (what: string): SheafServerError =>
  new SheafServerError('conflict', `${what}: nothing was overwritten; import into other stores`)
