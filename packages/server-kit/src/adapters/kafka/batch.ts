import type { StoredOperation } from '@sheaf/protocol'
import { readMessage } from './message.ts'
import type { ReceivedMessage } from './message.ts'

/** What a batch of one partition holds of one document. */
export interface DocumentShare {
  readonly documentId: string
  readonly operations: readonly StoredOperation[]
  /** Place in the batch of its first message. */
  readonly first: number
}

export interface Refused {
  /** Place in the batch. */
  readonly index: number
  readonly reason: 'foreign' | 'malformed'
}

/** A batch by documents, each with its operations in the order they came. */
export function sharesOf(
  messages: readonly ReceivedMessage[],
  clusterId: string,
): { readonly shares: readonly DocumentShare[]; readonly refused: readonly Refused[] } {
  const shares = new Map<string, DocumentShare & { operations: StoredOperation[] }>()
  const refused: Refused[] = []
  messages.forEach((message, index) => {
    const read = readMessage(message, clusterId)
    if (read.status === 'refused') {
      refused.push({ index, reason: read.reason })
      return
    }
    const share = shares.get(read.documentId) ?? { documentId: read.documentId, operations: [], first: index }
    for (const operation of read.operations) share.operations.push(operation)
    shares.set(read.documentId, share)
  })
  return { shares: [...shares.values()], refused }
}

/** How many messages from the beginning of the batch are done with: those before the first one of an unfinished document. */
export const doneOf = (count: number, unfinished: Iterable<DocumentShare>): number =>
  [...unfinished].reduce((done, { first }) => Math.min(done, first), count)
