import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { Download } from 'lucide-react'
import { useState } from 'react'
import type { ReactElement } from 'react'

async function downloadUnsaved(document: SheafDocument): Promise<void> {
  const update = await document.exportUnsaved()
  const address = URL.createObjectURL(new Blob([update.slice().buffer], { type: 'application/octet-stream' }))
  const link = globalThis.document.createElement('a')
  link.href = address
  link.download = `unsaved-${document.id}.yjs`
  link.click()
  URL.revokeObjectURL(address)
}

/** Whether one could write here earlier in this visit: only then is it news that one cannot any more. */
function useWasEditable({ editable }: DocumentSnapshot): boolean {
  const [was, setWas] = useState(editable)
  if (editable && !was) setWas(true)
  return was
}

function noticeOf(status: DocumentSnapshot, wasEditable: boolean): string | null {
  const { loaded, editable, error, role, saveState } = status
  if (!loaded) return null
  const reader = role === 'viewer' || role === 'commenter'
  if (reader && !editable && saveState === 'refused')
    return 'Your right to edit was withdrawn. What was not saved yet stays on this device.'
  if (error !== null) return error.message
  return reader && !editable && wasEditable ? 'Your right to edit was withdrawn. You may still read along.' : null
}

/** What a person should know about the document before reading on: that it is read-only now and why, and where their words are. */
export function DocumentNotice(props: { document: SheafDocument; status: DocumentSnapshot }): ReactElement | null {
  const { document, status } = props
  const wasEditable = useWasEditable(status)
  const text = noticeOf(status, wasEditable)
  if (text === null) return null
  const kept = status.saveState === 'refused' && status.unsavedChanges > 0
  return (
    <div className="notice" role="alert">
      <p>{text}</p>
      {kept && (
        <button type="button" className="button" onClick={() => void downloadUnsaved(document)}>
          <Download aria-hidden="true" /> Download unsaved changes
        </button>
      )}
    </div>
  )
}
