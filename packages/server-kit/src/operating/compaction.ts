import { SheafServerError, isServerError } from '../errors.ts'
import { Ledger } from '../ledger/ledger.ts'
import { reasonOf } from '../metrics.ts'
import type { Log } from '../metrics.ts'
import type { DocumentRecord, Ports, VersionRecord } from '../ports.ts'
import { decodeSnapshot } from '../document/snapshot.ts'

export interface CompactionOptions {
  /** Operations and automatic versions of the last so many days stay as they are. */
  readonly keepDays: number
  /** Milliseconds since 1970. */
  readonly now: number
  readonly log: Log
}

export interface CompactionReport {
  readonly documents: number
  readonly operationsTrimmed: number
  readonly versionsRemoved: number
  readonly tokensRemoved: number
  /** Documents that were left as they are since something in them cannot be read. */
  readonly left: readonly { readonly documentId: string; readonly reason: string }[]
}

type CompactedStores = Pick<Ports, 'documents' | 'operations' | 'versions' | 'refreshTokens' | 'feed'>

const DAY_MS = 86_400_000
const PAGE = 100

/**
 * Gives up what nobody needs any more: operations that two stored snapshots hold, automatic versions of the same day, and
 * refresh tokens that expired. Each step leaves everything readable, so that it may end anywhere and be run again; servers
 * may run meanwhile.
 * @throws {SheafServerError} `unavailable` where a store does not answer.
 */
export async function compact(stores: CompactedStores, options: CompactionOptions): Promise<CompactionReport> {
  const left: { documentId: string; reason: string }[] = []
  let documents = 0
  let operationsTrimmed = 0
  let versionsRemoved = 0
  let after: string | undefined
  for (;;) {
    const page = await stores.documents.list({ limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const document of page) {
      documents += 1
      try {
        const { operations, versions } = await compactDocument(stores, document, options)
        operationsTrimmed += operations
        versionsRemoved += versions
      } catch (error) {
        if (!isServerError(error, 'document-damaged') && !isServerError(error, 'store-damaged')) throw error
        options.log.error({ documentId: document.id, reason: reasonOf(error) }, 'a document is not compacted')
        left.push({ documentId: document.id, reason: reasonOf(error) })
      }
    }
    after = page.at(-1)?.id
    if (after === undefined) break
  }
  const tokensRemoved = await stores.refreshTokens.removeExpired(options.now)
  return { documents, operationsTrimmed, versionsRemoved, tokensRemoved, left }
}

async function compactDocument(
  stores: CompactedStores,
  document: DocumentRecord,
  { keepDays, now, log }: CompactionOptions,
): Promise<{ readonly operations: number; readonly versions: number }> {
  const cutoff = now - keepDays * DAY_MS
  const newest = await stores.versions.list(document.id, { limit: 2 })
  const through = await trimmableThrough(stores, document, newest, cutoff)
  const operations = through === 0 ? 0 : await stores.operations.trim(document.id, through)
  const versions = await thinOut(stores, document.id, cutoff)
  if (operations + versions > 0) log.info({ documentId: document.id, operations, versions }, 'a document was compacted')
  return { operations, versions }
}

/** The highest seq that may be trimmed; 0 for none. */
async function trimmableThrough(
  stores: CompactedStores,
  document: DocumentRecord,
  newest: readonly VersionRecord[],
  cutoff: number,
): Promise<number> {
  const [last, lastButOne] = newest
  if (last === undefined || lastButOne === undefined) return 0
  const head = await stores.operations.head(document.id)
  const [first] = await stores.operations.read(document.id, 0, 1)
  // The last operation stays: the log says by it how far the document is. So does what the feed has not been given.
  const bound = Math.min(last.seq, lastButOne.seq, head - 1, stores.feed === null ? head : document.publishedSeq)
  if (first === undefined || first.seq > bound || first.createdAt >= cutoff) return 0
  // Only where there is something to gain: verifying reads two whole snapshots.
  for (const version of [last, lastButOne]) await verify(stores, version)
  return lastOlderThan(stores, document.id, cutoff, { from: first.seq, to: bound })
}

/** @throws {SheafServerError} `store-damaged` where the snapshot is not what a document could be opened with. */
async function verify(stores: Pick<Ports, 'versions'>, version: VersionRecord): Promise<void> {
  const damaged = (why: string, cause?: unknown): SheafServerError =>
    new SheafServerError('store-damaged', `the snapshot of version ${version.id} cannot be used: ${why}`, { cause })
  const bytes = await stores.versions.getSnapshot(version.documentId, version.id)
  // A room of a running server replaced it by a newer one: the next compaction sees that.
  if (bytes === null) throw damaged('it was removed meanwhile')
  const snapshot = decodeSnapshot(bytes)
  let ledgerSeq: number
  try {
    ledgerSeq = Ledger.decode(snapshot.ledger).seq
  } catch (error) {
    throw damaged(`its ledger cannot be read (${reasonOf(error)})`, error)
  }
  if (snapshot.seq !== version.seq || ledgerSeq !== version.seq) throw damaged('it is of another seq')
}

/** The last operation from `from` to `to` that is older than `cutoff`, where the one at `from` is; times ascend with seq. */
async function lastOlderThan(
  stores: Pick<Ports, 'operations'>,
  documentId: string,
  cutoff: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> {
  let older = from
  let end = to
  while (older < end) {
    const middle = Math.ceil((older + end) / 2)
    const [operation] = await stores.operations.read(documentId, middle - 1, 1)
    if (operation !== undefined && operation.createdAt < cutoff) older = middle
    else end = middle - 1
  }
  return older
}

/** Of the automatic versions of one day (UTC) only the newest one stays; the two newest versions of all stay in any case. */
async function thinOut(stores: Pick<Ports, 'versions'>, documentId: string, cutoff: number): Promise<number> {
  const days = new Set<number>()
  const removable: string[] = []
  let seen = 0
  let before: string | undefined
  for (;;) {
    const page = await stores.versions.list(documentId, { limit: PAGE, ...(before === undefined ? {} : { before }) })
    for (const version of page) {
      seen += 1
      if (version.kind !== 'auto' || version.name !== null) continue
      const day = Math.floor(version.createdAt / DAY_MS)
      if (seen > 2 && days.has(day) && version.createdAt < cutoff) removable.push(version.id)
      days.add(day)
    }
    before = page.at(-1)?.id
    if (before === undefined) break
  }
  for (const versionId of removable) await stores.versions.remove(documentId, versionId)
  return removable.length
}
