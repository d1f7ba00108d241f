import { Plugin, PluginKey } from 'prosemirror-state'
import type { EditorState } from 'prosemirror-state'
import type { Editor } from '../editor.ts'
import { LazyPart } from '../loading/lazy-part.ts'
import type { EditorWords } from '../words.ts'

interface SlashState {
  /** True from the moment a slash is typed until it is used or left. */
  readonly open: boolean
}

export const slashKey = new PluginKey<SlashState>('sheaf-slash-menu')
const MAX_QUERY = 24
const PATTERN = new RegExp(`(?:^|\\s)/([\\p{L}\\p{N} ]{0,${MAX_QUERY}})$`, 'u')

/** The slash before the cursor and what is typed after it. */
export function slashBefore(state: EditorState): { readonly from: number; readonly query: string } | null {
  const { $from, empty } = state.selection
  if (!empty || !$from.parent.isTextblock || $from.parent.type.spec.code === true) return null
  const before = $from.parent.textBetween(
    Math.max(0, $from.parentOffset - MAX_QUERY - 2),
    $from.parentOffset,
    undefined,
    '\ufffc',
  )
  const query = PATTERN.exec(before)?.[1]
  return query === undefined ? null : { from: $from.pos - query.length - 1, query: query.toLowerCase() }
}

/** A menu that opens where a slash is typed, at the start of a block or after a space, and narrows as one goes on typing. */
export function slashMenuPlugin(editor: () => Editor, words: EditorWords): Plugin {
  const menu = new LazyPart((parts, view) => new parts.SlashMenu(view, parts.slashItems(editor, words), words))
  return new Plugin<SlashState>({
    key: slashKey,
    state: {
      init: () => ({ open: false }),
      apply: (tr, value, _before, state) => {
        const meta = tr.getMeta(slashKey) as SlashState | undefined
        if (meta !== undefined) return meta
        return value.open && slashBefore(state) === null ? { open: false } : value
      },
    },
    props: {
      handleTextInput: (view, from, to, text) => {
        if (text !== '/' || view.composing) return false
        // Only a slash that was typed here opens the menu, not one that the cursor comes by.
        const tr = view.state.tr.insertText(text, from, to)
        const before = view.state.apply(tr)
        if (slashBefore(before) === null) return false
        view.dispatch(tr.setMeta(slashKey, { open: true }).scrollIntoView())
        return true
      },
      handleKeyDown: (_view, event) => menu.now()?.onKey(event) ?? false,
      // Whoever comes back finds the menu as it was left.
      handleDOMEvents: {
        focus: () => {
          menu.now()?.update()
          return false
        },
        blur: () => {
          menu.now()?.hide()
          return false
        },
      },
    },
    view: menu.view,
  })
}
