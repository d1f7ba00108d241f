import { CONTENT_ROOT, MAX_PRESENCE_DATA_BYTES, ProtocolError, decodePresencePatch } from '@sheaf/protocol'
import type { PresenceCursor, PresencePatch } from '@sheaf/protocol'
import * as Y from 'yjs'
import { sameBytes } from '../ledger/judgement.ts'

const MAX_CLIENT_ID = 2 ** 32 - 1
const DANGEROUS_KEYS = new Set(['__proto__', 'constructor', 'prototype'])
const MAX_DATA_DEPTH = 8

/** What a session may show of itself, checked and written anew. */
export interface Shown {
  readonly clientId: number
  readonly cursor: PresenceCursor | null
  readonly data: string | null
}

/** The patch, with nothing in it that could harm a reader; null where it is not sound. */
export function readPatch(bytes: Uint8Array, maxCursorBytes: number): PresencePatch | null {
  let patch: PresencePatch
  try {
    patch = decodePresencePatch(bytes)
  } catch (error) {
    if (error instanceof ProtocolError) return null
    throw error
  }
  switch (patch.kind) {
    case 'hidden':
      return patch
    case 'cursor': {
      const cursor = readCursor(patch.cursor, maxCursorBytes)
      return cursor === null ? null : { kind: 'cursor', cursor }
    }
    case 'full': {
      const shown = readShown(patch, maxCursorBytes)
      return shown === null ? null : { kind: 'full', ...shown }
    }
  }
}

/** The same for everything that a session shows, whoever says it. */
export function readShown({ clientId, cursor, data }: Shown, maxCursorBytes: number): Shown | null {
  if (clientId > MAX_CLIENT_ID) return null
  const position = cursor === null ? null : readCursor(cursor, maxCursorBytes)
  if (cursor !== null && position === null) return null
  const written = data === null ? null : readData(data)
  if (data !== null && written === null) return null
  return { clientId, cursor: position, data: written }
}

export function readCursor({ anchor, head }: PresenceCursor, maxBytes: number): PresenceCursor | null {
  if (!isPosition(anchor, maxBytes) || !(head.length === 0 || isPosition(head, maxBytes))) return null
  // The patch is a view of the frame; what is kept must not keep the frame.
  return { anchor: anchor.slice(), head: head.slice() }
}

/** True for exactly the bytes that Yjs writes for a position in the content. Any other root name would create that root. */
function isPosition(bytes: Uint8Array, maxBytes: number): boolean {
  if (bytes.length === 0 || bytes.length > maxBytes) return false
  try {
    const position = Y.decodeRelativePosition(bytes)
    if (position.tname !== null && position.tname !== CONTENT_ROOT) return false
    return sameBytes(Y.encodeRelativePosition(position), bytes)
  } catch {
    // Whatever Yjs throws at bytes from outside says the same: this is no position.
    return false
  }
}

function readData(json: string): string | null {
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
  if (data === null || typeof data !== 'object' || Array.isArray(data) || !isHarmless(data, 0)) return null
  const written = JSON.stringify(data)
  return Buffer.byteLength(written) <= MAX_PRESENCE_DATA_BYTES ? written : null
}

function isHarmless(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return true
  if (depth > MAX_DATA_DEPTH) return false
  return Object.entries(value).every(([key, inner]) => !DANGEROUS_KEYS.has(key) && isHarmless(inner, depth + 1))
}
