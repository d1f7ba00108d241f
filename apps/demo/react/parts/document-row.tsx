import * as Menu from '@radix-ui/react-dropdown-menu'
import { Ellipsis, FileText, LogOut, Pencil, Trash2, Users } from 'lucide-react'
import type { ReactElement } from 'react'
import { documentPath } from '../../account/addresses.ts'
import { UNTITLED } from '../../account/document-words.ts'
import { ROLE_NAMES } from '../../account/roles.ts'
import type { ListedDocument } from '../../account/shown-documents.ts'
import { followInside } from '../route.ts'
import { RelativeTime } from './relative-time.tsx'

export type RowAction = {
  readonly kind: 'rename' | 'share' | 'delete' | 'leave'
  readonly document: ListedDocument
}

interface RowProps {
  readonly document: ListedDocument
  readonly onAct: (action: RowAction) => void
}

function RowMenu({ document, onAct }: RowProps): ReactElement {
  const own = document.role === 'owner'
  const item = (kind: RowAction['kind'], icon: ReactElement, words: string): ReactElement => (
    <Menu.Item
      className={kind === 'delete' || kind === 'leave' ? 'menu-item menu-item-danger' : 'menu-item'}
      onSelect={() => onAct({ kind, document })}
    >
      {icon} {words}
    </Menu.Item>
  )
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="icon-button" aria-label={`Actions for ${document.title || UNTITLED}`}>
        <Ellipsis aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {(own || document.role === 'editor') && item('rename', <Pencil aria-hidden="true" />, 'Rename')}
          {own && item('share', <Users aria-hidden="true" />, 'Share')}
          {own
            ? item('delete', <Trash2 aria-hidden="true" />, 'Delete')
            : item('leave', <LogOut aria-hidden="true" />, 'Leave')}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  )
}

/** A document in the list. */
export function DocumentRow({ document, onAct }: RowProps): ReactElement {
  const own = document.role === 'owner'
  const from = document.owner === null ? 'Shared with you' : `Shared by ${document.owner}`
  return (
    <li className="row">
      <span className="row-icon" data-shared={!own} aria-hidden="true">
        {own ? <FileText /> : <Users />}
      </span>
      <a className="row-link" href={documentPath(document.id)} onClick={followInside}>
        <span className="row-title">{document.title || UNTITLED}</span>
      </a>
      <span className="row-owner">
        {own ? 'Owned by you' : from}
        {!own && <span className="badge">{ROLE_NAMES[document.role]}</span>}
      </span>
      <span className="row-time">
        <RelativeTime iso={document.updatedAt} />
      </span>
      <span className="row-actions">
        <RowMenu document={document} onAct={onAct} />
      </span>
    </li>
  )
}
