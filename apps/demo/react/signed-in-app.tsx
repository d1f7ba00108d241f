import { useEffect, useRef } from 'react'
import type { ReactElement } from 'react'
import type { User } from '../account/api.ts'
import { ToastProvider } from './parts/toast.tsx'
import { useRoute } from './route.ts'
import type { Route } from './route.ts'
import { DocumentList } from './screens/document-list.tsx'
import { DocumentPage } from './screens/document-page.tsx'
import type { Session } from '../account/session.ts'
import { Trash } from './screens/trash.tsx'
import { SignedInProvider } from './signed-in.tsx'

function Screen({ route }: { route: Route }): ReactElement {
  switch (route.screen) {
    case 'document':
      return <DocumentPage key={route.id} id={route.id} />
    case 'trash':
      return <Trash />
    case 'documents':
      return <DocumentList />
  }
}

/** Who goes to another screen is at its content, and not at the top of a page of which the rest has changed. */
function useFocusOnArrival(path: string): void {
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current === path) return
    shown.current = path
    document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true })
  }, [path])
}

/** The demo for somebody who is signed in. */
export function SignedInApp({ session, user }: { session: Session; user: User }): ReactElement {
  const route = useRoute()
  useFocusOnArrival(location.pathname)
  return (
    <SignedInProvider session={session} user={user}>
      <ToastProvider>
        <Screen route={route} />
      </ToastProvider>
    </SignedInProvider>
  )
}
