import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { ProtocolError, ROLES } from './codes.ts'

/** How one field of a frame stands on the wire. The name is part of the schema hash and of docs/reference/protocol.md. */
export interface Field<T> {
  readonly name: string
  readonly write: (encoder: encoding.Encoder, value: T) => void
  readonly read: (decoder: decoding.Decoder) => T
}

export type FieldValue<F> = F extends Field<infer T> ? T : never

const remaining = (decoder: decoding.Decoder): number => decoder.arr.length - decoder.pos

function malformed(message: string): never {
  throw new ProtocolError('malformed', message)
}

/** A length that was stated in the bytes, checked against what is left before anything is allocated or read. */
function readLength(decoder: decoding.Decoder, max: number): number {
  const length = decoding.readVarUint(decoder)
  if (length > remaining(decoder)) malformed('a length runs past the end of the frame')
  if (length > max) malformed('a field is longer than it may be')
  return length
}

/** An unsigned integer below 2^53, 7 bits a byte, lowest first. */
export const varuint: Field<number> = {
  name: 'varuint',
  write: encoding.writeVarUint,
  read: decoding.readVarUint,
}

/** UTF-8 behind its length in bytes. */
export const text = (maxBytes: number): Field<string> => ({
  name: `text<=${maxBytes}`,
  write: encoding.writeVarString,
  read: (decoder) => {
    const length = readLength(decoder, maxBytes)
    return utf8.decode(decoding.readUint8Array(decoder, length))
  },
})
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const WHOLE_FROM = 64 * 1024

/** Bytes behind their length. What is read is a view of the frame, not a copy. */
export const bytes: Field<Uint8Array> = {
  name: 'bytes',
  write: (encoder, value) => {
    encoding.writeVarUint(encoder, value.length)
    const { cbuf, cpos } = encoder
    if (value.length >= WHOLE_FROM) {
      // Megabytes are copied once, when the frame is put together.
      encoder.bufs.push(cbuf.subarray(0, cpos), value)
      encoder.cbuf = new Uint8Array(256)
      encoder.cpos = 0
      return
    }
    if (cbuf.length - cpos < value.length) return encoding.writeUint8Array(encoder, value)
    // Nearly all there is to write: without a view of the value each time.
    cbuf.set(value, cpos)
    encoder.cpos = cpos + value.length
  },
  read: (decoder) => decoding.readUint8Array(decoder, readLength(decoder, Number.MAX_SAFE_INTEGER)),
}

/** A replica's identity: 16 random bytes on the wire, 32 lower-case hexadecimal digits in memory. */
export type ReplicaId = string

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The value of a lower-case hexadecimal digit, by its character code. */
const digitOf = (code: number): number => (code < 58 ? code - 48 : code - 87)

export const replicaId: Field<ReplicaId> = {
  name: 'replicaId',
  write: (encoder, value) => {
    encoding.verifyLen(encoder, 16)
    for (let i = 0; i < 32; i += 2)
      encoder.cbuf[encoder.cpos++] = (digitOf(value.charCodeAt(i)) << 4) | digitOf(value.charCodeAt(i + 1))
  },
  read: (decoder) => {
    if (remaining(decoder) < 16) malformed('a replica id is cut short')
    let hex = ''
    for (let i = 0; i < 16; i++) hex += hexDigits[decoding.readUint8(decoder)]
    return hex
  },
}

/** True for 32 lower-case hexadecimal digits. */
export const isReplicaId = (value: string): boolean => /^[0-9a-f]{32}$/.test(value)

/** Yjs client id -> the clock after the operation; only the entries that the operation advances. */
export type VersionVector = ReadonlyArray<readonly [client: number, clock: number]>

/** Entries in ascending order of client id: one value has one encoding. */
export const versionVector: Field<VersionVector> = {
  name: 'versionVector',
  write: (encoder, value) => {
    encoding.writeVarUint(encoder, value.length)
    for (const [client, clock] of value) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
    }
  },
  read: (decoder) => {
    const length = decoding.readVarUint(decoder)
    // An entry takes two bytes at the least.
    if (length * 2 > remaining(decoder)) malformed('a version vector is cut short')
    const entries: [number, number][] = []
    let last = -1
    for (let i = 0; i < length; i++) {
      const client = decoding.readVarUint(decoder)
      if (client <= last) malformed('a version vector is not in order')
      last = client
      entries.push([client, decoding.readVarUint(decoder)])
    }
    return entries
  },
}

/** One of a closed list of words, as its index. The list may grow at its end only. */
export const oneOf = <const Words extends readonly string[]>(words: Words): Field<Words[number]> => ({
  name: `oneOf(${words.join('|')})`,
  write: (encoder, value) => encoding.writeVarUint(encoder, words.indexOf(value)),
  read: (decoder) => words[decoding.readVarUint(decoder)] ?? malformed('a word is not in its list'),
})

/** A byte 0 for nothing, or a byte 1 and the value. */
export const optional = <T>(field: Field<T>): Field<T | null> => ({
  name: `optional(${field.name})`,
  write: (encoder, value) => {
    encoding.writeUint8(encoder, value === null ? 0 : 1)
    if (value !== null) field.write(encoder, value)
  },
  read: (decoder) => {
    const flag = decoding.readVarUint(decoder)
    if (flag > 1) malformed('an optional field starts with 0 or 1')
    return flag === 0 ? null : field.read(decoder)
  },
})

/** A count, then that many values. */
export const list = <T>(field: Field<T>, maxLength: number): Field<readonly T[]> => ({
  name: `list(${field.name})<=${maxLength}`,
  write: (encoder, values) => {
    encoding.writeVarUint(encoder, values.length)
    for (const value of values) field.write(encoder, value)
  },
  read: (decoder) => {
    const values: T[] = []
    for (let left = readLength(decoder, maxLength); left > 0; left--) values.push(field.read(decoder))
    return values
  },
})

// Field<T> is invariant in T; a table of fields of all types is therefore told by what reading gives.
// oxlint-disable-next-line typescript/no-explicit-any -- the one place where the type of a field is unknown on purpose
type AnyFields = Readonly<Record<string, Field<any>>>

export type RecordOf<F extends AnyFields> = { readonly [K in keyof F]: FieldValue<F[K]> }

/** Fields one behind the other, in the order in which they are written down here. */
export const record = <F extends AnyFields>(fields: F): Field<RecordOf<F>> => {
  const entries = Object.entries(fields)
  return {
    name: `{${entries.map(([key, field]) => `${key}:${field.name}`).join(',')}}`,
    write: (encoder, value) => {
      for (const [key, field] of entries) field.write(encoder, value[key])
    },
    read: (decoder) => {
      const value: Record<string, unknown> = {}
      for (const [key, field] of entries) value[key] = field.read(decoder)
      return value as RecordOf<F>
    },
  }
}

export const role = oneOf(ROLES)
export type { AnyFields }
