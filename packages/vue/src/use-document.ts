import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { computed, onMounted, onScopeDispose, shallowRef, toValue, watch } from 'vue'
import type { ComputedRef, MaybeRefOrGetter, ShallowRef } from 'vue'
import { useSheafClient } from './client-key.ts'
import { useSnapshot } from './use-snapshot.ts'
import { markDocument, withoutProxy } from './without-proxy.ts'

/**
 * Opens a document for as long as the component is there, also while `<KeepAlive>` keeps it off the page. Null before it is mounted
 * and on a server, where nothing is opened. Components that open the same document share it.
 */
export function useDocument(documentId: MaybeRefOrGetter<string>): ComputedRef<SheafDocument | null> {
  const client = useSheafClient()
  const opened = shallowRef<SheafDocument | null>(null)
  const close = (): void => {
    const former = opened.value
    opened.value = null
    void former?.close()
  }
  const open = (id: string): void => {
    // Opened before the old one is closed: where it is the same one, its session goes on.
    const document = markDocument(client.open(id))
    close()
    opened.value = document
  }
  onMounted(() => {
    open(toValue(documentId))
    watch(() => toValue(documentId), open)
  })
  onScopeDispose(close)
  // Until another id is looked at, the old document is not what was asked for.
  return computed(() => (opened.value?.id === toValue(documentId) ? opened.value : null))
}

/** The connection, the save state and the role of a document. Null as long as there is no document. */
export function useDocumentStatus(
  document: MaybeRefOrGetter<SheafDocument | null>,
): Readonly<ShallowRef<DocumentSnapshot | null>> {
  return useSnapshot(() => withoutProxy(document))
}
