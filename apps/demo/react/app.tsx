import { Suspense, lazy, useEffect, useSyncExternalStore } from 'react'
import type { ReactElement } from 'react'
import { SignIn } from './screens/sign-in.tsx'
import type { Session } from '../account/session.ts'
import { takeWayBack } from '../account/way-back.ts'

// The editor is most of the program, and nobody needs it to sign in.
const SignedInApp = lazy(async () => ({ default: (await import('./signed-in-app.tsx')).SignedInApp }))

export function App({ session }: { session: Session }): ReactElement {
  const user = useSyncExternalStore(session.subscribe, session.getUser)
  const signedIn = user !== null
  useEffect(() => {
    // Another page of the demo may have sent somebody here to sign in.
    const back = signedIn ? takeWayBack() : null
    if (back !== null) location.replace(back)
  }, [signedIn])
  if (user === null) return <SignIn session={session} />
  return (
    <Suspense fallback={null}>
      <SignedInApp key={user.id} session={session} user={user} />
    </Suspense>
  )
}
