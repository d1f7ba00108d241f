import type { Node } from 'prosemirror-model'
import { NodeSelection } from 'prosemirror-state'
import type { Selection } from 'prosemirror-state'
import { CellSelection, TableMap, findTable } from 'prosemirror-tables'

/** How positions move by a change that came from somebody else. */
export function movedBy(before: Node, after: Node): (position: number) => number {
  const start = before.content.findDiffStart(after.content)
  const end = before.content.findDiffEnd(after.content)
  if (start === null || end === null) return (position) => position
  const overlap = Math.max(0, start - Math.min(end.a, end.b))
  const [endBefore, endAfter] = [end.a + overlap, end.b + overlap]
  return (position) => {
    if (position <= start) return position
    return position >= endBefore ? position + endAfter - endBefore : Math.min(position, endAfter)
  }
}

/** True for a position that a cell begins at. */
const isCellAt = (doc: Node, position: number): boolean =>
  position < doc.content.size && String(doc.nodeAt(position)?.type.spec['tableRole']).endsWith('cell')

/**
 * A selected node or cells as they are after somebody else's change, which replaces the document. Null for any other selection,
 * and where the selected is gone.
 * @param move where a position of the document before is now
 */
export function movedBlockSelection(
  selection: Selection,
  doc: Node,
  move: (position: number) => number,
): Selection | null {
  if (selection instanceof NodeSelection) {
    const from = move(selection.from)
    const node = from < doc.content.size ? doc.nodeAt(from) : null
    return node !== null && node.type === selection.node.type ? NodeSelection.create(doc, from) : null
  }
  if (!(selection instanceof CellSelection)) return null
  const [anchor, head] = [move(selection.$anchorCell.pos), move(selection.$headCell.pos)]
  if (!isCellAt(doc, anchor) || !isCellAt(doc, head)) return null
  const [$anchor, $head] = [doc.resolve(anchor), doc.resolve(head)]
  const table = findTable($anchor)
  if (table === null || table.pos !== findTable($head)?.pos || TableMap.get(table.node).problems !== null) return null
  return new CellSelection($anchor, $head)
}
