import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { ProtocolError } from './codes.ts'
import { bytes, list, optional, record, text, varuint } from './field.ts'
import type { Field, RecordOf } from './field.ts'
import { encodeBytes } from './scratch.ts'

/** Largest free presence data of an application, as JSON in bytes. */
export const MAX_PRESENCE_DATA_BYTES = 1024

/** Both ends are encoded Yjs relative positions. An empty `head` means: the same as `anchor`. */
export const cursor = record({ anchor: bytes, head: bytes })
export type PresenceCursor = RecordOf<{ anchor: typeof bytes; head: typeof bytes }>

const json = text(MAX_PRESENCE_DATA_BYTES)

/**
 * What one session says of itself. It cannot say who it is: the server adds that.
 * A part that is `null` is unchanged; `hidden` takes the cursor away.
 */
export type PresencePatch =
  | { readonly kind: 'cursor'; readonly cursor: PresenceCursor }
  | { readonly kind: 'hidden' }
  /** Everything at once: sent first, and after a reconnect. `clientId` is the Yjs client id of the replica's document. */
  | {
      readonly kind: 'full'
      readonly clientId: number
      readonly cursor: PresenceCursor | null
      /** Free data of the application as JSON, or nothing. */
      readonly data: string | null
    }

/**
 * What everybody is told of one session; `key` is its number in the room. All sessions are sent the same entries, so each
 * finds its own among them, by its `clientId`, and leaves that out.
 */
export type PresenceEntry =
  | { readonly kind: 'cursor'; readonly key: number; readonly cursor: PresenceCursor }
  | { readonly kind: 'hidden'; readonly key: number }
  | { readonly kind: 'left'; readonly key: number }
  | {
      readonly kind: 'full'
      readonly key: number
      readonly clientId: number
      readonly user: { readonly id: string; readonly name: string }
      readonly cursor: PresenceCursor | null
      readonly data: string | null
    }

const user = record({ id: text(256), name: text(256) })

// oxlint-disable-next-line typescript/no-explicit-any -- a tagged union is read by its tag, which the type cannot follow
type Variants = Readonly<Record<string, { readonly tag: number; readonly body: Field<any> }>>

function union<T extends { readonly kind: string }>(variants: Variants): Field<T> {
  const byTag = new Map(Object.entries(variants).map(([kind, { tag, body }]) => [tag, { kind, body }]))
  return {
    name: `union(${Object.entries(variants)
      .map(([kind, { tag, body }]) => `${tag}:${kind}${body.name}`)
      .join('|')})`,
    write: (encoder, value) => {
      const variant = variants[value.kind]
      if (variant === undefined) throw new TypeError(`there is no variant ${value.kind}`)
      encoding.writeVarUint(encoder, variant.tag)
      variant.body.write(encoder, value)
    },
    read: (decoder) => {
      const variant = byTag.get(decoding.readVarUint(decoder))
      if (variant === undefined) throw new ProtocolError('malformed', 'there is no such variant')
      const value = variant.body.read(decoder)
      value.kind = variant.kind
      return value as T
    },
  }
}

export const presencePatch = union<PresencePatch>({
  cursor: { tag: 0, body: record({ cursor }) },
  hidden: { tag: 1, body: record({}) },
  full: { tag: 2, body: record({ clientId: varuint, cursor: optional(cursor), data: optional(json) }) },
})

export const presenceEntries = list(
  union<PresenceEntry>({
    cursor: { tag: 0, body: record({ key: varuint, cursor }) },
    hidden: { tag: 1, body: record({ key: varuint }) },
    full: {
      tag: 2,
      body: record({ key: varuint, clientId: varuint, user, cursor: optional(cursor), data: optional(json) }),
    },
    left: { tag: 3, body: record({ key: varuint }) },
  }),
  100_000,
)

function encodeWith<T>(field: Field<T>, value: T): Uint8Array {
  return encodeBytes((encoder) => field.write(encoder, value))
}

function decodeWith<T>(field: Field<T>, input: Uint8Array): T {
  const decoder = decoding.createDecoder(input)
  try {
    const value = field.read(decoder)
    if (decoding.hasContent(decoder)) throw new ProtocolError('malformed', 'bytes are left behind the presence')
    return value
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError('malformed', 'the presence cannot be decoded')
  }
}

export const encodePresencePatch = (patch: PresencePatch): Uint8Array => encodeWith(presencePatch, patch)
/** @throws {ProtocolError} and nothing else. */
export const decodePresencePatch = (input: Uint8Array): PresencePatch => decodeWith(presencePatch, input)
export const encodePresenceEntries = (entries: readonly PresenceEntry[]): Uint8Array =>
  encodeWith(presenceEntries, entries)
/** @throws {ProtocolError} and nothing else. */
export const decodePresenceEntries = (input: Uint8Array): readonly PresenceEntry[] => decodeWith(presenceEntries, input)
