import type { DocumentSnapshot, SheafDocument } from '@sheaf/client-sdk'
import { Download, FileQuestion, RotateCcw, Trash2 } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import { asApiError } from '../../account/api.ts'
import { download } from '../../account/download.ts'
import { followInside } from '../route.ts'
import { useSignedIn } from '../signed-in.tsx'
import { useAnswer } from '../use-answer.ts'
import { useToast } from './toast.tsx'

/** How often a page asks whether its document has come back. */
const ASK_MS = 4000

/** Calls `onBack` once the document can be opened again: taken out of the trash, or shared anew. */
function useReturn(id: string, onBack: () => void): void {
  const { api } = useSignedIn()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let current = true
    const ask = (): void => {
      clearTimeout(timer)
      api.get(id).then(
        () => current && onBack(),
        () => {
          // Still not there, or nobody to ask.
          if (current) timer = setTimeout(ask, ASK_MS)
        },
      )
    }
    timer = setTimeout(ask, ASK_MS)
    addEventListener('focus', ask)
    return () => {
      current = false
      clearTimeout(timer)
      removeEventListener('focus', ask)
    }
  }, [api, id, onBack])
}

function useRestore(id: string, onBack: () => void): { readonly busy: boolean; readonly restore: () => void } {
  const { api } = useSignedIn()
  const toast = useToast()
  const [busy, setBusy] = useState(false)
  const restore = (): void => {
    setBusy(true)
    api.untrash(id).then(
      () => {
        toast('The document is out of the trash again.')
        onBack()
      },
      (error: unknown) => {
        setBusy(false)
        toast(asApiError(error).message)
      },
    )
  }
  return { busy, restore }
}

function RestoreButton({ id, onBack }: { id: string; onBack: () => void }): ReactElement {
  const { busy, restore } = useRestore(id, onBack)
  return (
    <button type="button" className="button button-primary" disabled={busy} onClick={restore}>
      <RotateCcw aria-hidden="true" /> Restore
    </button>
  )
}

/** Whether the document is in one's own trash. Null until that is known. */
function useInTrash(id: string): boolean | null {
  const { api } = useSignedIn()
  const [answer] = useAnswer(useCallback(() => api.isInTrash(id), [api, id]))
  return answer.status === 'waiting' ? null : answer.status === 'ready' && answer.value
}

function UnsavedDownload({ document }: { document: SheafDocument }): ReactElement {
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

interface EndedProps {
  readonly id: string
  /** It can be opened again. */
  readonly onBack: () => void
}

/** Above the text of a document that ended while it was open. The text stays, to be read and copied. */
export function EndedNotice(
  props: EndedProps & { readonly document: SheafDocument; readonly status: DocumentSnapshot },
): ReactElement {
  const { id, onBack, document, status } = props
  useReturn(id, onBack)
  const mine = useInTrash(id) === true
  const deleted = mine || status.error?.code === 'document-deleted'
  return (
    <div className="notice" role="alert">
      <p>
        {deleted ? 'This document is in the trash.' : 'You have no access to this document any more.'}{' '}
        {status.unsavedChanges > 0
          ? 'What was not saved yet stays on this device.'
          : mine
            ? 'Restore it to go on writing.'
            : 'You can still read what is shown here. It goes on as soon as it is back.'}
      </p>
      <span className="notice-actions">
        {status.unsavedChanges > 0 && <UnsavedDownload document={document} />}
        {mine && <RestoreButton id={id} onBack={onBack} />}
      </span>
    </div>
  )
}

/** In the place of a document of which there is nothing to show. */
export function NotThere({ id, message, onBack }: EndedProps & { readonly message: string }): ReactElement | null {
  useReturn(id, onBack)
  const inTrash = useInTrash(id)
  if (inTrash === null) return null
  return (
    <main className="not-there">
      <span className="empty-icon" aria-hidden="true">
        {inTrash ? <Trash2 /> : <FileQuestion />}
      </span>
      <h1>{inTrash ? 'This document is in the trash' : 'This document cannot be opened'}</h1>
      <p className="quiet">{inTrash ? 'Restore it to read it and to go on writing.' : message}</p>
      <div className="not-there-actions">
        {inTrash && <RestoreButton id={id} onBack={onBack} />}
        <a className={inTrash ? 'button' : 'button button-primary'} href="/" onClick={followInside}>
          Back to your documents
        </a>
      </div>
    </main>
  )
}
