import { describeSaveStatus } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import type { ReactElement } from 'react'
import { useDocumentStatus } from './use-document.ts'

/** Says whether one's words are safe, in words that are never more than true. */
export function SaveStatus({ document }: { document: SheafDocument | null }): ReactElement {
  const status = useDocumentStatus(document)
  const line = status === null ? { state: 'opening', text: 'Opening…' } : describeSaveStatus(status)
  return (
    <span className="sheaf-save-status" role="status" aria-label="Save status" data-state={line.state}>
      {line.text}
    </span>
  )
}
