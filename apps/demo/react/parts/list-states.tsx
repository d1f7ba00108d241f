import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import type { Documents } from '../use-documents.ts'

/** So many rows at first, and so many more at a time. */
const ROWS = 50

export function EmptyState(props: {
  icon: ReactElement
  title: string
  children: ReactNode
  action?: ReactElement | undefined
}): ReactElement {
  return (
    <div className="empty">
      <span className="empty-icon" aria-hidden="true">
        {props.icon}
      </span>
      <h2>{props.title}</h2>
      <p className="quiet">{props.children}</p>
      {props.action}
    </div>
  )
}

export function Waiting({ label }: { label: string }): ReactElement {
  return (
    <div className="rows rows-waiting" role="status" aria-label={label}>
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="row-waiting" />
      ))}
    </div>
  )
}

/** Above what was read before, or alone. */
export function Failed({ documents, onAgain }: { documents: Documents; onAgain: () => void }): ReactElement | null {
  if (documents.error === null) return null
  return (
    <div className="notice" role="alert">
      <p>{documents.error.message}</p>
      <button type="button" className="button" onClick={onAgain}>
        <RefreshCw aria-hidden="true" /> Try again
      </button>
    </div>
  )
}

/** The rows of a list, the first of them at first. */
export function Rows<T>(props: {
  label: string
  items: readonly T[]
  /** More of them are still to come. */
  loading: boolean
  row: (item: T) => ReactElement
}): ReactElement {
  const { label, items, loading, row } = props
  const [count, setCount] = useState(ROWS)
  return (
    <>
      <ul className="rows" aria-label={label}>
        {items.slice(0, count).map(row)}
      </ul>
      {items.length > count && (
        <button type="button" className="button rows-more" onClick={() => setCount(count + ROWS)}>
          Show more ({(items.length - count).toLocaleString('en')})
        </button>
      )}
      {loading && (
        <p className="quiet rows-loading" role="status">
          Loading more…
        </p>
      )}
    </>
  )
}
