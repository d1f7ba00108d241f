import type { Command } from 'prosemirror-state'
import {
  SearchQuery,
  findNext,
  findPrev,
  getMatchHighlights,
  replaceAll,
  replaceNext,
  setSearchState,
} from 'prosemirror-search'
import type { EditorView } from 'prosemirror-view'
import { button, field } from './controls.ts'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

const NO_QUERY = new SearchQuery({ search: '' })

/** The panel for finding and replacing, above the text. */
export class FindPanel {
  readonly #view: EditorView
  readonly #panel = globalThis.document.createElement('form')
  readonly #words: EditorWords
  readonly #find: HTMLInputElement
  readonly #replace: HTMLInputElement
  readonly #case = button('Aa', () => this.#toggleCase())
  readonly #count = globalThis.document.createElement('span')
  readonly #replacing = globalThis.document.createElement('div')

  constructor(view: EditorView, words: EditorWords) {
    this.#view = view
    this.#words = words
    this.#find = field(words.find, words.find)
    this.#replace = field(words.replaceWith, words.replaceWith)
    this.#panel.className = 'sheaf-find'
    this.#panel.setAttribute('role', 'search')
    this.#panel.setAttribute('aria-label', words.findAndReplace)
    this.#panel.hidden = true
    this.#count.className = 'sheaf-find-count'
    this.#count.setAttribute('aria-live', 'polite')
    this.#case.setAttribute('aria-label', words.matchCase)
    this.#case.setAttribute('aria-pressed', 'false')
    const [previous, next] = [button('↑', () => this.#run(findPrev)), button('↓', () => this.#run(findNext))]
    previous.setAttribute('aria-label', words.previousMatch)
    next.setAttribute('aria-label', words.nextMatch)
    const one = button(words.replace, () => this.#run(replaceNext))
    const all = button(words.replaceAll, () => this.#run(replaceAll))
    const close = button('✕', () => this.close())
    close.setAttribute('aria-label', words.close)
    const finding = globalThis.document.createElement('div')
    finding.append(this.#find, this.#count, this.#case, previous, next, close)
    this.#replacing.append(this.#replace, one, all)
    this.#panel.append(finding, this.#replacing)
    this.#panel.addEventListener('submit', (event) => event.preventDefault())
    this.#panel.addEventListener('input', () => this.#search())
    this.#panel.addEventListener('keydown', (event) => this.#onKey(event))
    view.dom.before(this.#panel)
  }

  open(): void {
    const { doc, selection } = this.#view.state
    const selected = selection.empty ? '' : doc.textBetween(selection.from, selection.to, '\n')
    if (selected !== '' && !selected.includes('\n') && selected.length <= 200) this.#find.value = selected
    this.#panel.hidden = false
    this.#search()
    this.#find.focus()
    this.#find.select()
  }

  close(): void {
    this.#panel.hidden = true
    this.#view.dispatch(setSearchState(this.#view.state.tr, NO_QUERY))
    this.#view.focus()
  }

  update(): void {
    if (this.#panel.hidden) return
    this.#replacing.hidden = !this.#view.editable
    const matches = getMatchHighlights(this.#view.state).find()
    const { from, to } = this.#view.state.selection
    const current = matches.findIndex((match) => match.from === from && match.to === to)
    const none = this.#find.value === '' ? '' : this.#words.noMatch
    const count = matches.length
    const { matches: some, matchOf } = this.#words
    const place = current < 0 ? filled(some, { count }) : filled(matchOf, { index: current + 1, count })
    const said = matches.length === 0 ? none : place
    // A region that is written again is read out again.
    if (this.#count.textContent !== said) this.#count.textContent = said
  }

  destroy(): void {
    this.#panel.remove()
  }

  #search(): void {
    const query = new SearchQuery({
      search: this.#find.value,
      replace: this.#replace.value,
      caseSensitive: this.#case.getAttribute('aria-pressed') === 'true',
      literal: true,
    })
    this.#view.dispatch(setSearchState(this.#view.state.tr, query))
  }

  #toggleCase(): void {
    this.#case.setAttribute('aria-pressed', String(this.#case.getAttribute('aria-pressed') !== 'true'))
    this.#search()
  }

  #run(command: Command): void {
    command(this.#view.state, this.#view.dispatch, this.#view)
    this.#view.dispatch(this.#view.state.tr.scrollIntoView())
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return
    if (event.key === 'Escape') this.close()
    else if (event.key === 'Enter' && event.target === this.#find) this.#run(event.shiftKey ? findPrev : findNext)
    else if (event.key === 'Enter' && event.target === this.#replace) this.#run(replaceNext)
    else return
    event.preventDefault()
  }
}
