import type { EditorView } from 'prosemirror-view'
import { COMMANDS } from '../commands/commands.ts'
import { field } from './controls.ts'
import { Popover } from './popover.ts'
import type { EditorWords } from '../words.ts'

/** Names that are offered; any other may be written. */
const LANGUAGES = [
  'bash',
  'c',
  'cpp',
  'csharp',
  'css',
  'diff',
  'go',
  'html',
  'java',
  'javascript',
  'json',
  'kotlin',
  'markdown',
  'php',
  'python',
  'ruby',
  'rust',
  'sql',
  'swift',
  'typescript',
  'yaml',
]

let lists = 0

/** The language of the code block that the cursor is in, as a field above it. */
export class CodeLanguage {
  readonly #view: EditorView
  readonly #popover: Popover
  readonly #field: HTMLInputElement

  constructor(view: EditorView, words: EditorWords) {
    this.#view = view
    this.#field = field(words.codeLanguage, words.language)
    this.#popover = new Popover(view, { className: 'sheaf-code-language', label: words.codeBlock })
    const names = globalThis.document.createElement('datalist')
    names.id = `sheaf-languages-${++lists}`
    names.append(
      ...LANGUAGES.map((name) => {
        const option = globalThis.document.createElement('option')
        option.value = name
        return option
      }),
    )
    this.#field.maxLength = 40
    this.#field.setAttribute('list', names.id)
    this.#field.addEventListener('change', () => this.#apply())
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== 'Escape') return
      event.preventDefault()
      if (event.key === 'Enter') this.#apply()
      this.#view.focus()
    })
    this.#popover.box.append(this.#field, names)
  }

  update(): void {
    const { $from } = this.#view.state.selection
    const inCode = $from.parent.type.name === 'code_block'
    if (!inCode || !this.#view.editable || !(this.#view.hasFocus() || this.#popover.hasFocus())) {
      this.#popover.box.hidden = true
      return
    }
    const language: unknown = $from.parent.attrs['language']
    if (!this.#popover.hasFocus()) this.#field.value = typeof language === 'string' ? language : ''
    this.#popover.showAt($from.start(), $from.start(), 'above')
    this.#moveInto(this.#view.nodeDOM($from.before()))
  }

  /** Into the corner of the block, where code is seldom and no other words are. */
  #moveInto(block: Node | null): void {
    const frame = this.#popover.box.offsetParent?.getBoundingClientRect()
    if (!(block instanceof Element) || frame === undefined) return
    const place = block.getBoundingClientRect()
    this.#popover.box.style.left = `${place.right - frame.left - this.#popover.box.offsetWidth - 6}px`
    this.#popover.box.style.top = `${place.top - frame.top + 6}px`
  }

  destroy(): void {
    this.#popover.destroy()
  }

  #apply(): void {
    const { state, dispatch } = this.#view
    const language = this.#field.value
      .trim()
      .toLowerCase()
      .replaceAll(/[^\w+#.-]/g, '')
    COMMANDS.setCodeLanguage(state.schema, language === '' ? null : language)(state, dispatch)
  }
}
