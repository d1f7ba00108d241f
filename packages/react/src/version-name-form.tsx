import { useRef } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { useLanguage } from './language.ts'

const MAX_NAME_LENGTH = 100

export interface VersionNameFormProps {
  readonly label: string
  readonly submitLabel: string
  readonly initial?: string
  readonly busy: boolean
  /** Called with a name that is not empty. False keeps what was typed. */
  readonly onName: (name: string) => Promise<boolean>
  readonly onCancel?: () => void
}

/** A field for the name of a version. */
export function VersionNameForm(props: VersionNameFormProps): ReactElement {
  const { label, submitLabel, initial = '', busy, onName, onCancel } = props
  const { words } = useLanguage()
  const field = useRef<HTMLInputElement>(null)
  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    const name = field.current?.value.trim() ?? ''
    if (name !== '' && (await onName(name)) && field.current !== null) field.current.value = initial
  }
  return (
    <form
      className="sheaf-version-form"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || onCancel === undefined) return
        event.stopPropagation()
        onCancel()
      }}
    >
      <input
        ref={field}
        type="text"
        required
        maxLength={MAX_NAME_LENGTH}
        aria-label={label}
        placeholder={words.nameThisVersion}
        defaultValue={initial}
        autoFocus={onCancel !== undefined}
      />
      <button type="submit" className="sheaf-button" aria-disabled={busy}>
        {submitLabel}
      </button>
      {onCancel !== undefined && (
        <button type="button" className="sheaf-button" onClick={onCancel}>
          {words.cancel}
        </button>
      )}
    </form>
  )
}
