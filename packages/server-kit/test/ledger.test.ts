import { DEFAULT_UPDATE_LIMITS, inspectUpdate } from '@sheaf/protocol'
import type { Operation } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { writeUpdate } from '../../protocol/test/support/update-writer.ts'
import type { WrittenStruct } from '../../protocol/test/support/update-writer.ts'
import { Ledger, LedgerError } from '../src/ledger/ledger.ts'
import type { Judgement } from '../src/ledger/ledger.ts'
import { operationOf, replicaIdOf, soundFacts } from './support/replicas.ts'

const LIMITS = { maxDepth: 100 }
const ALICE = replicaIdOf(1)
const BOB = replicaIdOf(2)

const ELEMENT = { kind: 'type', ref: 3, name: 'paragraph' } as const
const TEXT_TYPE = { kind: 'type', ref: 6 } as const
const text = (characters: string) => ({ kind: 'text', text: characters }) as const

/** A ledger with a little language for tests: who writes which structs. */
class Script {
  ledger = Ledger.empty()

  operation(replicaId: string, update: Uint8Array, counter = this.ledger.lastCounter(replicaId) + 1): Operation {
    return operationOf(replicaId, counter, 0, update)
  }

  judge(replicaId: string, update: Uint8Array, limits = LIMITS): Judgement {
    return this.ledger.judge(this.operation(replicaId, update), soundFacts(update), limits)
  }

  commit(replicaId: string, update: Uint8Array): this {
    expect(this.judge(replicaId, update)).toEqual({ status: 'new' })
    const counter = this.ledger.lastCounter(replicaId) + 1
    this.ledger.fold({ seq: this.ledger.seq + 1, replicaId, counter }, soundFacts(update))
    return this
  }
}

const write = (client: number, clock: number, ...structs: WrittenStruct[]): Uint8Array =>
  writeUpdate({ clients: [{ client, clock, structs }] })

/** Client 1 of Alice: a paragraph (0) with a text (1) of three characters (2, 3, 4) and an attribute (5). */
const paragraph = (): Script =>
  new Script().commit(
    ALICE,
    write(
      1,
      0,
      { content: ELEMENT, parent: 'content' },
      { content: TEXT_TYPE, parent: { client: 1, clock: 0 } },
      { content: text('abc'), parent: { client: 1, clock: 1 } },
      { content: { kind: 'any', values: ['https://example.org'] }, parent: { client: 1, clock: 0 }, key: 'src' },
    ),
  )

const codeOf = (judgement: Judgement): string => (judgement.status === 'refused' ? judgement.code : judgement.status)

