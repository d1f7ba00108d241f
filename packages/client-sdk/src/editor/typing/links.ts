import { Plugin } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { linkAddressBefore } from './autolink.ts'
import { COMMANDS } from '../commands/commands.ts'
import { LazyPart } from '../loading/lazy-part.ts'
import { markRange } from '../commands/mark-range.ts'
import { safeLinkUrl } from '../content/safe-url.ts'
import type { EditorWords } from '../words.ts'

function openLink(event: MouseEvent): boolean {
  const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null
  const url = safeLinkUrl(anchor?.getAttribute('href'))
  if (url === null) return false
  window.open(url, '_blank', 'noopener,noreferrer')
  return true
}

/** Where an address that is pasted is no more than its words. */
function isInLinkOrCode({ state }: EditorView): boolean {
  const { $from } = state.selection
  const { link, code } = state.schema.marks
  if ($from.parent.type.spec.code === true || link === undefined) return true
  return markRange($from, link) !== null || code?.isInSet($from.marks()) !== undefined
}

/** A single address that is pasted becomes the link of the selected words, or is written as a link. */
function pasteAddress(view: EditorView, event: ClipboardEvent): boolean {
  const text = event.clipboardData?.getData('text/plain').trim() ?? ''
  if (!/^https?:\/\/\S+$/i.test(text)) return false
  const { state } = view
  const { $from, $to, empty } = state.selection
  if (!$from.sameParent($to) || (empty && isInLinkOrCode(view))) return false
  return COMMANDS.setLink(state.schema, { href: text })(state, view.dispatch)
}

/** Enter ends an address as a space does; the line break itself is somebody else's business. */
function linkBeforeEnter(view: EditorView, event: KeyboardEvent): void {
  const { selection } = view.state
  if (event.key !== 'Enter' || !selection.empty || view.composing || !view.editable) return
  const tr = linkAddressBefore(view.state, selection.from, view.state.tr)
  if (tr !== null) view.dispatch(tr)
}

const isLinkKey = (event: KeyboardEvent): boolean =>
  event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey

/** Whether a link may stand at the selection, and be written by whoever is here. */
function mayLink({ state, editable }: EditorView): boolean {
  const { link } = state.schema.marks
  return editable && link !== undefined && state.selection.$from.parent.type.allowsMarkType(link)
}

export interface LinksPlugin {
  readonly plugin: Plugin
  /** Opens the form for the link at the cursor or for the selected words. False where no link may stand. */
  readonly edit: () => boolean
}

/**
 * Links: opened with Ctrl or Cmd and a click, shown and changed in a bubble at the cursor, set with Mod+K, and made of addresses
 * that are pasted or typed.
 * @param options.form false for a bubble without a form, in an editor that has one of its own. Default true
 */
export function linksPlugin(words: EditorWords, { form = true }: { readonly form?: boolean } = {}): LinksPlugin {
  const bubble = new LazyPart((parts, view) => new parts.LinkBubble(view, form, words))
  const edit = (): boolean => {
    const possible = form && bubble.editor !== null && mayLink(bubble.editor)
    if (possible) bubble.open(words.linkAddress, (loaded) => loaded.edit())
    return possible
  }
  const plugin = new Plugin({
    props: {
      handleClick: (view, _position, event) => {
        if (!view.editable || event.button !== 0 || !(event.ctrlKey || event.metaKey)) return false
        return openLink(event)
      },
      handleKeyDown: (view, event) => {
        if (isLinkKey(event)) return edit()
        linkBeforeEnter(view, event)
        return false
      },
      handlePaste: pasteAddress,
    },
    view: bubble.view,
  })
  return { plugin, edit }
}
