import { CONTENT_ROOT } from '@sheaf/protocol'
import type { VersionVector } from '@sheaf/protocol'
import * as Y from 'yjs'
import { seededRandom } from '@sheaf/e2e/seeded-random'
import { keptEdit } from './kept.ts'
import { loadTrace, positionsAreCodeUnits } from './trace.ts'
import type { Patch, Trace } from './trace.ts'

/** One change of one author, in the bytes that each contender takes. */
export interface Edit {
  readonly v1: Uint8Array
  readonly v2: Uint8Array
  readonly vector: VersionVector
  /** How many keystrokes went into it. */
  readonly keystrokes: number
  /** When it is sent at human pace: milliseconds after the author began. */
  readonly at: number
}

/** Somebody who types, with everything that will be typed made beforehand: sending costs the load generator next to nothing. */
export interface Author {
  readonly clientId: number
  readonly edits: readonly Edit[]
}

/** Mean time between two keystrokes of somebody who types steadily. */
const KEYSTROKE_MS = 140
/** How often somebody stops to think before the next key, and for how long at the most. */
const THINKING = { chance: 0.05, ms: 1500 }

const WORDS =
  'the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were her all she there would their we him been has when who will more no if out so said what up its about into than them can only other new some could time these two may then do first any my now such like our over man me even most made after also did many before must through years where much your way well down should because each just those people how too little state good very make world still own see men work long get here between both life being under never day same another know while last might us great old year off come since against go came right used take three'.split(
    ' ',
  )

/** Prose that a seed decides, of at least this many characters. */
export function prose(seed: number, characters: number): string {
  const random = seededRandom(seed)
  let text = ''
  while (text.length < characters) text += `${WORDS[Math.floor(random() * WORDS.length)]} `
  return text
}

const recorded = recordedTyping()

function recordedTyping(): readonly Patch[] | undefined {
  const trace = loadTrace('automerge-paper')
  // Only where a position in code points is one in UTF-16 too can it be typed without looking at the text each time.
  if (trace === null || !positionsAreCodeUnits(trace)) return undefined
  return trace.transactions.flatMap((transaction) => transaction.patches)
}

/** What a person does to an empty text, key by key: the recorded paper where it is there, else typing with corrections. */
function keystrokes(seed: number, count: number): readonly Patch[] {
  if (recorded !== undefined) return recorded.slice(0, count)
  const random = seededRandom(seed)
  const source = prose(seed, count)
  let length = 0
  return Array.from({ length: count }, (_, index): Patch => {
    if (length > 4 && random() < 0.07) return [--length, 1, '']
    return [length++, 0, source.charAt(index)]
  })
}

/** A document that remembers what each transaction of its author wrote. */
class Recorder {
  readonly #doc = new Y.Doc()
  readonly #edits: Edit[] = []
  #v1: Uint8Array | null = null
  #v2: Uint8Array | null = null

  constructor(clientId: number) {
    this.#doc.clientID = clientId
    this.#doc.on('update', (update: Uint8Array) => (this.#v1 = update))
    this.#doc.on('updateV2', (update: Uint8Array) => (this.#v2 = update))
  }

  record(at: number, change: (content: Y.XmlFragment) => void): void {
    const { clientID, store } = this.#doc
    const before = Y.getState(store, clientID)
    this.#doc.transact(() => change(this.#doc.getXmlFragment(CONTENT_ROOT)))
    const after = Y.getState(store, clientID)
    if (this.#v1 === null || this.#v2 === null) throw new Error('a change that changes nothing cannot be recorded')
    const vector: VersionVector = after > before ? [[clientID, after]] : []
    this.#edits.push({ v1: this.#v1, v2: this.#v2, vector, keystrokes: 1, at })
    this.#v1 = this.#v2 = null
  }

