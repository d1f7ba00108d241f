import type { SheafDocument } from '@sheaf/client-sdk'
import { DETAILS_ICON } from '@sheaf/client-sdk/editor'
import { useEffect, useId, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { Inspector } from './inspector.tsx'
import { useLanguage } from './language.ts'
import { ToolbarIcon } from './toolbar-icon.tsx'

/** A button that opens the inspector beside it. */
export function SaveDetails({ document }: { document: SheafDocument | null }): ReactElement {
  const [open, setOpen] = useState(false)
  const id = useId()
  const { words } = useLanguage()
  const around = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return undefined
    box.current?.focus()
    const onPress = (event: PointerEvent): void => {
      if (event.target instanceof Node && around.current?.contains(event.target) !== true) setOpen(false)
    }
    globalThis.document.addEventListener('pointerdown', onPress)
    return () => globalThis.document.removeEventListener('pointerdown', onPress)
  }, [open])
  return (
    <span
      ref={around}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        event.stopPropagation()
        setOpen(false)
        button.current?.focus()
      }}
      onBlur={(event) => {
        const to = event.relatedTarget
        if (to !== null && !event.currentTarget.contains(to)) setOpen(false)
      }}
    >
      <button
        ref={button}
        type="button"
        className="sheaf-save-button"
        aria-label={words.saveDetails}
        title={words.saveDetails}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <ToolbarIcon paths={DETAILS_ICON} />
      </button>
      {open && (
        <div ref={box} id={id} className="sheaf-save-box" role="dialog" aria-label={words.saveDetails} tabIndex={-1}>
          <Inspector document={document} />
        </div>
      )}
    </span>
  )
}
