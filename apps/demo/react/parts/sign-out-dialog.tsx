import type { ReactElement } from 'react'
import { Dialog } from './dialog.tsx'

/** Asked where signing out would lose edits that the server does not have. */
export function SignOutDialog({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }): ReactElement {
  return (
    <Dialog title="Sign out and lose edits?" onClose={onStay}>
      <p className="quiet">
        Some of your edits are on this device only. Stay signed in until they are saved, or sign out and lose them.
      </p>
      <div className="dialog-actions">
        <button type="button" className="button" autoFocus onClick={onStay}>
          Stay signed in
        </button>
        <button type="button" className="button button-danger" onClick={onLeave}>
          Sign out anyway
        </button>
      </div>
    </Dialog>
  )
}
