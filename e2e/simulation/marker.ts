import { CONTENT_ROOT } from '@sheaf/protocol'
import * as Y from 'yjs'

/** A piece of text that is written once in a whole run, so that everybody can tell whether it is lost or there twice. */
export type Marker = string

const MARKER = /\[[a-z0-9]+\.\d+\]/g

export const markerOf = (writer: string, number: number): Marker => `[${writer}.${number}]`

export const markersIn = (text: string): Marker[] => text.match(MARKER) ?? []

/** The markers that updates write; what they delete is not told. */
export function markersWritten(updates: readonly Uint8Array[]): Marker[] {
  return updates.flatMap((update) =>
    Y.decodeUpdateV2(update).structs.flatMap((struct) =>
      struct instanceof Y.Item && struct.content instanceof Y.ContentString ? markersIn(struct.content.str) : [],
    ),
  )
}

/** The text of a document, paragraph by paragraph, without its formats. */
export function plainText(doc: Y.Doc): string {
  return doc
    .getXmlFragment(CONTENT_ROOT)
    .toArray()
    .flatMap((node) => (node instanceof Y.XmlElement ? node.toArray() : []))
    .flatMap((node) => (node instanceof Y.XmlText ? [textOf(node)] : []))
    .join('\n')
}

export const textOf = (text: Y.XmlText): string =>
  (text.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')

/** Everything that can be seen of a document: nodes, attributes, text with its formats. */
export const appearance = (doc: Y.Doc): string => doc.getXmlFragment(CONTENT_ROOT).toString()
