import { useEffect, useState } from 'react'
import type { ReactElement } from 'react'

/** A title that is edited where it stands. Enter and leaving the field keep it, Escape takes it back. */
export function TitleField(props: {
  title: string
  readOnly: boolean
  onRename: (title: string) => void
}): ReactElement {
  const { title, readOnly, onRename } = props
  const [draft, setDraft] = useState(title)
  useEffect(() => setDraft(title), [title])
  const keep = (): void => {
    const next = draft.trim()
    if (next === '' || next === title) setDraft(title)
    else onRename(next)
  }
  return (
    <span className="title-field" data-value={draft}>
      <input
        aria-label="Title"
        value={draft}
        readOnly={readOnly}
        maxLength={200}
        size={1}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setDraft(title)
          if (event.key === 'Enter') keep()
        }}
      />
    </span>
  )
}
