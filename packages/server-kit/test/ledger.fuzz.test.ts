import { DEFAULT_UPDATE_LIMITS, inspectUpdate } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { Ledger } from '../src/ledger/ledger.ts'
import { SeededRandom } from './support/random-editing.ts'
import { honestHistory, operationOf, replicaIdOf, soundFacts } from './support/replicas.ts'
import { deleteSomething, randomUpdate } from './support/random-update.ts'
import type { NumberedOperation } from './support/replicas.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const LIMITS = { maxDepth: 100 }
const NO_PENDING = { structs: null, deletes: null }

const pendingOf = (doc: Y.Doc) => ({ structs: doc.store.pendingStructs, deletes: doc.store.pendingDs })

/** What stands where it must not: nothing, in a sound document. */
function misplacedIn(doc: Y.Doc): string[] {
  const found: string[] = []
  const visit = (type: Y.AbstractType<unknown>, isText: boolean, depth: number): void => {
    if (depth > 101) found.push('too deep')
    for (let item = type._start; item !== null; item = item.right) {
      if (item.deleted) continue
      const content = item.content
      if (content instanceof Y.ContentType) {
        if (isText) found.push('a type in a text')
        const isElement = content.type instanceof Y.XmlElement
        if (!isElement && !(content.type instanceof Y.XmlText)) found.push('a type that is neither element nor text')
        visit(content.type as Y.AbstractType<unknown>, !isElement, depth + 1)
      } else if (!isText) found.push(`${content.constructor.name} among nodes`)
    }
    for (const [name, item] of type._map) {
      if (item.deleted) continue
      if (!(item.content instanceof Y.ContentAny)) found.push(`${item.content.constructor.name} as attribute`)
      if (name === 'src' && /^\s*(javascript|data)/i.test(String(item.content.getContent().at(-1)))) {
        found.push('a forbidden link')
      }
    }
  }
  visit(doc.getXmlFragment('content') as unknown as Y.AbstractType<unknown>, false, 0)
  for (const name of doc.share.keys()) if (name !== 'content') found.push(`root ${name}`)
  return found
}

/**
 * What is there and what it stands in, without the order. The ledger does not know the order of a list, so it cannot tell
 * whether the two neighbours that a hostile struct names were ever neighbours (SPEC.md, LE-14); which attribute and which
 * format counts follows from the order too.
 */
function standingIn(doc: Y.Doc): string[] {
  const found: string[] = []
  for (const [client, structs] of doc.store.clients) {
    for (const item of structs) {
      if (!(item instanceof Y.Item) || item.deleted || item.parentSub !== null) continue
      if (item.content instanceof Y.ContentFormat) continue
      const parent = (item.parent as Y.AbstractType<unknown>)._item?.id
      const place = parent === undefined ? 'root' : `${parent.client}:${parent.clock}`
      for (let clock = item.id.clock; clock < item.id.clock + item.length; clock++) {
        found.push(`${client}:${clock} in ${place}`)
      }
    }
  }
  return found.sort()
}

const vectorOf = (doc: Y.Doc) =>
  [...Y.decodeStateVector(Y.encodeStateVector(doc))]
    .sort((a, b) => a[0] - b[0])
    .map(([client, clock]) => [client, clock])

function foldAll(history: readonly NumberedOperation[]): { ledger: Ledger; doc: Y.Doc } {
  const ledger = Ledger.empty()
  const doc = new Y.Doc()
  for (const operation of history) {
    const facts = soundFacts(operation.update)
    const judgement = ledger.judge(operation, facts, LIMITS)
    if (judgement.status !== 'new') throw new Error(`operation ${operation.seq}: ${JSON.stringify(judgement)}`)
    ledger.fold(operation, facts)
    Y.applyUpdateV2(doc, operation.update)
  }
  return { ledger, doc }
}

function mutate(bytes: Uint8Array, others: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  let result = Uint8Array.from(bytes)
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(result.length)
    switch (random.below(8)) {
      case 0:
        result[at] = random.below(256)
        break
      case 1:
        result[at] = (result[at]! ^ (1 << random.below(8))) & 255
        break
      case 2:
        result[at] = (result[at]! + (random.chance(0.5) ? 1 : 255)) & 255
        break
      case 3:
        result = result.slice(0, at)
        break
      case 4:
        result = Uint8Array.from([...result.slice(0, at), random.below(256), ...result.slice(at)])
        break
      case 5:
        result = Uint8Array.from([...result.slice(0, at), ...result.slice(at + 1 + random.below(4))])
        break
      case 6: {
        const other = random.pick(others)
        const from = random.below(other.length)
        result = Uint8Array.from([
          ...result.slice(0, at),
          ...other.slice(from, from + random.below(12)),
          ...result.slice(at),
        ])
        break
      }
      default: {
        const other = random.pick(others)
        for (let n = 0; n < 4 && at + n < result.length && n < other.length; n++) result[at + n] = other[n]!
      }
    }
    if (result.length === 0) return Uint8Array.of(random.below(256))
  }
  return result
}

