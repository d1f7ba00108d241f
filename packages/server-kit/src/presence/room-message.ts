import { ProtocolError, decodePresenceEntries, encodePresenceEntries } from '@sheaf/protocol'
import type { PresenceEntry } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { LockWord } from '../writing/lock.ts'

/** What one session shows, as its server tells it to the others; keys are that room's own. */
export type ForeignEntry =
  | Exclude<PresenceEntry, { kind: 'full' }>
  /** With the replica, so that it can take its client id from one server to another. */
  | (Extract<PresenceEntry, { kind: 'full' }> & { readonly replicaId: string })

/** What rooms of one document on several servers say to each other, besides operations. All of it may be lost. */
export type RoomMessage =
  | { readonly kind: 'lock'; readonly word: LockWord }
  /** Who is there? */
  | { readonly kind: 'ask' }
  /** `source` names the sending room, as opposed to every other one at any time. */
  | { readonly kind: 'changes'; readonly source: string; readonly entries: readonly ForeignEntry[] }
  /** Nobody else is there in that room. */
  | { readonly kind: 'everybody'; readonly source: string; readonly entries: readonly ForeignEntry[] }

const LOCK_WANTED = 0
const LOCK_FREE = 1
const ASK = 2
const CHANGES = 3
const EVERYBODY = 4
const LOCK_HELD = 5

const LOCK_TAGS: Readonly<Record<LockWord, number>> = { wanted: LOCK_WANTED, held: LOCK_HELD, free: LOCK_FREE }

/** `tag`, and for presence `source, replica ids of the full entries in their order, entries` as clients are sent them. */
export function encodeRoomMessage(message: RoomMessage): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, tagOf(message))
    if (message.kind === 'lock' || message.kind === 'ask') return
    encoding.writeVarString(encoder, message.source)
    const replicaIds = message.entries.flatMap((entry) => (entry.kind === 'full' ? [entry.replicaId] : []))
    encoding.writeVarUint(encoder, replicaIds.length)
    for (const replicaId of replicaIds) encoding.writeVarString(encoder, replicaId)
    encoding.writeVarUint8Array(encoder, encodePresenceEntries(message.entries))
  })
}

/** Null for bytes that are no message, or one of another version of Sheaf. */
export function decodeRoomMessage(bytes: Uint8Array): RoomMessage | null {
  try {
    const decoder = decoding.createDecoder(bytes)
    const message = read(decoder)
    return message === null || decoding.hasContent(decoder) ? null : message
  } catch {
    // Whatever the codecs throw at bytes from outside says the same.
    return null
  }
}

function tagOf(message: RoomMessage): number {
  switch (message.kind) {
    case 'lock':
      return LOCK_TAGS[message.word]
    case 'ask':
      return ASK
    case 'changes':
      return CHANGES
    case 'everybody':
      return EVERYBODY
  }
}

function read(decoder: decoding.Decoder): RoomMessage | null {
  switch (decoding.readVarUint(decoder)) {
    case LOCK_WANTED:
      return { kind: 'lock', word: 'wanted' }
    case LOCK_HELD:
      return { kind: 'lock', word: 'held' }
    case LOCK_FREE:
      return { kind: 'lock', word: 'free' }
    case ASK:
      return { kind: 'ask' }
    case CHANGES:
      return { kind: 'changes', ...readPresence(decoder) }
    case EVERYBODY:
      return { kind: 'everybody', ...readPresence(decoder) }
    default:
      return null
  }
}

function readPresence(decoder: decoding.Decoder): { source: string; entries: ForeignEntry[] } {
  const source = decoding.readVarString(decoder)
  const replicaIds: string[] = []
  for (let left = decoding.readVarUint(decoder); left > 0; left--) replicaIds.push(decoding.readVarString(decoder))
  const entries = decodePresenceEntries(decoding.readVarUint8Array(decoder)).map((entry): ForeignEntry => {
    if (entry.kind !== 'full') return entry
    const replicaId = replicaIds.shift()
    if (replicaId === undefined) throw new ProtocolError('malformed', 'a replica id is missing')
    return { ...entry, replicaId }
  })
  if (replicaIds.length > 0) throw new ProtocolError('malformed', 'a replica id is left over')
  return { source, entries }
}
