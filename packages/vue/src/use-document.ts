import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { markRaw, onMounted, onScopeDispose, shallowRef, toValue, watch } from 'vue'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import { useSheafClient } from './provider.ts'
import { useSnapshot } from './use-snapshot.ts'

/**
 * Opens a document for as long as the component is on the page. Null before it is mounted and on a server, where nothing is opened.
 * Components that open the same document share it.
 */
export function useDocument(documentId: MaybeRefOrGetter<string>): Readonly<ShallowRef<SheafDocument | null>> {
  const client = useSheafClient()
  const document = shallowRef<SheafDocument | null>(null)
  const close = (): void => {
    const opened = document.value
    document.value = null
    void opened?.close()
  }
  const open = (id: string): void => {
    // Opened before the old one is closed: where it is the same one, its session goes on.
    const opened = markRaw(client.open(id))
    close()
    document.value = opened
  }
  onMounted(() => {
    open(toValue(documentId))
    watch(() => toValue(documentId), open)
  })
  onScopeDispose(close)
  return document
}

/** The connection, the save state and the role of a document. Null as long as there is no document. */
export function useDocumentStatus(
  document: MaybeRefOrGetter<SheafDocument | null>,
): Readonly<ShallowRef<DocumentSnapshot | null>> {
  return useSnapshot(() => toValue(document))
}
