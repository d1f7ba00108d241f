import type { Schema } from 'prosemirror-model'
import { ContentFormat, ContentString, ContentType, Item, XmlElement, XmlText, decodeUpdateV2, isDeleted } from 'yjs'
import { createRelativePositionFromTypeIndex, iterateDeletedStructs } from 'yjs'
import type { Doc, ID, RelativePosition, Transaction, XmlFragment, YEvent } from 'yjs'
import { APPLIED_UPDATES } from '../../applied-updates.ts'
import { newTexts, wentAway } from './new-texts.ts'
import type { NewText } from './new-texts.ts'

/*
 * Yjs cannot give an element another name, so y-prosemirror makes a heading of a paragraph by deleting the one and writing the other
 * with a copy of the words. Whoever types in the paragraph meanwhile would lose what they type: it goes into what is deleted.
 * Their own device puts it into the copy. It can tell what the other did not know, since a deletion names each character that it
 * takes away; and it alone does so, with its own words only, so that nothing comes twice.
 */

type Attributes = Readonly<Record<string, unknown>>

/** Words of one's own that the other did not know, and how much of what the other knew stands before them. */
interface Run {
  readonly at: number
  readonly words: string
  readonly attributes: Attributes
}

/** A text that somebody took away, together with words that they did not know. */
interface LostText {
  /** What they knew of it. */
  readonly known: string
  readonly runs: readonly Run[]
  /** How many of the characters, known and unknown, stood before one's own cursor; null if that was elsewhere. */
  readonly caret: number | null
  /** The outermost element that went away with it. */
  readonly top: Item
}

export interface Rescue {
  /** Writes the words. Where one's own cursor was among them, tells where it is now. */
  readonly run: () => RelativePosition | null
}

/** More than this is no change of a kind but of a whole document. */
const MAX_TEXTS = 50

type Deletions = ReturnType<typeof decodeUpdateV2>['ds']

function namedDeletions(transaction: Transaction): readonly Deletions[] | null {
  const updates = transaction.meta.get(APPLIED_UPDATES) as readonly Uint8Array[] | undefined
  return updates === undefined ? null : updates.map((update) => decodeUpdateV2(update).ds)
}

function outermost(item: Item, transaction: Transaction): Item {
  const parent = (item.parent as XmlElement)._item
  return parent !== null && wentAway(parent, transaction) ? outermost(parent, transaction) : item
}

interface Reading {
  readonly transaction: Transaction
  readonly named: readonly Deletions[]
  readonly isOwn: (clientId: number) => boolean
  /** The character that one's own cursor stands after. */
  readonly cursor: ID | null
}

/** Null where nothing is lost: the other knew every word. */
function readLost(text: XmlText, { transaction, named, isOwn, cursor }: Reading): LostText | null {
  let known = ''
  let length = 0
  let caret: number | null = null
  const runs: Run[] = []
  const attributes: Record<string, unknown> = {}
  for (let item = text._start; item !== null; item = item.right) {
    if (!wentAway(item, transaction)) continue
    const { content, id } = item
    if (content instanceof ContentFormat) attributes[content.key] = content.value
    if (!(content instanceof ContentString)) continue
    for (let index = 0; index < content.str.length; index++) {
      const at = { client: id.client, clock: id.clock + index }
      const character = content.str.charAt(index)
      const last = runs.at(-1)
      if (named.some((deletions) => isDeleted(deletions, at as ID))) known += character
      // The words of a third person are theirs to write again.
      else if (!isOwn(id.client)) continue
      else if (last !== undefined && last.at === known.length && index > 0)
        runs[runs.length - 1] = { ...last, words: last.words + character }
      else runs.push({ at: known.length, words: character, attributes: { ...attributes } })
      length += 1
      if (cursor !== null && cursor.client === at.client && cursor.clock === at.clock) caret = length
    }
  }
  if (runs.length === 0 || text._item === null) return null
  return { known, runs, caret, top: outermost(text._item, transaction) }
}

function lostTexts(reading: Reading): LostText[] {
  const texts = new Set<XmlText>()
  iterateDeletedStructs(reading.transaction, reading.transaction.deleteSet, (struct) => {
    if (!(struct instanceof Item) || !(struct.content instanceof ContentType)) return
    const { type } = struct.content
    if (type instanceof XmlText && texts.size < MAX_TEXTS && wentAway(struct, reading.transaction)) texts.add(type)
  })
  return [...texts].map((text) => readLost(text, reading)).filter((lost) => lost !== null)
}

/** Whether one stands where the other stood. */
function isBeside(gone: Item, added: Item): boolean {
  for (let next = gone.right; next !== null; next = next.right) {
    if (next === added) return true
    if (!next.deleted) break
  }
  for (let next = gone.left; next !== null; next = next.left) {
    if (next === added) return true
    if (!next.deleted) break
  }
  return false
}

function sharedStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  // Not between the halves of a character that takes two places.
  return /[\uD800-\uDBFF]/.test(a.charAt(length - 1)) ? length - 1 : length
}

const reversed = (words: string): string => [...words].reverse().join('')

/** Where each place of the known words is in a copy that others have only added to: after the same character. */
function placesAmongMore(known: string, copy: string): readonly number[] | null {
  const places = [0]
  for (const character of known) {
    const found = copy.indexOf(character, places.at(-1))
    if (found < 0) return null
    for (let unit = 1; unit <= character.length; unit++) places.push(found + unit)
  }
  return places
}

/**
 * Where a place of the known words is in the copy; null if it is none. Who made the copy may have written in it since.
 * @param least so many of the known words have to be at its start and its end
 */
function placesIn(known: string, copy: string, least: number): ((at: number) => number) | null {
  const start = sharedStart(known, copy)
  const end = Math.min(Math.min(known.length, copy.length) - start, sharedStart(reversed(known), reversed(copy)))
  const among = start + end === known.length ? null : placesAmongMore(known, copy)
  if (among !== null) return (at) => among[at] ?? copy.length
  if (start + end < least) return null
  return (at) => {
    if (at <= start) return at
    return at >= known.length - end ? copy.length - (known.length - at) : start
  }
}

interface Place {
  readonly lost: LostText
  readonly copy: NewText
  readonly placeOf: (at: number) => number
}

/**
 * The copy in the same place, else the one that differs least.
 * @param isPart whether a part of it in the same place will do: it was divided, too
 */
function placeOf(lost: LostText, copies: readonly NewText[], isPart: boolean): Place | null {
  let best: Place | null = null
  let least = Infinity
  for (const copy of copies) {
    const beside = isBeside(lost.top, copy.top)
    const places = placesIn(lost.known, copy.words, isPart && beside ? 1 : lost.known.length / 2)
    // Of nothing everything is a copy, so it has to be in the same place.
    if (places === null || (lost.known === '' && !beside)) continue
    const differs = Math.abs(copy.words.length - lost.known.length) - (beside ? Number.MAX_SAFE_INTEGER / 2 : 0)
    if (differs >= least) continue
    least = differs
    best = { lost, copy, placeOf: places }
  }
  return best
}

function textOf(target: XmlText | XmlElement): XmlText {
  if (target instanceof XmlText) return target
  const text = new XmlText()
  target.insert(0, [text])
  return text
}

/** The marks that the new place takes: code has none. */
function allowed(attributes: Attributes, text: XmlText, schema: Schema): Attributes {
  const { parent } = text
  const type = parent instanceof XmlElement ? schema.nodes[parent.nodeName] : undefined
  return Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => {
      const mark = schema.marks[name]
      return value !== null && mark !== undefined && type?.allowsMarkType(mark) === true
    }),
  )
}

function write({ lost, copy, placeOf: place }: Place, schema: Schema): RelativePosition | null {
  const text = textOf(copy.target)
  let written = 0
  let caret: number | null = null
  for (const { at, words, attributes } of lost.runs) {
    const before = at + written
    const index = copy.index + place(at) + written
    if (lost.caret !== null && lost.caret >= before) caret = index + Math.min(lost.caret - before, words.length)
    text.insert(index, words, allowed(attributes, text, schema))
    written += words.length
  }
  return caret === null ? null : createRelativePositionFromTypeIndex(text, caret, -1)
}

/**
 * What has to be written again after a change of somebody else; null, as nearly always, where there is nothing. To be asked while
 * the change is being observed, and run after it.
 *
 * @param options.isOwn whether this session has written under a client id of Yjs
 * @param options.cursor the character before one's own cursor
 */
export function rescueOf(
  events: readonly YEvent<XmlElement>[],
  transaction: Transaction,
  options: {
    readonly doc: Doc
    readonly fragment: XmlFragment
    readonly schema: Schema
    readonly isOwn: (clientId: number) => boolean
    readonly cursor: ID | null
    readonly origin: unknown
  },
): Rescue | null {
  if (transaction.local || transaction.deleteSet.clients.size === 0) return null
  // Nobody's words can be lost who has written none: most changes are done with here.
  if (![...transaction.deleteSet.clients.keys()].some(options.isOwn)) return null
  const named = namedDeletions(transaction)
  if (named === null) return null
  const lost = lostTexts({ transaction, named, isOwn: options.isOwn, cursor: options.cursor })
  const copies = lost.length === 0 ? [] : newTexts(events, options.schema)
  const places = lost
    .map((text) => placeOf(text, copies, false) ?? placeOf(text, copies, true))
    .filter((place) => place !== null)
  if (places.length === 0) return null
  return {
    run: () => {
      const carets: RelativePosition[] = []
      options.doc.transact(() => {
        for (const place of places) {
          const caret = write(place, options.schema)
          if (caret !== null) carets.push(caret)
        }
      }, options.origin)
      return carets[0] ?? null
    },
  }
}
