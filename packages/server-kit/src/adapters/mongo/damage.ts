import { SheafServerError } from '../../errors.ts'

export const damaged = (documentId: string, what: string, cause?: unknown): SheafServerError =>
  new SheafServerError('document-damaged', `document ${documentId}: ${what}`, { cause })

/** What the reading of an entity gives; whatever goes wrong in it is damage. */
export function readEntity<T>(documentId: string, what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw damaged(documentId, `${what} cannot be read`, error)
  }
}

/** These refuse what no entity of ours holds: the driver gives whatever stands in the store. */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a text is missing')
  return value
}

export function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new TypeError('a number is missing')
  return value
}

export function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError('bytes are missing')
  return value
}

export function time(value: unknown): number {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw new TypeError('a time is missing')
  return value.getTime()
}

export const orNull = <T>(value: unknown, read: (value: unknown) => T): T | null =>
  value === null ? null : read(value)
