import type { EditorState } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import type { Awareness } from 'y-protocols/awareness'
import { peopleOf } from '../../people.ts'
import type { People, Person } from '../../people.ts'
import { drawnCarets } from './presence-carets.ts'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

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

const some = (names: readonly string[], one: string, many: EditorWords['peopleJoined']): string[] =>
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

/** Gathers what others do, and says it now and then. */
export class NewsTeller {
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
