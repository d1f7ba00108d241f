import { PROTOCOL_VERSION } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'

const HELLO_TYPE = 1

/** True for a hello of another protocol version, whose other fields may stand differently. */
export function speaksAnotherVersion(bytes: Uint8Array): boolean {
  if (bytes.length < 2 || bytes[0] !== HELLO_TYPE) return false
  try {
    const decoder = decoding.createDecoder(bytes)
    decoding.readVarUint(decoder)
    return decoding.readVarUint(decoder) !== PROTOCOL_VERSION
  } catch {
    // Not even a version can be read: the frame is malformed, and decoding it says so.
    return false
  }
}
