import { describeRestore } from '@sheaf/client-sdk'
import type { Version } from '@sheaf/client-sdk'
import { useId, useEffect, useRef } from 'react'
import type { ReactElement } from 'react'
import { useLanguage } from './language.ts'

export interface RestoreDialogProps {
  /** The version it is asked about; null while the dialog is closed. */
  readonly version: Version | null
  readonly onRestore: () => void
  readonly onCancel: () => void
}

/** Asks whether a version is to be restored. */
export function RestoreDialog({ version, onRestore, onCancel }: RestoreDialogProps): ReactElement {
  const ref = useRef<HTMLDialogElement>(null)
  const [title, text] = [useId(), useId()]
  const open = version !== null
  const language = useLanguage()
  const { words } = language
  // The browser's own modal dialog keeps the focus inside and gives it back to where it was, if it is closed as it was opened.
  useEffect(() => {
    if (open) ref.current?.showModal()
    else ref.current?.close()
  }, [open])
  return (
    <dialog
      ref={ref}
      className="sheaf-dialog"
      aria-labelledby={title}
      aria-describedby={text}
      onCancel={(event) => {
        event.preventDefault()
        onCancel()
      }}
    >
      {version !== null && (
        <>
          <h2 id={title}>{words.restoreQuestion}</h2>
          <p id={text}>{describeRestore(version, { ...language, now: Date.now() })}</p>
          <div className="sheaf-dialog-buttons">
            <button type="button" className="sheaf-button" onClick={onCancel}>
              {words.cancel}
            </button>
            <button type="button" className="sheaf-button sheaf-button-primary" onClick={onRestore}>
              {words.restore}
            </button>
          </div>
        </>
      )}
    </dialog>
  )
}
