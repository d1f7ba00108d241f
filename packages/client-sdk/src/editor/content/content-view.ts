import { DOMSerializer, Node } from 'prosemirror-model'
import type { Schema } from 'prosemirror-model'
import { sheafSchema } from './schema.ts'

/**
 * Content as ProseMirror JSON, such as that of a version, as elements to look at. Links and images are as safe as in the editor.
 * @throws {RangeError} for content that the schema does not know
 */
export function renderContent(content: unknown, schema: Schema = sheafSchema): DocumentFragment {
  const doc = Node.fromJSON(schema, content)
  const fragment = globalThis.document.createDocumentFragment()
  DOMSerializer.fromSchema(schema).serializeFragment(doc.content, { document: globalThis.document }, fragment)
  // A wide one scrolls, and whoever has no pointer scrolls it with the arrow keys.
  for (const table of fragment.querySelectorAll('table')) table.tabIndex = 0
  return fragment
}
