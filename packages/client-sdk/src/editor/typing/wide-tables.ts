import { Plugin } from 'prosemirror-state'
import { Decoration, DecorationSet } from 'prosemirror-view'

/**
 * A table that is wider than the page scrolls. Whoever reads without a pointer scrolls it with the arrow keys, once Tab led to it;
 * whoever writes comes to each cell with the caret. That it is editable there is what it has from around it, and is said at
 * the table itself for checkers, which look at the part that scrolls only.
 */
export const wideTablesPlugin = (isEditable: () => boolean): Plugin =>
  new Plugin({
    props: {
      decorations: ({ doc }) => {
        const attrs = isEditable() ? { contenteditable: 'inherit' } : { tabindex: '0' }
        const tables: Decoration[] = []
        doc.descendants((node, position) => {
          if (node.type.name === 'table') tables.push(Decoration.node(position, position + node.nodeSize, attrs))
          return !node.isTextblock
        })
        return tables.length === 0 ? null : DecorationSet.create(doc, tables)
      },
    },
  })
