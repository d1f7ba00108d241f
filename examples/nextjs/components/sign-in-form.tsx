'use client'

import { useActionState } from 'react'
import { beginSession } from '../app/actions'

export function SignInForm() {
  const [problem, action, pending] = useActionState(beginSession, null)
  return (
    <form action={action} className="form">
      <label>
        E-mail
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      {problem !== null && <p role="alert">{problem}</p>}
      <button disabled={pending}>Sign in</button>
    </form>
  )
}
