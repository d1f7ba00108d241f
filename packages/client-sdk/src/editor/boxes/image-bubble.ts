import { NodeSelection } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { button, field } from './controls.ts'
import { Popover } from './popover.ts'
import type { EditorWords } from '../words.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The box under a selected image: what it shows, in words, and its width. */
export class ImageBubble {
  readonly #view: EditorView
  readonly #popover: Popover
  readonly #alt: HTMLInputElement
  #position: number | null = null

  constructor(view: EditorView, words: EditorWords) {
    this.#view = view
    this.#alt = field(words.altText, words.altTextHint)
    this.#popover = new Popover(view, { className: 'sheaf-image-bubble', label: words.image })
    const form = globalThis.document.createElement('form')
    this.#alt.maxLength = 500
    form.append(this.#alt)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#apply()
      this.#view.focus()
    })
    this.#alt.addEventListener('change', () => this.#apply())
    this.#popover.box.append(
      form,
      button(words.ownSize, () => this.#set('width', null)),
      button(words.remove, () => this.#remove()),
    )
  }

  update(): void {
    const { selection } = this.#view.state
    const selected = selection instanceof NodeSelection && selection.node.type.name === 'image' ? selection : null
    if (selected === null || !this.#view.editable) {
      this.#position = null
      this.#popover.box.hidden = true
      return
    }
    this.#position = selected.from
    if (!this.#popover.hasFocus()) this.#alt.value = text(selected.node.attrs['alt'])
    this.#popover.showAt(selected.from, selected.to, 'below')
  }

  destroy(): void {
    this.#popover.destroy()
  }

  #apply(): void {
    const alt = this.#alt.value.trim()
    this.#set('alt', alt === '' ? null : alt)
  }

  #set(name: 'alt' | 'width', value: string | null): void {
    const node = this.#position === null ? null : this.#view.state.doc.nodeAt(this.#position)
    if (this.#position === null || node?.type.name !== 'image' || node.attrs[name] === value) return
    const tr = this.#view.state.tr.setNodeAttribute(this.#position, name, value)
    this.#view.dispatch(tr.setSelection(NodeSelection.create(tr.doc, this.#position)))
  }

  #remove(): void {
    this.#view.dispatch(this.#view.state.tr.deleteSelection())
    this.#view.focus()
  }
}
