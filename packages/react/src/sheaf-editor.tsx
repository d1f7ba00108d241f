import type { SheafDocument } from '@sheaf/client-sdk'
import type { Editor } from '@sheaf/client-sdk/editor'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { DocumentNotice } from './document-notice.tsx'
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
  readonly className?: string
  /** Called with the editor when it is there, and with null when it goes. */
  readonly onEditor?: (editor: Editor | null) => void
}

/** A document's text, to be read and written. */
export function SheafEditor({
  document,
  toolbar = false,
  notice = true,
  className,
  onEditor,
  ...options
}: SheafEditorProps): ReactElement {
  const [editor, ref] = useEditor(document, options)
  useEffect(() => {
    if (editor === null || onEditor === undefined) return undefined
    onEditor(editor)
    return () => onEditor(null)
  }, [editor, onEditor])
  return (
    <div className={className}>
      {notice && document !== null && <DocumentNotice key={document.id} document={document} />}
      {toolbar && <Toolbar editor={editor} />}
      <div ref={ref} />
    </div>
  )
}
