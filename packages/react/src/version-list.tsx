import { describeError, versionDetail, versionTitle } from '@sheaf/client-sdk'
import type { Version } from '@sheaf/client-sdk'
import { useId } from 'react'
import type { ReactElement } from 'react'
import { className } from './class-name.ts'
import { useLanguage } from './language.ts'
import type { Versions } from './use-versions.ts'

interface VersionEntryProps {
  readonly version: Version
  readonly selected: boolean
  readonly onSelect: () => void
  readonly onRestore: (() => void) | undefined
}

function VersionEntry({ version, selected, onSelect, onRestore }: VersionEntryProps): ReactElement {
  const id = useId()
  const language = useLanguage()
  return (
    <li className="sheaf-version-item">
      <button
        id={id}
        type="button"
        className="sheaf-version"
        data-version-id={version.id}
        aria-current={selected}
        onClick={onSelect}
      >
        <span className="sheaf-version-name">{versionTitle(version, language)}</span>
        <span className="sheaf-version-detail">{versionDetail(version, { ...language, now: Date.now() })}</span>
      </button>
      {onRestore !== undefined && (
        <button type="button" className="sheaf-version-restore" aria-describedby={id} onClick={onRestore}>
          {language.words.restore}
        </button>
      )}
    </li>
  )
}

function Waiting({ status }: Pick<Versions, 'status'>): ReactElement | null {
  const { words } = useLanguage()
  if (status === 'failed') return null
  return (
    <p className="sheaf-versions-empty" role="status">
      {status === 'loading' ? words.loadingVersions : words.noVersion}
    </p>
  )
}

function Failure({ versions }: { versions: Versions }): ReactElement | null {
  const language = useLanguage()
  if (versions.error === null) return null
  return (
    <div className="sheaf-versions-failed" role="alert">
      <p>{describeError(versions.error, language)}</p>
      <button type="button" className="sheaf-button" onClick={() => void versions.history.reload()}>
        {language.words.tryAgain}
      </button>
    </div>
  )
}

export interface ListOfVersionsProps {
  readonly versions: Versions
  readonly selectedId?: string | null
  readonly onSelect?: (version: Version) => void
  readonly onRestore?: ((version: Version) => void) | undefined
  readonly className?: string
}

/** Versions, newest first, with the way to older ones. */
export function VersionList(props: ListOfVersionsProps): ReactElement {
  const { versions, selectedId = null, onSelect, onRestore } = props
  const { words } = useLanguage()
  return (
    <>
      {versions.versions.length === 0 ? (
        <Waiting status={versions.status} />
      ) : (
        <ul className={className('sheaf-versions', props.className)} aria-label={words.versions}>
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
      )}
      <Failure versions={versions} />
      {versions.hasMore && (
        <button type="button" className="sheaf-versions-more" onClick={() => void versions.history.loadMore()}>
          {words.olderVersions}
        </button>
      )}
    </>
  )
}
