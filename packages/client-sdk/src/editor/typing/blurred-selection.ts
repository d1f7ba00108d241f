import { Plugin, PluginKey } from 'prosemirror-state'
import { Decoration, DecorationSet } from 'prosemirror-view'
import type { EditorView } from 'prosemirror-view'

const focusKey = new PluginKey<boolean>('sheaf-focus')

const tellFocus = (view: EditorView, focused: boolean): boolean => {
  if (focusKey.getState(view.state) !== focused) view.dispatch(view.state.tr.setMeta(focusKey, focused))
  return false
}

/** Keeps the selected range visible while the focus is elsewhere, such as in the form for a link. Browsers stop drawing it then. */
export const blurredSelectionPlugin = (): Plugin =>
  new Plugin<boolean>({
    key: focusKey,
    state: {
      init: () => true,
      apply: (tr, focused) => (tr.getMeta(focusKey) as boolean | undefined) ?? focused,
    },
    props: {
      handleDOMEvents: {
        focus: (view) => tellFocus(view, true),
        blur: (view) => tellFocus(view, false),
      },
      decorations: (state) => {
        const { empty, from, to } = state.selection
        if (empty || focusKey.getState(state) !== false) return null
        return DecorationSet.create(state.doc, [Decoration.inline(from, to, { class: 'sheaf-blurred-selection' })])
      },
    },
  })
