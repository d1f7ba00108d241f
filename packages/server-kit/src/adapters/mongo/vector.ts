import type { VersionVector } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** A full vector has thousands of entries: as bytes it is a hundredth of what the same entries cost as fields. */
export function encodeVector(vector: VersionVector): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, vector.length)
  for (const [client, clock] of vector) {
    encoding.writeVarUint(encoder, client)
    encoding.writeVarUint(encoder, clock)
  }
  return encoding.toUint8Array(encoder)
}

/** Reads what {@link encodeVector} wrote. Throws on anything else. */
export function decodeVector(bytes: unknown): VersionVector {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a version vector is not bytes')
  const decoder = decoding.createDecoder(bytes)
  const entries: [number, number][] = []
  for (let left = decoding.readVarUint(decoder); left > 0; left--)
    entries.push([decoding.readVarUint(decoder), decoding.readVarUint(decoder)])
  if (decoding.hasContent(decoder)) throw new RangeError('bytes are left behind a version vector')
  return entries
}
