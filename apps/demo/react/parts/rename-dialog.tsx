import { useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { asApiError } from '../../account/api.ts'
import type { DocumentInfo } from '../../account/api.ts'
import { useSignedIn } from '../signed-in.tsx'
import { Dialog } from './dialog.tsx'

export function RenameDialog(props: { document: DocumentInfo; onClose: () => void; onDone: () => void }): ReactElement {
  const { document, onClose, onDone } = props
  const { api } = useSignedIn()
  const [error, setError] = useState<string | null>(null)
  async function rename(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const title = String(new FormData(event.currentTarget).get('title') ?? '').trim()
    try {
      if (title !== '' && title !== document.title) await api.rename(document.id, title)
      onDone()
    } catch (cause) {
      setError(asApiError(cause).message)
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
        {error !== null && (
          <p className="form-error" role="alert">
            {error}
          </p>
        )}
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
