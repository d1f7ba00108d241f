import * as Y from 'yjs'
import type { SheafDocument } from '../../src/index.ts'
import type { TestPerson } from '../../src/testing/index.ts'

/** One edit: a text at the end of the first paragraph. */
export function type(person: TestPerson, text: string, documentId = 'doc'): void {
  typeIn(person.open(documentId), text)
}

export function typeIn({ ydoc }: SheafDocument, text: string): void {
  ydoc.transact(() => {
    const content = ydoc.getXmlFragment('content')
    const first = content.length > 0 ? content.get(0) : null
    const place = first instanceof Y.XmlElement ? first.get(0) : null
    if (place instanceof Y.XmlText) return place.insert(place.length, text)
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(text)])
    content.insert(0, [paragraph])
  })
}

/** The text that a document shows. */
export const textIn = ({ ydoc }: SheafDocument): string =>
  ydoc
    .getXmlFragment('content')
    .toArray()
    .map((node) => (node instanceof Y.XmlElement ? node.toArray().join('') : ''))
    .join('\n')
