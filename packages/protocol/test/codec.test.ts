import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import {
  CLOSE_CODES,
  ProtocolError,
  closePolicy,
  decodeClientFrame,
  decodeOperation,
  decodePresenceEntries,
  decodePresencePatch,
  decodeServerFrame,
  encodeClientFrame,
  encodeOperation,
  encodePresenceEntries,
  encodePresencePatch,
  encodeServerFrame,
  isReplicaId,
  mayEdit,
} from '../src/index.ts'
import { clientFrames, serverFrames } from '../src/frames.ts'
import { clientSamples, entrySamples, operationSamples, patchSamples, serverSamples } from './support/frames.ts'

const bytesOf = (write: (encoder: encoding.Encoder) => void): Uint8Array => encoding.encode(write)

describe('frames', () => {
  it('FR-1 every frame of a client is read as it was written, and there is a sample of each', () => {
    for (const frame of clientSamples) expect(decodeClientFrame(encodeClientFrame(frame))).toEqual(frame)
    expect(new Set(clientSamples.map(({ kind }) => kind))).toEqual(new Set(Object.keys(clientFrames)))
  })

  it('FR-1 every frame of a server is read as it was written, and there is a sample of each', () => {
    for (const frame of serverSamples) expect(decodeServerFrame(encodeServerFrame(frame))).toEqual(frame)
    expect(new Set(serverSamples.map(({ kind }) => kind))).toEqual(new Set(Object.keys(serverFrames)))
  })

  it('FR-2 no two frames have the same type, not even of different sides', () => {
    const types = [...Object.values(clientFrames), ...Object.values(serverFrames)].map(({ type }) => type)
    expect(new Set(types).size).toBe(types.length)
  })

  it('FR-2 a side does not read the frames of its own kind', () => {
    for (const frame of clientSamples) expect(() => decodeServerFrame(encodeClientFrame(frame))).toThrow(ProtocolError)
    for (const frame of serverSamples) expect(() => decodeClientFrame(encodeServerFrame(frame))).toThrow(ProtocolError)
  })

  it('FR-3 a frame that is cut short anywhere, or goes on, is malformed', () => {
    for (const frame of clientSamples.filter(({ kind }) => kind !== 'hello')) {
      const bytes = encodeClientFrame(frame)
      for (let length = 0; length < bytes.length; length++) {
        expect(() => decodeClientFrame(bytes.subarray(0, length))).toThrow(ProtocolError)
      }
      expect(() => decodeClientFrame(Uint8Array.from([...bytes, 0]))).toThrow(ProtocolError)
    }
  })

  it('FR-4 a length that runs past the end or over its limit is refused before anything is allocated', () => {
    const frames = [
      bytesOf((e) => [4, 2 ** 40].forEach((n) => encoding.writeVarUint(e, n))),
      bytesOf((e) => [17, 1, 2 ** 50].forEach((n) => encoding.writeVarUint(e, n))),
      bytesOf((e) => [2, 1, 0, 2 ** 50].forEach((n) => encoding.writeVarUint(e, n))),
    ]
    expect(() => decodeClientFrame(frames[0]!)).toThrow(ProtocolError)
    expect(() => decodeServerFrame(frames[1]!)).toThrow(ProtocolError)
    expect(() => decodeClientFrame(frames[2]!)).toThrow(ProtocolError)
    const long = bytesOf((e) => {
      encoding.writeVarUint(e, 4)
      encoding.writeVarString(e, 'x'.repeat(16_385))
    })
    expect(() => decodeClientFrame(long)).toThrow(ProtocolError)
  })

  it('FR-5 a version vector stands in ascending order of its clients, each of them once', () => {
    const operation = (entries: number[]) =>
      bytesOf((e) => [2, 1, 0, entries.length / 2, ...entries, 0].forEach((n) => encoding.writeVarUint(e, n)))
    expect(decodeClientFrame(operation([1, 5, 2, 6]))).toMatchObject({
      versionVector: [
        [1, 5],
        [2, 6],
      ],
    })
    expect(() => decodeClientFrame(operation([2, 6, 1, 5]))).toThrow(ProtocolError)
    expect(() => decodeClientFrame(operation([1, 5, 1, 6]))).toThrow(ProtocolError)
  })

  it('FR-6 texts that are not UTF-8 are malformed', () => {
    expect(() => decodeClientFrame(Uint8Array.of(4, 2, 0xc3, 0x28))).toThrow(ProtocolError)
  })

  it('FR-6 bytes are views of the frame, not copies', () => {
    const bytes = encodeClientFrame({ kind: 'presence', patch: Uint8Array.of(1, 2, 3) })
    const frame = decodeClientFrame(bytes)
    expect(frame.kind === 'presence' && frame.patch.buffer === bytes.buffer).toBe(true)
  })
})

describe('presence and stored operations', () => {
  it('FR-7 presence is read as it was written', () => {
    for (const patch of patchSamples) expect(decodePresencePatch(encodePresencePatch(patch))).toEqual(patch)
    for (const entries of entrySamples) expect(decodePresenceEntries(encodePresenceEntries(entries))).toEqual(entries)
  })

  it('FR-7 presence data over its limit is malformed', () => {
    const patch = encodePresencePatch({ kind: 'full', clientId: 1, cursor: null, data: 'x'.repeat(1025) })
    expect(() => decodePresencePatch(patch)).toThrow(ProtocolError)
  })

  it('FR-8 a stored operation is read as it was written, and damage is an error', () => {
    for (const operation of operationSamples) {
      const bytes = encodeOperation(operation)
      expect(decodeOperation(bytes)).toEqual(operation)
      for (let length = 0; length < bytes.length; length++) {
        expect(() => decodeOperation(bytes.subarray(0, length))).toThrow(ProtocolError)
      }
      expect(() => decodeOperation(Uint8Array.from([...bytes, 0]))).toThrow(ProtocolError)
    }
  })
})

describe('codes', () => {
  it('FR-9 close codes from 4400 to 4499 are permanent unless the table says otherwise, all others mean reconnect', () => {
    expect(closePolicy(4400)).toBe('permanent')
    expect(closePolicy(4401)).toBe('refresh-token')
    expect(closePolicy(4408)).toBe('reconnect')
    expect(closePolicy(4429)).toBe('reconnect')
    expect(closePolicy(4450)).toBe('permanent')
    for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 4399, 4500]) expect(closePolicy(code)).toBe('reconnect')
    const codes = Object.values(CLOSE_CODES).map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('FR-10 owners and editors may edit, commenters, viewers and those without a role may not', () => {
    expect([mayEdit('owner'), mayEdit('editor')]).toEqual([true, true])
    expect([mayEdit('commenter'), mayEdit('viewer'), mayEdit(null)]).toEqual([false, false, false])
  })

  it('FR-10 a replica id is 32 lower-case hexadecimal digits', () => {
    expect(isReplicaId('00112233445566778899aabbccddeeff')).toBe(true)
    for (const id of ['', '0'.repeat(31), '0'.repeat(33), 'A'.repeat(32), `${'0'.repeat(31)}\n`]) {
      expect(isReplicaId(id)).toBe(false)
    }
  })
})
