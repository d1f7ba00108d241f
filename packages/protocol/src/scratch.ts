import * as encoding from 'lib0/encoding'

/** Nearly every frame fits; what does not grows the encoder for once. */
const SCRATCH_BYTES = 16 * 1024

const scratch = new Uint8Array(SCRATCH_BYTES)
const shared = encoding.createEncoder()
let busy = false

/**
 * The bytes that `write` writes, as a copy of their own. One encoder serves all calls: a new one for each frame would be
 * most of what encoding a small frame costs.
 */
export function encodeBytes(write: (encoder: encoding.Encoder) => void): Uint8Array<ArrayBuffer> {
  // A field may encode something itself while it is written.
  if (busy) {
    const own = encoding.createEncoder()
    write(own)
    return encoding.toUint8Array(own)
  }
  busy = true
  shared.cbuf = scratch
  shared.cpos = 0
  shared.bufs = []
  try {
    write(shared)
    return shared.bufs.length === 0 ? scratch.slice(0, shared.cpos) : encoding.toUint8Array(shared)
  } finally {
    busy = false
  }
}