describe('the order of operations', () => {
  it('LE-4 a counter that was folded is known, the next one is new, a later one is a gap', () => {
    const script = paragraph()
    const update = write(1, 6, { content: text('d'), origin: { client: 1, clock: 4 } })
    const facts = soundFacts(update)
    const judge = (counter: number) => script.ledger.judge(script.operation(ALICE, update, counter), facts, LIMITS)
    expect(codeOf(judge(1))).toBe('known')
    expect(codeOf(judge(2))).toBe('new')
    expect(codeOf(judge(3))).toBe('counter-gap')
    expect(codeOf(judge(0))).toBe('known')
  })

  it('LE-5 a stated version vector that differs from the bytes is refused', () => {
    const script = paragraph()
    const update = write(1, 6, { content: text('d'), origin: { client: 1, clock: 4 } })
    const facts = soundFacts(update)
    for (const versionVector of [
      [],
      [[1, 8]],
      [[2, 7]],
      [
        [1, 7],
        [2, 1],
      ],
    ] as [number, number][][]) {
      const operation = { ...script.operation(ALICE, update), versionVector }
      expect(codeOf(script.ledger.judge(operation, facts, LIMITS))).toBe('vector-mismatch')
    }
  })

  it('LE-6 the first replica that writes under a client id keeps it, in memory and on disk', () => {
    const script = paragraph()
    expect(script.ledger.claimant(1)).toBe(ALICE)
    expect(script.ledger.claimant(2)).toBeNull()
    const update = write(1, 6, { content: { kind: 'gc', length: 1_000_000 } })
    expect(codeOf(script.judge(BOB, update))).toBe('foreign-client')
    script.ledger = Ledger.decode(script.ledger.encode())
    expect(codeOf(script.judge(BOB, update))).toBe('foreign-client')
    expect(codeOf(script.judge(ALICE, update))).toBe('new')
  })

  it('LE-6 a replica may go on under another client id in the middle of a session', () => {
    paragraph()
      .commit(ALICE, write(77, 0, { content: text('d'), origin: { client: 1, clock: 4 } }))
      .commit(ALICE, write(1, 6, { content: text('e'), origin: { client: 77, clock: 0 } }))
  })

  it('LE-7 clocks that were written before are refused, and clocks that leave a hole are missing something', () => {
    const script = paragraph()
    const after = (clock: number) => write(1, clock, { content: text('d'), origin: { client: 1, clock: 4 } })
    expect(codeOf(script.judge(ALICE, after(5)))).toBe('clock-gap')
    expect(script.judge(ALICE, after(8))).toEqual({ status: 'missing', needs: [[1, 8]] })
    expect(codeOf(script.judge(ALICE, after(6)))).toBe('new')
  })

  it('LE-8 whatever an update refers to and is not there is named, neighbours, parents and deleted ranges alike', () => {
    const script = paragraph()
    const update = writeUpdate({
      clients: [
        {
          client: 2,
          clock: 0,
          structs: [
            { content: text('x'), origin: { client: 3, clock: 4 } },
            { content: text('y'), rightOrigin: { client: 4, clock: 0 } },
            { content: text('z'), parent: { client: 5, clock: 9 } },
          ],
        },
      ],
      deletes: [
        { client: 6, ranges: [[3, 2]] },
        { client: 1, ranges: [[2, 3]] },
      ],
    })
    expect(script.judge(BOB, update)).toEqual({
      status: 'missing',
      needs: [
        [3, 5],
        [4, 1],
        [5, 10],
        [6, 5],
      ],
    })
  })

  it('LE-9 structs of several clients are placed in the order in which they refer to each other', () => {
    const update = writeUpdate({
      clients: [
        { client: 8, clock: 0, structs: [{ content: TEXT_TYPE, parent: { client: 9, clock: 0 } }] },
        {
          client: 9,
          clock: 0,
          structs: [
            { content: ELEMENT, parent: 'content' },
            { content: text('x'), parent: { client: 8, clock: 0 } },
          ],
        },
      ],
    })
    new Script().commit(ALICE, update)
  })

  it('LE-9 structs of several clients that wait for each other are refused', () => {
    const update = writeUpdate({
      clients: [
        { client: 8, clock: 0, structs: [{ content: ELEMENT, origin: { client: 9, clock: 0 } }] },
        { client: 9, clock: 0, structs: [{ content: ELEMENT, origin: { client: 8, clock: 0 } }] },
      ],
    })
    expect(codeOf(new Script().judge(ALICE, update))).toBe('future-origin')
  })
})

