import {
  CONTENT_ROOT,
  MAX_PRESENCE_DATA_BYTES,
  ProtocolError,
  decodePresencePatch,
  encodePresenceEntries,
  encodeServerFrame,
} from '@sheaf/protocol'
import type { PresenceCursor, PresenceEntry, PresencePatch, Principal } from '@sheaf/protocol'
import * as Y from 'yjs'
import type { Clock } from './clock.ts'
import { sameBytes } from './judgement.ts'

/** Who is in the room, as the presence sees it. */
export interface PresenceMember {
  readonly principal: Principal
  readonly replicaId: string
}

interface Present {
  readonly key: number
  clientId: number
  cursor: PresenceCursor | null
  data: string | null
  /** What others have not been told yet. */
  news: 'nothing' | 'cursor' | 'full'
}

const MAX_CLIENT_ID = 2 ** 32 - 1
const DANGEROUS_KEYS = new Set(['__proto__', 'constructor', 'prototype'])
const MAX_DATA_DEPTH = 8

/**
 * Who is here and where, rebuilt from what each session says of itself: the server adds the key and the identity, and
 * passes nothing on that it does not understand. What happened within a tick goes to everybody as one frame.
 */
export class RoomPresence<Member extends PresenceMember> {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #maxCursorBytes: number
  readonly #broadcast: (frame: Uint8Array) => void
  readonly #present = new Map<Member, Present>()
  #left: number[] = []
  #nextKey = 1
  #ticking = false
  #full: Uint8Array | null = null

  constructor(
    clock: Clock,
    limits: { readonly presenceIntervalMs: number; readonly maxCursorBytes: number },
    broadcast: (frame: Uint8Array) => void,
  ) {
    this.#clock = clock
    this.#intervalMs = limits.presenceIntervalMs
    this.#maxCursorBytes = limits.maxCursorBytes
    this.#broadcast = broadcast
  }

  /** Takes in what a session says of itself. False where it was not sound and is not passed on. */
  patch(member: Member, bytes: Uint8Array): boolean {
    const patch = readPatch(bytes, this.#maxCursorBytes)
    if (patch === null) return false
    const present = this.#present.get(member)
    if (patch.kind === 'full') {
      if (!this.#claim(member, patch.clientId)) return false
      const key = present?.key ?? this.#nextKey++
      const { clientId, cursor, data } = patch
      this.#present.set(member, { key, clientId, cursor, data, news: 'full' })
    } else {
      if (present === undefined) return false
      present.cursor = patch.kind === 'hidden' ? null : patch.cursor
      if (present.news === 'nothing') present.news = 'cursor'
    }
    this.#changed()
    return true
  }

  leave(member: Member): void {
    const present = this.#present.get(member)
    if (present === undefined) return
    this.#present.delete(member)
    this.#left.push(present.key)
    this.#changed()
  }

  /** The frame that tells a joiner of everybody; null where nobody is here. */
  everybody(): Uint8Array | null {
    if (this.#present.size === 0) return null
    this.#full ??= frameOf(Array.from(this.#present, ([member, present]) => fullEntry(member, present)))
    return this.#full
  }

  /** A Yjs client id belongs to one session at a time. The same replica takes it with it from a dead connection. */
  #claim(member: Member, clientId: number): boolean {
    for (const [other, present] of this.#present) {
      if (other === member || present.clientId !== clientId) continue
      if (other.replicaId !== member.replicaId || other.principal.id !== member.principal.id) return false
      this.#present.delete(other)
      this.#left.push(present.key)
      return true
    }
    return true
  }

  #changed(): void {
    this.#full = null
    if (this.#ticking) return
    this.#ticking = true
    this.#clock.after(this.#intervalMs, () => this.#tick())
  }

  #tick(): void {
    this.#ticking = false
    const entries: PresenceEntry[] = this.#left.map((key) => ({ kind: 'left', key }))
    this.#left = []
    for (const [member, present] of this.#present) {
      if (present.news === 'full') entries.push(fullEntry(member, present))
      else if (present.news === 'cursor') entries.push(cursorEntry(present))
      present.news = 'nothing'
    }
    if (entries.length > 0 && this.#present.size + entries.length > 0) this.#broadcast(frameOf(entries))
  }
}

const frameOf = (entries: readonly PresenceEntry[]): Uint8Array =>
  encodeServerFrame({ kind: 'presence', entries: encodePresenceEntries(entries) })

const cursorEntry = ({ key, cursor }: Present): PresenceEntry =>
  cursor === null ? { kind: 'hidden', key } : { kind: 'cursor', key, cursor }

const fullEntry = ({ principal }: PresenceMember, { key, clientId, cursor, data }: Present): PresenceEntry => ({
  kind: 'full',
  key,
  clientId,
  user: { id: principal.id, name: principal.name },
  cursor,
  data,
})

/** The patch, with nothing in it that could harm a reader; null where it is not sound. */
function readPatch(bytes: Uint8Array, maxCursorBytes: number): PresencePatch | null {
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
      if (patch.clientId > MAX_CLIENT_ID) return null
      const cursor = patch.cursor === null ? null : readCursor(patch.cursor, maxCursorBytes)
      if (patch.cursor !== null && cursor === null) return null
      const data = patch.data === null ? null : readData(patch.data)
      if (patch.data !== null && data === null) return null
      return { kind: 'full', clientId: patch.clientId, cursor, data }
    }
  }
}

function readCursor({ anchor, head }: PresenceCursor, maxBytes: number): PresenceCursor | null {
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
