import type { ReactElement } from 'react'

export function Brand(): ReactElement {
  return (
    <span className="brand">
      <img src="/sheaf.svg" alt="" width="26" height="26" />
      <span>Sheaf</span>
    </span>
  )
}