describe('the structure', () => {
  const misplaced: readonly (readonly [string, WrittenStruct])[] = [
    ['characters in an element', { content: text('x'), parent: { client: 1, clock: 0 } }],
    ['characters in the root', { content: text('x'), parent: 'content' }],
    ['characters beside an element', { content: text('x'), origin: { client: 1, clock: 0 } }],
    ['an element in a text', { content: ELEMENT, parent: { client: 1, clock: 1 } }],
    ['a text type beside a character', { content: TEXT_TYPE, origin: { client: 1, clock: 3 } }],
    ['something inside a character', { content: text('x'), parent: { client: 1, clock: 2 } }],
    ['something inside an attribute', { content: text('x'), parent: { client: 1, clock: 5 } }],
    ['characters as an attribute', { content: text('x'), parent: { client: 1, clock: 0 }, key: 'a' }],
    ['an element as an attribute', { content: ELEMENT, origin: { client: 1, clock: 5 } }],
    ['a plain value among characters', { content: { kind: 'any', values: [1] }, origin: { client: 1, clock: 3 } }],
    ['an attribute of the root', { content: { kind: 'any', values: [1] }, parent: 'content', key: 'a' }],
    [
      'an attribute with a right neighbour',
      { content: { kind: 'any', values: [1] }, origin: { client: 1, clock: 5 }, rightOrigin: { client: 1, clock: 2 } },
    ],
    [
      'an element between two lists',
      { content: ELEMENT, origin: { client: 1, clock: 0 }, rightOrigin: { client: 1, clock: 1 } },
    ],
    [
      'a character between a text and an attribute',
      { content: text('x'), origin: { client: 1, clock: 4 }, rightOrigin: { client: 1, clock: 5 } },
    ],
  ]
  it.each(misplaced)('LE-10 %s is refused', (_, struct) => {
    const script = paragraph()
    const before = script.ledger.encode()
    expect(codeOf(script.judge(BOB, write(2, 0, struct)))).toBe('structure')
    expect(script.ledger.encode()).toEqual(before)
  })

  it('LE-11 what is put beside or inside something collected is collected, and so is all that follows on it', () => {
    const script = paragraph().commit(ALICE, write(1, 6, { content: { kind: 'gc', length: 3 } }))
    const update = write(
      2,
      0,
      { content: ELEMENT, parent: { client: 1, clock: 7 } },
      { content: text('x'), parent: { client: 2, clock: 0 } },
      { content: text('y'), origin: { client: 1, clock: 4 }, rightOrigin: { client: 1, clock: 6 } },
    )
    script.commit(BOB, update)
    const doc = new Y.Doc()
    Y.applyUpdateV2(doc, write(1, 0, { content: { kind: 'gc', length: 9 } }))
    Y.applyUpdateV2(doc, update)
    expect(doc.store.clients.get(2)?.every((struct) => struct instanceof Y.GC)).toBe(true)
  })

  it('LE-11 what is put inside a node that was deleted before it was sent is collected', () => {
    new Script()
      .commit(ALICE, write(1, 0, { content: { kind: 'deleted', length: 1 }, parent: 'content' }))
      .commit(BOB, write(2, 0, { content: text('x'), parent: { client: 1, clock: 0 } }))
      .commit(BOB, write(2, 1, { content: ELEMENT, origin: { client: 1, clock: 0 } }))
  })

  it('LE-12 nodes may be nested to the limit and no deeper', () => {
    const nest = (levels: number) =>
      write(
        1,
        0,
        { content: ELEMENT, parent: 'content' },
        ...Array.from({ length: levels - 1 }, (_, i) => ({ content: ELEMENT, parent: { client: 1, clock: i } })),
      )
    expect(codeOf(new Script().judge(ALICE, nest(100)))).toBe('new')
    expect(codeOf(new Script().judge(ALICE, nest(101)))).toBe('too-deep')
    expect(codeOf(new Script().judge(ALICE, nest(10_000)))).toBe('too-deep')
  })

  it('LE-13 a forbidden link is refused where the name of the attribute is in an earlier operation only', () => {
    const script = paragraph()
    const replace = (value: unknown) =>
      write(2, 0, { content: { kind: 'any', values: [value] }, origin: { client: 1, clock: 5 } })
    expect(codeOf(script.judge(BOB, replace('java\nscript:alert(1)')))).toBe('forbidden-link')
    expect(codeOf(script.judge(BOB, replace(['javascript:alert(1)'])))).toBe('forbidden-link')
    expect(codeOf(script.judge(BOB, replace('/pictures/1.png')))).toBe('new')
    expect(codeOf(script.judge(BOB, replace(null)))).toBe('new')
  })
})

