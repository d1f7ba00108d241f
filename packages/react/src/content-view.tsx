import { renderContent } from '@sheaf/client-sdk/editor'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { className } from './class-name.ts'
import { useLanguage } from './language.ts'

/** What content is drawn, and how. */
export interface ContentViewProps {
  /** ProseMirror JSON, such as that of a version. */
  readonly content: unknown
  readonly schema?: EditorOptions['schema']
  readonly ariaLabel?: string
  readonly className?: string
}

/** Content to look at, drawn as the editor draws it. */
export function ContentView({ content, schema, ariaLabel, className: added }: ContentViewProps): ReactElement {
  const ref = useRef<HTMLDivElement>(null)
  const [unknown, setUnknown] = useState(false)
  const { words } = useLanguage()
  useEffect(() => {
    try {
      ref.current?.replaceChildren(renderContent(content, schema))
      setUnknown(false)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      ref.current?.replaceChildren()
      setUnknown(true)
    }
  }, [content, schema])
  return (
    <div className={className('sheaf-editor', added)}>
      {unknown && (
        <p className="sheaf-editor-notice" role="status">
          {words.contentUnknown}
        </p>
      )}
      <div ref={ref} className="sheaf-content" role="document" aria-label={ariaLabel} />
    </div>
  )
}
