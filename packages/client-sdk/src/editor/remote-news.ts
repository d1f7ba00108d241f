import type { Node } from 'prosemirror-model'
import { Plugin } from 'prosemirror-state'
import type { EditorState, Transaction } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { ySyncPluginKey } from 'y-prosemirror'
import type { Awareness } from 'y-protocols/awareness'
import { peopleOf } from '../people.ts'
import type { People, Person } from '../people.ts'
import { drawnCarets } from './presence-carets.ts'
import { filled } from './words.ts'
import type { EditorWords } from './words.ts'

/** News gather for as long before they are said, in milliseconds: who comes and writes is one sentence, not two. */
const GATHER_MS = 1_000
/** No sooner than this after the last news, in milliseconds: whoever listens wants to write as well. */
const EVERY_MS = 5_000
/** More names or places than this are a number. */
const MAX_NAMED = 2
/** More changed blocks than this are not kept: the sentence would only count the people anyway. */
const MAX_PLACES = 50
const MAX_NAME_LENGTH = 40

export interface Edit {
  readonly name: string
  /** Which of the outermost blocks of the document, from 1. */
  readonly paragraph: number
}

export interface News {
  readonly joined: readonly string[]
  readonly left: readonly string[]
  readonly edits: readonly Edit[]
}

const some = (names: readonly string[], one: string, many: string): string[] =>
  names.length > MAX_NAMED
    ? [filled(many, { count: names.length })]
    : names.map((name) => filled(one, { name: name.slice(0, MAX_NAME_LENGTH) }))

/** News as one line of words, however many there are; empty where there are none. */
export function newsLine({ joined, left, edits }: News, words: EditorWords): string {
  // Of each person the last place only.
  const latest = [...new Map(edits.map((edit) => [edit.name, edit])).values()]
  const edited =
    latest.length > MAX_NAMED
      ? [filled(words.peopleEdit, { count: latest.length })]
      : latest.map(({ name, paragraph }) =>
          filled(words.editsParagraph, { name: name.slice(0, MAX_NAME_LENGTH), number: paragraph }),
        )
  return [
    ...some(joined, words.joined, words.peopleJoined),
    ...some(left, words.left, words.peopleLeft),
    ...edited,
  ].join('. ')
}

const isRemote = (tr: Transaction): boolean => {
  const meta = tr.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean; isUndoRedoOperation?: boolean } | undefined
  return tr.docChanged && meta?.isChangeOrigin === true && meta.isUndoRedoOperation !== true
}

/** Which of the outermost blocks is the first that differs, from 0; null where none does. */
function changedBlock(before: Node, now: Node): number | null {
  const start = before.content.findDiffStart(now.content)
  return start === null ? null : now.resolve(Math.min(start, now.content.size)).index(0)
}

/** The last change of somebody else: another object for each. */
interface Change {
  readonly block: number | null
}

/** Gathers what others do, and says it now and then. */
class NewsTeller {
  readonly #view: EditorView
  readonly #people: People
  readonly #say: (line: string) => void
  readonly #words: EditorWords
  readonly #unsubscribe: () => void
  readonly #changed = new Set<number>()
  #known: readonly Person[]
  #timer: ReturnType<typeof setTimeout> | null = null
  #lastSaid = Number.NEGATIVE_INFINITY

  constructor(view: EditorView, awareness: Awareness, words: EditorWords, say: (line: string) => void) {
    this.#view = view
    this.#people = peopleOf({ awareness })
    this.#known = this.#people.getSnapshot()
    this.#words = words
    this.#say = say
    const onPresence = (): void => this.#gather()
    awareness.on('change', onPresence)
    this.#unsubscribe = () => awareness.off('change', onPresence)
  }

  changed(block: number): void {
    if (this.#changed.size < MAX_PLACES) this.#changed.add(block)
    this.#gather()
  }

  destroy(): void {
    this.#unsubscribe()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #gather(): void {
    // Not the wall clock, which may be set back.
    const wait = Math.max(GATHER_MS, this.#lastSaid + EVERY_MS - performance.now())
    this.#timer ??= setTimeout(() => this.#tell(), wait)
  }

  #tell(): void {
    this.#timer = null
    const now = this.#people.getSnapshot()
    const [before, after] = [this.#known, now].map((people) => new Set(people.map(({ id }) => id)))
    const joined = now.filter(({ id }) => before?.has(id) === false).map(({ name }) => name)
    const left = this.#known.filter(({ id }) => after?.has(id) === false).map(({ name }) => name)
    const line = newsLine({ joined, left, edits: this.#edits(this.#view.state) }, this.#words)
    this.#known = now
    this.#changed.clear()
    if (line === '') return
    this.#lastSaid = performance.now()
    this.#say(line)
  }

  /** A change does not say whose it is: it is theirs whose caret stands where it was made. */
  #edits(state: EditorState): Edit[] {
    const carets = drawnCarets(state)
    return [...this.#changed].flatMap((block): Edit[] => {
      const there = carets.filter(({ head }) => state.doc.resolve(head).index(0) === block).map(({ name }) => name)
      return (there.length === 0 ? [this.#words.somebody] : there).map((name) => ({ name, paragraph: block + 1 }))
    })
  }
}

export interface RemoteNewsPlugin {
  readonly plugin: Plugin
  /** Begins or stops to tell. What happened while it was off is not told later. */
  readonly set: (on: boolean) => void
}

/** Tells, to whoever asked for it, who comes and goes and where others write. Costs nothing while it is off. */
export function remoteNewsPlugin(
  awareness: Awareness,
  words: EditorWords,
  say: (line: string) => void,
): RemoteNewsPlugin {
  let view: EditorView | null = null
  let teller: NewsTeller | null = null
  let wanted = false
  const set = (on: boolean): void => {
    wanted = on
    if (!on) teller?.destroy()
    if (!on) teller = null
    else if (view !== null) teller ??= new NewsTeller(view, awareness, words, say)
  }
  const plugin = new Plugin<Change>({
    state: {
      init: () => ({ block: null }),
      apply: (tr, last, before) =>
        teller !== null && isRemote(tr) ? { block: changedBlock(before.doc, tr.doc) } : last,
    },
    view: (made) => {
      view = made
      set(wanted)
      return {
        update: ({ state }, previous) => {
          const change = plugin.getState(state)
          if (change !== plugin.getState(previous) && typeof change?.block === 'number') teller?.changed(change.block)
        },
        destroy: () => {
          teller?.destroy()
          teller = null
          view = null
        },
      }
    },
  })
  return { plugin, set }
}
