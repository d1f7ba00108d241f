import { CellSelection } from 'prosemirror-tables'
import { TextSelection } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { icon } from './controls.ts'
import { Popover } from './popover.ts'
import type { EditorWords } from '../words.ts'

export interface BubbleItem {
  readonly label: string
  readonly icon: readonly string[]
  /** Null for a button that is no switch. */
  readonly pressed: () => boolean | null
  readonly enabled: () => boolean
  readonly run: () => void
}

/** A row of buttons above the selected words. */
export class SelectionBubble {
  readonly #view: EditorView
  readonly #popover: Popover
  readonly #buttons: readonly { readonly item: BubbleItem; readonly dom: HTMLButtonElement }[]
  readonly #update = (): void => this.update()
  #pressing = false

  constructor(view: EditorView, items: readonly BubbleItem[], words: EditorWords) {
    this.#view = view
    this.#popover = new Popover(view, {
      className: 'sheaf-selection-bubble',
      role: 'toolbar',
      label: words.selectedWords,
    })
    this.#buttons = items.map((item) => ({ item, dom: this.#button(item) }))
    this.#popover.box.append(...this.#buttons.map(({ dom }) => dom))
    this.#popover.box.addEventListener('keydown', (event) => this.#walk(event))
    view.dom.addEventListener('mousedown', this.#onPress)
    view.dom.addEventListener('focus', this.#update)
    view.dom.addEventListener('blur', this.#onBlur)
    globalThis.document.addEventListener('mouseup', this.#onRelease)
  }

  update(): void {
    const { selection } = this.#view.state
    const words = selection instanceof TextSelection && !selection.empty && !selection.$from.parent.type.spec.code
    const meant = words || selection instanceof CellSelection
    if (!meant || !this.#view.editable || this.#pressing || !(this.#view.hasFocus() || this.#popover.hasFocus())) {
      this.#popover.box.hidden = true
      return
    }
    for (const { item, dom } of this.#buttons) {
      const pressed = item.pressed()
      if (pressed !== null) dom.setAttribute('aria-pressed', String(pressed))
      dom.disabled = !item.enabled()
    }
    if (!this.#popover.hasFocus()) this.#stopAt(this.#enabled[0])
    // Of cells the first range need not be the topmost one.
    const from = Math.min(...selection.ranges.map(({ $from }) => $from.pos))
    this.#popover.showAt(from, words ? selection.to : from, 'above')
  }

  destroy(): void {
    this.#view.dom.removeEventListener('mousedown', this.#onPress)
    this.#view.dom.removeEventListener('focus', this.#update)
    this.#view.dom.removeEventListener('blur', this.#onBlur)
    globalThis.document.removeEventListener('mouseup', this.#onRelease)
    this.#popover.destroy()
  }

  readonly #onBlur = (event: FocusEvent): void => {
    const to = event.relatedTarget
    if (!(to instanceof Node && this.#popover.box.contains(to))) this.#popover.box.hidden = true
  }

  readonly #onPress = (): void => {
    this.#pressing = true
    this.update()
  }

  // While the mouse still draws the selection, a box under it would be in the way.
  readonly #onRelease = (): void => {
    if (!this.#pressing) return
    this.#pressing = false
    this.update()
  }

  #button(item: BubbleItem): HTMLButtonElement {
    const dom = globalThis.document.createElement('button')
    dom.type = 'button'
    dom.className = 'sheaf-toolbar-button'
    dom.setAttribute('aria-label', item.label)
    dom.title = item.label
    dom.tabIndex = -1
    dom.append(icon(item.icon))
    dom.addEventListener('mousedown', (event) => event.preventDefault())
    dom.addEventListener('click', () => {
      item.run()
      this.update()
    })
    return dom
  }

  #walk(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const enabled = this.#enabled
    const at = enabled.findIndex((dom) => dom === globalThis.document.activeElement)
    const next = enabled[(at + step + enabled.length) % enabled.length]
    this.#stopAt(next)
    next?.focus()
    event.preventDefault()
  }

  get #enabled(): readonly HTMLButtonElement[] {
    return this.#buttons.filter(({ dom }) => !dom.disabled).map(({ dom }) => dom)
  }

  /** Tab stops at one of the buttons; the arrows go through them. */
  #stopAt(stop: HTMLButtonElement | undefined): void {
    for (const { dom } of this.#buttons) dom.tabIndex = dom === stop ? 0 : -1
  }
}
