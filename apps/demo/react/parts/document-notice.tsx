import { describeNotice } from '@sheaf/client-sdk'
import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { Download } from 'lucide-react'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { download } from '../../account/download.ts'

/** Whether one could write here earlier in this visit: only then is it news that one cannot any more. */
function useWasEditable({ editable }: DocumentSnapshot): boolean {
  const [was, setWas] = useState(editable)
  if (editable && !was) setWas(true)
  return was
}

export function UnsavedDownload({ document }: { document: SheafDocument }): ReactElement {
  const save = async (): Promise<void> => {
    const update = await document.exportUnsaved()
    download(`unsaved-${document.id}.yjs`, 'application/octet-stream', update.slice().buffer)
  }
  return (
    <button type="button" className="button" onClick={() => void save()}>
      <Download aria-hidden="true" /> Download unsaved changes
    </button>
  )
}

/** What a person should know about the document before reading on: that it is read-only now and why, and where their words are. */
export function DocumentNotice(props: { document: SheafDocument; status: DocumentSnapshot }): ReactElement | null {
  const { document, status } = props
  const wasEditable = useWasEditable(status)
  const notice = status.loaded ? describeNotice(status, wasEditable) : null
  if (notice === null) return null
  return (
    <div className="notice" role="alert" data-kind={notice.kind}>
      <p>{notice.text}</p>
      {notice.exportable && <UnsavedDownload document={document} />}
    </div>
  )
}
