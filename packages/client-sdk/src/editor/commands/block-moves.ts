import { Fragment } from 'prosemirror-model'
import type { Node, ResolvedPos } from 'prosemirror-model'
import { NodeSelection, TextSelection } from 'prosemirror-state'
import type { Command, EditorState } from 'prosemirror-state'

export interface Block {
  readonly node: Node
  /** Position right before the block. */
  readonly position: number
}

/** The block that moves as a whole at a position: an item of a list, else the outermost block. */
export function blockAt($pos: ResolvedPos): Block | null {
  for (let depth = $pos.depth; depth > 1; depth--)
    if (/^(?:list|task)_item$/.test($pos.node(depth).type.name))
      return { node: $pos.node(depth), position: $pos.before(depth) }
  if ($pos.depth > 0) return { node: $pos.node(1), position: $pos.before(1) }
  return $pos.nodeAfter === null ? null : { node: $pos.nodeAfter, position: $pos.pos }
}

/** Whether a block is still where it was found. Others may have written since, and the document may be shorter. */
export const isThere = ({ node, position }: Block, doc: Node): boolean =>
  position < doc.content.size && doc.nodeAt(position) === node

const blockOf = (state: EditorState): Block | null => blockAt(state.selection.$from)

/** Changes places with the block before or after it. */
export const moveBlock =
  (direction: -1 | 1, chosen?: Block): Command =>
  (state, dispatch) => {
    const block = chosen ?? blockOf(state)
    if (block === null) return false
    const { node, position } = block
    const $before = state.doc.resolve(position)
    const neighbour = $before.parent.maybeChild($before.index() + direction)
    if (neighbour === null) return false
    if (!dispatch) return true
    const [from, pair] =
      direction < 0
        ? [position - neighbour.nodeSize, Fragment.from([node, neighbour])]
        : [position, Fragment.from([neighbour, node])]
    const tr = state.tr.replaceWith(from, from + pair.size, pair)
    const moved = (at: number): number => {
      if (at < from || at >= from + pair.size) return at
      const inBlock = at >= position && at < position + node.nodeSize
      return at + direction * (inBlock ? neighbour.nodeSize : -node.nodeSize)
    }
    const { selection } = state
    if (selection instanceof NodeSelection) tr.setSelection(NodeSelection.create(tr.doc, moved(selection.from)))
    else if (selection instanceof TextSelection)
      tr.setSelection(
        TextSelection.between(tr.doc.resolve(moved(selection.anchor)), tr.doc.resolve(moved(selection.head))),
      )
    dispatch(tr.scrollIntoView())
    return true
  }

/** Takes the block away. The last one of its surroundings leaves an empty one, or takes an emptied list with it. */
export const deleteBlock =
  (chosen?: Block): Command =>
  (state, dispatch) => {
    const block = chosen ?? blockOf(state)
    if (block === null) return false
    dispatch?.(state.tr.deleteRange(block.position, block.position + block.node.nodeSize).scrollIntoView())
    return true
  }

/** The same block once more, after itself. */
export const duplicateBlock =
  (chosen?: Block): Command =>
  (state, dispatch) => {
    const block = chosen ?? blockOf(state)
    if (block === null) return false
    dispatch?.(state.tr.insert(block.position + block.node.nodeSize, block.node).scrollIntoView())
    return true
  }
