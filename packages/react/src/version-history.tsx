import type { Version } from '@sheaf/client-sdk'
import type { ReactElement } from 'react'
import { useVersions } from './use-versions.ts'
import type { Versions } from './use-versions.ts'
import { VersionList } from './version-list.tsx'
import { VersionPanel } from './version-panel.tsx'
import type { VersionPanelProps } from './version-panel.tsx'

/** The list alone: what is done with a version is the application's. */
export interface VersionListProps {
  /** From `useVersions` above, or the id of a document to read them of. */
  readonly versions: Versions | string
  readonly selectedId?: string | null
  readonly onSelect?: (version: Version) => void
  /** Puts a button beside each version; called when it is pressed. Left out where restoring is not allowed. */
  readonly onRestore?: ((version: Version) => void) | undefined
  readonly className?: string
  readonly document?: undefined
}

/** With `document` a whole panel; with `versions` alone the list. */
export type VersionHistoryProps = VersionPanelProps | VersionListProps

function VersionListOf({
  documentId,
  ...props
}: Omit<VersionListProps, 'versions'> & { documentId: string }): ReactElement {
  return <VersionList {...props} versions={useVersions(documentId)} />
}

/** The versions of a document, newest first: to look at, to name and to restore. */
export function VersionHistory(props: VersionHistoryProps): ReactElement {
  if (props.document !== undefined) return <VersionPanel {...props} />
  const { versions, ...rest } = props
  return typeof versions === 'string' ? (
    <VersionListOf {...rest} documentId={versions} />
  ) : (
    <VersionList {...rest} versions={versions} />
  )
}
