import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { Download } from 'lucide-react'
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

/** What a person should know about the document before reading on: that it is read-only now and why, and where their words are. */
export function DocumentNotice(props: { document: SheafDocument; status: DocumentSnapshot }): ReactElement | null {
  const { document, status } = props
  if (status.error === null || !status.loaded) return null
  const kept = status.saveState === 'refused' && status.unsavedChanges > 0
  return (
    <div className="notice" role="alert">
      <p>{status.error.message}</p>
      {kept && (
        <button type="button" className="button" onClick={() => void downloadUnsaved(document)}>
          <Download aria-hidden="true" /> Download unsaved changes
        </button>
      )}
    </div>
  )
}
