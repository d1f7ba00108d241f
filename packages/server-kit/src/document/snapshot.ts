import { crc32 } from 'node:zlib'
import { STATE_ENCODINGS } from '@sheaf/protocol'
import type { StatePart } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { SheafServerError, isServerError } from '../errors.ts'

const ENVELOPE_VERSION = 1
const CHECKSUM_BYTES = 4

/** A document as of one seq: what `document_versions.snapshot` and the snapshot cache hold. */
export interface Snapshot {
  readonly seq: number
  /** The encoded ledger as of `seq`. */
  readonly ledger: Uint8Array
  /** The full Yjs state (V2), as it goes into a state frame. */
  readonly state: StatePart
}

/** `version, seq, ledger, encoding, state, checksum`: the checksum (CRC-32, big endian) covers all before it. */
export function encodeSnapshot({ seq, ledger, state }: Snapshot): Uint8Array<ArrayBuffer> {
  const head = encoding.createEncoder()
  encoding.writeVarUint(head, ENVELOPE_VERSION)
  encoding.writeVarUint(head, seq)
  encoding.writeVarUint8Array(head, ledger)
  encoding.writeVarUint(head, STATE_ENCODINGS.indexOf(state.encoding))
  encoding.writeVarUint(head, state.update.length)
  const headBytes = encoding.toUint8Array(head)
  const end = headBytes.length + state.update.length
  const bytes = new Uint8Array(end + CHECKSUM_BYTES)
  bytes.set(headBytes)
  bytes.set(state.update, headBytes.length)
  new DataView(bytes.buffer).setUint32(end, crc32(bytes.subarray(0, end)))
  return bytes
}

/** Reads an envelope; byte fields are views of the input. @throws {SheafServerError} `store-damaged` for anything else. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const end = bytes.length - CHECKSUM_BYTES
  if (end < 0) throw damaged('it is cut short')
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + end, CHECKSUM_BYTES).getUint32(0)
  if (checksum !== crc32(bytes.subarray(0, end))) throw damaged('its checksum is wrong')
  const decoder = decoding.createDecoder(bytes.subarray(0, end))
  const version = decoding.readVarUint(decoder)
  if (version !== ENVELOPE_VERSION) throw damaged(`its version is ${version}`)
  const seq = decoding.readVarUint(decoder)
  const ledger = decoding.readVarUint8Array(decoder)
  const stateEncoding = STATE_ENCODINGS[decoding.readVarUint(decoder)]
  if (stateEncoding === undefined) throw damaged('its encoding is unknown')
  const update = decoding.readVarUint8Array(decoder)
  if (decoding.hasContent(decoder)) throw damaged('bytes are left behind it')
  return { seq, ledger, state: { encoding: stateEncoding, update } }
}

/** The seq of a whole envelope; null for anything else. */
export function seqOf(bytes: Uint8Array): number | null {
  try {
    return decodeSnapshot(bytes).seq
  } catch (error) {
    if (isServerError(error, 'store-damaged')) return null
    throw error
  }
}

const damaged = (why: string): SheafServerError =>
  new SheafServerError('store-damaged', `A stored snapshot cannot be read: ${why}.`)
