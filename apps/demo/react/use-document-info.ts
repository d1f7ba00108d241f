import type { Role } from '@sheaf/client-sdk'
import { useEffect, useState } from 'react'
import { asApiError } from '../account/api.ts'
import type { DocumentInfo } from '../account/api.ts'
import { UNTITLED } from '../account/document-words.ts'
import { useSignedIn } from './signed-in.tsx'

/**
 * Title and role of a document. Read anew when one comes back to the page, since others may have renamed it, and when the role
 * changes. The third value says why there is none.
 */
export function useDocumentInfo(
  id: string,
  role: Role | null,
): readonly [DocumentInfo | null, (info: DocumentInfo) => void, string | null] {
  const { api } = useSignedIn()
  const [info, setInfo] = useState<DocumentInfo | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  useEffect(() => {
    let current = true
    const read = (): void =>
      void api.get(id).then(
        (value) => {
          if (!current) return
          setInfo(value)
          setFailure(null)
        },
        (error: unknown) => {
          const { status, message } = asApiError(error)
          // Without a connection the document may still be on this device.
          if (current && status !== 0)
            setFailure(status === 404 ? 'It was deleted, or is not shared with you.' : message)
        },
      )
    read()
    addEventListener('focus', read)
    return () => {
      current = false
      removeEventListener('focus', read)
    }
  }, [api, id, role])
  useEffect(() => {
    document.title = info === null ? 'Sheaf' : `${info.title || UNTITLED} – Sheaf`
    return () => {
      document.title = 'Sheaf'
    }
  }, [info])
  return [info, setInfo, failure]
}
