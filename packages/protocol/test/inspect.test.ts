import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { DEFAULT_UPDATE_LIMITS, inspectUpdate, isAllowedLink } from '../src/index.ts'
import type { UpdateFacts, UpdateLimits } from '../src/index.ts'
import { writeUpdate } from './support/update-writer.ts'
import type { WrittenContent, WrittenStruct } from './support/update-writer.ts'

const ELEMENT = { kind: 'type', ref: 3, name: 'paragraph' } as const
const TEXT_TYPE = { kind: 'type', ref: 6 } as const
const text = (characters: string) => ({ kind: 'text', text: characters }) as const

const write = (...structs: WrittenStruct[]): Uint8Array => writeUpdate({ clients: [{ client: 1, clock: 0, structs }] })

function verdict(update: Uint8Array, limits: Partial<UpdateLimits> = {}): string {
  const inspection = inspectUpdate(update, { ...DEFAULT_UPDATE_LIMITS, ...limits })
  return inspection.status === 'sound' ? 'sound' : inspection.code
}

function factsOf(update: Uint8Array): UpdateFacts {
  const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
  if (inspection.status === 'refused') throw new Error(`${inspection.code}: ${inspection.message}`)
  return inspection.facts
}

/** A document with a text that says hello, and the updates that everything after it makes. */
function hello(): { doc: Y.Doc; typed: Y.XmlText; updates: Uint8Array[] } {
  const doc = new Y.Doc()
  doc.clientID = 7
  const typed = new Y.XmlText('hello')
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [typed])
  doc.getXmlFragment('content').insert(0, [paragraph])
  const updates: Uint8Array[] = []
  doc.on('updateV2', (update: Uint8Array) => updates.push(update))
  return { doc, typed, updates }
}

describe('what an update says', () => {
  it('UP-1 a keystroke: the clocks, what it needs, where it stands, one character', () => {
    const { typed, updates } = hello()
    typed.insert(5, '!')
    expect(factsOf(updates[0]!)).toEqual({
      ranges: [{ client: 7, from: 7, to: 8 }],
      versionVector: [[7, 8]],
      needs: [[7, 7]],
      structs: [
        {
          client: 7,
          clock: 7,
          length: 1,
          kind: 'text',
          place: { kind: 'beside', origin: { client: 7, clock: 6 }, rightOrigin: null },
          unsafeAsLink: false,
        },
      ],
      deletes: [],
      insertedChars: 1,
      deletedChars: 0,
    })
  })

  it('UP-1 a deletion advances nothing and needs what it deletes', () => {
    const { typed, updates } = hello()
    typed.delete(1, 3)
    const facts = factsOf(updates[0]!)
    expect(facts.versionVector).toEqual([])
    expect(facts.needs).toEqual([[7, 6]])
    expect(facts.deletes).toEqual([{ client: 7, clock: 3, length: 3 }])
    expect(facts.deletedChars).toBe(3)
  })

  it('UP-1 twenty keystrokes merged into a batch are one struct of twenty characters', () => {
    const { typed, updates } = hello()
    for (let i = 0; i < 20; i++) typed.insert(2 + i, 'x')
    const facts = factsOf(Y.mergeUpdatesV2(updates))
    expect(facts.structs).toHaveLength(1)
    expect(facts.structs[0]).toMatchObject({ clock: 7, length: 20, kind: 'text' })
    expect(facts.insertedChars).toBe(20)
  })

  it('UP-1 clients stand in ascending order, and what an update brings itself is not needed', () => {
    const update = writeUpdate({
      clients: [
        { client: 9, clock: 3, structs: [{ content: text('a'), origin: { client: 4, clock: 1 } }] },
        { client: 4, clock: 1, structs: [{ content: text('b'), origin: { client: 2, clock: 5 } }] },
      ],
    })
    expect(factsOf(update)).toMatchObject({
      versionVector: [
        [4, 2],
        [9, 4],
      ],
      needs: [
        [2, 6],
        [4, 1],
        [9, 3],
      ],
    })
  })

  it('UP-1 characters count as Yjs counts them, in UTF-16 units', () => {
    const { typed, updates } = hello()
    typed.insert(0, '日👩‍🚀é')
    expect(factsOf(updates[0]!).insertedChars).toBe('日👩‍🚀é'.length)
  })

  it('UP-1 everything that an editor writes is sound', () => {
    const { doc, typed, updates } = hello()
    const root = doc.getXmlFragment('content')
    const heading = new Y.XmlElement('heading')
    heading.setAttribute('level', 2 as unknown as string)
    root.insert(0, [heading])
    heading.setAttribute('level', 3 as unknown as string)
    typed.format(0, 3, { strong: {}, link: { href: 'https://example.org', title: null } })
    typed.format(1, 1, { strong: null })
    doc.transact(() => {
      heading.insert(0, [new Y.XmlText('a'), new Y.XmlElement('hard_break'), new Y.XmlText('b')])
      heading.delete(0, 2)
    })
    root.delete(0, 1)
    for (const update of [...updates, Y.mergeUpdatesV2(updates), Y.encodeStateAsUpdateV2(doc)]) {
      expect(verdict(update)).toBe('sound')
    }
  })
})

