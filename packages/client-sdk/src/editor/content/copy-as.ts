import { DOMSerializer } from 'prosemirror-model'
import type { Node } from 'prosemirror-model'
import type { EditorState } from 'prosemirror-state'

/** What was selected, as a document; the whole document where nothing is. */
export function selectedDocument({ doc, selection, schema }: EditorState): Node {
  if (selection.empty) return doc
  const content = selection.content().content
  // Selected words of one paragraph come without it.
  const wrapped = schema.topNodeType.validContent(content) ? content : null
  return wrapped === null ? doc : schema.topNodeType.create(null, wrapped)
}

/** A document as HTML, as it would be put on the clipboard. */
export function htmlOf(doc: Node): string {
  const box = globalThis.document.createElement('div')
  const serializer = DOMSerializer.fromSchema(doc.type.schema)
  box.append(serializer.serializeFragment(doc.content, { document: globalThis.document }))
  return box.innerHTML
}
