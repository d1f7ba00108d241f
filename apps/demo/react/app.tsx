import { Suspense, lazy, useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { SignIn } from './screens/sign-in.tsx'
import type { Session } from '../account/session.ts'

// The editor is most of the program, and nobody needs it to sign in.
const SignedInApp = lazy(async () => ({ default: (await import('./signed-in-app.tsx')).SignedInApp }))

export function App({ session }: { session: Session }): ReactElement {
  const user = useSyncExternalStore(session.subscribe, session.getUser)
  if (user === null) return <SignIn session={session} />
  return (
    <Suspense fallback={null}>
      <SignedInApp key={user.id} session={session} user={user} />
    </Suspense>
  )
}
