'use client'

import { SheafError } from '@sheaf/client-sdk'
import { useSheafClient } from '@sheaf/react'
import { useState } from 'react'
import { endSession } from '../app/actions'

export function SignOutButton() {
  const client = useSheafClient()
  const [problem, setProblem] = useState<string | null>(null)

  const signOut = async () => {
    try {
      // What was written is on this device, too: it goes before the session does, or nothing goes.
      await client.forgetDevice()
      await endSession()
      window.location.assign('/')
    } catch (error) {
      if (!(error instanceof SheafError)) throw error
      setProblem(error.message)
    }
  }

  return (
    <>
      {problem !== null && <p role="alert">{problem}</p>}
      <button type="button" onClick={() => void signOut()}>
        Sign out
      </button>
    </>
  )
}
