import type { Mark, MarkType, ResolvedPos } from 'prosemirror-model'

/** From where to where the mark at a position reaches, as long as its attributes are the same; null where there is none. */
export function markRange(
  $pos: ResolvedPos,
  type: MarkType,
): { readonly from: number; readonly to: number; readonly mark: Mark } | null {
  const { parent } = $pos
  const start = parent.childAfter($pos.parentOffset)
  const before = parent.childBefore($pos.parentOffset)
  const child = start.node !== null && type.isInSet(start.node.marks) ? start : before
  const mark = child.node === null ? undefined : type.isInSet(child.node.marks)
  if (child.node === null || mark === undefined) return null
  let [first, last] = [child.index, child.index]
  let [from, to] = [$pos.start() + child.offset, $pos.start() + child.offset + child.node.nodeSize]
  while (first > 0 && mark.isInSet(parent.child(first - 1).marks)) from -= parent.child(--first).nodeSize
  while (last + 1 < parent.childCount && mark.isInSet(parent.child(last + 1).marks)) to += parent.child(++last).nodeSize
  return { from, to, mark }
}
