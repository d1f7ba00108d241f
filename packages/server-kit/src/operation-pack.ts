import { decodeOperation, encodeOperation } from '@sheaf/protocol'
import type { StoredOperation } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** Operations as one piece of memory, so that they pass to the document thread without being copied one by one. */
export function packOperations(operations: readonly StoredOperation[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, operations.length)
  for (const operation of operations) encoding.writeVarUint8Array(encoder, encodeOperation(operation))
  return encoding.toUint8Array(encoder)
}

export function unpackOperations(bytes: Uint8Array): StoredOperation[] {
  const decoder = decoding.createDecoder(bytes)
  const operations: StoredOperation[] = []
  for (let left = decoding.readVarUint(decoder); left > 0; left--)
    operations.push(decodeOperation(decoding.readVarUint8Array(decoder)))
  return operations
}
