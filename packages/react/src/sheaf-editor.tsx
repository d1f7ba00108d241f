import { warnBeforeLeaving } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import type { Editor, Words } from '@sheaf/client-sdk/editor'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { DocumentNotice } from './document-notice.tsx'
import { LanguageProvider } from './language.ts'
import { Toolbar } from './toolbar.tsx'
import { useEditor } from './use-editor.ts'
import type { UseEditorOptions } from './use-editor.ts'

export interface SheafEditorProps extends UseEditorOptions {
  /** What to edit; nothing is shown while it is null. */
  readonly document: SheafDocument | null
  /** True puts the default toolbar above the text. Default false. */
  readonly toolbar?: boolean
  /** False leaves it to the application to say that the document became read-only, or that this device keeps no edits. Default true. */
  readonly notice?: boolean
  /** False leaves it to the application to have the browser ask before unsaved edits are lost with the page. Default true. */
  readonly leaveWarning?: boolean
  /** Words of this editor, its toolbar and its notice that differ from those of the provider. */
  readonly words?: Partial<Words>
  readonly className?: string
  /** Called with the editor when it is there, and with null when it goes. */
  readonly onEditor?: (editor: Editor | null) => void
}

// The notice above the text says it, or the application in its place: the editor need not say it once more below.
const SAID_BY_NOTICE = { readOnlyMessage: false }

/** A document's text, to be read and written. */
export function SheafEditor({
  document,
  toolbar = false,
  notice = true,
  leaveWarning = true,
  className,
  onEditor,
  parts,
  ...options
}: SheafEditorProps): ReactElement {
  const [editor, ref] = useEditor(document, { ...options, parts: { ...SAID_BY_NOTICE, ...parts } })
  useEffect(() => {
    if (editor === null || onEditor === undefined) return undefined
    onEditor(editor)
    return () => onEditor(null)
  }, [editor, onEditor])
  useEffect(
    () => (document === null || !leaveWarning ? undefined : warnBeforeLeaving(document)),
    [document, leaveWarning],
  )
  return (
    <div className={className}>
      <LanguageProvider words={options.words}>
        {notice && document !== null && <DocumentNotice key={document.id} document={document} />}
        {toolbar && <Toolbar editor={editor} />}
      </LanguageProvider>
      <div ref={ref} />
    </div>
  )
}
