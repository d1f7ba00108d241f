import { Plugin } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { button } from './popover.ts'
import { SHORTCUTS, shortcutLabel } from './shortcuts.ts'

const onMac = (): boolean => /Mac|iP(?:hone|ad)/.test(globalThis.navigator?.userAgent ?? '')

function drawGroups(): HTMLElement[] {
  const create = <Tag extends keyof HTMLElementTagNameMap>(tag: Tag, text = ''): HTMLElementTagNameMap[Tag] => {
    const made = globalThis.document.createElement(tag)
    made.textContent = text
    return made
  }
  return SHORTCUTS.map(({ title, shortcuts }) => {
    const section = create('section')
    const list = create('dl')
    for (const { label, keys } of shortcuts) {
      const meaning = create('dd')
      meaning.append(create('kbd', shortcutLabel(keys, onMac())))
      list.append(create('dt', label), meaning)
    }
    section.append(create('h3', title), list)
    return section
  })
}

/** The sheet with all keys. Made when it is first asked for. */
class HelpSheet {
  readonly #view: EditorView
  #dialog: HTMLDialogElement | null = null

  constructor(view: EditorView) {
    this.#view = view
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
    dialog.setAttribute('aria-label', 'Keyboard shortcuts')
    const heading = globalThis.document.createElement('h2')
    heading.textContent = 'Keyboard shortcuts'
    const groups = globalThis.document.createElement('div')
    groups.className = 'sheaf-help-groups'
    groups.append(...drawGroups())
    dialog.append(
      heading,
      button('Close', () => dialog.close(), 'sheaf-help-close'),
      groups,
    )
    dialog.addEventListener('close', () => this.#view.focus())
    this.#view.dom.parentElement?.append(dialog)
    return dialog
  }
}

export interface HelpPlugin {
  readonly plugin: Plugin
  readonly open: () => void
}

/** The sheet with all keyboard shortcuts, opened with `Mod+/`. */
export function helpPlugin(): HelpPlugin {
  let sheet: HelpSheet | null = null
  const open = (): void => sheet?.open()
  const plugin = new Plugin({
    props: {
      handleKeyDown: (_view, event) => {
        if (event.key !== '/' || !(event.ctrlKey || event.metaKey) || event.altKey) return false
        open()
        return true
      },
    },
    view: (view) => (sheet = new HelpSheet(view)),
  })
  return { plugin, open }
}
