import type { Version } from '@sheaf/client-sdk'
import type { ReactElement } from 'react'
import { useVersions } from './use-versions.ts'
import type { Versions } from './use-versions.ts'

const KINDS: Readonly<Record<Version['kind'], string>> = {
  initial: 'First version',
  auto: 'Saved while writing',
  named: 'Named version',
  restore: 'Restored version',
}

const when = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

interface VersionEntryProps {
  readonly version: Version
  readonly selected: boolean
  readonly onSelect: () => void
  readonly onRestore: (() => void) | undefined
}

function VersionEntry({ version, selected, onSelect, onRestore }: VersionEntryProps): ReactElement {
  const authors = version.authors.map(({ displayName }) => displayName).join(', ')
  return (
    <li className="sheaf-version-item">
      <button type="button" className="sheaf-version" aria-current={selected} onClick={onSelect}>
        <span className="sheaf-version-name">{version.name ?? KINDS[version.kind]}</span>
        <span className="sheaf-version-detail">
          {when(version.createdAt)}
          {authors !== '' && ` · ${authors}`}
        </span>
      </button>
      {onRestore !== undefined && (
        <button type="button" className="sheaf-version-restore" onClick={onRestore}>
          Restore
        </button>
      )}
    </li>
  )
}

export interface VersionHistoryProps {
  /** From `useVersions` above, or the id of a document to read them of. */
  readonly versions: Versions | string
  readonly selectedId?: string | null
  readonly onSelect?: (version: Version) => void
  /** Puts a button beside each version; called when it is pressed. Left out where restoring is not allowed. */
  readonly onRestore?: ((version: Version) => void) | undefined
}

function VersionList(props: VersionHistoryProps & { readonly versions: Versions }): ReactElement {
  const { versions, selectedId = null, onSelect, onRestore } = props
  if (versions.versions.length === 0)
    return (
      <p className="sheaf-versions-empty" role={versions.status === 'failed' ? 'alert' : 'status'}>
        {versions.status === 'loading' && 'Loading versions…'}
        {versions.status === 'ready' && 'There is no version yet.'}
        {versions.status === 'failed' && versions.error?.message}
      </p>
    )
  return (
    <>
      <ul className="sheaf-versions" aria-label="Versions">
        {versions.versions.map((version) => (
          <VersionEntry
            key={version.id}
            version={version}
            selected={version.id === selectedId}
            onSelect={() => onSelect?.(version)}
            onRestore={onRestore && (() => onRestore(version))}
          />
        ))}
      </ul>
      {versions.hasMore && (
        <button type="button" className="sheaf-version" onClick={() => void versions.history.loadMore()}>
          Older versions
        </button>
      )}
    </>
  )
}

function VersionListOf({
  documentId,
  ...props
}: Omit<VersionHistoryProps, 'versions'> & { documentId: string }): ReactElement {
  return <VersionList {...props} versions={useVersions(documentId)} />
}

/** The versions of a document, newest first. */
export function VersionHistory({ versions, ...props }: VersionHistoryProps): ReactElement {
  return typeof versions === 'string' ? (
    <VersionListOf {...props} documentId={versions} />
  ) : (
    <VersionList {...props} versions={versions} />
  )
}
