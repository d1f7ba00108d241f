import type { Announcer } from './announcer.ts'

/** A sentence above the text that stays as long as it is true, such as why nothing can be written. */
export class Notice {
  readonly #root: Element
  readonly #announcer: Announcer
  #shown: HTMLElement | null = null

  constructor(root: Element, announcer: Announcer) {
    this.#root = root
    this.#announcer = announcer
  }

  /** @param sentence null where there is nothing to say */
  show(sentence: string | null): void {
    if ((this.#shown?.textContent ?? null) === sentence) return
    this.#shown?.remove()
    this.#shown = null
    if (sentence === null) return
    this.#shown = globalThis.document.createElement('p')
    this.#shown.className = 'sheaf-editor-notice'
    this.#shown.setAttribute('role', 'note')
    this.#shown.textContent = sentence
    this.#root.prepend(this.#shown)
    this.#announcer.say(sentence)
  }
}
