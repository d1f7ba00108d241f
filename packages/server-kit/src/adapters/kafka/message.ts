import { decodeOperations, encodeOperations } from '@sheaf/protocol'
import type { StoredOperation } from '@sheaf/protocol'

/** A message of the topic: operations of one document, in order. */
export interface FeedMessage {
  readonly key: string
  readonly value: Buffer
  readonly headers: { readonly [CLUSTER_HEADER]: string }
}

const CLUSTER_HEADER = 'sheaf-cluster'

/** Messages stay below what Kafka takes unless it is told otherwise (1 MB); a larger operation goes alone. */
export const MAX_MESSAGE_BYTES = 900 * 1024

/** What one operation may take at most, with what stands around it: the topic must take messages of this size. */
export const LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024

export function messagesOf(
  documentId: string,
  operations: readonly StoredOperation[],
  clusterId: string,
): FeedMessage[] {
  return split(operations).map((value) => ({
    key: documentId,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: { [CLUSTER_HEADER]: clusterId },
  }))
}

/** Encodes all in one piece where that is small enough, else in halves, and halves of them. */
function split(operations: readonly StoredOperation[]): Uint8Array[] {
  if (operations.length === 0) return []
  const whole = encodeOperations(operations)
  if (whole.byteLength <= MAX_MESSAGE_BYTES || operations.length === 1) return [whole]
  const middle = Math.ceil(operations.length / 2)
  return [...split(operations.slice(0, middle)), ...split(operations.slice(middle))]
}

/** What came of a message. */
export type ReadMessage =
  | { readonly status: 'read'; readonly documentId: string; readonly operations: readonly StoredOperation[] }
  | { readonly status: 'refused'; readonly reason: 'foreign' | 'malformed' }

/** The parts of a received message that matter. */
export interface ReceivedMessage {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, unknown>> | undefined
}

/** Never throws: what is not ours or cannot be read is refused. */
export function readMessage({ key, value, headers }: ReceivedMessage, clusterId: string): ReadMessage {
  const cluster = headers?.[CLUSTER_HEADER]
  if (!Buffer.isBuffer(cluster) || cluster.toString() !== clusterId) return { status: 'refused', reason: 'foreign' }
  if (key === null || key.length === 0 || value === null) return { status: 'refused', reason: 'malformed' }
  try {
    return { status: 'read', documentId: key.toString(), operations: decodeOperations(value) }
  } catch {
    return { status: 'refused', reason: 'malformed' }
  }
}
