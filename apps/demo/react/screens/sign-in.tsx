import { ArrowRight, CloudOff, History, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import type { CSSProperties, FormEvent, ReactElement } from 'react'
import demoAccounts from '../../demo-accounts.json'
import { Brand } from '../parts/brand.tsx'
import { asApiError } from '../../account/api.ts'
import type { Session } from '../../account/session.ts'

type Mode = 'sign-in' | 'sign-up'

const ACCOUNT_COLORS = ['#b4236b', '#0b7360']

function OneClickAccounts(props: { busy: boolean; onPick: (email: string, password: string) => void }): ReactElement {
  return (
    <div className="one-click">
      {demoAccounts.map(({ displayName, email, password }, index) => (
        <button
          key={email}
          type="button"
          className="one-click-account"
          disabled={props.busy}
          onClick={() => props.onPick(email, password)}
        >
          <span
            className="avatar"
            aria-hidden="true"
            style={{ '--avatar-color': ACCOUNT_COLORS[index] ?? '#5a6472' } as CSSProperties}
          >
            {displayName[0]}
          </span>
          <span className="one-click-words">
            <strong>
              <span className="unseen">Continue as </span>
              {displayName}
            </strong>
            <span>{email}</span>
          </span>
          <ArrowRight aria-hidden="true" />
        </button>
      ))}
    </div>
  )
}

function Field(props: {
  label: string
  name: string
  type: string
  autoComplete: string
  hint?: string
}): ReactElement {
  const { label, name, type, autoComplete, hint } = props
  const minLength = autoComplete === 'new-password' ? 8 : undefined
  return (
    <label className="field">
      <span>{label}</span>
      <input name={name} type={type} autoComplete={autoComplete} required minLength={minLength} />
      {hint !== undefined && <small>{hint}</small>}
    </label>
  )
}

function Promises(): ReactElement {
  return (
    <section className="sign-in-story" aria-label="About Sheaf">
      <Brand />
      <h1>
        Write together. <br />
        Lose nothing.
      </h1>
      <p className="sign-in-lead">One document, many people, every word kept – also when the network is not.</p>
      <ul>
        <li>
          <ShieldCheck aria-hidden="true" />
          <span>“Saved” appears when your words are on disk, and never before.</span>
        </li>
        <li>
          <CloudOff aria-hidden="true" />
          <span>Keep writing offline. Everything is sent when you are back.</span>
        </li>
        <li>
          <History aria-hidden="true" />
          <span>Every version is kept, and restoring one disturbs nobody.</span>
        </li>
      </ul>
    </section>
  )
}

export function SignIn({ session }: { session: Session }): ReactElement {
  const [mode, setMode] = useState<Mode>('sign-in')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const signingUp = mode === 'sign-up'

  async function run(action: () => Promise<void>): Promise<void> {
    setBusy(true)
    setError(null)
    try {
      await action()
    } catch (cause) {
      setError(asApiError(cause).message)
      setBusy(false)
    }
  }

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const value = (name: string): string => String(form.get(name) ?? '')
    void run(() =>
      signingUp
        ? session.signUp(value('displayName').trim(), value('email').trim(), value('password'))
        : session.signIn(value('email').trim(), value('password')),
    )
  }

  return (
    <main className="sign-in">
      <Promises />
      <section className="sign-in-panel" aria-labelledby="sign-in-title">
        <div className="sign-in-card">
          <h2 id="sign-in-title">{signingUp ? 'Create your account' : 'Sign in'}</h2>
          {!signingUp && (
            <>
              <p className="quiet">Try the demo with one click. Open it in two browsers to see both at work.</p>
              <OneClickAccounts
                busy={busy}
                onPick={(email, password) => void run(() => session.signIn(email, password))}
              />
              <p className="or">
                <span>or with your own account</span>
              </p>
            </>
          )}
          <form key={mode} className="stack" onSubmit={submit}>
            {signingUp && <Field label="Name" name="displayName" type="text" autoComplete="name" />}
            <Field label="E-mail" name="email" type="email" autoComplete="email" />
            <Field
              label="Password"
              name="password"
              type="password"
              autoComplete={signingUp ? 'new-password' : 'current-password'}
              {...(signingUp ? { hint: 'At least 8 characters.' } : {})}
            />
            {error !== null && (
              <p className="form-error" role="alert">
                {error}
              </p>
            )}
            <button type="submit" className="button button-primary button-wide" disabled={busy}>
              {signingUp ? 'Create account' : 'Sign in'}
            </button>
          </form>
          <p className="sign-in-switch">
            {signingUp ? 'You have an account?' : 'New here?'}{' '}
            <button
              type="button"
              className="link-button"
              onClick={() => {
                setMode(signingUp ? 'sign-in' : 'sign-up')
                setError(null)
              }}
            >
              {signingUp ? 'Sign in' : 'Create an account'}
            </button>
          </p>
        </div>
      </section>
    </main>
  )
}
