import type { ReactElement } from 'react'
import { asApiError } from '../../account/api.ts'
import type { DocumentInfo } from '../../account/api.ts'
import { UNTITLED } from '../../account/document-words.ts'
import { useSignedIn } from '../signed-in.tsx'
import { Dialog } from './dialog.tsx'
import { useToast } from './toast.tsx'

/** Asked before one gives up one's own access to somebody else's document. */
export function LeaveDialog(props: { document: DocumentInfo; onClose: () => void; onDone: () => void }): ReactElement {
  const { document, onClose, onDone } = props
  const { api, user } = useSignedIn()
  const toast = useToast()
  const title = document.title || UNTITLED
  async function leave(): Promise<void> {
    try {
      await api.revoke(document.id, user.id)
      toast(`You left “${title}”.`)
      onDone()
    } catch (error) {
      toast(asApiError(error).message)
    }
  }
  return (
    <Dialog title="Leave this document?" onClose={onClose}>
      <p className="quiet">You lose access to “{title}”. Its owner can share it with you again.</p>
      <div className="dialog-actions">
        <button type="button" className="button" autoFocus onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button button-danger" onClick={() => void leave()}>
          Leave
        </button>
      </div>
    </Dialog>
  )
}
