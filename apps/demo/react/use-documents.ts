import { useCallback, useEffect, useState } from 'react'
import { asApiError } from '../account/api.ts'
import type { ApiError, DocumentInfo } from '../account/api.ts'
import { Owners } from '../account/owners.ts'
import type { ListedDocument } from '../account/shown-documents.ts'
import { useSignedIn } from './signed-in.tsx'

export interface Documents {
  readonly documents: readonly ListedDocument[]
  /** `loading`: there may be more than what is here already. */
  readonly status: 'loading' | 'ready' | 'failed'
  readonly error: ApiError | null
}

const NONE: Documents = { documents: [], status: 'loading', error: null }

/**
 * The documents of the list or of the trash, page after page as they come. `again` reads them anew, and what is there stays until
 * then. They are read again when one comes back to the page, too.
 */
export function useDocuments(which: 'list' | 'trash'): readonly [Documents, again: () => void] {
  const { api, user } = useSignedIn()
  const [state, setState] = useState<Documents>(NONE)
  const [round, setRound] = useState(0)
  const again = useCallback(() => setRound((value) => value + 1), [])
  useEffect(() => {
    addEventListener('focus', again)
    return () => removeEventListener('focus', again)
  }, [again])
  useEffect(() => {
    let current = true
    const owners = new Owners(api)
    const named = async (document: DocumentInfo): Promise<ListedDocument> => ({
      ...document,
      owner: document.createdBy === user.id ? null : await owners.nameFor(document),
    })
    const read = async (): Promise<void> => {
      const documents: ListedDocument[] = []
      for await (const page of api[which]()) {
        documents.push(...(await Promise.all(page.map(named))))
        if (!current) return
        // A second reading replaces the first when it is through, so that nothing jumps.
        setState((before) =>
          before.status === 'ready' ? before : { documents: [...documents], status: 'loading', error: null },
        )
      }
      if (current) setState({ documents, status: 'ready', error: null })
    }
    read().catch((error: unknown) => {
      if (current) setState((before) => ({ ...before, status: 'failed', error: asApiError(error) }))
    })
    return () => {
      current = false
    }
  }, [api, user.id, which, round])
  return [state, again]
}
