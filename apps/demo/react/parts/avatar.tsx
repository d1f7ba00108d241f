import { initialsOf } from '@sheaf/client-sdk'
import type { CSSProperties, ReactElement } from 'react'
import { useColorOf } from '../opened-document.ts'

/** The initials of somebody in the colour that their caret has. Decoration: the name stands beside it. */
export function Avatar({ id, name }: { id: string; name: string }): ReactElement {
  const color = useColorOf(id)
  return (
    <span
      className="avatar"
      aria-hidden="true"
      data-initials={initialsOf(name)}
      style={{ '--avatar-color': color } as CSSProperties}
    />
  )
}
