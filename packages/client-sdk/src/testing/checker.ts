import * as Y from 'yjs'
import type { SheafDocument } from '../document.ts'
import { systemRuntime } from '../runtime.ts'
import { BrokenPromiseError } from './broken-promise.ts'
import type { BrokenPromise } from './broken-promise.ts'
import { contentOf } from './change.ts'
import type { Change } from './change.ts'
import { ClockRanges } from './clock-ranges.ts'
import { watchEdits } from './watched-edits.ts'
import type { Showing, WatchedEdit } from './watched-edits.ts'

const MARK = /\[[^\s[\]]+\.\d+\]/g
const SHOWN_CHARACTERS = 40

/** What somebody who opens the document afterwards has: the open document, its Y.Doc, a V2 update, or only its text. */
export type Found = SheafDocument | Y.Doc | Uint8Array | string

/** What the checker takes as given. */
export interface CheckerOptions {
  /** Everybody who writes is watched, so what nobody of them did is a fault. Default false: others may write too. */
  readonly isEverybodyWatched?: boolean
  /** What else `verify` says when it throws, such as the seed of the test. */
  readonly circumstances?: () => string
  /** Milliseconds; the real time unless told. */
  readonly now?: () => number
  /** Told of what happens, in words. */
  readonly note?: (what: string) => void
}

/** Remembers what was promised to people, and finds out afterwards whether it was kept. Works with any server. */
export interface Checker {
  /** From now on notes what is edited in this document, what of it is acknowledged, and what it shows. Returns the end. */
  watch(document: SheafDocument, writer: string): () => void
  /** A text that is there only once, `[Ada.3]`, to be written into a document: with marks the text alone can be verified. */
  mark(writer: string): string
  /** What was edited in the documents that are watched, in the order in which it was. */
  readonly edits: readonly WatchedEdit[]
  /** Edits that were made, and those of which the writer was told that they are saved. */
  readonly counts: { readonly made: number; readonly acknowledged: number }
  /** Takes a change of somebody who is not watched for one that is allowed. */
  allow(documentId: string, change: Change): void
  /**
   * Every promise that `found` breaks. In a text only what carries a mark can be looked for.
   * @param documentId which document it is; may be left out where only one is watched, or it is an open document
   */
  judge(found: Found, documentId?: string): readonly BrokenPromise[]
  /** The same. @throws {BrokenPromiseError} where there is one */
  verify(found: Found, documentId?: string): void
}

const marksIn = (text: string): readonly string[] => text.match(MARK) ?? []

/** An edit as a line of a report speaks of it. */
export function describeEdit({ writer, number, text, deleted }: WatchedEdit): string {
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  const did = [
    ...(text === '' ? [] : [JSON.stringify(shown)]),
    ...(deleted.size === 0 ? [] : [`a deletion of ${deleted.size}`]),
  ]
  return `${writer}'s edit ${number} (${did.join(', ') || 'a change of structure'})`
}

function docOf(found: Exclude<Found, string>): Y.Doc {
  if (found instanceof Y.Doc) return found
  if (!(found instanceof Uint8Array)) return found.ydoc
  const doc = new Y.Doc()
  // As a local transaction, so that Yjs tidies nothing away.
  Y.transact(doc, () => Y.applyUpdateV2(doc, found), null, true)
  return doc
}

const isOpenDocument = (found: Found): found is SheafDocument =>
  typeof found === 'object' && 'ydoc' in found && 'getSnapshot' in found

