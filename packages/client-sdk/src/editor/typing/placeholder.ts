import { Plugin } from 'prosemirror-state'
import { Decoration, DecorationSet } from 'prosemirror-view'

/** Shows a text in a document that holds nothing but one empty paragraph. Drawn by the stylesheet, never part of the content. */
export const placeholderPlugin = (text: string): Plugin =>
  new Plugin({
    props: {
      decorations: ({ doc }) => {
        const first = doc.firstChild
        if (doc.childCount !== 1 || first === null || first.type.name !== 'paragraph' || first.childCount > 0)
          return null
        const attrs = { class: 'sheaf-placeholder', 'data-placeholder': text }
        return DecorationSet.create(doc, [Decoration.node(0, first.nodeSize, attrs)])
      },
    },
  })
