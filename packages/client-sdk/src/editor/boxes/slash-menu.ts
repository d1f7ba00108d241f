import type { EditorView } from 'prosemirror-view'
import { icon } from './controls.ts'
import { Popover } from './popover.ts'
import { slashBefore, slashKey } from './slash-plugin.ts'
import type { EditorWords } from '../words.ts'

/** One thing that the menu after `/` offers. */
export interface SlashItem {
  readonly id: string
  readonly label: string
  /** Other words that it is found by. */
  readonly keywords: string
  /** Paths of a 24 by 24 icon, drawn with strokes. */
  readonly icon: readonly string[]
  readonly enabled: () => boolean
  readonly run: () => void
}

const matches = ({ label, keywords }: SlashItem, query: string): boolean => {
  const words = `${label} ${keywords}`.toLowerCase()
  return query
    .split(' ')
    .filter(Boolean)
    .every((part) => words.includes(part))
}

let menus = 0

/** The menu after a slash. */
export class SlashMenu {
  readonly #view: EditorView
  readonly #popover: Popover
  readonly #items: readonly SlashItem[]
  readonly #id = `sheaf-slash-${++menus}`
  #shown: readonly SlashItem[] = []
  #query: string | null = null
  #active = 0

  constructor(view: EditorView, items: readonly SlashItem[], words: EditorWords) {
    this.#view = view
    this.#items = items
    this.#popover = new Popover(view, { className: 'sheaf-slash-menu', role: 'listbox', label: words.insert })
    this.#popover.box.id = this.#id
    // A list that scrolls can be reached, whatever the keys in the text do.
    this.#popover.box.tabIndex = 0
    // Without this a press on the list would take the focus out of the text.
    this.#popover.box.addEventListener('mousedown', (event) => event.preventDefault())
  }

  update(): void {
    const slash = slashKey.getState(this.#view.state)?.open === true ? slashBefore(this.#view.state) : null
    if (slash === null || !this.#view.editable || !this.#view.hasFocus()) {
      this.hide()
      return
    }
    if (slash.query !== this.#query) {
      this.#query = slash.query
      this.#active = 0
      this.#shown = this.#items.filter((item) => matches(item, slash.query) && item.enabled())
      this.#draw()
    }
    if (this.#shown.length === 0) this.hide()
    else this.#popover.showAt(slash.from, slash.from, 'below')
  }

  onKey(event: KeyboardEvent): boolean {
    if (!this.#popover.isOpen || this.#view.composing) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      this.#active = (this.#active + step + this.#shown.length) % this.#shown.length
      this.#draw()
      return true
    }
    if (event.key === 'Escape') {
      this.#view.dispatch(this.#view.state.tr.setMeta(slashKey, { open: false }))
      return true
    }
    if (event.key !== 'Enter' && event.key !== 'Tab') return false
    this.#choose(this.#shown[this.#active])
    return true
  }

  destroy(): void {
    this.hide()
    this.#popover.destroy()
  }

  hide(): void {
    if (!this.#popover.isOpen) return
    this.#query = null
    this.#popover.box.hidden = true
    this.#view.dom.removeAttribute('aria-activedescendant')
    this.#view.dom.removeAttribute('aria-controls')
    this.#view.dom.removeAttribute('aria-autocomplete')
  }

  #choose(item: SlashItem | undefined): void {
    const slash = slashBefore(this.#view.state)
    if (item === undefined || slash === null) return
    const { state } = this.#view
    this.#view.dispatch(state.tr.delete(slash.from, state.selection.from).setMeta(slashKey, { open: false }))
    item.run()
    this.#view.focus()
  }

  #draw(): void {
    const options = this.#shown.map((item, index) => {
      const option = globalThis.document.createElement('div')
      option.id = `${this.#id}-${item.id}`
      option.className = 'sheaf-slash-item'
      option.setAttribute('role', 'option')
      option.setAttribute('aria-selected', String(index === this.#active))
      option.append(icon(item.icon), item.label)
      option.addEventListener('click', () => this.#choose(item))
      return option
    })
    this.#popover.box.replaceChildren(...options)
    options[this.#active]?.scrollIntoView?.({ block: 'nearest' })
    this.#view.dom.setAttribute('aria-controls', this.#id)
    this.#view.dom.setAttribute('aria-autocomplete', 'list')
    this.#view.dom.setAttribute('aria-activedescendant', options[this.#active]?.id ?? '')
  }
}
