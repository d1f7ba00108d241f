import type { EditorView } from 'prosemirror-view'
import { UNSEEN } from '../messages/announcer.ts'
import { field } from '../boxes/controls.ts'

/**
 * Holds the focus while a box that was asked for is being loaded: what is typed meanwhile is meant for the box, and would otherwise
 * become part of the text.
 */
export class WaitingField {
  readonly #view: EditorView
  readonly #field: HTMLInputElement
  #waiting = true

  constructor(view: EditorView, label: string) {
    this.#view = view
    this.#field = field(label)
    this.#field.className = 'sheaf-waiting-field'
    for (const [name, value] of Object.entries(UNSEEN)) this.#field.style.setProperty(name, value)
    this.#field.addEventListener('keydown', (event) => this.#onKey(event))
    // Whoever goes elsewhere does not want to be called back.
    this.#field.addEventListener('focusout', () => this.end())
    view.dom.parentElement?.append(this.#field)
    this.#field.focus({ preventScroll: true })
  }

  /** Opens the box, and gives what was typed to the field of it that takes the focus. Without one it is dropped. */
  handOver(open: () => void): void {
    if (!this.#waiting) return
    this.#waiting = false
    open()
    const taker = this.#field.ownerDocument.activeElement
    const typed = this.#field.value
    if (taker === this.#field) this.#view.focus()
    else if (taker instanceof HTMLInputElement && typed !== '') {
      taker.value = typed
      taker.dispatchEvent(new Event('input', { bubbles: true }))
    }
    this.#field.remove()
  }

  /** There will be no box: the text has the focus again, and nothing of what was typed. */
  giveUp(): void {
    if (!this.#waiting) return
    this.end()
    this.#view.focus()
  }

  /** Nobody waits any more. */
  end(): void {
    if (!this.#waiting) return
    this.#waiting = false
    // Not while the focus leaves it: it would be told so once more.
    queueMicrotask(() => this.#field.remove())
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return
    if (event.key === 'Escape') this.giveUp()
    // Enter would submit a form around the editor; a key that is held down would open what the browser has under it.
    else if (event.key !== 'Enter' && !event.repeat) return
    event.preventDefault()
  }
}
