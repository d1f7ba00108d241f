import { createSheafClient } from '@sheaf/client-sdk'
import { SheafProvider } from '@sheaf/react'
import { createContext, useContext, useEffect, useMemo, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { DocumentsApi } from './api.ts'
import type { User } from './api.ts'
import type { Session } from './session.ts'

interface SignedIn {
  readonly user: User
  readonly api: DocumentsApi
  readonly signOut: () => Promise<void>
}

const SignedInContext = createContext<SignedIn | null>(null)

export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext)
  if (signedIn === null) throw new Error('Nobody is signed in above this component.')
  return signedIn
}

const newClient = (session: Session) =>
  createSheafClient({
    url: location.origin,
    token: ({ reason }) => session.accessToken(reason !== 'connect'),
  })

/** Everything that needs somebody to be signed in; another user gets another client. */
export function SignedInProvider(props: { session: Session; user: User; children: ReactNode }): ReactElement | null {
  const { session, user, children } = props
  const [client, setClient] = useState<ReturnType<typeof newClient> | null>(null)
  useEffect(() => {
    const created = newClient(session)
    setClient(created)
    return () => {
      setClient(null)
      void created.close()
    }
  }, [session, user.id])
  const value = useMemo(
    () => ({ user, api: new DocumentsApi(session.accessToken), signOut: () => session.signOut() }),
    [session, user],
  )
  if (client === null) return null
  return (
    <SignedInContext.Provider value={value}>
      <SheafProvider client={client}>{children}</SheafProvider>
    </SignedInContext.Provider>
  )
}
