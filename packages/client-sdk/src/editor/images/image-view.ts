import { NodeSelection, Plugin } from 'prosemirror-state'
import type { Node } from 'prosemirror-model'
import type { EditorView, NodeView } from 'prosemirror-view'
import { LazyPart } from '../loading/lazy-part.ts'
import { safeImageUrl } from '../content/safe-url.ts'
import { imageWidth } from '../content/schema.ts'
import { filled } from '../words.ts'
import type { EditorWords } from '../words.ts'

/** How far an arrow key moves the edge of an image, in CSS pixels. */
const KEY_STEP = 10
const SMALLEST = 24
const LARGEST = 4000

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** An image with a handle at its edge while it is selected. */
class ImageView implements NodeView {
  readonly dom = globalThis.document.createElement('span')
  readonly #image = globalThis.document.createElement('img')
  readonly #handle = globalThis.document.createElement('span')
  readonly #view: EditorView
  readonly #position: () => number | undefined
  readonly #words: EditorWords
  #node: Node

  constructor(node: Node, view: EditorView, position: () => number | undefined, words: EditorWords) {
    this.#words = words
    this.#node = node
    this.#view = view
    this.#position = position
    this.dom.className = 'sheaf-image'
    this.#image.loading = 'lazy'
    this.#image.referrerPolicy = 'no-referrer'
    this.#handle.className = 'sheaf-image-handle'
    this.#handle.setAttribute('role', 'slider')
    this.#handle.setAttribute('aria-label', words.imageWidth)
    this.#handle.setAttribute('aria-valuemin', String(SMALLEST))
    this.#handle.setAttribute('aria-valuemax', String(LARGEST))
    this.#handle.contentEditable = 'false'
    this.#handle.addEventListener('pointerdown', (event) => this.#drag(event))
    this.#handle.addEventListener('keydown', (event) => this.#onKey(event))
    this.dom.append(this.#image)
    this.#show(node)
  }

  update(node: Node): boolean {
    if (node.type !== this.#node.type) return false
    this.#show(node)
    return true
  }

  selectNode(): void {
    this.dom.classList.add('ProseMirror-selectednode')
    if (!this.#view.editable) return
    this.#handle.tabIndex = 0
    this.#tellWidth(this.#width())
    this.dom.append(this.#handle)
  }

  deselectNode(): void {
    this.dom.classList.remove('ProseMirror-selectednode')
    this.#handle.remove()
  }

  stopEvent(event: Event): boolean {
    return event.target === this.#handle
  }

  ignoreMutation(): boolean {
    return true
  }

  #show(node: Node): void {
    const { src, alt, title, width } = node.attrs
    this.#node = node
    const url = safeImageUrl(src)
    if (url === null) this.#image.removeAttribute('src')
    else if (this.#image.getAttribute('src') !== url) this.#image.src = url
    this.#image.alt = text(alt)
    this.#image.title = text(title)
    this.#preview(imageWidth(width))
  }

  #preview(width: number | null): void {
    if (width === null) this.#image.removeAttribute('width')
    else this.#image.setAttribute('width', String(width))
  }

  #width(): number {
    return this.#image.getBoundingClientRect().width || imageWidth(this.#node.attrs['width']) || 0
  }

  #setWidth(width: number): void {
    const position = this.#position()
    if (position === undefined || !this.#view.editable) return
    const tr = this.#view.state.tr.setNodeAttribute(
      position,
      'width',
      imageWidth(Math.max(SMALLEST, Math.round(width))),
    )
    this.#view.dispatch(tr.setSelection(NodeSelection.create(tr.doc, position)))
    this.#tellWidth(width)
  }

  #tellWidth(value: number): void {
    const width = Math.round(value)
    this.#handle.setAttribute('aria-valuenow', String(width))
    this.#handle.setAttribute('aria-valuetext', filled(this.#words.imageWidthNow, { width }))
  }

  /** The image follows the pointer; the document is changed once, at the end. */
  #drag(start: PointerEvent): void {
    start.preventDefault()
    const before = this.#width()
    // In a text from right to left the free edge is the left one.
    const direction = getComputedStyle(this.dom).direction === 'rtl' ? -1 : 1
    const room = this.dom.parentElement?.clientWidth || Infinity
    let width = before
    const move = ({ clientX }: PointerEvent): void => {
      width = Math.min(Math.max(before + direction * (clientX - start.clientX), SMALLEST), room)
      this.#preview(Math.round(width))
    }
    const end = (event: PointerEvent): void => {
      for (const [type, listener] of listeners) this.#handle.removeEventListener(type, listener as EventListener)
      if (event.type === 'pointerup' && width !== before) this.#setWidth(width)
      else this.#preview(imageWidth(this.#node.attrs['width']))
    }
    const listeners = [
      ['pointermove', move],
      ['pointerup', end],
      ['pointercancel', end],
    ] as const
    for (const [type, listener] of listeners) this.#handle.addEventListener(type, listener as EventListener)
    this.#handle.setPointerCapture?.(start.pointerId)
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -KEY_STEP, ArrowDown: -KEY_STEP, ArrowRight: KEY_STEP, ArrowUp: KEY_STEP }[event.key]
    if (event.key === 'Escape') this.#view.focus()
    if (step === undefined) return
    event.preventDefault()
    this.#setWidth(this.#width() + step)
    this.#handle.focus()
  }
}

/** Images that can be resized, by pointer and by keys, and described. */
export const imagesPlugin = (words: EditorWords): Plugin =>
  new Plugin({
    props: { nodeViews: { image: (node, view, position) => new ImageView(node, view, position, words) } },
    view: new LazyPart((parts, view) => new parts.ImageBubble(view, words)).view,
  })
