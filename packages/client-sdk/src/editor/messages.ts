import { button } from './popover.ts'

/** What an editor tells the person who writes. */
export interface EditorMessage {
  readonly code:
    | 'image-too-large'
    | 'image-type'
    | 'image-failed'
    | 'images-off'
    | 'image-dropped'
    | 'paste-too-large'
    | 'copied'
    | 'copy-failed'
  /** An English sentence, for people. */
  readonly text: string
}

export type Tell = (message: EditorMessage) => void

/** The last message of an editor, under the text and read out by screen readers. It stays until it is closed or another one comes. */
export class MessageBar {
  readonly #box = globalThis.document.createElement('div')
  readonly #text = globalThis.document.createElement('span')

  constructor(root: Element) {
    this.#box.className = 'sheaf-message'
    // The region is there before its first message: screen readers read out what changes in it.
    this.#box.setAttribute('aria-live', 'polite')
    const close = button('Close', () => this.#hide())
    close.setAttribute('aria-label', 'Close this message')
    this.#box.append(this.#text, close)
    root.append(this.#box)
    this.#hide()
  }

  show({ text }: EditorMessage): void {
    this.#text.textContent = text
    this.#box.dataset['open'] = 'true'
  }

  #hide(): void {
    this.#text.textContent = ''
    this.#box.dataset['open'] = 'false'
  }
}
