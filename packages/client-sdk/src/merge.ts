import type { VersionVector } from '@sheaf/protocol'
import * as Y from 'yjs'
import { MAX_BATCH_UPDATES } from './batcher.ts'

/** One V2 update in place of many. In slices, since merging takes more than linear time in their number. */
export function mergeUpdates(updates: readonly Uint8Array[]): Uint8Array {
  const [only] = updates
  if (only === undefined) return Y.encodeStateAsUpdateV2(new Y.Doc())
  if (updates.length === 1) return only
  const slices: Uint8Array[] = []
  for (let start = 0; start < updates.length; start += MAX_BATCH_UPDATES)
    slices.push(Y.mergeUpdatesV2(updates.slice(start, start + MAX_BATCH_UPDATES)))
  return mergeUpdates(slices)
}

/**
 * The entries of the state vector that an update advances, as its bytes say. Yjs's own reader and not `inspectUpdate`, which
 * would be a third of this package's size; a test holds the two together.
 */
export function versionVectorOf(update: Uint8Array): VersionVector {
  return [...Y.parseUpdateMetaV2(update).to].sort(([a], [b]) => a - b)
}

/** Characters and nodes that a transaction inserted or deleted: what the batching policy counts. */
export function changedLength(transaction: Y.Transaction): number {
  let length = 0
  for (const [client, clock] of transaction.afterState) length += clock - (transaction.beforeState.get(client) ?? 0)
  for (const ranges of transaction.deleteSet.clients.values()) for (const range of ranges) length += range.len
  return length
}
