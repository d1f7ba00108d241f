import { describeNotice } from '@sheaf/client-sdk'
import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { downloadUnsaved } from '@sheaf/client-sdk/editor'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useLanguage } from './language.ts'
import { useDocumentStatus } from './use-document.ts'

/** Whether one could write here earlier in this visit: only then is it news that one cannot any more. */
function useWasEditable(status: DocumentSnapshot | null): boolean {
  const [was, setWas] = useState(false)
  if (status?.editable === true && !was) setWas(true)
  return was
}

/** What has to be said about a document above its text; nothing while all is well. */
export function DocumentNotice({ document }: { document: SheafDocument }): ReactElement | null {
  const status = useDocumentStatus(document)
  const wasEditable = useWasEditable(status)
  const language = useLanguage()
  const notice = status === null ? null : describeNotice(status, wasEditable, language)
  if (notice === null) return null
  return (
    <div className="sheaf-notice" role="alert" data-kind={notice.kind}>
      <p>{notice.text}</p>
      {notice.exportable && (
        <button type="button" className="sheaf-button" onClick={() => void downloadUnsaved(document)}>
          {language.words.downloadUnsaved}
        </button>
      )}
    </div>
  )
}
