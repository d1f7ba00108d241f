import { createVersionHistory } from '@sheaf/client-sdk'
import type { VersionHistory, VersionHistorySnapshot } from '@sheaf/client-sdk'
import { computed, markRaw, onMounted, toValue, watch } from 'vue'
import type { ComputedRef, MaybeRefOrGetter } from 'vue'
import { useSheafClient } from './client-key.ts'
import { useSnapshot } from './use-snapshot.ts'

export interface Versions extends VersionHistorySnapshot {
  /** Commands on the history: name, restore, read, load more. */
  readonly history: VersionHistory
}

/** The history of a document, read when the component is mounted. `history.reload()` reads it anew. */
export function useVersions(documentId: MaybeRefOrGetter<string>): ComputedRef<Versions> {
  const client = useSheafClient()
  const history = computed(() => markRaw(createVersionHistory(client.versions(toValue(documentId)))))
  const snapshot = useSnapshot(() => history.value)
  onMounted(() => watch(history, (current) => void current.reload(), { immediate: true }))
  return computed(() => ({ ...(snapshot.value ?? history.value.getSnapshot()), history: history.value }))
}
