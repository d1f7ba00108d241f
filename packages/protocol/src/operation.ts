import * as decoding from 'lib0/decoding'
import { ProtocolError } from './codes.ts'
import { bytes, list, record, replicaId, text, varuint, versionVector } from './field.ts'
import type { Field, RecordOf } from './field.ts'
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
export const stored = /* @__PURE__ */ record(storedFields)

/** The bytes of a durable operation, the same at rest and on the feed. */
export function encodeOperation(operation: StoredOperation): Uint8Array {
  return encodeBytes((encoder) => stored.write(encoder, operation))
}

const storedList = /* @__PURE__ */ list(stored, Number.MAX_SAFE_INTEGER)

/** The bytes of several durable operations in one piece. */
export function encodeOperations(operations: readonly StoredOperation[]): Uint8Array<ArrayBuffer> {
  return encodeBytes((encoder) => storedList.write(encoder, operations))
}

/** Reads what {@link encodeOperation} wrote. @throws {ProtocolError} on anything else. */
export const decodeOperation = (input: Uint8Array): StoredOperation => decode(input, stored)

/** Reads what {@link encodeOperations} wrote; the updates are views of the input. @throws {ProtocolError} on anything else. */
export const decodeOperations = (input: Uint8Array): readonly StoredOperation[] => decode(input, storedList)

function decode<T>(input: Uint8Array, field: Field<T>): T {
  const decoder = decoding.createDecoder(input)
  try {
    const value = field.read(decoder)
    if (decoding.hasContent(decoder)) throw new ProtocolError('malformed', 'bytes are left behind the operation')
    return value
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('malformed', 'the operation cannot be decoded')
  }
}