/** Watches documents and judges afterwards. */
export function createChecker(options: CheckerOptions = {}): Checker {
  const edits: WatchedEdit[] = []
  const showings: Showing[] = []
  const allowed = new Map<string, Change[]>()
  const marks = new Map<string, number>()
  const watched = new Set<string>()
  const now = options.now ?? systemRuntime().clock.now
  const note = options.note ?? (() => undefined)

  const documentOf = (found: Found, documentId: string | undefined): string => {
    if (documentId !== undefined) return documentId
    if (isOpenDocument(found)) return found.id
    const [only] = watched
    if (only === undefined || watched.size > 1)
      throw new TypeError(`say which document it is: ${watched.size} are watched`)
    return only
  }

  const judgeText = (text: string, documentId: string): readonly BrokenPromise[] => {
    const own = edits.filter((edit) => edit.documentId === documentId)
    const deleted = new ClockRanges()
    for (const edit of own) deleted.addAll(edit.deleted)
    const count = new Map<string, number>()
    for (const mark of marksIn(text)) count.set(mark, (count.get(mark) ?? 0) + 1)
    const broken: BrokenPromise[] = []
    for (const edit of own) {
      const isErased = edit.inserted.within(deleted).size > 0
      for (const mark of marksIn(edit.text))
        if (edit.isAcknowledged && !isErased && !count.has(mark))
          broken.push({ kind: 'acknowledged and lost', what: `${describeEdit(edit)} is not in the text` })
    }
    for (const [mark, times] of count)
      if (times > 1) broken.push({ kind: 'doubled', what: `${mark} is ${times} times in the text` })
    const written = new Set(own.flatMap((edit) => marksIn(edit.text)))
    if (options.isEverybodyWatched === true)
      for (const mark of count.keys())
        if (!written.has(mark)) broken.push({ kind: 'done by nobody', what: `${mark} is in the text` })
    return broken
  }

  const judgeDoc = (doc: Y.Doc, documentId: string): readonly BrokenPromise[] => {
    const own = edits.filter((edit) => edit.documentId === documentId)
    const there = contentOf(doc)
    const written = new ClockRanges()
    const deleted = new ClockRanges()
    for (const change of [...own, ...(allowed.get(documentId) ?? [])]) {
      written.addAll(change.inserted)
      deleted.addAll(change.deleted)
    }
    const broken: BrokenPromise[] = []
    const miss = (kind: BrokenPromise['kind'], change: Change, whose: string): void => {
      const missing = change.inserted.without(there.inserted).size
      const back = change.deleted.within(there.shown).size
      const vanished =
        options.isEverybodyWatched === true ? change.inserted.within(there.removed).without(deleted).size : 0
      if (missing > 0)
        broken.push({ kind, what: `${whose}; ${missing} of its ${change.inserted.size} parts are missing` })
      if (back > 0) broken.push({ kind, what: `${whose}; ${back} of what it deleted are there again` })
      if (vanished > 0) broken.push({ kind, what: `${whose}; ${vanished} of its parts are deleted, by nobody` })
    }
    for (const edit of own) if (edit.isAcknowledged) miss('acknowledged and lost', edit, describeEdit(edit))
    for (const showing of showings)
      if (showing.documentId === documentId)
        miss('seen and lost', showing, `${JSON.stringify(showing.text.slice(0, SHOWN_CHARACTERS))}: ${showing.how}`)
    const foreign = there.inserted.without(written)
    if (options.isEverybodyWatched === true && foreign.size > 0)
      broken.push({ kind: 'done by nobody', what: `${foreign.size} parts are there that nobody wrote` })
    return [...broken, ...judgeText(there.text, documentId).filter(({ kind }) => kind === 'doubled')]
  }

  const judge: Checker['judge'] = (found, id) => {
    const documentId = documentOf(found, id)
    return typeof found === 'string' ? judgeText(found, documentId) : judgeDoc(docOf(found), documentId)
  }

  return {
    watch: (document, writer) => {
      watched.add(document.id)
      const before = edits.filter((edit) => edit.writer === writer && edit.documentId === document.id).length
      return watchEdits(document, writer, before + 1, {
        now,
        edited: (edit) => {
          edits.push(edit)
          note(`${describeEdit(edit)} in ${document.id}`)
        },
        acknowledged: (some) => {
          const numbers = some.map(({ number }) => number).join(', ')
          note(`${writer} is told as saved, of ${document.id}: ${some.length === 1 ? 'edit' : 'edits'} ${numbers}`)
        },
        shown: (showing) => showings.push(showing),
      })
    },
    mark: (writer) => {
      const number = (marks.get(writer) ?? 0) + 1
      marks.set(writer, number)
      return `[${writer}.${number}]`
    },
    edits,
    get counts() {
      return { made: edits.length, acknowledged: edits.filter(({ isAcknowledged }) => isAcknowledged).length }
    },
    allow: (documentId, change) => {
      allowed.set(documentId, [...(allowed.get(documentId) ?? []), change])
    },
    judge,
    verify: (found, documentId) => {
      const broken = judge(found, documentId)
      if (broken.length > 0) throw new BrokenPromiseError(broken, options.circumstances?.() ?? '')
    },
  }
}
