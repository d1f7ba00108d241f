import type { ReactElement } from 'react'
import { asApiError } from '../../account/api.ts'
import type { DocumentInfo } from '../../account/api.ts'
import { UNTITLED } from '../../account/document-words.ts'
import { useSignedIn } from '../signed-in.tsx'
import { Dialog } from './dialog.tsx'
import { useToast } from './toast.tsx'

/** Asked before a document goes into the trash: it closes for everybody. */
export function DeleteDialog(props: {
  document: DocumentInfo
  onClose: () => void
  onDone: () => void
  /** Called once it was taken back. */
  onUndone?: () => void
}): ReactElement {
  const { document, onClose, onDone, onUndone } = props
  const { api } = useSignedIn()
  const toast = useToast()
  const title = document.title || UNTITLED
  const undo = (): void =>
    void api.untrash(document.id).then(
      () => onUndone?.(),
      (error: unknown) => toast(asApiError(error).message),
    )
  async function remove(): Promise<void> {
    try {
      await api.delete(document.id)
      toast(`“${title}” is in the trash.`, { label: 'Undo', run: undo })
      onDone()
    } catch (error) {
      toast(asApiError(error).message)
    }
  }
  return (
    <Dialog title="Move to the trash?" onClose={onClose}>
      <p className="quiet">
        “{title}” closes for everybody it is shared with. You can restore it from the trash at any time, with its
        versions and the people who have access.
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
