import type { SheafDocument, Version } from '@sheaf/client-sdk'
import { VersionHistory } from '@sheaf/react'
import type { Versions } from '@sheaf/react'
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { useToast } from './toast.tsx'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

interface HistoryPanelProps {
  readonly document: SheafDocument
  readonly versions: Versions
  readonly mayEdit: boolean
  readonly selected: Version | null
  readonly onSelect: (version: Version) => void
  readonly onRestore: (version: Version) => void
  readonly onClose: () => void
}

function NameForm({ document, versions }: Pick<HistoryPanelProps, 'document' | 'versions'>): ReactElement {
  const toast = useToast()
  const [busy, setBusy] = useState(false)
  async function save(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget
    const name = String(new FormData(form).get('name') ?? '').trim()
    if (name === '') return
    setBusy(true)
    try {
      // The version is made by the server: what was typed a moment ago has to be there first.
      await document.whenDurable()
      await versions.history.create(name)
      form.reset()
    } catch (error) {
      toast(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="name-version" onSubmit={(event) => void save(event)}>
      <input name="name" required maxLength={100} aria-label="Version name" placeholder="Name this version" />
      <button type="submit" className="button" disabled={busy}>
        Save version
      </button>
    </form>
  )
}

/** The versions of a document, beside it. */
export function HistoryPanel(props: HistoryPanelProps): ReactElement {
  const { document, versions, mayEdit, selected, onSelect, onRestore, onClose } = props
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onClose()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [onClose])
  return (
    <aside className="panel" aria-label="Version history">
      <header className="panel-head">
        <h2>Version history</h2>
        <button type="button" className="icon-button" aria-label="Close version history" onClick={onClose}>
          <X aria-hidden="true" />
        </button>
      </header>
      {mayEdit && <NameForm document={document} versions={versions} />}
      <div className="panel-scroll">
        <VersionHistory
          versions={versions}
          selectedId={selected?.id ?? null}
          onSelect={onSelect}
          onRestore={mayEdit ? onRestore : undefined}
        />
      </div>
    </aside>
  )
}
