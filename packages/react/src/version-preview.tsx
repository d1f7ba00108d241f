import { describeError, versionDetail, versionTitle } from '@sheaf/client-sdk'
import type { Version, VersionPanel, VersionPanelSnapshot, VersionPreview } from '@sheaf/client-sdk'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { ContentView } from './content-view.tsx'
import { useLanguage } from './language.ts'
import { VersionNameForm } from './version-name-form.tsx'

interface VersionActionsProps {
  readonly version: Version
  readonly panel: VersionPanel
  readonly busy: boolean
}

/** What those who may edit can do with a version. */
function VersionActions({ version, panel, busy }: VersionActionsProps): ReactElement {
  const [renaming, setRenaming] = useState(false)
  const { words } = useLanguage()
  const rename = useRef<HTMLButtonElement>(null)
  const wasRenaming = useRef(false)
  useEffect(() => {
    if (wasRenaming.current && !renaming) rename.current?.focus()
    wasRenaming.current = renaming
  }, [renaming])
  if (renaming)
    return (
      <VersionNameForm
        label={words.newName}
        submitLabel={words.rename}
        initial={version.name ?? ''}
        busy={busy}
        onName={async (name) => {
          const done = await panel.rename(version, name)
          if (done) setRenaming(false)
          return done
        }}
        onCancel={() => setRenaming(false)}
      />
    )
  return (
    <>
      <button ref={rename} type="button" className="sheaf-button" onClick={() => setRenaming(true)}>
        {words.rename}
      </button>
      <button
        type="button"
        className="sheaf-button sheaf-button-primary"
        aria-disabled={busy}
        onClick={() => {
          if (!busy) panel.askToRestore(version)
        }}
      >
        {words.restoreThis}
      </button>
    </>
  )
}

function PreviewContent({
  preview,
  schema,
}: {
  preview: VersionPreview
  schema?: EditorOptions['schema']
}): ReactElement {
  const language = useLanguage()
  switch (preview.status) {
    case 'loading':
      return <p role="status">{language.words.loadingVersion}</p>
    case 'failed':
      return <p role="alert">{describeError(preview.error, language)}</p>
    case 'ready':
      return (
        <ContentView content={preview.content} ariaLabel={language.words.versionContent} {...(schema && { schema })} />
      )
  }
}

export interface VersionPreviewViewProps {
  readonly version: Version
  readonly preview: VersionPreview
  /** All versions that are known, newest first. */
  readonly versions: readonly Version[]
  readonly panel: VersionPanel
  readonly busy: VersionPanelSnapshot['busy']
  readonly mayEdit: boolean
  readonly schema?: EditorOptions['schema']
}

/** A version in place of the list. */
export function VersionPreviewView(props: VersionPreviewViewProps): ReactElement {
  const { version, preview, versions, panel, busy, mayEdit, schema } = props
  const language = useLanguage()
  const { words } = language
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const at = versions.findIndex(({ id }) => id === version.id)
  const neighbour = (label: string, other: Version | undefined): ReactElement => (
    <button
      type="button"
      className="sheaf-button"
      aria-disabled={other === undefined}
      onClick={() => {
        if (other !== undefined) panel.select(other)
      }}
    >
      {label}
    </button>
  )
  return (
    <section className="sheaf-version-preview" aria-label={words.versionPreview}>
      <div className="sheaf-version-buttons">
        <button type="button" className="sheaf-button" onClick={() => panel.select(null)}>
          {words.backToVersions}
        </button>
        {neighbour(words.newer, at > 0 ? versions[at - 1] : undefined)}
        {neighbour(words.older, at === -1 ? undefined : versions[at + 1])}
      </div>
      <h3 ref={heading} className="sheaf-version-name" tabIndex={-1}>
        {versionTitle(version, language)}
      </h3>
      <p className="sheaf-version-detail">{versionDetail(version, { ...language, now: Date.now() })}</p>
      {mayEdit && (
        <div className="sheaf-version-buttons">
          <VersionActions key={version.id} version={version} panel={panel} busy={busy !== null} />
        </div>
      )}
      <PreviewContent preview={preview} {...(schema && { schema })} />
    </section>
  )
}
