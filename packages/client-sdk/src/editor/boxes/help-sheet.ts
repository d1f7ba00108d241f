import type { EditorView } from 'prosemirror-view'
import { button } from './controls.ts'
import { SHORTCUTS, shortcutLabel } from '../typing/shortcuts.ts'
import type { EditorWords } from '../words.ts'

export const onMac = (): boolean => /Mac|iP(?:hone|ad)/.test(globalThis.navigator?.userAgent ?? '')

function drawGroups(words: EditorWords): HTMLElement[] {
  const create = <Tag extends keyof HTMLElementTagNameMap>(tag: Tag, text = ''): HTMLElementTagNameMap[Tag] => {
    const made = globalThis.document.createElement(tag)
    made.textContent = text
    return made
  }
  return SHORTCUTS.map(({ word, shortcuts }) => {
    const section = create('section')
    const list = create('dl')
    for (const { word: name, keys } of shortcuts) {
      const meaning = create('dd')
      meaning.append(create('kbd', shortcutLabel(keys, onMac())))
      list.append(create('dt', words[name]), meaning)
    }
    section.append(create('h3', words[word]), list)
    return section
  })
}

/** The sheet with all keys. Made when it is first asked for. */
export class HelpSheet {
  readonly #view: EditorView
  readonly #words: EditorWords
  #dialog: HTMLDialogElement | null = null

  constructor(view: EditorView, words: EditorWords) {
    this.#view = view
    this.#words = words
  }

  open(): void {
    this.#dialog ??= this.#make()
    if (!this.#dialog.open) this.#dialog.showModal()
  }

  destroy(): void {
    this.#dialog?.remove()
  }

  #make(): HTMLDialogElement {
    const dialog = globalThis.document.createElement('dialog')
    dialog.className = 'sheaf-help'
    dialog.setAttribute('aria-label', this.#words.keys)
    const heading = globalThis.document.createElement('h2')
    heading.textContent = this.#words.keys
    const groups = globalThis.document.createElement('div')
    groups.className = 'sheaf-help-groups'
    groups.append(...drawGroups(this.#words))
    dialog.append(
      heading,
      button(this.#words.close, () => dialog.close(), 'sheaf-help-close'),
      groups,
    )
    dialog.addEventListener('close', () => this.#view.focus())
    this.#view.dom.parentElement?.append(dialog)
    return dialog
  }
}
