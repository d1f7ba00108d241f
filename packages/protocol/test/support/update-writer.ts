import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { Id } from '../../src/index.ts'

/** Content of one struct, as its bytes say it: also such as no honest client would write. */
export type WrittenContent =
  | { readonly kind: 'gc'; readonly length: number }
  | { readonly kind: 'skip'; readonly length: number }
  | { readonly kind: 'deleted'; readonly length: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'format'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'embed'; readonly value: unknown }
  | { readonly kind: 'any'; readonly values: readonly unknown[] }
  | { readonly kind: 'json'; readonly values: readonly string[] }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'document'; readonly guid: string }
  /** Yjs's number of the type; a name for those that have one (3: element, 5: hook). */
  | { readonly kind: 'type'; readonly ref: number; readonly name?: string }

export interface WrittenStruct {
  readonly content: WrittenContent
  readonly origin?: Id
  readonly rightOrigin?: Id
  /** The name of a root, or an id. Only written where there is no origin, as in Yjs. */
  readonly parent?: string | Id
  readonly key?: string
}

export interface WrittenUpdate {
  readonly clients: readonly {
    readonly client: number
    readonly clock: number
    readonly structs: readonly WrittenStruct[]
    /** What the bytes claim; by default the truth. */
    readonly claimedStructs?: number
  }[]
  readonly deletes?: readonly { readonly client: number; readonly ranges: readonly (readonly [number, number])[] }[]
}

const CONTENT_REFS = {
  gc: 0,
  deleted: 1,
  json: 2,
  binary: 3,
  text: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  document: 9,
  skip: 10,
} as const

/** The bytes of an update that says exactly this, sensible or not. */
export function writeUpdate(update: WrittenUpdate): Uint8Array {
  const encoder = new Y.UpdateEncoderV2()
  encoding.writeVarUint(encoder.restEncoder, update.clients.length)
  for (const { client, clock, structs, claimedStructs } of update.clients) {
    encoding.writeVarUint(encoder.restEncoder, claimedStructs ?? structs.length)
    encoder.writeClient(client)
    encoding.writeVarUint(encoder.restEncoder, clock)
    for (const struct of structs) writeStruct(encoder, struct)
  }
  encoding.writeVarUint(encoder.restEncoder, update.deletes?.length ?? 0)
  for (const { client, ranges } of update.deletes ?? []) {
    encoder.resetDsCurVal()
    encoding.writeVarUint(encoder.restEncoder, client)
    encoding.writeVarUint(encoder.restEncoder, ranges.length)
    for (const [clock, length] of ranges) {
      encoder.writeDsClock(clock)
      encoder.writeDsLen(length)
    }
  }
  return encoder.toUint8Array()
}

const yjsId = ({ client, clock }: Id): Y.ID => new Y.ID(client, clock)

function writeStruct(encoder: Y.UpdateEncoderV2, struct: WrittenStruct): void {
  const { content, origin, rightOrigin, parent, key } = struct
  if (content.kind === 'gc' || content.kind === 'skip') {
    encoder.writeInfo(CONTENT_REFS[content.kind])
    if (content.kind === 'gc') encoder.writeLen(content.length)
    else encoding.writeVarUint(encoder.restEncoder, content.length)
    return
  }
  encoder.writeInfo(
    CONTENT_REFS[content.kind] |
      (origin === undefined ? 0 : 128) |
      (rightOrigin === undefined ? 0 : 64) |
      (key === undefined ? 0 : 32),
  )
  if (origin !== undefined) encoder.writeLeftID(yjsId(origin))
  if (rightOrigin !== undefined) encoder.writeRightID(yjsId(rightOrigin))
  if (origin === undefined && rightOrigin === undefined) {
    encoder.writeParentInfo(typeof parent !== 'object')
    if (typeof parent === 'object') encoder.writeLeftID(yjsId(parent))
    else encoder.writeString(parent ?? 'content')
    if (key !== undefined) encoder.writeString(key)
  }
  writeContent(encoder, content)
}

function writeContent(encoder: Y.UpdateEncoderV2, content: WrittenContent): void {
  switch (content.kind) {
    case 'deleted':
      return encoder.writeLen(content.length)
    case 'text':
      return encoder.writeString(content.text)
    case 'format':
      encoder.writeKey(content.name)
      return encoder.writeJSON(content.value)
    case 'embed':
      return encoder.writeJSON(content.value)
    case 'any':
      encoder.writeLen(content.values.length)
      for (const value of content.values) encoder.writeAny(value)
      return
    case 'json':
      encoder.writeLen(content.values.length)
      for (const value of content.values) encoder.writeString(value)
      return
    case 'binary':
      return encoder.writeBuf(content.bytes)
    case 'document':
      encoder.writeString(content.guid)
      return encoder.writeAny({})
    case 'type':
      encoder.writeTypeRef(content.ref)
      if (content.name !== undefined) encoder.writeKey(content.name)
      return
    default:
      throw new TypeError(`${content.kind} has no content of its own`)
  }
}
