import type { Announcer } from './announcer.ts'
import { button } from '../boxes/controls.ts'
import type { EditorWords } from '../words.ts'

/** What an editor tells the person who writes. */
export interface EditorMessage {
  readonly code:
    | 'image-too-large'
    | 'image-type'
    | 'image-failed'
    | 'images-off'
    | 'image-dropped'
    | 'paste-too-large'
    | 'read-only'
    | 'copied'
    | 'copy-failed'
  /** A sentence for people, in the language of the editor's `words`. */
  readonly text: string
}

export type Tell = (message: EditorMessage) => void

/** The last message of an editor, under the text and read out by screen readers. It stays until it is closed or another one comes. */
export class MessageBar {
  readonly #box = globalThis.document.createElement('div')
  readonly #text = globalThis.document.createElement('span')
  readonly #announcer: Announcer

  constructor(root: Element, announcer: Announcer, words: EditorWords) {
    this.#announcer = announcer
    this.#box.className = 'sheaf-message'
    const close = button(words.close, () => this.#hide())
    close.setAttribute('aria-label', words.closeMessage)
    this.#box.append(this.#text, close)
    root.append(this.#box)
    this.#hide()
  }

  show({ text }: EditorMessage): void {
    this.#text.textContent = text
    this.#box.hidden = false
    this.#box.dataset['open'] = 'true'
    this.#announcer.say(text)
  }

  #hide(): void {
    this.#text.textContent = ''
    this.#box.hidden = true
    this.#box.dataset['open'] = 'false'
  }
}
