import { onScopeDispose, shallowRef, watch } from 'vue'
import type { ShallowRef } from 'vue'

/** Something with an immutable snapshot: a document, an editor, a history. */
export interface Observable<T> {
  getSnapshot(): T
  subscribe(listener: () => void): () => void
}

/**
 * The snapshot of whatever the getter gives, kept up to date; null while it gives nothing. Held in a shallow reference: a reactive
 * proxy around Yjs or ProseMirror breaks both.
 */
export function useSnapshot<T>(source: () => Observable<T> | null): Readonly<ShallowRef<T | null>> {
  const snapshot = shallowRef<T | null>(null)
  let end = (): void => undefined
  watch(
    source,
    (observable) => {
      end()
      end = (): void => undefined
      snapshot.value = observable?.getSnapshot() ?? null
      if (observable === null) return
      end = observable.subscribe(() => {
        snapshot.value = observable.getSnapshot()
      })
    },
    { immediate: true, flush: 'sync' },
  )
  onScopeDispose(() => end())
  return snapshot
}
