import { mayEdit } from '@sheaf/client-sdk'
import type { DocumentSnapshot, SheafDocument, Version } from '@sheaf/client-sdk'
import {
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  Toolbar,
  useDocument,
  useDocumentStatus,
  useVersions,
} from '@sheaf/react'
import type { Versions } from '@sheaf/react'
import type { Editor } from '@sheaf/client-sdk/editor'
import { ArrowLeft, FileQuestion, History, Share2 } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { asApiError } from '../../account/api.ts'
import { AccountMenu } from '../parts/account-menu.tsx'
import { DocumentNotice } from '../parts/document-notice.tsx'
import { HistoryPanel } from '../parts/history-panel.tsx'
import { ShareDialog } from '../parts/share-dialog.tsx'
import { TitleField } from '../parts/title-field.tsx'
import { useToast } from '../parts/toast.tsx'
import { VersionPreview } from '../parts/version-preview.tsx'
import { followInside } from '../route.ts'
import { useSignedIn } from '../signed-in.tsx'
import { useDocumentInfo } from '../use-document-info.ts'

function NotThere({ message }: { message: string }): ReactElement {
  return (
    <main className="not-there">
      <span className="empty-icon" aria-hidden="true">
        <FileQuestion />
      </span>
      <h1>This document cannot be opened</h1>
      <p className="quiet">{message}</p>
      <a className="button button-primary" href="/" onClick={followInside}>
        Back to your documents
      </a>
    </main>
  )
}

function Header(props: { title: ReactNode; document: SheafDocument | null; actions: ReactNode }): ReactElement {
  return (
    <header className="document-top">
      <a
        className="icon-button"
        href="/"
        aria-label="Back to documents"
        title="Back to documents"
        onClick={followInside}
      >
        <ArrowLeft aria-hidden="true" />
      </a>
      <div className="document-name">
        {props.title}
        <SaveStatus document={props.document} />
      </div>
      <div className="document-actions">
        <PresenceAvatars document={props.document} max={4} />
        {props.actions}
        <AccountMenu />
      </div>
    </header>
  )
}

/** A toast, once, when edits of an earlier visit were found on this device. */
function useRecoveredToast(status: DocumentSnapshot | null): void {
  const toast = useToast()
  const recovered = status?.recovered ?? 0
  useEffect(() => {
    if (recovered === 0) return
    const edits = recovered === 1 ? '1 edit' : `${recovered} edits`
    toast(`${edits} of your last visit were kept on this device and are being saved now.`)
  }, [recovered, toast])
}

interface CanvasProps {
  readonly document: SheafDocument | null
  readonly status: DocumentSnapshot | null
  readonly hidden: boolean
  readonly onEditor: (editor: Editor | null) => void
}

/** The page to write on. It stays in place, unseen, while a version is looked at. */
function Canvas({ document, status, hidden, onEditor }: CanvasProps): ReactElement {
  return (
    <div hidden={hidden}>
      {document !== null && status !== null && <DocumentNotice document={document} status={status} />}
      <div className="paper">
        {status?.loaded !== true && <div className="paper-waiting" role="status" aria-label="Opening the document" />}
        <SheafEditor
          document={document}
          placeholder="Write something, or type # for a heading…"
          ariaLabel="Document"
          onEditor={onEditor}
        />
      </div>
    </div>
  )
}

function useHistoryOf(id: string): { versions: Versions; open: boolean; toggle: () => void; close: () => void } {
  const versions = useVersions(id)
  const [open, setOpen] = useState(false)
  const { history } = versions
  const toggle = useCallback(() => {
    if (!open) void history.reload()
    setOpen(!open)
  }, [open, history])
  const close = useCallback(() => setOpen(false), [])
  return { versions, open, toggle, close }
}

export function DocumentPage({ id }: { id: string }): ReactElement {
  const { api } = useSignedIn()
  const toast = useToast()
  const document = useDocument(id)
  const status = useDocumentStatus(document)
  const [info, setInfo, failure] = useDocumentInfo(id, status?.role ?? null)
  const [editor, setEditor] = useState<Editor | null>(null)
  const [sharing, setSharing] = useState(false)
  const [selected, setSelected] = useState<Version | null>(null)
  const { versions, open, toggle, close } = useHistoryOf(id)
  useRecoveredToast(status)

  const mayRename = mayEdit(status?.role ?? info?.role ?? null)

  // A toolbar of which nothing can be pressed is in the way of reading.
  const readOnly = status !== null && status.loaded && !status.editable

  async function rename(title: string): Promise<void> {
    try {
      setInfo(await api.rename(id, title))
    } catch (error) {
      toast(asApiError(error).message)
    }
  }
  const closeHistory = useCallback(() => {
    close()
    setSelected(null)
  }, [close])
  async function restore({ id: versionId }: Version): Promise<void> {
    try {
      await versions.history.restore(versionId)
      setSelected(null)
      toast('The version is restored. What was there before is still in the history.')
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error))
    }
  }

  if (failure !== null && status?.loaded !== true) return <NotThere message={failure} />
  return (
    <div className="document">
      <Header
        document={document}
        title={<TitleField title={info?.title ?? ''} readOnly={!mayRename} onRename={(title) => void rename(title)} />}
        actions={
          <>
            <button
              type="button"
              className="button button-quiet"
              aria-label="Version history"
              aria-pressed={open}
              onClick={open ? closeHistory : toggle}
            >
              <History aria-hidden="true" /> <span className="wide-only">History</span>
            </button>
            {info !== null && status?.role !== null && (
              <button
                type="button"
                className="button button-primary"
                aria-label="Share"
                onClick={() => setSharing(true)}
              >
                <Share2 aria-hidden="true" /> <span className="wide-only">Share</span>
              </button>
            )}
          </>
        }
      />
      {selected === null && !readOnly && (
        <div className="toolbar-bar">
          <Toolbar editor={editor} />
        </div>
      )}
      <div className="document-body">
        <main className="canvas">
          {selected !== null && (
            <VersionPreview
              key={selected.id}
              version={selected}
              versions={versions}
              mayEdit={mayRename}
              onLeave={() => setSelected(null)}
              onRestore={(version) => void restore(version)}
            />
          )}
          <Canvas document={document} status={status} hidden={selected !== null} onEditor={setEditor} />
        </main>
        {open && document !== null && (
          <HistoryPanel
            document={document}
            versions={versions}
            mayEdit={mayRename}
            selected={selected}
            onSelect={setSelected}
            onRestore={(version) => void restore(version)}
            onClose={closeHistory}
          />
        )}
      </div>
      {sharing && info !== null && <ShareDialog document={info} onClose={() => setSharing(false)} />}
    </div>
  )
}
