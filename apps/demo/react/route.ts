import { useSyncExternalStore } from 'react'
import type { MouseEvent } from 'react'
import { TRASH_PATH, documentIdIn } from '../account/addresses.ts'

/** Where one is in the demo, as the address says. */
export type Route =
  { readonly screen: 'documents' } | { readonly screen: 'trash' } | { readonly screen: 'document'; readonly id: string }

function readRoute(path: string): Route {
  const id = documentIdIn(path)
  if (id !== null) return { screen: 'document', id }
  return { screen: path === TRASH_PATH ? 'trash' : 'documents' }
}

const listeners = new Set<() => void>()
const tell = (): void => {
  for (const listener of listeners) listener()
}

export function go(path: string): void {
  history.pushState(null, '', path)
  scrollTo(0, 0)
  tell()
}

/** For a link that stays inside the page; a click with a modifier is left to the browser. */
export function followInside(event: MouseEvent<HTMLAnchorElement>): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
  event.preventDefault()
  go(event.currentTarget.pathname)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('popstate', listener)
  }
}

export function useRoute(): Route {
  return readRoute(useSyncExternalStore(subscribe, () => location.pathname))
}