describe('hostile updates', () => {
  const within = (content: WrittenContent): Uint8Array => write({ content, parent: { client: 2, clock: 0 } })

  it('UP-2 more bytes than the limit are refused before anything is read', () => {
    expect(verdict(new Uint8Array(11), { maxBytes: 10 })).toBe('too-large')
  })

  it('UP-3 29 bytes that claim a million structs are refused at once', () => {
    const bombs = [2 ** 20, 2 ** 31, 2 ** 50].map((claimedStructs) =>
      writeUpdate({
        clients: [{ client: 1, clock: 0, structs: [{ content: { kind: 'gc', length: 1 } }], claimedStructs }],
      }),
    )
    for (const bomb of bombs) {
      const before = process.memoryUsage().heapUsed
      const started = performance.now()
      expect(verdict(bomb)).toBe('too-complex')
      expect(performance.now() - started).toBeLessThan(50)
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000)
    }
  })

  it('UP-3 structs and delete ranges are counted against the limits', () => {
    const { typed, updates } = hello()
    for (let i = 0; i < 4; i++) typed.insert(i * 2, 'x')
    const batch = Y.mergeUpdatesV2(updates)
    expect(verdict(batch, { maxStructs: 3 })).toBe('too-complex')
    expect(verdict(batch, { maxStructs: 4 })).toBe('sound')
    const deletes = writeUpdate({
      clients: [],
      deletes: [
        {
          client: 7,
          ranges: [
            [0, 1],
            [2, 1],
            [4, 1],
          ],
        },
      ],
    })
    expect(verdict(deletes, { maxDeleteRanges: 2 })).toBe('too-complex')
    expect(verdict(deletes, { maxDeleteRanges: 3 })).toBe('sound')
  })

  it('UP-4 structs without a length are refused', () => {
    for (const content of [
      { kind: 'gc', length: 0 },
      { kind: 'deleted', length: 0 },
      { kind: 'text', text: '' },
      { kind: 'any', values: [] },
    ] as const) {
      expect(verdict(write({ content, parent: { client: 2, clock: 0 }, key: 'a' }))).toBe('malformed')
    }
  })

  it('UP-5 poison: a struct that refers to itself or to its own future is refused', () => {
    for (const clock of [0, 1, 5]) {
      expect(verdict(write({ content: text('x'), origin: { client: 1, clock } }))).toBe('future-origin')
      expect(verdict(write({ content: text('x'), rightOrigin: { client: 1, clock } }))).toBe('future-origin')
      expect(verdict(write({ content: text('x'), parent: { client: 1, clock } }))).toBe('future-origin')
    }
    expect(verdict(write({ content: ELEMENT }, { content: TEXT_TYPE, parent: { client: 1, clock: 0 } }))).toBe('sound')
  })

  it('UP-6 holes in the clocks and clients that stand there twice are refused', () => {
    expect(verdict(write({ content: { kind: 'skip', length: 4 } }, { content: ELEMENT }))).toBe('clock-gap')
    const twice = { client: 1, clock: 0, structs: [{ content: ELEMENT }] }
    expect(verdict(writeUpdate({ clients: [twice, { ...twice, clock: 1 }] }))).toBe('malformed')
    const ahead = writeUpdate({
      clients: [
        { client: 2, clock: 0, structs: [{ content: text('x'), origin: { client: 1, clock: 1 } }] },
        { client: 1, clock: 0, structs: [{ content: ELEMENT }] },
      ],
    })
    expect(verdict(ahead)).toBe('clock-gap')
  })

  it('UP-7 clocks beyond the ceiling are refused, written, referred to or deleted', () => {
    const limits = { maxClock: 1000 }
    expect(verdict(write({ content: { kind: 'gc', length: 1000 } }), limits)).toBe('sound')
    expect(verdict(write({ content: { kind: 'gc', length: 1001 } }), limits)).toBe('clock-ceiling')
    expect(verdict(write({ content: text('x'), origin: { client: 2, clock: 1000 } }), limits)).toBe('clock-ceiling')
    expect(verdict(writeUpdate({ clients: [], deletes: [{ client: 1, ranges: [[999, 2]] }] }), limits)).toBe(
      'clock-ceiling',
    )
  })

  it('UP-8 a flood of root types is refused at the first', () => {
    const flood = Array.from({ length: 50_000 }, (_, i) => ({ content: ELEMENT, parent: `root${i}` }))
    const update = write(...flood)
    const started = performance.now()
    expect(verdict(update)).toBe('unknown-root')
    expect(performance.now() - started).toBeLessThan(200)
  })

  it('UP-9 kinds of content that documents do not hold are refused', () => {
    for (const content of [
      { kind: 'json', values: ['1'] },
      { kind: 'binary', bytes: Uint8Array.of(1) },
      { kind: 'document', guid: 'x' },
      { kind: 'embed', value: { image: 'x' } },
      { kind: 'any', values: [1] },
      { kind: 'type', ref: 0 },
      { kind: 'type', ref: 1 },
      { kind: 'type', ref: 2 },
      { kind: 'type', ref: 4 },
      { kind: 'type', ref: 5, name: 'hook' },
      { kind: 'type', ref: 3, name: '' },
    ] as const) {
      expect(verdict(within(content)), JSON.stringify(content)).toBe('content-type')
    }
    expect(['content-type', 'malformed']).toContain(verdict(within({ kind: 'type', ref: 99 })))
  })

  it('UP-9 values that JSON does not have are refused', () => {
    for (const value of [10n, Uint8Array.of(1), { a: [10n] }]) {
      const update = write({ content: { kind: 'any', values: [value] }, parent: { client: 2, clock: 0 }, key: 'a' })
      expect(verdict(update)).toBe('content-type')
    }
  })

  it('UP-9 an attribute with several values is refused unless the update overwrites it itself', () => {
    const clients = [
      {
        client: 1,
        clock: 0,
        structs: [{ content: { kind: 'any', values: ['a', 'b'] }, parent: { client: 2, clock: 0 }, key: 'a' }],
      },
    ] as const
    expect(verdict(writeUpdate({ clients }))).toBe('content-type')
    expect(verdict(writeUpdate({ clients, deletes: [{ client: 1, ranges: [[1, 1]] }] }))).toBe('content-type')
    expect(verdict(writeUpdate({ clients, deletes: [{ client: 1, ranges: [[0, 2]] }] }))).toBe('sound')
  })

  it('UP-10 keys that reach a prototype are refused wherever a key can stand', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const value = JSON.parse(`{"a": [{"${key}": {"polluted": true}}]}`) as unknown
      const parent = { client: 2, clock: 0 }
      expect(verdict(write({ content: { kind: 'any', values: [value] }, parent, key: 'a' }))).toBe('forbidden-key')
      expect(verdict(write({ content: { kind: 'any', values: [1] }, parent, key }))).toBe('forbidden-key')
      expect(verdict(within({ kind: 'format', name: 'link', value }))).toBe('forbidden-key')
      expect(verdict(within({ kind: 'format', name: key, value: {} }))).toBe('forbidden-key')
      expect(verdict(write({ content: { kind: 'type', ref: 3, name: key } }))).toBe('forbidden-key')
    }
  })

  it('UP-10 values that are nested without end are refused', () => {
    let value: unknown = 1
    for (let i = 0; i < 5000; i++) value = [value]
    expect(verdict(within({ kind: 'format', name: 'a', value }))).toBe('too-deep')
  })

  it('UP-11 links with a scheme that is not allowed are refused, in marks and in attributes', () => {
    const parent = { client: 2, clock: 0 }
    for (const link of [
      'javascript:alert(1)',
      ' java\nscript:x',
      'data:image/png;base64,AA==',
      'blob:x',
      'VBScript:x',
    ]) {
      expect(verdict(within({ kind: 'format', name: 'link', value: { href: link } })), link).toBe('forbidden-link')
      expect(verdict(within({ kind: 'format', name: 'link--1', value: { href: [link] } }))).toBe('forbidden-link')
      expect(verdict(write({ content: { kind: 'any', values: [link] }, parent, key: 'src' }))).toBe('forbidden-link')
      expect(verdict(write({ content: { kind: 'any', values: [link] }, parent, key: 'alt' }))).toBe('sound')
    }
    for (const link of [
      'https://example.org',
      'http:x',
      'mailto:a@b.org',
      'tel:+1',
      '/a:b',
      '#a',
      '?q=a:b',
      '',
      'a/b:c',
    ]) {
      expect(verdict(within({ kind: 'format', name: 'link', value: { href: link, title: null } })), link).toBe('sound')
      expect(isAllowedLink(link)).toBe(true)
    }
  })

  it('UP-12 bytes behind the update or left over in a column are refused', () => {
    const { typed, updates } = hello()
    typed.insert(5, '!')
    const update = updates[0]!
    expect(verdict(Uint8Array.from([...update, 0]))).toBe('malformed')
    for (const leave of [
      (encoder: Y.UpdateEncoderV2) => encoder.writeLen(5),
      (encoder: Y.UpdateEncoderV2) => encoder.writeString('hidden'),
      (encoder: Y.UpdateEncoderV2) => encoder.writeClient(5),
      (encoder: Y.UpdateEncoderV2) => encoder.writeTypeRef(3),
      (encoder: Y.UpdateEncoderV2) => encoder.writeParentInfo(true),
      (encoder: Y.UpdateEncoderV2) => encoder.writeLeftID(new Y.ID(1, 1)),
    ]) {
      const encoder = new Y.UpdateEncoderV2()
      encoding.writeVarUint(encoder.restEncoder, 0)
      encoding.writeVarUint(encoder.restEncoder, 0)
      expect(verdict(encoder.toUint8Array())).toBe('sound')
      leave(encoder)
      expect(verdict(encoder.toUint8Array())).toBe('malformed')
    }
    for (let length = 0; length < update.length; length++) {
      expect(verdict(update.subarray(0, length)), `cut to ${length}`).toBe('malformed')
    }
  })

  it('UP-12 an update in the V1 format is refused', () => {
    const { doc } = hello()
    expect(verdict(Y.encodeStateAsUpdate(doc))).not.toBe('sound')
  })
})
