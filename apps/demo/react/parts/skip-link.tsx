import type { ReactElement } from 'react'

/** The first stop of the Tab key: past what stands above the content. */
export function SkipLink({ to, children }: { to: string; children: string }): ReactElement {
  return (
    <a
      className="skip-link"
      href={`#${to}`}
      onClick={(event) => {
        event.preventDefault()
        document.getElementById(to)?.focus()
      }}
    >
      {children}
    </a>
  )
}
