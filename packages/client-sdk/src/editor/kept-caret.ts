import { Selection } from 'prosemirror-state'
import type { Editor } from './editor.ts'

/**
 * Remembers the caret of an editor, and whether the keys go to it, for another one that is put in its place at once: one in another
 * language, say. The returned function gives both to that editor, if it shows the same content.
 */
export function keptCaret({ view }: Editor): (next: Editor) => void {
  const { doc, selection } = view.state
  const place: unknown = selection.toJSON()
  const focused = view.hasFocus()
  return (next) => {
    const { state, dispatch } = next.view
    if (!state.doc.eq(doc)) return
    dispatch(state.tr.setSelection(Selection.fromJSON(state.doc, place)))
    if (focused) next.focus()
  }
}
