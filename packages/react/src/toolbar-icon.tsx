import type { ReactElement } from 'react'

export function ToolbarIcon({ paths }: { paths: readonly string[] }): ReactElement {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      {paths.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  )
}