describe('folding and storing', () => {
  it('LE-15 an operation that does not follow is an error and changes nothing', () => {
    const script = paragraph()
    const before = script.ledger.encode()
    const next = soundFacts(write(1, 6, { content: text('d'), origin: { client: 1, clock: 4 } }))
    const hole = soundFacts(write(1, 9, { content: text('d'), origin: { client: 1, clock: 4 } }))
    const stray = soundFacts(write(1, 6, { content: text('d'), parent: 'content' }))
    const lost = soundFacts(write(1, 6, { content: text('d'), origin: { client: 3, clock: 4 } }))
    const fold =
      (seq: number, replicaId: string, counter: number, facts = next) =>
      () =>
        script.ledger.fold({ seq, replicaId, counter }, facts)
    expect(fold(3, ALICE, 2)).toThrow(LedgerError)
    expect(fold(1, ALICE, 2)).toThrow(LedgerError)
    expect(fold(2, ALICE, 3)).toThrow(LedgerError)
    expect(fold(2, BOB, 1)).toThrow(LedgerError)
    expect(fold(2, ALICE, 2, hole)).toThrow(LedgerError)
    expect(fold(2, ALICE, 2, stray)).toThrow(LedgerError)
    expect(fold(2, ALICE, 2, lost)).toThrow(LedgerError)
    expect(script.ledger.encode()).toEqual(before)
    expect(fold(2, ALICE, 2)).not.toThrow()
    expect(script.ledger.seq).toBe(2)
  })

  it('LE-16 a ledger is the same after it was stored and read', () => {
    const script = paragraph().commit(BOB, write(2, 0, { content: text('x'), origin: { client: 1, clock: 4 } }))
    const again = Ledger.decode(script.ledger.encode())
    expect(again.seq).toBe(2)
    expect(again.lastCounter(ALICE)).toBe(1)
    expect(again.lastCounter(replicaIdOf(3))).toBe(0)
    expect(again.claimant(2)).toBe(BOB)
    expect(again.versionVector()).toEqual([
      [1, 6],
      [2, 1],
    ])
    expect(again.encode()).toEqual(script.ledger.encode())
  })

  it('LE-16 every damaged ledger is an error or a ledger, never anything else', () => {
    const bytes = paragraph().ledger.encode()
    for (let length = 0; length < bytes.length; length++) {
      expect(() => Ledger.decode(bytes.subarray(0, length))).toThrow(LedgerError)
    }
    expect(() => Ledger.decode(Uint8Array.from([...bytes, 0]))).toThrow(LedgerError)
    for (let at = 0; at < bytes.length; at++) {
      for (let value = 0; value < 256; value++) {
        const damaged = Uint8Array.from(bytes)
        damaged[at] = value
        try {
          Ledger.decode(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(LedgerError)
        }
      }
    }
  })

  it('LE-17 typing on makes a run longer, so that the ledger grows with the places and not with the keystrokes', () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('updateV2', (update: Uint8Array) => updates.push(update))
    const paragraphType = new Y.XmlElement('paragraph')
    const typed = new Y.XmlText()
    doc.transact(() => {
      doc.getXmlFragment('content').insert(0, [paragraphType])
      paragraphType.insert(0, [typed])
    })
    for (let i = 0; i < 1000; i++) typed.insert(i >> 1, 'x')
    const script = new Script()
    for (const update of updates) script.commit(ALICE, update)
    expect(script.ledger.encode().length).toBeLessThan(70)
    expect(script.ledger.versionVector()).toEqual([[doc.clientID, 1002]])
  })

  it('LE-1 a document of 10,000 paragraphs that the server seeds in one operation is judged, folded and stored', () => {
    const doc = new Y.Doc()
    const paragraphs = Array.from({ length: 10_000 }, (_, i) => {
      const element = new Y.XmlElement(i % 10 === 0 ? 'heading' : 'paragraph')
      element.insert(0, [new Y.XmlText(`This is paragraph number ${i}.`)])
      return element
    })
    doc.getXmlFragment('content').insert(0, paragraphs)
    const update = Y.encodeStateAsUpdateV2(doc)
    const script = new Script().commit(ALICE, update)
    const bytes = script.ledger.encode()
    expect(bytes.length).toBeLessThan(120_000)
    expect(Ledger.decode(bytes).encode()).toEqual(bytes)
    expect(inspectUpdate(update, DEFAULT_UPDATE_LIMITS).status).toBe('sound')
  })
})
