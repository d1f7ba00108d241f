import { FileText, Plus, SearchX } from 'lucide-react'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { documentPath } from '../../account/addresses.ts'
import { asApiError } from '../../account/api.ts'
import { UNTITLED } from '../../account/document-words.ts'
import { ORDER_NAMES, WHOSE_NAMES, shownDocuments } from '../../account/shown-documents.ts'
import type { Order, Shown, Whose } from '../../account/shown-documents.ts'
import { DeleteDialog } from '../parts/delete-dialog.tsx'
import { DocumentRow } from '../parts/document-row.tsx'
import type { RowAction } from '../parts/document-row.tsx'
import { LeaveDialog } from '../parts/leave-dialog.tsx'
import { EmptyState, Failed, Rows, Waiting } from '../parts/list-states.tsx'
import { PageFrame } from '../parts/page-frame.tsx'
import { RenameDialog } from '../parts/rename-dialog.tsx'
import { ShareDialog } from '../parts/share-dialog.tsx'
import { useToast } from '../parts/toast.tsx'
import { go } from '../route.ts'
import { useSignedIn } from '../signed-in.tsx'
import { useDocuments } from '../use-documents.ts'

const EVERYTHING: Shown = { query: '', whose: 'all', order: 'edited' }

function Filters({ shown, onShown }: { shown: Shown; onShown: (shown: Shown) => void }): ReactElement {
  return (
    <div className="filters">
      <div className="pills" role="group" aria-label="Whose documents">
        {Object.entries(WHOSE_NAMES).map(([whose, name]) => (
          <button
            key={whose}
            type="button"
            className="pill"
            aria-pressed={shown.whose === whose}
            onClick={() => onShown({ ...shown, whose: whose as Whose })}
          >
            {name}
          </button>
        ))}
      </div>
      <label className="order">
        <span>Sort by</span>
        <select
          className="select"
          value={shown.order}
          onChange={(event) => onShown({ ...shown, order: event.target.value as Order })}
        >
          {Object.entries(ORDER_NAMES).map(([order, name]) => (
            <option key={order} value={order}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}

function NothingFound({ shown, onShown }: { shown: Shown; onShown: (shown: Shown) => void }): ReactElement {
  const { query, whose } = shown
  const where = whose === 'all' ? '' : whose === 'mine' ? ' among those that you own' : ' among those shared with you'
  return (
    <EmptyState
      icon={<SearchX />}
      title={query.trim() === '' ? 'Nothing here' : 'Nothing found'}
      action={
        <button type="button" className="button" onClick={() => onShown({ ...EVERYTHING, order: shown.order })}>
          Show all documents
        </button>
      }
    >
      {query.trim() === '' ? `There is no document${where}.` : `No title or owner matches “${query.trim()}”${where}.`}
    </EmptyState>
  )
}

function ActionDialog(props: { action: RowAction; onClose: () => void; onDone: () => void }): ReactElement {
  const { action, onClose, onDone } = props
  const { document } = action
  switch (action.kind) {
    case 'rename':
      return <RenameDialog document={document} onClose={onClose} onDone={onDone} />
    case 'share':
      return <ShareDialog document={document} onClose={onClose} />
    case 'leave':
      return <LeaveDialog document={document} onClose={onClose} onDone={onDone} />
    case 'delete':
      return <DeleteDialog document={document} onClose={onClose} onDone={onDone} onUndone={onDone} />
  }
}

/** All documents that one may open. */
export function DocumentList(): ReactElement {
  const { api, user } = useSignedIn()
  const toast = useToast()
  const [documents, again] = useDocuments('list')
  const [shown, setShown] = useState(EVERYTHING)
  const [action, setAction] = useState<RowAction | null>(null)
  const [creating, setCreating] = useState(false)

  async function create(): Promise<void> {
    setCreating(true)
    try {
      go(documentPath((await api.create(UNTITLED)).id))
    } catch (error) {
      setCreating(false)
      toast(asApiError(error).message)
    }
  }
  const createButton = (words: string): ReactElement => (
    <button type="button" className="button button-primary" disabled={creating} onClick={() => void create()}>
      <Plus aria-hidden="true" /> {words}
    </button>
  )
  const all = documents.documents
  const rows = shownDocuments(all, shown)
  const isEmpty = all.length === 0 && documents.status === 'ready'

  return (
    <PageFrame
      here="documents"
      title="Documents"
      search={{ label: 'Search documents', query: shown.query, onQuery: (query) => setShown({ ...shown, query }) }}
    >
      <div className="list-head">
        <h1>Documents</h1>
        {user.canCreateDocuments && createButton('New document')}
      </div>
      <Failed documents={documents} onAgain={again} />
      {all.length > 0 && <Filters shown={shown} onShown={setShown} />}
      {all.length === 0 && documents.status === 'loading' && <Waiting label="Loading documents" />}
      {isEmpty && (
        <EmptyState
          icon={<FileText />}
          title="No documents yet"
          action={user.canCreateDocuments ? createButton('Create your first document') : undefined}
        >
          Start one and share it by e-mail. What others share with you appears here, too.
        </EmptyState>
      )}
      {all.length > 0 && rows.length === 0 && <NothingFound shown={shown} onShown={setShown} />}
      {rows.length > 0 && (
        <Rows
          label="Your documents"
          items={rows}
          loading={documents.status === 'loading'}
          row={(document) => <DocumentRow key={document.id} document={document} onAct={setAction} />}
        />
      )}
      <p className="unseen" role="status">
        {shown.query.trim() === '' ? '' : `${rows.length} found`}
      </p>
      {action !== null && (
        <ActionDialog
          action={action}
          onClose={() => setAction(null)}
          onDone={() => {
            setAction(null)
            again()
          }}
        />
      )}
    </PageFrame>
  )
}
