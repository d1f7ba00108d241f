import * as decoding from 'lib0/decoding'
import { ProtocolError } from './codes.ts'
import { bytes, record, replicaId, text, varuint, versionVector } from './field.ts'
import type { RecordOf } from './field.ts'
import { encodeBytes } from './scratch.ts'

const storedFields = {
  seq: varuint,
  replicaId,
  counter: varuint,
  baseSeq: varuint,
  authorId: text(256),
  /** Milliseconds since 1970; for people, never for order. */
  createdAt: varuint,
  versionVector,
  update: bytes,
}

/**
 * A durable operation. `replicaId` + `counter` is its unique id; `seq` its place in the document's order;
 * `update` the merged Yjs update of one batch, in V2 format.
 */
export type StoredOperation = RecordOf<typeof storedFields>

/** An operation on its way: what its author knows of it before it has a place in the order. */
export type Operation = Omit<StoredOperation, 'seq' | 'authorId' | 'createdAt'>

/** How a durable operation stands in bytes; part of the schema hash. */
export const stored = record(storedFields)

/** The bytes of a durable operation, the same at rest and on the feed. */
export function encodeOperation(operation: StoredOperation): Uint8Array {
  return encodeBytes((encoder) => stored.write(encoder, operation))
}

/** Reads what {@link encodeOperation} wrote. @throws {ProtocolError} on anything else. */
export function decodeOperation(input: Uint8Array): StoredOperation {
  const decoder = decoding.createDecoder(input)
  try {
    const operation = stored.read(decoder)
    if (decoding.hasContent(decoder)) throw new ProtocolError('malformed', 'bytes are left behind the operation')
    return operation
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('malformed', 'the operation cannot be decoded')
  }
}
