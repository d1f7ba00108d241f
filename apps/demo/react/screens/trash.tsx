import { FileText, RotateCcw, SearchX, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { documentPath } from '../../account/addresses.ts'
import { asApiError } from '../../account/api.ts'
import type { DocumentInfo } from '../../account/api.ts'
import { UNTITLED } from '../../account/document-words.ts'
import { shownDocuments } from '../../account/shown-documents.ts'
import { EmptyState, Failed, Rows, Waiting } from '../parts/list-states.tsx'
import { PageFrame } from '../parts/page-frame.tsx'
import { RelativeTime } from '../parts/relative-time.tsx'
import { useToast } from '../parts/toast.tsx'
import { go } from '../route.ts'
import { useSignedIn } from '../signed-in.tsx'
import { useDocuments } from '../use-documents.ts'

function TrashRow({ document, onRestored }: { document: DocumentInfo; onRestored: () => void }): ReactElement {
  const { api } = useSignedIn()
  const toast = useToast()
  const [busy, setBusy] = useState(false)
  const title = document.title || UNTITLED
  async function restore(): Promise<void> {
    setBusy(true)
    try {
      await api.untrash(document.id)
      toast(`“${title}” is back.`, { label: 'Open', run: () => go(documentPath(document.id)) })
      onRestored()
    } catch (error) {
      setBusy(false)
      toast(asApiError(error).message)
    }
  }
  return (
    <li className="row row-trash">
      <span className="row-icon" aria-hidden="true">
        <FileText />
      </span>
      <span className="row-title">{title}</span>
      <span className="row-time">
        {document.deletedAt !== null && (
          <>
            Deleted <RelativeTime iso={document.deletedAt} />
          </>
        )}
      </span>
      <button
        type="button"
        className="button row-restore"
        aria-label={`Restore ${title}`}
        disabled={busy}
        onClick={() => void restore()}
      >
        <RotateCcw aria-hidden="true" /> Restore
      </button>
    </li>
  )
}

/** What one deleted, and takes back. */
export function Trash(): ReactElement {
  const [documents, again] = useDocuments('trash')
  const [query, setQuery] = useState('')
  const all = documents.documents
  const found = new Set(shownDocuments(all, { query, whose: 'all', order: 'edited' }))
  const rows = all
    .filter((document) => found.has(document))
    .sort((a, b) => (b.deletedAt ?? '').localeCompare(a.deletedAt ?? ''))

  return (
    <PageFrame here="trash" title="Trash" search={{ label: 'Search the trash', query, onQuery: setQuery }}>
      <div className="list-head">
        <div>
          <h1>Trash</h1>
          <p className="quiet">
            Nobody can open what is here. It stays until you restore it, with its versions and the people who have
            access.
          </p>
        </div>
      </div>
      <Failed documents={documents} onAgain={again} />
      {all.length === 0 && documents.status === 'loading' && <Waiting label="Loading the trash" />}
      {all.length === 0 && documents.status === 'ready' && (
        <EmptyState icon={<Trash2 />} title="The trash is empty">
          Documents that you delete come here, and nothing of them is lost.
        </EmptyState>
      )}
      {all.length > 0 && rows.length === 0 && (
        <EmptyState
          icon={<SearchX />}
          title="Nothing found"
          action={
            <button type="button" className="button" onClick={() => setQuery('')}>
              Show all of the trash
            </button>
          }
        >
          No title matches “{query.trim()}”.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Rows
          label="Documents in the trash"
          items={rows}
          loading={documents.status === 'loading'}
          row={(document) => <TrashRow key={document.id} document={document} onRestored={again} />}
        />
      )}
    </PageFrame>
  )
}
