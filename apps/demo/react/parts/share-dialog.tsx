import type { Role } from '@sheaf/client-sdk'
import { Link2, X } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { documentLink } from '../../account/addresses.ts'
import { asApiError } from '../../account/api.ts'
import type { DocumentInfo, Permission } from '../../account/api.ts'
import { OFFERED_ROLES, ROLE_NAMES } from '../../account/roles.ts'
import { useSignedIn } from '../signed-in.tsx'
import { useAnswer } from '../use-answer.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'

function RoleSelect(props: { label: string; value: Role; onChange: (role: Role) => void }): ReactElement {
  const { label, value, onChange } = props
  const roles: readonly Role[] = OFFERED_ROLES.some((role) => role === value)
    ? OFFERED_ROLES
    : [value, ...OFFERED_ROLES]
  return (
    <select
      className="select"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value as Role)}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {ROLE_NAMES[role]}
        </option>
      ))}
    </select>
  )
}

interface PersonProps {
  readonly person: Permission
  readonly mayChange: boolean
  readonly onRole: (role: Role) => void
  readonly onRevoke: () => void
}

function PersonRow({ person, mayChange, onRole, onRevoke }: PersonProps): ReactElement {
  const { user } = useSignedIn()
  const { userId, displayName, email, role } = person
  return (
    <li className="person">
      <Avatar id={userId} name={displayName} />
      <span className="person-words">
        <strong>
          {displayName}
          {userId === user.id && <span className="quiet"> (you)</span>}
        </strong>
        <span>{email}</span>
      </span>
      {mayChange && role !== 'owner' ? (
        <>
          <RoleSelect label={`Permission of ${displayName}`} value={role} onChange={onRole} />
          <button type="button" className="icon-button" aria-label={`Remove ${displayName}`} onClick={onRevoke}>
            <X aria-hidden="true" />
          </button>
        </>
      ) : (
        <span className="quiet">{ROLE_NAMES[role]}</span>
      )}
    </li>
  )
}

function InviteForm({ onInvite }: { onInvite: (email: string, role: Role) => Promise<string | null> }): ReactElement {
  const [role, setRole] = useState<Role>('editor')
  const [error, setError] = useState<string | null>(null)
  async function invite(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget
    const failure = await onInvite(String(new FormData(form).get('email') ?? '').trim(), role)
    setError(failure)
    if (failure === null) form.reset()
  }
  return (
    <form className="invite" onSubmit={(event) => void invite(event)}>
      <input name="email" type="email" required autoFocus aria-label="E-mail address" placeholder="E-mail address" />
      <RoleSelect label="Role" value={role} onChange={setRole} />
      <button type="submit" className="button button-primary">
        Share
      </button>
      {error !== null && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
    </form>
  )
}

/** What the last change did. */
interface News {
  readonly text: string
  readonly undo: (() => void) | null
}

/** Who may open a document, and as what. Its owner changes that here. */
export function ShareDialog({ document, onClose }: { document: DocumentInfo; onClose: () => void }): ReactElement {
  const { api } = useSignedIn()
  const [news, setNews] = useState<News | null>(null)
  const [answer, again] = useAnswer(useCallback(() => api.permissions(document.id), [api, document.id]))
  const isOwner = document.role === 'owner'

  async function change(action: () => Promise<unknown>): Promise<string | null> {
    try {
      await action()
      again()
      return null
    } catch (error) {
      return asApiError(error).message
    }
  }
  const say = (action: () => Promise<unknown>, done: News | null): void =>
    void change(action).then((failure) => setNews(failure === null ? done : { text: failure, undo: null }))
  const setRole = ({ userId, displayName }: Permission, role: Role): void =>
    say(() => api.setRole(document.id, userId, role), {
      text: `${displayName}: ${ROLE_NAMES[role].toLowerCase()}.`,
      undo: null,
    })
  const remove = ({ userId, displayName, email, role }: Permission): void =>
    say(() => api.revoke(document.id, userId), {
      text: `${displayName} has no access any more.`,
      undo: email === null ? null : () => say(() => api.share(document.id, email, role), null),
    })

  async function copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(documentLink(document.id))
      setNews({ text: 'The link is copied. It opens for the people in this list.', undo: null })
    } catch {
      setNews({ text: `Copy this address: ${documentLink(document.id)}`, undo: null })
    }
  }

  return (
    <Dialog title="Share document" onClose={onClose}>
      {isOwner && <InviteForm onInvite={(email, role) => change(() => api.share(document.id, email, role))} />}
      {answer.status === 'waiting' && <p className="quiet">Loading…</p>}
      {answer.status === 'failed' && (
        <p className="form-error" role="alert">
          {answer.error.message}
        </p>
      )}
      {answer.status === 'ready' && (
        <ul className="people" aria-label="People with access">
          {answer.value.map((person) => (
            <PersonRow
              key={person.userId}
              person={person}
              mayChange={isOwner}
              onRole={(role) => setRole(person, role)}
              onRevoke={() => remove(person)}
            />
          ))}
        </ul>
      )}
      <p className="dialog-news" role="status">
        {news?.text}
        {news !== null && news.undo !== null && (
          <button type="button" className="link-button" onClick={news.undo}>
            Undo
          </button>
        )}
      </p>
      <div className="dialog-actions dialog-actions-apart">
        <button type="button" className="button" onClick={() => void copyLink()}>
          <Link2 aria-hidden="true" /> Copy link
        </button>
        <button type="button" className="button" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  )
}
