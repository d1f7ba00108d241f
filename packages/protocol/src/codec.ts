import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { ProtocolError } from './codes.ts'
import { record } from './field.ts'
import type { AnyFields, Field } from './field.ts'
import { clientFrames, serverFrames } from './frames.ts'
import type { ClientFrame, ServerFrame } from './frames.ts'
import { encodeBytes } from './scratch.ts'

type Schemas = Readonly<Record<string, { readonly type: number; readonly fields: AnyFields }>>

interface FrameCodec<Frame> {
  readonly encode: (frame: Frame) => Uint8Array
  readonly decode: (frame: Uint8Array) => Frame
}

function codecOf<Frame extends { readonly kind: string }>(schemas: Schemas): FrameCodec<Frame> {
  const byKind = new Map<string, { type: number; body: Field<Record<string, unknown>> }>()
  const byType = new Map<number, { kind: string; body: Field<Record<string, unknown>> }>()
  for (const [kind, { type, fields }] of Object.entries(schemas)) {
    const body = record(fields) as Field<Record<string, unknown>>
    byKind.set(kind, { type, body })
    byType.set(type, { kind, body })
  }
  return {
    encode: (frame) => {
      const schema = byKind.get(frame.kind)
      if (schema === undefined) throw new TypeError(`there is no frame of kind ${frame.kind}`)
      return encodeBytes((encoder) => {
        encoding.writeVarUint(encoder, schema.type)
        schema.body.write(encoder, frame as unknown as Record<string, unknown>)
      })
    },
    decode: (bytes) => {
      const decoder = decoding.createDecoder(bytes)
      try {
        const schema = byType.get(decoding.readVarUint(decoder))
        if (schema === undefined) throw new ProtocolError('malformed', 'there is no such type of frame')
        const value = schema.body.read(decoder)
        if (decoding.hasContent(decoder)) throw new ProtocolError('malformed', 'bytes are left behind the frame')
        value['kind'] = schema.kind
        return value as unknown as Frame
      } catch (error) {
        if (error instanceof ProtocolError) throw error
        throw new ProtocolError('malformed', 'the frame cannot be decoded')
      }
    },
  }
}

const client = codecOf<ClientFrame>(clientFrames)
const server = codecOf<ServerFrame>(serverFrames)

/** The bytes of a frame that a client sends. */
export const encodeClientFrame = client.encode
/** Reads a frame of a client. Byte fields are views of the input. @throws {ProtocolError} and nothing else. */
export const decodeClientFrame = client.decode
/** The bytes of a frame that a server sends. */
export const encodeServerFrame = server.encode
/** Reads a frame of a server. Byte fields are views of the input. @throws {ProtocolError} and nothing else. */
export const decodeServerFrame = server.decode

/** The whole grammar in one string: what the schema-hash test hashes, and what the reference is checked against. */
export function describeFrames(): string {
  const lines: string[] = []
  for (const [side, schemas] of Object.entries({ client: clientFrames, server: serverFrames } as Record<
    string,
    Schemas
  >))
    for (const [kind, { type, fields }] of Object.entries(schemas))
      lines.push(`${side} ${type} ${kind} ${record(fields).name}`)
  return lines.join('\n')
}
