import { outboxOf } from '@sheaf/client-sdk'
import type { OutboxEntry, SheafDocument } from '@sheaf/client-sdk'
import { useMemo, useSyncExternalStore } from 'react'

const EMPTY: readonly OutboxEntry[] = []
const empty = { getSnapshot: () => EMPTY, subscribe: () => () => undefined }

/** What of a document is on its way to the server, oldest first, behind the last operations that became durable meanwhile. */
export function useOutbox(document: SheafDocument | null): readonly OutboxEntry[] {
  const outbox = useMemo(() => (document === null ? empty : outboxOf(document)), [document])
  return useSyncExternalStore(outbox.subscribe, outbox.getSnapshot, empty.getSnapshot)
}
