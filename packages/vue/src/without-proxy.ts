import type { SheafDocument } from '@sheaf/client-sdk'
import { markRaw, toRaw, toValue } from 'vue'
import type { MaybeRefOrGetter } from 'vue'

/**
 * What was given, without the proxy that a `ref()` or `reactive()` of the application has put around it: through a proxy, Yjs and
 * ProseMirror take their own objects for somebody else's ("Applying a mismatched transaction").
 */
export const withoutProxy = <T>(value: MaybeRefOrGetter<T>): T => toRaw(toValue(value))

/** The document, which no `ref()` and no `reactive()` puts a proxy around any more, nor around what it is made of. */
export function markDocument(document: SheafDocument): SheafDocument {
  markRaw(document.ydoc)
  markRaw(document.awareness)
  markRaw(document.undoManager)
  return markRaw(document)
}
