import { useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { useRoute } from './route.ts'
import type { Route } from './route.ts'
import { DocumentList } from './screens/document-list.tsx'
import { DocumentPage } from './screens/document-page.tsx'
import { SignIn } from './screens/sign-in.tsx'
import type { Session } from './session.ts'
import { SignedInProvider } from './signed-in.tsx'
import { ToastProvider } from './parts/toast.tsx'

function Screen({ route }: { route: Route }): ReactElement {
  return route.screen === 'document' ? <DocumentPage key={route.id} id={route.id} /> : <DocumentList />
}

export function App({ session }: { session: Session }): ReactElement {
  const user = useSyncExternalStore(session.subscribe, session.getUser)
  const route = useRoute()
  if (user === null) return <SignIn session={session} />
  return (
    <SignedInProvider key={user.id} session={session} user={user}>
      <ToastProvider>
        <Screen route={route} />
      </ToastProvider>
    </SignedInProvider>
  )
}
