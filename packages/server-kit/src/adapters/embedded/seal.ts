import { crc32 } from 'node:zlib'
import { SheafServerError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'

/**
 * How a value stands in the store: four bytes of CRC-32 (little endian), then the bytes. The checksum covers the key
 * too, so a value that a damaged page shows under another key is not taken for that key's.
 */
export function seal(key: string, payload: Uint8Array): Buffer {
  // A slow buffer has an ArrayBuffer of its own: LMDB reads it from another thread until the commit is over.
  const sealed = Buffer.allocUnsafeSlow(payload.length + 4)
  sealed.set(payload, 4)
  sealed.writeUInt32LE(crc32(sealed.subarray(4), crc32(key)), 0)
  return sealed
}

/** The bytes that were sealed, as a view. @throws {SheafServerError} with `code`, where they are not what was written. */
export function unseal(key: string, sealed: Buffer, code: ErrorCode): Buffer {
  if (sealed.length < 4 || sealed.readUInt32LE(0) !== crc32(sealed.subarray(4), crc32(key)))
    throw new SheafServerError(code, `a stored value is damaged: ${key}`)
  return sealed.subarray(4)
}

export const sealJson = (key: string, value: unknown): Buffer => seal(key, Buffer.from(JSON.stringify(value)))

export const unsealJson = <T>(key: string, sealed: Buffer, code: ErrorCode): T =>
  JSON.parse(unseal(key, sealed, code).toString()) as T
