import { mayEdit } from '@sheaf/client-sdk'
import type { DocumentSnapshot, SheafDocument, Version } from '@sheaf/client-sdk'
import { SheafEditor, Toolbar, useDocument, useDocumentStatus, useVersions } from '@sheaf/react'
import type { Versions } from '@sheaf/react'
import type { Editor } from '@sheaf/client-sdk/editor'
import { History, Share2 } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { documentPath } from '../../account/addresses.ts'
import { asApiError } from '../../account/api.ts'
import { UNTITLED, documentEnd, recoveredWords } from '../../account/document-words.ts'
import { followStickyTop } from '../../account/sticky-top.ts'
import { DeleteDialog } from '../parts/delete-dialog.tsx'
import { EndedNotice, NotThere } from '../parts/document-ended.tsx'
import { DocumentHeader } from '../parts/document-header.tsx'
import { DocumentMenu } from '../parts/document-menu.tsx'
import { HistoryPanel } from '../parts/history-panel.tsx'
import { ShareDialog } from '../parts/share-dialog.tsx'
import { SkipLink } from '../parts/skip-link.tsx'
import { TitleField } from '../parts/title-field.tsx'
import { useToast } from '../parts/toast.tsx'
import { VersionPreview } from '../parts/version-preview.tsx'
import { OpenedDocument } from '../opened-document.ts'
import { go } from '../route.ts'
import { useSignedIn } from '../signed-in.tsx'
import { useDocumentInfo } from '../use-document-info.ts'

/** A toast, once, when edits of an earlier visit were found on this device. */
function useRecoveredToast(status: DocumentSnapshot | null): void {
  const toast = useToast()
  const recovered = status?.recovered ?? 0
  useEffect(() => {
    if (recovered > 0) toast(recoveredWords(recovered))
  }, [recovered, toast])
}

/** What stays at the top of the page while one scrolls. */
function Bars({ children }: { children: ReactNode }): ReactElement {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => (ref.current === null ? undefined : followStickyTop(ref.current)), [])
  return (
    <div ref={ref} className="document-bars">
      {children}
    </div>
  )
}

interface CanvasProps {
  readonly document: SheafDocument | null
  readonly status: DocumentSnapshot | null
  readonly hidden: boolean
  readonly onEditor: (editor: Editor | null) => void
  /** In the place of the usual notices. */
  readonly ended: ReactNode
}

/** The page to write on. It stays in place, unseen, while a version is looked at. */
function Canvas({ document, status, hidden, onEditor, ended }: CanvasProps): ReactElement {
  const { api } = useSignedIn()
  return (
    <div hidden={hidden}>
      {ended}
      <div className="paper">
        {status?.loaded !== true && <div className="paper-waiting" role="status" aria-label="Opening the document" />}
        <SheafEditor
          document={document}
          placeholder="Write something, or type / for what can be added…"
          ariaLabel="Document"
          notice={ended === null}
          uploadImage={api.uploadImage}
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

function OpenDocument({ id, onBack }: { id: string; onBack: () => void }): ReactElement {
  const { api } = useSignedIn()
  const toast = useToast()
  const document = useDocument(id)
  const status = useDocumentStatus(document)
  const [info, setInfo, failure] = useDocumentInfo(id, status?.role ?? null)
  const [editor, setEditor] = useState<Editor | null>(null)
  const [asking, setAsking] = useState<'share' | 'delete' | null>(null)
  const [selected, setSelected] = useState<Version | null>(null)
  const { versions, open, toggle, close } = useHistoryOf(id)
  useRecoveredToast(status)

  const mayRename = mayEdit(status?.role ?? info?.role ?? null)
  const end = status === null ? null : documentEnd(status)
  const title = info?.title ?? ''

  // A toolbar of which nothing can be pressed is in the way of reading.
  const readOnly = status !== null && status.loaded && !status.editable

  async function rename(next: string): Promise<void> {
    try {
      setInfo(await api.rename(id, next))
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

  if (status?.loaded !== true && (failure !== null || end !== null))
    return <NotThere id={id} message={failure ?? 'It was deleted, or is not shared with you.'} onBack={onBack} />
  const actions = (
    <>
      {end === null && (
        <button
          type="button"
          className="button button-quiet"
          aria-label="Version history"
          aria-pressed={open}
          onClick={open ? closeHistory : toggle}
        >
          <History aria-hidden="true" /> <span className="wide-only">History</span>
        </button>
      )}
      {end === null && info !== null && status?.role !== null && (
        <button type="button" className="button button-primary" aria-label="Share" onClick={() => setAsking('share')}>
          <Share2 aria-hidden="true" /> <span className="wide-only">Share</span>
        </button>
      )}
      <DocumentMenu
        id={id}
        title={title}
        editor={editor}
        onDelete={end === null && info?.role === 'owner' ? () => setAsking('delete') : undefined}
      />
    </>
  )
  return (
    <OpenedDocument.Provider value={document}>
      <div className="document">
        <SkipLink to="text">Skip to the text</SkipLink>
        <Bars>
          <DocumentHeader
            title={title || UNTITLED}
            field={<TitleField title={title} readOnly={!mayRename} onRename={(next) => void rename(next)} />}
            document={document}
            actions={actions}
          />
          {selected === null && !readOnly && (
            <div className="toolbar-bar" role="region" aria-label="Tools">
              <Toolbar editor={editor} />
            </div>
          )}
        </Bars>
        <div className="document-body">
          <main className="canvas" id="text" tabIndex={-1}>
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
            <Canvas
              document={document}
              status={status}
              hidden={selected !== null}
              onEditor={setEditor}
              ended={
                end === null || document === null || status === null ? null : (
                  <EndedNotice id={id} document={document} status={status} onBack={onBack} />
                )
              }
            />
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
        {asking === 'share' && info !== null && <ShareDialog document={info} onClose={() => setAsking(null)} />}
        {asking === 'delete' && info !== null && (
          <DeleteDialog
            document={info}
            onClose={() => setAsking(null)}
            onDone={() => go('/')}
            onUndone={() => go(documentPath(id))}
          />
        )}
      </div>
    </OpenedDocument.Provider>
  )
}

/** A document, as long as the server has it, and again when it has it again. */
export function DocumentPage({ id }: { id: string }): ReactElement {
  const [visit, setVisit] = useState<number | null>(0)
  const visits = useRef(0)
  const onBack = useCallback(() => setVisit(null), [])
  useEffect(() => {
    if (visit !== null) return undefined
    // A document that is opened in the moment in which it is closed goes on as it is, and this one has ended.
    const timer = setTimeout(() => setVisit((visits.current += 1)), 0)
    return () => clearTimeout(timer)
  }, [visit])
  return visit === null ? <div className="document" /> : <OpenDocument key={visit} id={id} onBack={onBack} />
}