describe(`fuzzing the ledger (SEED=${seed})`, () => {
  it(
    'LE-1 nothing that honest replicas write at once is refused, and the ledger follows the document',
    { timeout: 120_000 },
    () => {
      let operations = 0
      for (let round = 0; round < 60; round++) {
        const random = new SeededRandom(seed * 1000 + round)
        const history = honestHistory(random, 2 + random.below(4), 150)
        const { ledger, doc } = foldAll(history)
        operations += history.length
        expect(ledger.versionVector()).toEqual(vectorOf(doc))
        expect(pendingOf(doc)).toEqual(NO_PENDING)
        expect(misplacedIn(doc)).toEqual([])
        const again = Ledger.decode(ledger.encode())
        expect(again.encode()).toEqual(ledger.encode())
        expect(again.versionVector()).toEqual(ledger.versionVector())
      }
      expect(operations).toBeGreaterThan(500)
    },
  )

  it(
    'LE-2 what passes 30,000 mutations applies whole, and what is refused changes nothing',
    { timeout: 300_000 },
    () => {
      const outcomes: Record<string, number> = {}
      const count = (outcome: string) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1)
      let mutations = 0
      for (let round = 0; mutations < 30_000; round++) {
        const random = new SeededRandom(seed * 7919 + round)
        const history = honestHistory(random, 3, 80)
        const updates = history.map((operation) => operation.update)
        const cut = 1 + random.below(history.length - 1)
        const { ledger, doc } = foldAll(history.slice(0, cut))
        let state = Y.encodeStateAsUpdateV2(doc)
        let bytes = ledger.encode()
        let live = doc
        let current = ledger
        let accepted = 0
        for (let i = 0; i < 300; i++, mutations++) {
          const source = random.chance(0.7) ? random.pick(history.slice(cut)) : random.pick(history)
          const update = mutate(source.update, updates, random)
          const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
          if (inspection.status === 'refused') {
            count(inspection.code)
            continue
          }
          const author = random.chance(0.8) ? source.replicaId : replicaIdOf(99)
          const operation = operationOf(author, current.lastCounter(author) + 1, 0, update)
          const judgement = current.judge(operation, inspection.facts, LIMITS)
          count(judgement.status === 'refused' ? `judged ${judgement.code}` : judgement.status)
          if (judgement.status !== 'new') {
            expect(current.encode()).toEqual(bytes)
            continue
          }
          const context = `seed ${seed}, round ${round}, mutation ${i}: ${Buffer.from(update).toString('hex')}`
          const before = new Map(vectorOf(live).map(([client, clock]) => [client!, clock!]))
          expect(() => Y.applyUpdateV2(live, update), context).not.toThrow()
          expect(pendingOf(live), context).toEqual(NO_PENDING)
          expect(misplacedIn(live), context).toEqual([])
          for (const [client, clock] of operation.versionVector) before.set(client, clock)
          current.fold({ seq: current.seq + 1, replicaId: author, counter: operation.counter }, inspection.facts)
          expect(current.versionVector(), context).toEqual(vectorOf(live))
          expect(current.versionVector(), context).toEqual([...before].sort((a, b) => a[0] - b[0]))
          // A stored document must load again, from one state and from the two updates that led to it.
          if (accepted++ % 4 === 0) {
            const loaded = new Y.Doc()
            Y.applyUpdateV2(loaded, state)
            Y.applyUpdateV2(loaded, update)
            expect(standingIn(loaded), context).toEqual(standingIn(live))
            live = new Y.Doc()
            Y.applyUpdateV2(live, state)
            current = Ledger.decode(bytes)
          } else {
            state = Y.encodeStateAsUpdateV2(live)
            bytes = current.encode()
          }
        }
      }
      console.info(outcomes)
      expect(outcomes['new']).toBeGreaterThan(100)
    },
  )

  it(
    'LE-3 well-formed updates that no editor writes are refused, or apply whole and alike in every order',
    { timeout: 300_000 },
    () => {
      const outcomes: Record<string, number> = {}
      const count = (outcome: string) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1)
      for (let round = 0; round < 150; round++) {
        const random = new SeededRandom(seed * 104_729 + round)
        const history = honestHistory(random, 2, 60)
        const { ledger, doc } = foldAll(history)
        const hostile = replicaIdOf(66)
        const client = random.pick([1, 2 ** 31, 2 ** 32 - 1])
        for (let i = 0; i < 60; i++) {
          const update = randomUpdate(doc, client, random)
          const context = `seed ${seed}, round ${round}, update ${i}: ${Buffer.from(update).toString('hex')}`
          const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
          if (inspection.status === 'refused') {
            count(inspection.code)
            continue
          }
          const operation = operationOf(hostile, ledger.lastCounter(hostile) + 1, 0, update)
          const judgement = ledger.judge(operation, inspection.facts, LIMITS)
          count(judgement.status === 'refused' ? `judged ${judgement.code}` : judgement.status)
          if (judgement.status !== 'new') continue
          // Somebody else deletes at the same time: whoever sees which first, all see the same in the end.
          const before = Y.encodeStateAsUpdateV2(doc)
          const elsewhere = new Y.Doc()
          Y.applyUpdateV2(elsewhere, before)
          const deletion = deleteSomething(elsewhere, random)
          expect(() => Y.applyUpdateV2(elsewhere, update), context).not.toThrow()
          expect(() => Y.applyUpdateV2(doc, update), context).not.toThrow()
          Y.applyUpdateV2(doc, deletion)
          ledger.fold({ seq: ledger.seq + 1, replicaId: hostile, counter: operation.counter }, inspection.facts)
          for (const some of [doc, elsewhere]) {
            expect(pendingOf(some), context).toEqual(NO_PENDING)
            expect(misplacedIn(some), context).toEqual([])
            expect(ledger.versionVector(), context).toEqual(vectorOf(some))
          }
          expect(standingIn(elsewhere), context).toEqual(standingIn(doc))
        }
        const loaded = new Y.Doc()
        Y.applyUpdateV2(loaded, Y.encodeStateAsUpdateV2(doc))
        expect(standingIn(loaded)).toEqual(standingIn(doc))
        // Whatever was let in can be deleted and collected.
        const root = loaded.getXmlFragment('content')
        root.delete(0, root.length)
        expect(standingIn(loaded)).toEqual([])
      }
      console.info(outcomes)
      expect(outcomes['new']).toBeGreaterThan(200)
    },
  )
})
