import { decodeOperations, encodeOperations, ROLES } from '@sheaf/protocol'
import type { Role } from '@sheaf/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { ControlMessage, FanOutMessage } from '../../ports.ts'

/** Who says something: other clusters and oneself are not listened to. */
export interface Speaker {
  readonly clusterId: string
  readonly serverId: string
}

export type Content =
  | FanOutMessage
  | { readonly kind: 'control'; readonly message: ControlMessage }
  /** Messages of this speaker were lost on their way out: who listens to it looks into the stores. */
  | { readonly kind: 'lost' }

export interface Envelope extends Speaker {
  /** @throws {Error} where the content is not readable. */
  readonly content: () => Content
}

const FORMAT = 1

/** How each kind of content stands in bytes, behind the number of its kind. */
const KINDS: { readonly [Kind in Content['kind']]: Codec<Extract<Content, { kind: Kind }>> } = {
  operations: {
    number: 1,
    write: (encoder, { operations }) => encoding.writeVarUint8Array(encoder, encodeOperations(operations)),
    read: (decoder) => ({
      kind: 'operations',
      operations: [...decodeOperations(decoding.readVarUint8Array(decoder))],
    }),
  },
  room: {
    number: 2,
    write: (encoder, { bytes }) => encoding.writeVarUint8Array(encoder, bytes),
    read: (decoder) => ({ kind: 'room', bytes: decoding.readVarUint8Array(decoder) }),
  },
  control: {
    number: 3,
    write: (encoder, { message }) => encoding.writeVarString(encoder, JSON.stringify(message)),
    read: (decoder) => ({ kind: 'control', message: readControl(JSON.parse(decoding.readVarString(decoder))) }),
  },
  lost: { number: 4, write: () => undefined, read: () => ({ kind: 'lost' }) },
}

interface Codec<C> {
  readonly number: number
  write(encoder: encoding.Encoder, content: C): void
  read(decoder: decoding.Decoder): C
}

export function encodeMessage({ clusterId, serverId }: Speaker, content: Content): Buffer {
  const codec = KINDS[content.kind] as Codec<Content>
  const bytes = encoding.encode((encoder) => {
    encoding.writeUint8(encoder, FORMAT)
    encoding.writeVarString(encoder, clusterId)
    encoding.writeVarString(encoder, serverId)
    encoding.writeUint8(encoder, codec.number)
    codec.write(encoder, content)
  })
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Reads who speaks; the content only when asked. @throws {Error} where the bytes are no message. */
export function decodeMessage(bytes: Uint8Array): Envelope {
  const decoder = decoding.createDecoder(bytes)
  const format = decoding.readUint8(decoder)
  if (format !== FORMAT) throw new Error(`messages of format ${format} are not known`)
  return {
    clusterId: decoding.readVarString(decoder),
    serverId: decoding.readVarString(decoder),
    content: () => readContent(decoder),
  }
}

function readContent(decoder: decoding.Decoder): Content {
  const number = decoding.readUint8(decoder)
  const codec = Object.values(KINDS).find((candidate) => candidate.number === number)
  if (codec === undefined) throw new Error(`messages of kind ${number} are not known`)
  const content = codec.read(decoder)
  if (decoding.hasContent(decoder)) throw new Error('bytes are left behind the message')
  return content
}

function readControl(value: unknown): ControlMessage {
  if (typeof value !== 'object' || value === null) throw new Error('an announcement must be an object')
  const fields = new Map<string, unknown>(Object.entries(value))
  const text = (name: string): string => {
    const field = fields.get(name)
    if (typeof field !== 'string') throw new Error(`${name} of an announcement must be text`)
    return field
  }
  const kind = text('kind')
  switch (kind) {
    case 'access':
      return { kind, documentId: text('documentId'), userId: text('userId'), role: readRole(fields.get('role')) }
    case 'sessions-ended':
      return { kind, userId: text('userId'), family: fields.get('family') === null ? null : text('family') }
    case 'version-created':
      return { kind, documentId: text('documentId'), versionId: text('versionId') }
    case 'document-deleted':
    case 'document-reset':
      return { kind, documentId: text('documentId') }
    default:
      throw new Error('this announcement is not known')
  }
}

function readRole(value: unknown): Role | null {
  if (value === null) return null
  const role = ROLES.find((candidate) => candidate === value)
  if (role === undefined) throw new Error('this role is not known')
  return role
}
