import { createVersionHistory } from '@sheaf/client-sdk'
import type { VersionHistory, VersionHistorySnapshot } from '@sheaf/client-sdk'
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { useSheafClient } from './client-context.ts'

export interface Versions extends VersionHistorySnapshot {
  /** Commands on the history: name, restore, read, load more. */
  readonly history: VersionHistory
}

/** The history of a document, read when the component comes onto the page. `history.reload()` reads it anew. */
export function useVersions(documentId: string): Versions {
  const client = useSheafClient()
  const history = useMemo(() => createVersionHistory(client.versions(documentId)), [client, documentId])
  useEffect(() => void history.reload(), [history])
  const snapshot = useSyncExternalStore(history.subscribe, history.getSnapshot, history.getSnapshot)
  return useMemo(() => ({ ...snapshot, history }), [snapshot, history])
}
