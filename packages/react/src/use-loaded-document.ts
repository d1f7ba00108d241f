import { SheafError } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { useEffect, useReducer } from 'react'
import { leasesOf } from './document-leases.ts'
import { useSheafClient } from './client-context.ts'
import { useIsServer } from './use-is-server.ts'

const ON_SERVER =
  'Documents are opened in browsers only: the fallback is sent, and the browser goes on from there. <ClientSideSuspense> does the same without this message.'

/**
 * A loaded document, for as long as the component is on the page. Suspends until there is content to show. Components that open
 * the same document share it.
 *
 * @throws {SheafError} to the error boundary, where there will be no content
 */
export function useDocument(documentId: string): SheafDocument {
  const client = useSheafClient()
  if (useIsServer()) throw new SheafError('unavailable', { message: ON_SERVER })
  const leases = leasesOf(client)
  const document = leases.read(documentId)
  const [, renderAgain] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const held = leases.hold(documentId)
    if (held.document !== document) renderAgain()
    return held.end
    // What was rendered matters at the moment of holding only; afterwards the document stays the same while it is held.
  }, [leases, documentId])
  return document
}
