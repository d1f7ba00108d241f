import { NodeSelection } from 'prosemirror-state'
import type { Command } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { blockAt, deleteBlock, duplicateBlock, isThere, moveBlock } from '../commands/block-moves.ts'
import type { Block } from '../commands/block-moves.ts'
import { onMac } from './help-sheet.ts'
import { icon } from './controls.ts'
import { shortcutLabel } from '../typing/shortcuts.ts'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

const MENU_KEYS = 'Alt+Shift+Enter'
const DOTS = ['M9 6h.01', 'M15 6h.01', 'M9 12h.01', 'M15 12h.01', 'M9 18h.01', 'M15 18h.01']

/**
 * A handle before the block that the pointer is at: drags the block, and opens a menu with what can be done by keys as well
 * (`Alt+Shift+↑` and so on). It is no stop for Tab: whoever works with keys opens the menu of the block at the cursor with a key.
 */
export class BlockHandle {
  readonly #view: EditorView
  readonly #handle = globalThis.document.createElement('button')
  readonly #menu = globalThis.document.createElement('div')
  #block: Block | null = null

  constructor(view: EditorView, words: EditorWords) {
    this.#view = view
    this.#handle.type = 'button'
    this.#handle.className = 'sheaf-block-handle'
    this.#handle.tabIndex = -1
    this.#handle.draggable = true
    this.#handle.hidden = true
    this.#handle.setAttribute('aria-label', words.moveBlock)
    this.#handle.setAttribute('aria-haspopup', 'menu')
    this.#handle.setAttribute('aria-expanded', 'false')
    this.#handle.title = filled(words.moveBlockHint, { keys: shortcutLabel(MENU_KEYS, onMac()) })
    this.#handle.append(icon(DOTS))
    this.#handle.addEventListener('dragstart', (event) => this.#onDragStart(event))
    this.#handle.addEventListener('click', () => this.#toggleMenu())
    this.#buildMenu(words)
    view.dom.parentElement?.append(this.#handle, this.#menu)
    const root = view.dom.parentElement
    root?.addEventListener('mousemove', this.#onMove)
    root?.addEventListener('mouseleave', this.#onLeave)
  }

  update(view: EditorView, previous: { readonly doc: unknown }): void {
    if (view.state.doc === previous.doc || this.#handle.hidden) return
    // What others write elsewhere in front of the block makes it another place: the handle comes back with the pointer.
    if (this.#block === null || !isThere(this.#block, view.state.doc)) this.#hide()
  }

  destroy(): void {
    const root = this.#view.dom.parentElement
    root?.removeEventListener('mousemove', this.#onMove)
    root?.removeEventListener('mouseleave', this.#onLeave)
    this.#handle.remove()
    this.#menu.remove()
  }

  #buildMenu(words: EditorWords): void {
    this.#menu.className = 'sheaf-popover sheaf-block-menu'
    this.#menu.setAttribute('role', 'menu')
    this.#menu.setAttribute('aria-label', words.block)
    this.#menu.hidden = true
    for (const [label, make] of [
      [words.moveUp, (block: Block) => moveBlock(-1, block)],
      [words.moveDown, (block: Block) => moveBlock(1, block)],
      [words.duplicate, duplicateBlock],
      [words.delete, deleteBlock],
    ] as const) {
      const item = globalThis.document.createElement('button')
      item.type = 'button'
      item.setAttribute('role', 'menuitem')
      item.textContent = label
      item.tabIndex = -1
      item.addEventListener('click', () => this.#run(make))
      this.#menu.append(item)
    }
    this.#menu.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#leave()
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      const items = [...this.#menu.querySelectorAll('button')]
      const at = items.findIndex((item) => item === globalThis.document.activeElement)
      const ends = { Home: 0, End: items.length - 1 }[event.key]
      const next = ends ?? (step === undefined ? undefined : (at + step + items.length) % items.length)
      if (next === undefined) return
      items[next]?.focus()
      event.preventDefault()
    })
    this.#menu.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node && this.#menu.contains(event.relatedTarget))) this.#hide()
    })
  }

  readonly #onMove = (event: MouseEvent): void => {
    if (!this.#view.editable || !this.#menu.hidden || event.buttons !== 0) return
    if (event.target instanceof Node && this.#handle.contains(event.target)) return
    const frame = this.#view.dom.getBoundingClientRect()
    // Seen from the margin, the block is the one at the same height.
    const left = Math.min(Math.max(event.clientX, frame.left + 8), frame.right - 8)
    const place = this.#view.posAtCoords({ left, top: event.clientY })
    const block = place === null ? null : blockAt(this.#view.state.doc.resolve(place.pos))
    if (block !== null) this.#showAt(block)
  }

  readonly #onLeave = (): void => {
    if (this.#menu.hidden) this.#hide()
  }

  /** The menu of the block that the cursor is in. False where there is none. */
  openAtCursor(): boolean {
    const block = this.#view.editable ? blockAt(this.#view.state.selection.$from) : null
    if (block === null) return false
    this.#showAt(block)
    if (this.#menu.hidden) this.#toggleMenu()
    return true
  }

  #showAt(block: Block): void {
    const dom = this.#view.nodeDOM(block.position)
    const parent = this.#view.dom.parentElement
    if (!(dom instanceof HTMLElement) || parent === null) return
    this.#block = block
    const [place, frame] = [dom.getBoundingClientRect(), parent.getBoundingClientRect()]
    const rtl = getComputedStyle(dom).direction === 'rtl'
    const inList = dom.localName === 'li'
    this.#handle.hidden = false
    const side = rtl ? place.right - frame.left + (inList ? 24 : 4) : place.left - frame.left - (inList ? 48 : 28)
    this.#handle.style.left = `${side}px`
    const line = Number.parseFloat(getComputedStyle(dom).lineHeight) || 24
    this.#handle.style.top = `${place.top - frame.top + Math.max(0, (Math.min(line, place.height) - 24) / 2)}px`
  }

  #onDragStart(event: DragEvent): void {
    const block = this.#block
    const { state } = this.#view
    if (block === null || event.dataTransfer === null || !isThere(block, state.doc)) return
    if (!NodeSelection.isSelectable(block.node)) return
    const selection = NodeSelection.create(state.doc, block.position)
    this.#view.dispatch(state.tr.setSelection(selection))
    const slice = selection.content()
    const { dom, text } = this.#view.serializeForClipboard(slice)
    event.dataTransfer.clearData()
    event.dataTransfer.setData('text/html', dom.innerHTML)
    event.dataTransfer.setData('text/plain', text)
    event.dataTransfer.effectAllowed = 'copyMove'
    const shown = this.#view.nodeDOM(block.position)
    if (shown instanceof Element) event.dataTransfer.setDragImage(shown, 0, 0)
    this.#view.dragging = { slice, move: true, node: selection } as unknown as EditorView['dragging']
  }

  #toggleMenu(): void {
    if (!this.#menu.hidden) {
      this.#leave()
      return
    }
    this.#menu.hidden = false
    this.#handle.setAttribute('aria-expanded', 'true')
    this.#menu.style.left = this.#handle.style.left
    this.#menu.style.top = `calc(${this.#handle.style.top} + 28px)`
    this.#menu.querySelector('button')?.focus()
  }

  #run(make: (block: Block) => Command): void {
    const block = this.#block
    this.#leave()
    // Others may have written since the menu was opened; then it is not the same block any more.
    if (block === null || !isThere(block, this.#view.state.doc)) return
    make(block)(this.#view.state, this.#view.dispatch, this.#view)
  }

  #leave(): void {
    this.#hide()
    this.#view.focus()
  }

  #hide(): void {
    this.#handle.hidden = true
    this.#menu.hidden = true
    this.#handle.setAttribute('aria-expanded', 'false')
  }
}
