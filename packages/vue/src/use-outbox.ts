import { outboxOf } from '@sheaf/client-sdk'
import type { OutboxEntry, SheafDocument } from '@sheaf/client-sdk'
import { computed } from 'vue'
import type { ComputedRef, MaybeRefOrGetter } from 'vue'
import { useSnapshot } from './use-snapshot.ts'
import { withoutProxy } from './without-proxy.ts'

const EMPTY: readonly OutboxEntry[] = []

/** What of a document is on its way to the server, oldest first, behind the last operations that became durable meanwhile. */
export function useOutbox(document: MaybeRefOrGetter<SheafDocument | null>): ComputedRef<readonly OutboxEntry[]> {
  const outbox = useSnapshot(() => {
    const opened = withoutProxy(document)
    return opened === null ? null : outboxOf(opened)
  })
  return computed(() => outbox.value ?? EMPTY)
}
