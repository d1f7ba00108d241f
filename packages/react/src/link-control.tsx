import { LINK_ICON } from '@sheaf/client-sdk/editor'
import type { Editor, EditorSnapshot, EditorWords } from '@sheaf/client-sdk/editor'
import { useEffect, useRef, useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { useLanguage } from './language.ts'
import { ToolbarIcon } from './toolbar-icon.tsx'

interface LinkFormProps {
  readonly href: string
  readonly words: EditorWords
  readonly onApply: (href: string) => boolean
  readonly onClose: () => void
}

function LinkForm({ href, words, onApply, onClose }: LinkFormProps): ReactElement {
  const [value, setValue] = useState(href)
  const [wrong, setWrong] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.select(), [])
  const apply = (event: FormEvent): void => {
    event.preventDefault()
    setWrong(!onApply(value))
  }
  return (
    <form
      className="sheaf-link-form"
      onSubmit={apply}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) onClose()
      }}
    >
      <input
        ref={input}
        type="text"
        inputMode="url"
        aria-label={words.linkAddress}
        placeholder={words.linkExample}
        aria-invalid={wrong}
        value={value}
        onChange={(event) => {
          setValue(event.target.value)
          setWrong(false)
        }}
      />
      <button type="submit">{words.apply}</button>
    </form>
  )
}

/** The link button of a toolbar with its form. An empty address takes the link away. */
export function LinkControl(props: { editor: Editor | null; snapshot: EditorSnapshot | null }): ReactElement {
  const { editor, snapshot } = props
  const [open, setOpen] = useState(false)
  const language = useLanguage()
  const words = editor?.words ?? language.words
  const enabled = editor !== null && snapshot !== null && snapshot.editable && snapshot.block !== 'code_block'
  const apply = (href: string): boolean => {
    if (editor === null) return false
    const done = href.trim() === '' ? editor.commands.unsetLink() || true : editor.commands.setLink({ href })
    if (!done) return false
    setOpen(false)
    editor.focus()
    return true
  }
  return (
    <span className="sheaf-toolbar-link">
      <button
        type="button"
        className="sheaf-toolbar-button"
        aria-label={words.link}
        title={words.link}
        aria-expanded={open}
        aria-pressed={snapshot !== null && snapshot.linkHref !== null}
        disabled={!enabled}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => setOpen(!open)}
      >
        <ToolbarIcon paths={LINK_ICON} />
      </button>
      {open && enabled && (
        <LinkForm
          href={snapshot.linkHref ?? ''}
          words={words}
          onApply={apply}
          onClose={() => {
            setOpen(false)
            editor.focus()
          }}
        />
      )}
    </span>
  )
}
