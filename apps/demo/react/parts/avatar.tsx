import { initialsOf, presenceColor } from '@sheaf/client-sdk'
import type { CSSProperties, ReactElement } from 'react'

/** The initials of somebody in the colour that their caret has. Decoration: the name stands beside it. */
export function Avatar({ id, name }: { id: string; name: string }): ReactElement {
  return (
    <span
      className="avatar"
      aria-hidden="true"
      data-initials={initialsOf(name)}
      style={{ '--avatar-color': presenceColor(id) } as CSSProperties}
    />
  )
}
