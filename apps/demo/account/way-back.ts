import { documentIdIn } from './addresses.ts'

const STORAGE_KEY = 'sheaf-demo-way-back'

/** From a page that cannot sign anybody in: to the one that can, and back after it. */
export function signInFirst(): void {
  sessionStorage.setItem(STORAGE_KEY, location.pathname)
  location.replace('/')
}

/** Where somebody came from to sign in; null where they came by themselves. Asked once. */
export function takeWayBack(): string | null {
  const path = sessionStorage.getItem(STORAGE_KEY)
  sessionStorage.removeItem(STORAGE_KEY)
  return path !== null && documentIdIn(path) !== null ? path : null
}
