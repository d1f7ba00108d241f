import { FileText, Search, Trash2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { TRASH_PATH } from '../../account/addresses.ts'
import { followInside } from '../route.ts'
import { AccountMenu } from './account-menu.tsx'
import { Brand } from './brand.tsx'
import { SkipLink } from './skip-link.tsx'

interface SearchProps {
  readonly label: string
  readonly query: string
  readonly onQuery: (query: string) => void
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], [role="menu"]') !== null

/** The field above a list. The slash key leads to it from anywhere on the page. */
function SearchField({ label, query, onQuery }: SearchProps): ReactElement {
  const ref = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return
      event.preventDefault()
      ref.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  return (
    <form className="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <Search aria-hidden="true" />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        value={query}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onQuery('')
        }}
      />
      {query === '' && (
        <kbd className="search-key" aria-hidden="true">
          /
        </kbd>
      )}
    </form>
  )
}

function Place(props: { path: string; here: boolean; icon: ReactElement; children: string }): ReactElement {
  return (
    <a className="place" href={props.path} aria-current={props.here ? 'page' : undefined} onClick={followInside}>
      {props.icon}
      {props.children}
    </a>
  )
}

/** What is around every list of documents. */
export function PageFrame(props: {
  here: 'documents' | 'trash'
  title: string
  search: SearchProps
  children: ReactNode
}): ReactElement {
  const { here, title, search, children } = props
  useEffect(() => {
    document.title = `${title} – Sheaf`
  }, [title])
  return (
    <div className="page">
      <SkipLink to="list">Skip to the list</SkipLink>
      <header className="top">
        <a href="/" className="brand-link" aria-label="Sheaf, your documents" onClick={followInside}>
          <Brand />
        </a>
        <SearchField {...search} />
        <AccountMenu />
      </header>
      <div className="page-body">
        <nav className="places" aria-label="Places">
          <Place path="/" here={here === 'documents'} icon={<FileText aria-hidden="true" />}>
            Documents
          </Place>
          <Place path={TRASH_PATH} here={here === 'trash'} icon={<Trash2 aria-hidden="true" />}>
            Trash
          </Place>
        </nav>
        <main className="list" id="list" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  )
}
