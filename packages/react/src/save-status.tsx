import { describeSaveStatus } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import type { ReactElement } from 'react'
import { className } from './class-name.ts'
import { useLanguage } from './language.ts'
import { SaveDetails } from './save-details.tsx'
import { useDocumentStatus } from './use-document.ts'

/** Which document is told of, and how much. */
export interface SaveStatusProps {
  readonly document: SheafDocument | null
  /** True puts a button beside the words that opens the inspector. Default false. */
  readonly details?: boolean
  readonly className?: string
}

/** Says whether one's words are safe, in words that are never more than true. */
export function SaveStatus({ document, details = false, className: added }: SaveStatusProps): ReactElement {
  const status = useDocumentStatus(document)
  const language = useLanguage()
  const { state, text } =
    status === null ? { state: 'opening', text: language.words.opening } : describeSaveStatus(status, language)
  const line = (
    <span
      className={className('sheaf-save-status', details ? undefined : added)}
      role="status"
      aria-label={language.words.saveStatus}
      data-state={state}
    >
      {text}
    </span>
  )
  if (!details) return line
  return (
    <span className={className('sheaf-save', added)}>
      {line}
      <SaveDetails document={document} />
    </span>
  )
}
