import * as Menu from '@radix-ui/react-dropdown-menu'
import { Ellipsis, FileText, Pencil, Plus, Trash2 } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { documentPath } from '../../account/addresses.ts'
import { asApiError } from '../../account/api.ts'
import type { DocumentInfo, DocumentsApi } from '../../account/api.ts'
import { AccountMenu } from '../parts/account-menu.tsx'
import { Brand } from '../parts/brand.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { RelativeTime } from '../parts/relative-time.tsx'
import { useToast } from '../parts/toast.tsx'
import { followInside, go } from '../route.ts'
import { ROLE_NAMES } from '../../account/roles.ts'
import { useSignedIn } from '../signed-in.tsx'
import { useAnswer } from '../use-answer.ts'

const UNTITLED = 'Untitled document'

interface ListedDocument extends DocumentInfo {
  /** Name of whoever owns it; null when that cannot be found out. */
  readonly owner: string | null
}

async function ownerOf(api: DocumentsApi, id: string): Promise<string | null> {
  try {
    const permissions = await api.permissions(id)
    return permissions.find(({ role }) => role === 'owner')?.displayName ?? null
  } catch {
    // The name of the owner is a courtesy: without it the list still says that the document is shared.
    return null
  }
}

async function listDocuments(api: DocumentsApi): Promise<readonly ListedDocument[]> {
  const documents = await api.list()
  return Promise.all(
    documents.map(async (document) => ({
      ...document,
      owner: document.role === 'owner' ? null : await ownerOf(api, document.id),
    })),
  )
}

type Action = { readonly kind: 'rename' | 'delete'; readonly document: DocumentInfo }

function RowMenu({
  document,
  onAct,
}: {
  document: DocumentInfo
  onAct: (action: Action) => void
}): ReactElement | null {
  const mayRename = document.role === 'owner' || document.role === 'editor'
  if (!mayRename) return null
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="icon-button" aria-label={`Actions for ${document.title || UNTITLED}`}>
        <Ellipsis aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={4}>
          <Menu.Item className="menu-item" onSelect={() => onAct({ kind: 'rename', document })}>
            <Pencil aria-hidden="true" /> Rename
          </Menu.Item>
          {document.role === 'owner' && (
            <Menu.Item className="menu-item menu-item-danger" onSelect={() => onAct({ kind: 'delete', document })}>
              <Trash2 aria-hidden="true" /> Delete
            </Menu.Item>
          )}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  )
}

function Row({ document, onAct }: { document: ListedDocument; onAct: (action: Action) => void }): ReactElement {
  const own = document.role === 'owner'
  const from = document.owner === null ? 'Shared with you' : `Shared by ${document.owner}`
  return (
    <li className="row">
      <span className="row-icon" aria-hidden="true">
        <FileText />
      </span>
      <a className="row-link" href={documentPath(document.id)} onClick={followInside}>
        <span className="row-title">{document.title || UNTITLED}</span>
      </a>
      <span className="row-owner">
        {own ? 'Owned by you' : from}
        {!own && <span className="badge">{ROLE_NAMES[document.role]}</span>}
      </span>
      <span className="row-time">
        <RelativeTime iso={document.updatedAt} />
      </span>
      <span className="row-actions">
        <RowMenu document={document} onAct={onAct} />
      </span>
    </li>
  )
}

function RenameDialog(props: { document: DocumentInfo; onClose: () => void; onDone: () => void }): ReactElement {
  const { document, onClose, onDone } = props
  const { api } = useSignedIn()
  const toast = useToast()
  async function rename(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const title = String(new FormData(event.currentTarget).get('title') ?? '').trim()
    try {
      if (title !== '' && title !== document.title) await api.rename(document.id, title)
      onDone()
    } catch (error) {
      toast(asApiError(error).message)
    }
  }
  return (
    <Dialog title="Rename document" onClose={onClose}>
      <form className="stack" onSubmit={(event) => void rename(event)}>
        <label className="field">
          <span>Title</span>
          <input
            name="title"
            defaultValue={document.title}
            maxLength={200}
            autoFocus
            onFocus={(event) => event.target.select()}
          />
        </label>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary">
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  )
}

function DeleteDialog(props: { document: DocumentInfo; onClose: () => void; onDone: () => void }): ReactElement {
  const { document, onClose, onDone } = props
  const { api } = useSignedIn()
  const toast = useToast()
  async function remove(): Promise<void> {
    try {
      await api.delete(document.id)
      toast(`“${document.title || UNTITLED}” was deleted.`)
      onDone()
    } catch (error) {
      toast(asApiError(error).message)
    }
  }
  return (
    <Dialog title="Delete document?" onClose={onClose}>
      <p className="quiet">
        “{document.title || UNTITLED}” and its versions will be gone, for everybody it is shared with.
      </p>
      <div className="dialog-actions">
        <button type="button" className="button" autoFocus onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button button-danger" onClick={() => void remove()}>
          Delete
        </button>
      </div>
    </Dialog>
  )
}

function EmptyState({ onCreate }: { onCreate: () => void }): ReactElement {
  return (
    <div className="empty">
      <span className="empty-icon" aria-hidden="true">
        <FileText />
      </span>
      <h2>No documents yet</h2>
      <p className="quiet">Start one and share it by e-mail. What others share with you appears here, too.</p>
      <button type="button" className="button button-primary" onClick={onCreate}>
        <Plus aria-hidden="true" /> Create your first document
      </button>
    </div>
  )
}

export function DocumentList(): ReactElement {
  const { api, user } = useSignedIn()
  const toast = useToast()
  const [answer, again] = useAnswer(useCallback(() => listDocuments(api), [api]))
  const [action, setAction] = useState<Action | null>(null)

  async function create(): Promise<void> {
    try {
      go(documentPath((await api.create(UNTITLED)).id))
    } catch (error) {
      toast(asApiError(error).message)
    }
  }
  const done = (): void => {
    setAction(null)
    again()
  }

  return (
    <div className="page">
      <header className="top">
        <a href="/" className="brand-link" aria-label="Sheaf, your documents" onClick={followInside}>
          <Brand />
        </a>
        <AccountMenu />
      </header>
      <main className="list">
        <div className="list-head">
          <h1>Documents</h1>
          {user.canCreateDocuments && (
            <button type="button" className="button button-primary" onClick={() => void create()}>
              <Plus aria-hidden="true" /> New document
            </button>
          )}
        </div>
        {answer.status === 'waiting' && <div className="rows-waiting" role="status" aria-label="Loading documents" />}
        {answer.status === 'failed' && (
          <div className="notice" role="alert">
            <p>{answer.error.message}</p>
            <button type="button" className="button" onClick={again}>
              Try again
            </button>
          </div>
        )}
        {answer.status === 'ready' && answer.value.length === 0 && <EmptyState onCreate={() => void create()} />}
        {answer.status === 'ready' && answer.value.length > 0 && (
          <ul className="rows" aria-label="Your documents">
            {answer.value.map((document) => (
              <Row key={document.id} document={document} onAct={setAction} />
            ))}
          </ul>
        )}
      </main>
      {action?.kind === 'rename' && (
        <RenameDialog document={action.document} onClose={() => setAction(null)} onDone={done} />
      )}
      {action?.kind === 'delete' && (
        <DeleteDialog document={action.document} onClose={() => setAction(null)} onDone={done} />
      )}
    </div>
  )
}
