import type { EditorView } from 'prosemirror-view'

export interface PopoverOptions {
  readonly className: string
  /** Role of the box. Default `group`. */
  readonly role?: string
  /** What a screen reader calls the box. */
  readonly label: string
}

const GAP = 6

/** A box beside the text, in the frame of the editor: it scrolls with the text and ends with the view. */
export class Popover {
  readonly box = globalThis.document.createElement('div')
  readonly #view: EditorView
  #entering = false

  constructor(view: EditorView, { className, role = 'group', label }: PopoverOptions) {
    this.#view = view
    this.box.className = `sheaf-popover ${className}`
    this.box.setAttribute('role', role)
    this.box.setAttribute('aria-label', label)
    this.box.hidden = true
    view.dom.parentElement?.append(this.box)
    view.dom.parentElement?.addEventListener('focusout', this.#onFocusOut, true)
    view.dom.parentElement?.addEventListener('blur', this.#onFocusOut, true)
    this.box.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) view.focus()
    })
  }

  /**
   * While the focus goes from the text to the box it is in neither. A box that would go away then, because the text has lost the
   * focus, would take the focus with it.
   */
  readonly #onFocusOut = (event: FocusEvent): void => {
    this.#entering = event.relatedTarget instanceof Node && this.box.contains(event.relatedTarget)
  }

  get isOpen(): boolean {
    return !this.box.hidden
  }

  hasFocus(): boolean {
    return this.#entering || this.box.contains(this.box.ownerDocument.activeElement)
  }

  /** Shows the box below a range of the text, or above it, where there is room for it. */
  showAt(from: number, to: number, side: 'above' | 'below'): void {
    this.box.hidden = false
    const parent = this.box.offsetParent
    // None where nothing is laid out: in a hidden page, or without a browser.
    if (!(parent instanceof Element)) return
    const [start, end] = [this.#view.coordsAtPos(from), this.#view.coordsAtPos(to)]
    const frame = parent.getBoundingClientRect()
    const oneLine = Math.abs(start.top - end.top) < 4
    const middle = oneLine && from !== to ? (start.left + end.left - this.box.offsetWidth) / 2 : start.left
    const roomLeft = Math.max(0, frame.width - this.box.offsetWidth)
    this.box.style.left = `${Math.min(Math.max(0, middle - frame.left), roomLeft)}px`
    const above = start.top - this.box.offsetHeight - GAP
    const tooLow = end.bottom + GAP + this.box.offsetHeight > globalThis.innerHeight
    const top = above > 0 && (side === 'above' || tooLow) ? above : end.bottom + GAP
    this.box.style.top = `${top - frame.top + parent.scrollTop}px`
  }

  /** Hides the box, and gives the focus back to the text if it was in the box. */
  hide(): void {
    const hadFocus = this.hasFocus()
    this.box.hidden = true
    if (hadFocus) this.#view.focus()
  }

  destroy(): void {
    this.box.parentElement?.removeEventListener('focusout', this.#onFocusOut, true)
    this.box.parentElement?.removeEventListener('blur', this.#onFocusOut, true)
    this.box.remove()
  }
}
