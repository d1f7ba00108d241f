import type { SheafDocument } from '@sheaf/client-sdk'
import { PresenceAvatars, SaveStatus } from '@sheaf/react'
import { ArrowLeft } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { followInside } from '../route.ts'
import { AccountMenu } from './account-menu.tsx'

/** The line above a document: the way back, what it is called, whether it is saved, who is here, and what can be done with it. */
export function DocumentHeader(props: {
  title: string
  field: ReactNode
  document: SheafDocument | null
  actions: ReactNode
}): ReactElement {
  return (
    <header className="document-top">
      <a
        className="icon-button"
        href="/"
        aria-label="Back to documents"
        title="Back to documents"
        onClick={followInside}
      >
        <ArrowLeft aria-hidden="true" />
      </a>
      <div className="document-name">
        <h1 className="unseen">{props.title}</h1>
        {props.field}
        <SaveStatus document={props.document} details />
      </div>
      <div className="document-actions">
        <PresenceAvatars document={props.document} max={4} />
        {props.actions}
        <AccountMenu />
      </div>
    </header>
  )
}
