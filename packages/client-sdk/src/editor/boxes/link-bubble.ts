import type { EditorView } from 'prosemirror-view'
import { COMMANDS } from '../commands/commands.ts'
import { markRange } from '../commands/mark-range.ts'
import { button, field } from './controls.ts'
import { Popover } from './popover.ts'
import { safeLinkUrl } from '../content/safe-url.ts'
import type { EditorWords } from '../words.ts'

interface Link {
  readonly href: string
  readonly from: number
  readonly to: number
}

let forms = 0

/** The link at the cursor, if the selection is empty and the view may be edited. */
function linkAtCursor(view: EditorView): Link | null {
  const { selection, schema } = view.state
  const type = schema.marks['link']
  if (type === undefined || !selection.empty || !view.editable) return null
  const range = markRange(selection.$from, type)
  if (range === null) return null
  const href = safeLinkUrl(range.mark.attrs['href'])
  return href === null ? null : { href, from: range.from, to: range.to }
}

/** A small box under the link at the cursor: where it leads, with buttons to change it and to take it away, or the form for it. */
export class LinkBubble {
  readonly #view: EditorView
  readonly #popover: Popover
  readonly #shown = globalThis.document.createElement('div')
  readonly #form = globalThis.document.createElement('form')
  readonly #anchor = globalThis.document.createElement('a')
  readonly #words: EditorWords
  readonly #address: HTMLInputElement
  readonly #problem = globalThis.document.createElement('p')
  readonly #changes: boolean

  /** @param changes whether the address can be changed here, and not only be seen */
  constructor(view: EditorView, changes: boolean, words: EditorWords) {
    this.#view = view
    this.#words = words
    this.#address = field(words.linkAddress, words.linkExample)
    this.#changes = changes
    this.#popover = new Popover(view, { className: 'sheaf-link-bubble', label: words.link })
    this.#anchor.rel = 'noopener noreferrer nofollow'
    this.#anchor.target = '_blank'
    this.#shown.append(this.#anchor, ...(changes ? [button(words.editLink, () => this.edit())] : []))
    this.#shown.append(button(words.removeLink, () => this.#remove()))
    this.#shown.className = 'sheaf-link-shown'
    this.#buildForm()
    this.#popover.box.append(this.#shown, this.#form)
  }

  update(): void {
    if (!this.#form.hidden) {
      // The form stays open while others write, and goes with the right to write.
      if (this.#view.editable) return
      this.#close()
    }
    const link = this.#view.hasFocus() || this.#popover.hasFocus() ? linkAtCursor(this.#view) : null
    if (link === null) {
      this.#popover.box.hidden = true
      return
    }
    this.#anchor.href = link.href
    this.#anchor.textContent = link.href
    this.#popover.showAt(link.from, link.from, 'below')
  }

  /** Opens the form for the link at the cursor or for the selected words. False where no link may stand. */
  edit(): boolean {
    const { state, editable } = this.#view
    const type = state.schema.marks['link']
    const { $from, from, to } = state.selection
    if (!this.#changes || !editable || type === undefined || !$from.parent.type.allowsMarkType(type)) return false
    const range = linkAtCursor(this.#view)
    this.#address.value = range?.href ?? this.#selectedHref() ?? ''
    this.#shown.hidden = true
    this.#form.hidden = false
    this.#say('')
    this.#popover.showAt(range?.from ?? from, range?.to ?? to, 'below')
    this.#address.focus()
    this.#address.select()
    return true
  }

  destroy(): void {
    this.#popover.destroy()
  }

  #buildForm(): void {
    this.#form.className = 'sheaf-link-edit'
    this.#form.hidden = true
    this.#address.inputMode = 'url'
    this.#problem.className = 'sheaf-popover-problem'
    this.#problem.id = `sheaf-link-problem-${++forms}`
    this.#address.setAttribute('aria-describedby', this.#problem.id)
    this.#problem.setAttribute('role', 'alert')
    const apply = globalThis.document.createElement('button')
    apply.textContent = this.#words.apply
    apply.className = 'sheaf-popover-primary'
    this.#form.append(this.#address, apply, this.#problem)
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#apply()
    })
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#close()
    })
    this.#form.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node && this.#form.contains(event.relatedTarget))) this.#hideForm()
    })
  }

  #apply(): void {
    const href = this.#address.value
    const { state, dispatch } = this.#view
    const command = href.trim() === '' ? COMMANDS.unsetLink(state.schema) : COMMANDS.setLink(state.schema, { href })
    if (command(state, dispatch) || href.trim() === '') this.#close()
    else this.#say(this.#words.badAddress)
  }

  #selectedHref(): string | null {
    const { doc, selection, schema } = this.#view.state
    let href: unknown = null
    doc.nodesBetween(selection.from, selection.to, (node) => {
      href ??= schema.marks['link']?.isInSet(node.marks)?.attrs['href']
    })
    return safeLinkUrl(href)
  }

  #say(problem: string): void {
    this.#problem.textContent = problem
    this.#problem.hidden = problem === ''
    this.#address.setAttribute('aria-invalid', String(problem !== ''))
  }

  #hideForm(): void {
    this.#form.hidden = true
    this.#shown.hidden = false
    this.#popover.box.hidden = true
  }

  #close(): void {
    this.#hideForm()
    this.#view.focus()
    this.update()
  }

  #remove(): void {
    const { state, dispatch } = this.#view
    COMMANDS.unsetLink(state.schema)(state, dispatch)
    this.#view.focus()
  }
}
