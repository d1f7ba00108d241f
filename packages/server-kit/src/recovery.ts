import type { StoredOperation } from '@sheaf/protocol'
import { SheafServerError, isServerError } from './errors.ts'
import { judgeStored } from './ledger/judgement.ts'
import { Ledger } from './ledger/ledger.ts'
import type { Limits } from './limits.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import type { DocumentRecord, Stores } from './ports.ts'
import { FullVector } from './writing/position.ts'
import { decodeSnapshot } from './document/snapshot.ts'
import type { Snapshot } from './document/snapshot.ts'

const PAGE = 1_000

export interface RecoveryOptions {
  readonly stores: Pick<Stores, 'documents' | 'operations' | 'versions' | 'cache' | 'progress'>
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
}

/** A snapshot with the ledger that it holds, decoded. */
export interface GoodSnapshot {
  readonly snapshot: Snapshot
  /** The envelope as it is stored. */
  readonly bytes: Uint8Array
  readonly ledger: Ledger
}

/** What a room starts with. */
export interface Recovered {
  readonly record: DocumentRecord
  readonly snapshot: Snapshot | null
  /** Committed operations after the snapshot, ascending; quarantined ones are left out. */
  readonly tail: readonly StoredOperation[]
  readonly seq: number
  /** As of `seq`. */
  readonly ledger: Ledger
  readonly vector: FullVector
}

/**
 * The newest snapshot that can be read: the cached one, else the newest version that is whole. Null where there is
 * none: then the log alone is the document. A damaged one raises an alarm.
 */
export async function newestSnapshot(
  documentId: string,
  { stores, log, metrics }: RecoveryOptions,
): Promise<GoodSnapshot | null> {
  const read = (bytes: Uint8Array, where: string): GoodSnapshot | null => {
    try {
      const snapshot = decodeSnapshot(bytes)
      const ledger = Ledger.decode(snapshot.ledger)
      if (ledger.seq !== snapshot.seq) throw new SheafServerError('store-damaged', 'its ledger is of another seq')
      return { snapshot, bytes, ledger }
    } catch (error) {
      damaged(where, error)
      return null
    }
  }
  const damaged = (where: string, error: unknown): void => {
    metrics.count('snapshots_damaged_total')
    log.error({ documentId, where, reason: reasonOf(error) }, 'a stored snapshot is damaged, an older one is taken')
  }

  // A cache that does not answer keeps nothing from opening, and one that is slow delays it by no more than itself.
  const [cached, newest] = await Promise.all([
    stores.cache.get(documentId).catch((error: unknown) => {
      log.warn({ documentId, reason: reasonOf(error) }, 'the snapshot cache does not answer')
      return null
    }),
    stores.versions.latest(documentId),
  ])
  if (cached !== null && cached.seq >= (newest?.seq ?? 0)) {
    const good = read(cached.snapshot, 'cache')
    if (good !== null && good.snapshot.seq === cached.seq) return good
  }
  let before: string | undefined
  for (;;) {
    const page = await stores.versions.list(documentId, { limit: 20, ...(before === undefined ? {} : { before }) })
    for (const version of page) {
      let bytes: Uint8Array | null = null
      try {
        bytes = await stores.versions.getSnapshot(documentId, version.id)
      } catch (error) {
        damaged(version.id, error)
      }
      const good = bytes === null ? null : read(bytes, version.id)
      if (good === null || good.snapshot.seq !== version.seq) continue
      // Whoever opens the document next, on whichever server, is spared this.
      stores.cache.put(documentId, { seq: version.seq, snapshot: good.bytes }).catch((error: unknown) => {
        log.warn({ documentId, reason: reasonOf(error) }, 'the snapshot cache did not take a snapshot')
      })
      return good
    }
    before = page.at(-1)?.id
    if (before === undefined) return null
  }
}

/**
 * Loads what is durable of a document. Rejects with `not-found` where there is no such document, and with
 * `document-damaged` where what is stored is not all of it: a document never opens with less than was acknowledged.
 */
export async function recover(documentId: string, options: RecoveryOptions): Promise<Recovered> {
  let outdated = -1
  for (;;) {
    const attempt = await attemptRecovery(documentId, options, outdated)
    if (attempt.status === 'recovered') return attempt.recovered
    outdated = attempt.outdated
  }
}

/** A base that newer snapshots replaced while the log was read: what follows on it may be trimmed by now. */
type Attempt =
  | { readonly status: 'recovered'; readonly recovered: Recovered }
  | { readonly status: 'outdated'; readonly outdated: number }

async function attemptRecovery(documentId: string, options: RecoveryOptions, outdated: number): Promise<Attempt> {
  const { stores, log, metrics, limits } = options
  // Both are read before the log: whatever they count must be there.
  const [record, progress] = await Promise.all([stores.documents.get(documentId), stores.progress.get(documentId)])
  if (record === null || record.deletedAt !== null) throw new SheafServerError('not-found')
  const refuse = (reason: string): SheafServerError => {
    metrics.count('rooms_damaged_total')
    log.error({ documentId, reason }, 'the document is damaged and does not open')
    return new SheafServerError('document-damaged')
  }

  const base = await newestSnapshot(documentId, options)
  const ledger = base?.ledger ?? Ledger.empty()
  const vector = new FullVector(ledger.versionVector())
  const tail: StoredOperation[] = []
  const baseSeq = base?.snapshot.seq ?? 0
  let seq = baseSeq
  for (;;) {
    const page = await readPage(documentId, stores, seq, refuse)
    if (page.length === 0) break
    for (const operation of page) {
      if (operation.seq !== seq + 1) {
        if (baseSeq > outdated && operation.seq > seq + 1) return { status: 'outdated', outdated: baseSeq }
        throw refuse(`operation ${seq + 1} is missing in the log`)
      }
      seq = operation.seq
      const verdict = judgeStored(ledger, operation, limits)
      if (verdict.status === 'sound') {
        vector.advance(operation.versionVector)
        tail.push(operation)
      } else {
        metrics.count('operations_quarantined_total')
        log.error({ documentId, seq, reason: verdict.reason }, 'a stored operation was quarantined')
      }
    }
  }
  if (record.seq > seq) throw refuse(`the record counts ${record.seq} operations, snapshot and log hold ${seq}`)
  if (progress !== null && progress.seq > seq)
    throw refuse(`${progress.seq} operations were folded once, snapshot and log hold ${seq}`)
  return { status: 'recovered', recovered: { record, snapshot: base?.snapshot ?? null, tail, seq, ledger, vector } }
}

async function readPage(
  documentId: string,
  stores: RecoveryOptions['stores'],
  after: number,
  refuse: (reason: string) => SheafServerError,
): Promise<StoredOperation[]> {
  try {
    return await stores.operations.read(documentId, after, PAGE)
  } catch (error) {
    // A store that does not answer says nothing about the document.
    if (isServerError(error, 'document-damaged') || isServerError(error, 'store-damaged')) throw refuse(error.message)
    throw error
  }
}
