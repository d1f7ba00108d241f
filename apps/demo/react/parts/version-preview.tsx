import type { Version } from '@sheaf/client-sdk'
import { ContentView } from '@sheaf/react'
import type { Versions } from '@sheaf/react'
import { ArrowLeft, RotateCcw } from 'lucide-react'
import { useCallback } from 'react'
import type { ReactElement } from 'react'
import { useAnswer } from '../use-answer.ts'
import { RelativeTime } from './relative-time.tsx'

interface VersionPreviewProps {
  readonly version: Version
  readonly versions: Versions
  readonly mayEdit: boolean
  readonly onLeave: () => void
  readonly onRestore: (version: Version) => void
}

/** A version in the place of the document, with the way back and the way to restore it. */
export function VersionPreview({ version, versions, mayEdit, onLeave, onRestore }: VersionPreviewProps): ReactElement {
  const { history } = versions
  const [answer] = useAnswer(useCallback(() => history.getContent(version.id), [history, version.id]))

  return (
    <>
      <div className="preview-bar" role="region" aria-label="Version preview">
        <span className="preview-words">
          <strong>{version.name ?? 'Earlier version'}</strong>
          <span className="quiet">
            <RelativeTime iso={version.createdAt} />
          </span>
        </span>
        <button type="button" className="button" onClick={onLeave}>
          <ArrowLeft aria-hidden="true" /> Back to the document
        </button>
        {mayEdit && (
          <button type="button" className="button button-primary" onClick={() => onRestore(version)}>
            <RotateCcw aria-hidden="true" /> Restore this version
          </button>
        )}
      </div>
      <div className="paper">
        {answer.status === 'waiting' && <p className="quiet">Loading…</p>}
        {answer.status === 'failed' && (
          <p className="form-error" role="alert">
            {answer.error.message}
          </p>
        )}
        {answer.status === 'ready' && <ContentView content={answer.value} ariaLabel="Content of the version" />}
      </div>
    </>
  )
}
