import { crc32 } from 'node:zlib'

/*
 * How a snapshot stands in Redis: "S1", its seq in 16 digits and a CRC-32 in 8 hexadecimal ones, then the bytes. Digits,
 * because scripts inside Redis compare the seq. The checksum covers the key too: a copy under another key is not taken.
 */
const MARK = 'S1'
const SEQ_DIGITS = 16
export const HEAD_BYTES = MARK.length + SEQ_DIGITS + 8

export interface SealedSnapshot {
  readonly seq: number
  readonly snapshot: Uint8Array
}

export function seal(key: string, { seq, snapshot }: SealedSnapshot): Buffer {
  const digits = String(seq).padStart(SEQ_DIGITS, '0')
  return Buffer.concat([Buffer.from(`${MARK}${digits}${checksum(key, digits, snapshot)}`, 'latin1'), snapshot])
}

/** Null where the bytes are not what was sealed under this key. The snapshot is a view of the value. */
export function unseal(key: string, value: Buffer): SealedSnapshot | null {
  const head = headOf(value)
  const digits = head.slice(MARK.length, MARK.length + SEQ_DIGITS)
  if (head.length < HEAD_BYTES || !head.startsWith(MARK) || !/^\d{16}$/.test(digits)) return null
  const snapshot = new Uint8Array(value.buffer, value.byteOffset + HEAD_BYTES, value.length - HEAD_BYTES)
  if (head.slice(MARK.length + SEQ_DIGITS) !== checksum(key, digits, snapshot)) return null
  return { seq: Number(digits), snapshot }
}

/** The first bytes as text; shorter where the value is. */
export const headOf = (value: Buffer): string => value.toString('latin1', 0, HEAD_BYTES)

const checksum = (key: string, digits: string, snapshot: Uint8Array): string =>
  crc32(snapshot, crc32(`${key}\0${digits}`))
    .toString(16)
    .padStart(8, '0')
