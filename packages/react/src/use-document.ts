import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { useSheafClient } from './client-context.ts'

/**
 * Opens a document for as long as the component is on the page. Null in the first render and on a server, where nothing is opened.
 * Components that open the same document share it.
 */
export function useDocument(documentId: string): SheafDocument | null {
  const client = useSheafClient()
  const [opened, setOpened] = useState<SheafDocument | null>(null)
  useEffect(() => {
    const document = client.open(documentId)
    setOpened(document)
    return () => {
      setOpened(null)
      // StrictMode takes every component off the page and puts it back at once: a document that is opened again in the same
      // moment as it is closed goes on with its session.
      void document.close()
    }
  }, [client, documentId])
  // While the effect of another id is still to come, the old document is not what was asked for.
  return opened !== null && opened.id === documentId ? opened : null
}

const nothing = (): void => undefined

/** The connection, the save state and the role of a document. Null as long as there is no document. */
export function useDocumentStatus(document: SheafDocument | null): DocumentSnapshot | null {
  const subscribe = useCallback((listener: () => void) => document?.subscribe(listener) ?? nothing, [document])
  return useSyncExternalStore(
    subscribe,
    () => document?.getSnapshot() ?? null,
    () => null,
  )
}
