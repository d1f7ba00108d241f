import type { OperationLog } from '../ports.ts'

/** Where an operation is that is known to be durable. */
export type KnownOperation =
  | { readonly status: 'stored'; readonly seq: number; readonly update: Uint8Array }
  /** It is among those up to `through`, whose effect is in the snapshots and whose bytes nobody has any more. */
  | { readonly status: 'trimmed'; readonly through: number }
  /** The log is whole from its beginning and does not have it. */
  | { readonly status: 'absent' }

/** Looks up an operation that the ledger knows. */
export async function findKnown(
  log: Pick<OperationLog, 'find' | 'read'>,
  documentId: string,
  { replicaId, counter }: { readonly replicaId: string; readonly counter: number },
): Promise<KnownOperation> {
  const stored = await log.find(documentId, replicaId, counter)
  if (stored !== null) return { status: 'stored', seq: stored.seq, update: stored.update }
  const [first] = await log.read(documentId, 0, 1)
  return first !== undefined && first.seq > 1 ? { status: 'trimmed', through: first.seq - 1 } : { status: 'absent' }
}
