import { createVersionPanel, describeVersionMessage, mayEdit } from '@sheaf/client-sdk'
import type { SheafDocument, VersionPanel as Panel, VersionPanelSnapshot } from '@sheaf/client-sdk'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { ReactElement, RefObject } from 'react'
import { className } from './class-name.ts'
import { useLanguage } from './language.ts'
import { RestoreDialog } from './restore-dialog.tsx'
import { useDocumentStatus } from './use-document.ts'
import { useVersions } from './use-versions.ts'
import type { Versions } from './use-versions.ts'
import { VersionList } from './version-list.tsx'
import { VersionNameForm } from './version-name-form.tsx'
import { VersionPreviewView } from './version-preview.tsx'

/** Everything about versions in one place: list, preview, naming, restoring. */
export interface VersionPanelProps {
  /** The open document; nothing but a line of waiting is shown while it is null. */
  readonly document: SheafDocument | null
  /** From `useVersions` above, to share them. Read by the panel itself unless told. */
  readonly versions?: Versions
  /** Of the content that is shown. Default: `sheafSchema`. */
  readonly schema?: EditorOptions['schema']
  readonly className?: string
}

function usePanel(document: SheafDocument, { history }: Versions): readonly [Panel, VersionPanelSnapshot] {
  const panel = useMemo(() => createVersionPanel(history, document), [history, document])
  return [panel, useSyncExternalStore(panel.subscribe, panel.getSnapshot, panel.getSnapshot)]
}

/** Puts the focus on the entry of the version that was looked at, once the list is back. */
function useWayBack(root: RefObject<HTMLElement | null>, selectedId: string | null): void {
  const former = useRef<string | null>(null)
  useEffect(() => {
    const left = former.current
    former.current = selectedId
    if (left === null || selectedId !== null) return
    const entries = root.current?.querySelectorAll<HTMLElement>('[data-version-id]') ?? []
    const entry = [...entries].find(({ dataset }) => dataset['versionId'] === left)
    entry?.focus()
  }, [root, selectedId])
}

function Message({ message }: Pick<VersionPanelSnapshot, 'message'>): ReactElement {
  const language = useLanguage()
  const text = message === null ? '' : describeVersionMessage(message, language)
  return (
    <>
      <p className="sheaf-version-message" role="status">
        {message?.kind === 'done' ? text : ''}
      </p>
      {message?.kind === 'failed' && (
        <p className="sheaf-version-message" role="alert">
          {text}
        </p>
      )}
    </>
  )
}

interface PanelProps extends Omit<VersionPanelProps, 'document' | 'versions'> {
  readonly document: SheafDocument
  readonly versions: Versions
}

function PanelOfVersions({ document, versions, schema, className: added }: PanelProps): ReactElement {
  const [panel, { selected, preview, confirming, busy, message }] = usePanel(document, versions)
  const mayWrite = mayEdit(useDocumentStatus(document)?.role ?? null)
  const root = useRef<HTMLElement>(null)
  const { words } = useLanguage()
  useWayBack(root, selected?.id ?? null)
  return (
    <section ref={root} className={className('sheaf-version-panel', added)} aria-label={words.versionHistory}>
      <Message message={message} />
      {selected === null || preview === null ? (
        <>
          {mayWrite && (
            <VersionNameForm
              label={words.versionName}
              submitLabel={words.saveVersion}
              busy={busy !== null}
              onName={(name) => panel.name(name)}
            />
          )}
          <VersionList
            versions={versions}
            onSelect={(version) => panel.select(version)}
            onRestore={mayWrite ? (version) => panel.askToRestore(version) : undefined}
          />
        </>
      ) : (
        <VersionPreviewView
          version={selected}
          preview={preview}
          versions={versions.versions}
          panel={panel}
          busy={busy}
          mayEdit={mayWrite}
          {...(schema && { schema })}
        />
      )}
      <RestoreDialog
        version={confirming}
        onRestore={() => void panel.restore()}
        onCancel={() => panel.cancelRestore()}
      />
    </section>
  )
}

function PanelWithVersions(props: Omit<PanelProps, 'versions'>): ReactElement {
  return <PanelOfVersions {...props} versions={useVersions(props.document.id)} />
}

/** The whole of a document's history. */
export function VersionPanel({ document, versions, ...props }: VersionPanelProps): ReactElement {
  const { words } = useLanguage()
  if (document === null)
    return (
      <section className={className('sheaf-version-panel', props.className)} aria-label={words.versionHistory}>
        <p className="sheaf-versions-empty" role="status">
          {words.loadingVersions}
        </p>
      </section>
    )
  if (versions === undefined) return <PanelWithVersions key={document.id} {...props} document={document} />
  return <PanelOfVersions {...props} document={document} versions={versions} />
}
