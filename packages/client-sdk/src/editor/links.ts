import { Plugin } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { COMMANDS } from './commands.ts'
import { markRange } from './mark-range.ts'
import { safeLinkUrl } from './safe-url.ts'

function openLink(event: MouseEvent): boolean {
  const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null
  const url = safeLinkUrl(anchor?.getAttribute('href'))
  if (url === null) return false
  window.open(url, '_blank', 'noopener,noreferrer')
  return true
}

/** The link at the cursor, if the selection is empty and the view may be edited. */
function linkAtCursor(view: EditorView): { href: string; from: number } | null {
  const { selection, schema } = view.state
  const type = schema.marks['link']
  if (type === undefined || !selection.empty || !view.editable) return null
  const range = markRange(selection.$from, type)
  if (range === null) return null
  const href = safeLinkUrl(range.mark.attrs['href'])
  return href === null ? null : { href, from: range.from }
}

/** A small box under the link at the cursor: where it leads, and a button that takes it away. */
class LinkBubble {
  readonly #view: EditorView
  readonly #box = globalThis.document.createElement('div')
  readonly #anchor = globalThis.document.createElement('a')

  constructor(view: EditorView) {
    this.#view = view
    this.#box.className = 'sheaf-link-bubble'
    this.#box.hidden = true
    this.#anchor.rel = 'noopener noreferrer nofollow'
    this.#anchor.target = '_blank'
    const remove = globalThis.document.createElement('button')
    remove.type = 'button'
    remove.textContent = 'Remove link'
    // Taking the focus away from the view would lose the selection that the command is about.
    remove.addEventListener('mousedown', (event) => event.preventDefault())
    remove.addEventListener('click', () => {
      COMMANDS.unsetLink(view.state.schema)(view.state, view.dispatch)
      view.focus()
    })
    this.#box.append(this.#anchor, remove)
    view.dom.parentElement?.append(this.#box)
  }

  update(): void {
    const link = this.#view.hasFocus() ? linkAtCursor(this.#view) : null
    this.#box.hidden = link === null
    if (link === null) return
    this.#anchor.href = link.href
    this.#anchor.textContent = link.href
    const parent = this.#box.offsetParent
    // None where nothing is laid out: in a hidden page, or without a browser.
    if (!(parent instanceof Element)) return
    const start = this.#view.coordsAtPos(link.from)
    const frame = parent.getBoundingClientRect()
    const roomLeft = Math.max(0, frame.width - this.#box.offsetWidth)
    this.#box.style.left = `${Math.min(Math.max(0, start.left - frame.left), roomLeft)}px`
    this.#box.style.top = `${start.bottom - frame.top + parent.scrollTop + 6}px`
  }

  destroy(): void {
    this.#box.remove()
  }
}

/** Links: opened with Ctrl or Cmd and a click, shown in a bubble at the cursor, and made by pasting an address over a selection. */
export const linksPlugin = (): Plugin =>
  new Plugin({
    props: {
      handleClick: (view, _position, event) => {
        if (!view.editable || event.button !== 0 || !(event.ctrlKey || event.metaKey)) return false
        return openLink(event)
      },
      handlePaste: (view, event) => {
        const text = event.clipboardData?.getData('text/plain').trim() ?? ''
        if (view.state.selection.empty || !/^https?:\/\/\S+$/i.test(text)) return false
        return COMMANDS.setLink(view.state.schema, { href: text })(view.state, view.dispatch)
      },
    },
    view: (view) => new LinkBubble(view),
  })
