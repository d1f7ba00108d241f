import * as Y from 'yjs'
import type { SheafDocument } from '../../src/index.ts'

/** The paragraph that these tests write into. */
const paragraph = (doc: Y.Doc): Y.XmlText => {
  const fragment = doc.getXmlFragment('content')
  if (fragment.length === 0) fragment.insert(0, [new Y.XmlText()])
  return fragment.get(0) as Y.XmlText
}

/** One edit: text at the start. */
export function write(document: SheafDocument | Y.Doc, text: string): void {
  const doc = document instanceof Y.Doc ? document : document.ydoc
  doc.transact(() => paragraph(doc).insert(0, text))
}

/** All text there is. */
export function text(document: SheafDocument | Y.Doc): string {
  const doc = document instanceof Y.Doc ? document : document.ydoc
  return doc
    .getXmlFragment('content')
    .toArray()
    .map((node) => node.toString())
    .join('')
}
