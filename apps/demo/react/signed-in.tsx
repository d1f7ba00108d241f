import { SheafError, createSheafClient } from '@sheaf/client-sdk'
import { SheafProvider } from '@sheaf/react'
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { DocumentsApi } from '../account/api.ts'
import type { User } from '../account/api.ts'
import { SignOutDialog } from './parts/sign-out-dialog.tsx'
import { go } from './route.ts'
import type { Session } from '../account/session.ts'

interface SignedIn {
  readonly user: User
  readonly api: DocumentsApi
  /** Leaves nothing of this user on the device; asks first where that would lose edits. */
  readonly signOut: () => Promise<void>
}

const SignedInContext = createContext<SignedIn | null>(null)

export function useSignedIn(): SignedIn {
  const signedIn = useContext(SignedInContext)
  if (signedIn === null) throw new Error('Nobody is signed in above this component.')
  return signedIn
}

const isUnsavedEdits = (error: unknown): boolean => error instanceof SheafError && error.code === 'unsaved-edits'

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
  const [asking, setAsking] = useState(false)
  const signOut = useCallback(
    async (discardUnsaved: boolean): Promise<void> => {
      try {
        await client?.forgetDevice({ discardUnsaved })
      } catch (error) {
        // A device that cannot be written to holds nothing; only edits that would be lost are a reason to stay.
        if (isUnsavedEdits(error)) return setAsking(true)
      }
      go('/')
      await session.signOut()
    },
    [client, session],
  )
  const value = useMemo(
    () => ({ user, api: new DocumentsApi(session.accessToken), signOut: () => signOut(false) }),
    [session, user, signOut],
  )
  if (client === null) return null
  return (
    <SignedInContext.Provider value={value}>
      <SheafProvider client={client}>{children}</SheafProvider>
      {asking && <SignOutDialog onStay={() => setAsking(false)} onLeave={() => void signOut(true)} />}
    </SignedInContext.Provider>
  )
}