  author(): Author {
    return { clientId: this.#doc.clientID, edits: this.#edits }
  }
}

/** Somebody who types in a paragraph of their own, one edit for each key. The first edit makes the paragraph. */
export function typist(seed: number, count: number): Author {
  const random = seededRandom(seed)
  // As large as the random ids of Yjs usually are: they are in every update.
  const recorder = new Recorder(2_400_000_000 + seed)
  const paragraph = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  let at = random() * KEYSTROKE_MS
  recorder.record(at, (content) => {
    paragraph.insert(0, [text])
    content.insert(content.length, [paragraph])
  })
  for (const patch of keystrokes(seed, count)) {
    // Between half and one and a half of the mean: with the pauses, about five keys in a second.
    at += KEYSTROKE_MS * (0.5 + random())
    if (random() < THINKING.chance) at += THINKING.ms * random()
    recorder.record(at, () => {
      const [position, deleted, inserted] = patch
      if (deleted > 0) text.delete(position, deleted)
      if (inserted !== '') text.insert(position, inserted)
    })
  }
  return recorder.author()
}

export const typists = (people: number, count: number): Author[] =>
  Array.from({ length: people }, (_, person) => typist(person + 1, count))

/** The same typing, gathered as Sheaf's client does by default: a pause of 200 ms, 2 s since the first, or 20 characters. */
export function gathered(author: Author): Author {
  const edits: Edit[] = []
  let batch: Edit[] = []
  const flush = (at: number): void => {
    const last = batch.findLast((edit) => edit.vector.length > 0)
    edits.push({
      v1: Y.mergeUpdates(batch.map((edit) => edit.v1)),
      v2: Y.mergeUpdatesV2(batch.map((edit) => edit.v2)),
      vector: last?.vector ?? [],
      keystrokes: batch.length,
      at,
    })
    batch = []
  }
  for (const edit of author.edits) {
    const first = batch[0]
    const previous = batch.at(-1)
    if (first !== undefined && previous !== undefined) {
      const due = Math.min(previous.at + 200, first.at + 2000)
      if (edit.at > due) flush(due)
    }
    batch.push(edit)
    if (batch.length === 20) flush(edit.at)
  }
  const last = batch.at(-1)
  if (last !== undefined) flush(last.at + 200)
  return { clientId: author.clientId, edits }
}

/** A document of about `characters`, as pasted in: one edit for each half megabyte. */
export function pasted(characters: number): Author {
  const recorder = new Recorder(900_000 + (characters % 90_000))
  const paragraphLength = Math.min(800, characters)
  const paragraphs = Math.ceil(characters / paragraphLength)
  const perEdit = Math.max(1, Math.floor(500_000 / paragraphLength))
  for (let start = 0; start < paragraphs; start += perEdit)
    recorder.record(0, (content) => {
      const nodes = Array.from({ length: Math.min(perEdit, paragraphs - start) }, (_, index) => {
        const paragraph = new Y.XmlElement('paragraph')
        paragraph.insert(0, [new Y.XmlText(prose(start + index + 1, paragraphLength))])
        return paragraph
      })
      content.insert(content.length, nodes)
    })
  return recorder.author()
}

/** The recorded paper as one author typed it, key by key, in a paragraph of its own; encoded as its whole state. */
function typedPaper(clientId: number, trace: Trace): Edit {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const text = new Y.XmlText()
  doc.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [text])
    doc.getXmlFragment(CONTENT_ROOT).insert(0, [paragraph])
  })
  for (const { patches } of trace.transactions)
    // One transaction for each key, as it was typed: that is what decides how the text lies in pieces.
    for (const [position, deleted, inserted] of patches)
      doc.transact(() => {
        if (deleted > 0) text.delete(position, deleted)
        if (inserted !== '') text.insert(position, inserted)
      })
  return {
    v1: Y.encodeStateAsUpdate(doc),
    v2: Y.encodeStateAsUpdateV2(doc),
    vector: [[clientId, Y.getState(doc.store, clientId)]],
    keystrokes: 1,
    at: 0,
  }
}

/** So many copies of the recorded paper, each typed by somebody else; prose that was pasted in where there is no recording. */
function papers(count: number): Author {
  const trace = loadTrace('automerge-paper')
  if (trace === null) return pasted(count * 250_000)
  return {
    clientId: 800_001,
    edits: Array.from({ length: count }, (_, index) =>
      keptEdit(`paper-${index}`, () => typedPaper(800_001 + index, trace)),
    ),
  }
}

/** About 100,000 characters as they were really typed: 260 KB as Yjs encodes it. */
export const hundredThousand = (): Author => papers(1)
/** About 2 million characters as they were really typed: 5.3 MB as Yjs encodes it. */
export const fiveMegabytes = (): Author => papers(20)
