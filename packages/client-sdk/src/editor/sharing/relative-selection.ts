import { AllSelection, TextSelection } from 'prosemirror-state'
import type { EditorState } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition } from 'y-prosemirror'
import type { ProsemirrorBinding } from 'y-prosemirror'
import { XmlText, createAbsolutePositionFromRelativePosition, createRelativePositionFromTypeIndex } from 'yjs'
import type { RelativePosition } from 'yjs'

/** Which of its two neighbours a position stays at when something is written between them. */
export type Side = 'before' | 'after'

export interface RelativeSelection {
  readonly type: string
  readonly anchor: RelativePosition
  readonly head: RelativePosition
}

/**
 * A position that stays where it is in the words. Upstream's stay at the character after them, or at the end of the text: when
 * somebody else writes at the same place, one's caret jumps behind their words and the rest of one's own word is written there.
 */
function relativePosition(binding: ProsemirrorBinding, position: number, side: Side): RelativePosition {
  const found = absolutePositionToRelativePosition(position, binding.type, binding.mapping) as RelativePosition
  const place = createAbsolutePositionFromRelativePosition(found, binding.doc)
  if (place === null || !(place.type instanceof XmlText)) return found
  return createRelativePositionFromTypeIndex(place.type, place.index, side === 'before' ? -1 : 0)
}

/** The selection of a state: a caret stays with the character before it, a range with the characters that are in it. */
export function relativeSelection(binding: ProsemirrorBinding, { selection }: EditorState): RelativeSelection {
  const { anchor, head } = selection
  // Selected nodes and cells are put back by `movedBlockSelection`.
  const type = selection instanceof AllSelection ? 'all' : 'text'
  const side = (position: number): Side => (position === Math.min(anchor, head) && anchor !== head ? 'after' : 'before')
  return {
    type,
    anchor: relativePosition(binding, anchor, side(anchor)),
    head: relativePosition(binding, head, side(head)),
  }
}

/** Selects what is there now between two places; nothing where one of them is gone. */
export function select(
  view: EditorView,
  { doc, type, mapping }: ProsemirrorBinding,
  { anchor, head }: Pick<RelativeSelection, 'anchor' | 'head'>,
): void {
  const [from, to] = [anchor, head].map((place) => relativePositionToAbsolutePosition(doc, type, place, mapping))
  if (typeof from !== 'number' || typeof to !== 'number') return
  const { tr } = view.state
  view.dispatch(tr.setSelection(TextSelection.between(tr.doc.resolve(from), tr.doc.resolve(to))))
}
