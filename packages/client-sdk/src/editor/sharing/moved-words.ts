import type { Schema } from 'prosemirror-model'
import { ContentString, ContentType, Item, createRelativePositionFromTypeIndex, getItem } from 'yjs'
import type { AbstractType, RelativePosition, Transaction, XmlElement, XmlText, YEvent } from 'yjs'
import { newTexts, wentAway } from './new-texts.ts'
import type { RelativeSelection } from './relative-selection.ts'

/*
 * Words cannot be moved in Yjs. Whoever presses Enter within them deletes those behind the place and writes them again in another
 * element; whoever changes the kind of a block does so with all of it. A position in such words would stay where they were deleted.
 */

/** How much before and behind a place has to be in the copy: all of it; else, where it was changed since, what is nearby. */
const CONTEXTS = [
  [Infinity, Infinity],
  [8, 8],
  [8, 0],
  [0, 8],
  [4, 0],
  [0, 4],
] as const
/** Fewer characters tell no place, unless there were no more. */
const LEAST = 4

/** A change that is being observed. */
interface Change {
  readonly events: readonly YEvent<XmlElement>[]
  readonly transaction: Transaction
  readonly schema: Schema
}

/** A stretch of words that went away, and a place in it. */
interface Stretch {
  readonly words: string
  readonly at: number
  /** What holds the words. */
  readonly text: Item
}

/** Lines of code that become a paragraph are divided by spaces then. */
const withSpaces = (words: string): string => words.replaceAll('\n', ' ')

const isNew = ({ id }: Item, { beforeState }: Transaction): boolean => id.clock >= (beforeState.get(id.client) ?? 0)

/** Null where the place is still there, and for words from the middle of a text: those are deleted and not moved. */
function stretchAround({ item: id, type, assoc }: RelativePosition, transaction: Transaction): Stretch | null {
  const holder = id ?? type
  const found: unknown = holder === null ? null : getItem(transaction.doc.store, holder)
  // What is no item any more was deleted before.
  if (!(found instanceof Item) || (id !== null && !wentAway(found, transaction))) return null
  // Without a character it is the start or the end of a text.
  const { content } = found
  const text =
    id !== null ? (found.parent as AbstractType<unknown>) : content instanceof ContentType ? content.type : null
  if (text === null || text._item === null) return null
  let words = ''
  let at = id === null && assoc < 0 ? 0 : null
  let isAtStart = true
  for (let item = text._start; item !== null; item = item.right) {
    // A place behind a line break at the end of a block is in none of its texts.
    if (item.content instanceof ContentType && wentAway(item, transaction)) return null
    if (isNew(item, transaction) || !(item.content instanceof ContentString)) continue
    if (wentAway(item, transaction)) {
      if (item === found && id !== null) at = words.length + id.clock - item.id.clock + (assoc < 0 ? 1 : 0)
      words += item.content.str
    } else if (!item.deleted) {
      if (at !== null && !isAtStart) return null
      if (at !== null) break
      isAtStart = false
      words = ''
    }
  }
  if (words === '' && !wentAway(text._item, transaction)) return null
  return { words, at: at ?? words.length, text: text._item }
}

/**
 * What nothing that was there before divides from words or from one of those that hold them: what is new there, and, where that is
 * gone, also what it may have been joined with.
 */
function besideOf(text: Item, transaction: Transaction): ReadonlySet<Item | null> {
  const beside = new Set<Item>()
  for (let item: Item | null = text; item !== null; item = (item.parent as XmlElement)._item)
    for (const side of ['right', 'left'] as const)
      for (let next = item[side]; next !== null; next = next[side]) {
        if (next.deleted) continue
        const isOld = !isNew(next, transaction)
        if (!isOld || item.deleted) beside.add(next)
        if (isOld) break
      }
  return beside
}

function moved(position: RelativePosition, { events, transaction, schema }: Change): RelativePosition {
  const stretch = stretchAround(position, transaction)
  if (stretch === null) return position
  const { at, text } = stretch
  const words = withSpaces(stretch.words)
  const beside = besideOf(text, transaction)
  const copies = newTexts(events, schema).filter(
    ({ top }) => beside.has(top) || beside.has((top.parent as XmlElement)._item),
  )
  // The shortest that has them: others may hold the same words, and more.
  copies.sort((a, b) => a.words.length - b.words.length)
  for (const [before, behind] of CONTEXTS)
    for (const { target, index, words: copy } of copies) {
      const start = Math.max(0, at - before)
      const context = words.slice(start, at + behind)
      const found = context.length < Math.min(words.length, LEAST) ? -1 : withSpaces(copy).indexOf(context)
      if (found < 0) continue
      const place = index + found + at - start
      return createRelativePositionFromTypeIndex(target as XmlText, place, position.assoc < 0 ? -1 : 0)
    }
  return position
}

/**
 * The selection to be put back after a change of somebody else: each end of it goes with the words it stood in where the change
 * has moved them, and else stays as it was. To be asked while the change is being observed. Only what it has changed is looked at.
 */
export function withMovedWords(selection: RelativeSelection, change: Change): RelativeSelection {
  const { local, deleteSet } = change.transaction
  if (local || deleteSet.clients.size === 0) return selection
  return { ...selection, anchor: moved(selection.anchor, change), head: moved(selection.head, change) }
}
