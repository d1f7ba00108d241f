import { describe, expect, it } from 'vitest'
import {
  DEFAULT_UPDATE_LIMITS,
  ProtocolError,
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
  inspectUpdate,
} from '../src/index.ts'
import { clientSamples, entrySamples, operationSamples, patchSamples, serverSamples } from './support/frames.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** Numbers from a seed (mulberry32), so that a failing run can be run again. */
function seeded(state: number): (limit: number) => number {
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit)
  }
}

function mutate(bytes: Uint8Array, below: (limit: number) => number): Uint8Array {
  const result = [...bytes]
  for (let i = below(4); i >= 0; i--) {
    const at = below(result.length + 1)
    switch (below(5)) {
      case 0:
        result[at] = below(256)
        break
      case 1:
        result.splice(at, 1 + below(3))
        break
      case 2:
        // Ends of large numbers, which lengths and counts are made of.
        result.splice(at, 0, ...[255, 255, 255, 255, 255, 255, 255].slice(below(7)), below(128))
        break
      case 3:
        result.length = at
        break
      default:
        result.splice(at, 0, ...Array.from({ length: below(8) }, () => below(256)))
    }
  }
  return Uint8Array.from(result)
}

type Decode = (bytes: Uint8Array) => unknown

const decoders: readonly (readonly [string, Decode, readonly Uint8Array[]])[] = [
  ['frames of clients', decodeClientFrame, clientSamples.map(encodeClientFrame)],
  ['frames of servers', decodeServerFrame, serverSamples.map(encodeServerFrame)],
  ['presence patches', decodePresencePatch, patchSamples.map(encodePresencePatch)],
  ['presence entries', decodePresenceEntries, entrySamples.map(encodePresenceEntries)],
  ['stored operations', decodeOperation, operationSamples.map(encodeOperation)],
]

describe(`fuzzing the codecs (SEED=${seed})`, { timeout: 120_000 }, () => {
  it.each(decoders)(
    'FR-11 %s: any bytes are decoded or are a ProtocolError, soon and in little memory',
    (_, decode, samples) => {
      const below = seeded(seed)
      let decoded = 0
      for (let i = 0; i < 40_000; i++) {
        const bytes =
          i % 4 === 0
            ? Uint8Array.from({ length: below(64) }, () => below(256))
            : mutate(samples[below(samples.length)]!, below)
        const context = `seed ${seed}, input ${i}: ${Buffer.from(bytes).toString('hex')}`
        const started = performance.now()
        try {
          decode(bytes)
          decoded++
        } catch (error) {
          expect(error, context).toBeInstanceOf(ProtocolError)
        }
        // Generous, for machines that do other things too; an input that hangs is seconds over it.
        expect(performance.now() - started, context).toBeLessThan(2000)
      }
      expect(decoded).toBeGreaterThan(0)
    },
  )

  it('FR-11 a decoder allocates no more than a small multiple of a hostile input', () => {
    const below = seeded(seed + 1)
    for (const [, decode, samples] of decoders) {
      for (let i = 0; i < 2000; i++) {
        const bytes = mutate(samples[below(samples.length)]!, below)
        const before = process.memoryUsage().heapUsed
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
        expect(process.memoryUsage().heapUsed - before).toBeLessThan(2_000_000)
      }
    }
  })

  it('UP-13 any bytes are inspected without an error, soon', () => {
    const below = seeded(seed + 2)
    for (let i = 0; i < 40_000; i++) {
      const bytes = Uint8Array.from({ length: below(80) }, () => (below(3) === 0 ? 0 : below(256)))
      const context = `seed ${seed}, input ${i}: ${Buffer.from(bytes).toString('hex')}`
      const started = performance.now()
      expect(['sound', 'refused'], context).toContain(inspectUpdate(bytes, DEFAULT_UPDATE_LIMITS).status)
      expect(performance.now() - started, context).toBeLessThan(2000)
    }
  })
})
