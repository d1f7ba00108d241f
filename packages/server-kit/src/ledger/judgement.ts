import { inspectUpdate } from '@sheaf/protocol'
import type { StoredOperation, UpdateFacts, UpdateLimits } from '@sheaf/protocol'
import type { Ledger } from './ledger.ts'

export type StoredVerdict = { readonly status: 'sound' } | { readonly status: 'unsound'; readonly reason: string }

/** An operation without effect: what a quarantined one counts as. */
const NO_FACTS: UpdateFacts = {
  ranges: [],
  versionVector: [],
  needs: [],
  structs: [],
  deletes: [],
  insertedChars: 0,
  deletedChars: 0,
}

/** Stands in the ledger for operations that do not follow on anything their replica wrote. */
const NOBODY = '0'.repeat(32)

/**
 * Judges and folds an operation that is in the log already. The log may have been written by something that judged
 * less strictly, so the same rules stand here; what fails them keeps its place in the order and has no effect.
 */
export function judgeStored(
  ledger: Ledger,
  operation: StoredOperation,
  limits: { readonly update: UpdateLimits; readonly maxDepth: number },
): StoredVerdict {
  const inspection = inspectUpdate(operation.update, limits.update)
  if (inspection.status === 'refused') return quarantine(ledger, operation, inspection.code)
  const verdict = ledger.take(operation, inspection.facts, limits)
  if (verdict.status !== 'new')
    return quarantine(ledger, operation, verdict.status === 'refused' ? verdict.code : verdict.status)
  return { status: 'sound' }
}

function quarantine(ledger: Ledger, operation: StoredOperation, reason: string): StoredVerdict {
  passOver(ledger, operation)
  return { status: 'unsound', reason }
}

/** Counts an operation without any effect. */
export function passOver(ledger: Ledger, { replicaId, counter }: StoredOperation): void {
  const follows = counter === ledger.lastCounter(replicaId) + 1
  const author = follows ? { replicaId, counter } : { replicaId: NOBODY, counter: ledger.lastCounter(NOBODY) + 1 }
  ledger.fold({ seq: ledger.seq + 1, ...author }, NO_FACTS)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
