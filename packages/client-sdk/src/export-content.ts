import * as Y from 'yjs'
import type { SheafDocument } from './document.ts'

/**
 * Everything that this page has of the document, edits that are not committed too, as one Yjs V2 update: for a download, or to
 * put it into another document. It works as long as the page lives: also when every right was lost, the document was deleted,
 * the server is behind, or the document was closed here.
 */
export function exportContent({ ydoc }: Pick<SheafDocument, 'ydoc'>): Uint8Array {
  return Y.encodeStateAsUpdateV2(ydoc)
}
