import { SheafError } from '@sheaf/client-sdk'
import type { SheafClient } from '@sheaf/client-sdk'
import { inject, markRaw, readonly, ref } from 'vue'
import type { InjectionKey, Plugin, Ref } from 'vue'
import { DocumentsApi } from '../account/api.ts'
import type { User } from '../account/api.ts'
import type { Session } from '../account/session.ts'
import { signInFirst } from '../account/way-back.ts'

interface SignedIn {
  readonly user: User
  readonly api: DocumentsApi
  /** True while it is asked whether edits may be lost. */
  readonly asking: Readonly<Ref<boolean>>
  /** Leaves nothing of this user on the device; asks first where that would lose edits. */
  readonly signOut: (discardUnsaved?: boolean) => Promise<void>
  readonly stay: () => void
}

const signedInKey: InjectionKey<SignedIn> = Symbol('signed in')

const isUnsavedEdits = (error: unknown): boolean => error instanceof SheafError && error.code === 'unsaved-edits'

/** Who is signed in, for the whole page. Somebody else, or nobody, gets another page. */
export function provideSignedIn(session: Session, user: User, client: SheafClient): Plugin {
  const asking = ref(false)
  let leaving = false
  const signOut = async (discardUnsaved = false): Promise<void> => {
    try {
      await client.forgetDevice({ discardUnsaved })
    } catch (error) {
      // A device that cannot be written to holds nothing; only edits that would be lost are a reason to stay.
      if (isUnsavedEdits(error)) {
        asking.value = true
        return
      }
    }
    leaving = true
    await session.signOut()
    location.assign('/')
  }
  const stay = (): void => {
    asking.value = false
  }
  const api = markRaw(new DocumentsApi(session.accessToken))
  return {
    install: (app) => {
      session.subscribe(() => {
        if (!leaving && session.getUser()?.id !== user.id) signInFirst()
      })
      app.provide(signedInKey, { user, api, asking: readonly(asking), signOut, stay })
    },
  }
}

export function useSignedIn(): SignedIn {
  const signedIn = inject(signedInKey, null)
  if (signedIn === null) throw new Error('Nobody is signed in above this component.')
  return signedIn
}
