import { describeNames, initialsOf } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { filled } from '@sheaf/client-sdk/editor'
import type { CSSProperties, ReactElement } from 'react'
import { className } from './class-name.ts'
import { useLanguage } from './language.ts'
import { usePresence } from './use-presence.ts'

/** Whose visitors are drawn. */
export interface PresenceAvatarsProps {
  readonly document: SheafDocument | null
  /** How many are drawn before the rest becomes a number. Default 5. */
  readonly max?: number
  readonly className?: string
}

/** Who else is in the document. */
export function PresenceAvatars(props: PresenceAvatarsProps): ReactElement | null {
  const { document, max = 5 } = props
  const people = usePresence(document)
  const language = useLanguage()
  const { words, locale } = language
  const shown = people.length > max ? people.slice(0, max - 1) : people
  const rest = people.slice(shown.length)
  if (people.length === 0) return null
  return (
    <ul className={className('sheaf-avatars', props.className)} aria-label={words.peopleHere}>
      {shown.map(({ id, name, color }) => (
        <li key={id}>
          <span
            className="sheaf-avatar"
            role="img"
            aria-label={name}
            title={name}
            style={{ '--sheaf-avatar-color': color } as CSSProperties}
          >
            {initialsOf(name)}
          </span>
        </li>
      ))}
      {rest.length > 0 && (
        <li>
          <span
            className="sheaf-avatar sheaf-avatar-more"
            title={describeNames(
              rest.map(({ name }) => name),
              language,
            )}
          >
            {filled(words.morePeople, { count: rest.length }, locale)}
          </span>
        </li>
      )}
    </ul>
  )
}
