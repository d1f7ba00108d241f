import { ApiError, call } from './api.ts'
import type { SessionAnswer, User } from './api.ts'

/*
 * The access token lives in memory and for minutes. The refresh token has to outlive a reload, and the API has no cookies,
 * so it is in localStorage; the content security policy of the page allows no script but the page's own.
 */
const STORAGE_KEY = 'sheaf-demo-session'
const LOCK_NAME = 'sheaf-demo-session'
/** A token that ends sooner than this is not used any more. Milliseconds. */
const MARGIN = 30_000

interface Kept {
  readonly refreshToken: string
  readonly user: User
}

function readKept(): Kept | null {
  const text = localStorage.getItem(STORAGE_KEY)
  if (text === null) return null
  try {
    return JSON.parse(text) as Kept
  } catch {
    // Not ours, or cut short: the same as not being signed in.
    localStorage.removeItem(STORAGE_KEY)
    return null
  }
}

/** Tabs share one refresh token, which is good for one use: only one of them may use it at a time. */
async function alone<T>(run: () => Promise<T>): Promise<T> {
  if (navigator.locks === undefined) return run()
  return (await navigator.locks.request(LOCK_NAME, run)) as T
}

/** Who is signed in, and the tokens that prove it. */
export class Session {
  #kept: Kept | null = readKept()
  #accessToken: string | null = null
  #accessTokenEnds = 0
  #refreshing: Promise<string> | null = null
  readonly #listeners = new Set<() => void>()

  constructor() {
    addEventListener('storage', (event) => {
      if (event.key !== STORAGE_KEY) return
      const before = this.#kept?.user.id
      this.#kept = readKept()
      // Another tab signed out, or somebody else in.
      if (this.#kept?.user.id !== before) this.#change()
    })
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly getUser = (): User | null => this.#kept?.user ?? null

  async signIn(email: string, password: string): Promise<void> {
    this.#accept(await call<SessionAnswer>('POST', '/auth/login', { email, password }))
    this.#change()
  }

  async signUp(displayName: string, email: string, password: string): Promise<void> {
    this.#accept(await call<SessionAnswer>('POST', '/auth/register', { displayName, email, password }))
    this.#change()
  }

  async signOut(): Promise<void> {
    const refreshToken = this.#kept?.refreshToken
    this.#forget()
    if (refreshToken === undefined) return
    try {
      await call('POST', '/auth/logout', { refreshToken })
    } catch (error) {
      // Signed out on this device in any case; without a connection the server lets the token end on its own.
      if (!(error instanceof ApiError)) throw error
    }
  }

  readonly accessToken = async (fresh: boolean): Promise<string> => {
    if (!fresh && this.#accessToken !== null && Date.now() < this.#accessTokenEnds) return this.#accessToken
    this.#refreshing ??= alone(() => this.#refresh()).finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #refresh(): Promise<string> {
    // Another tab may have used the token that this one knows.
    this.#kept = readKept()
    if (this.#kept === null) throw new ApiError(401, 'unauthenticated', 'You are signed out.')
    try {
      const answer = await call<SessionAnswer>('POST', '/auth/refresh', { refreshToken: this.#kept.refreshToken })
      this.#accept(answer)
      return answer.accessToken
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#forget()
      throw error
    }
  }

  #accept({ accessToken, expiresIn, refreshToken, user }: SessionAnswer): void {
    this.#accessToken = accessToken
    this.#accessTokenEnds = Date.now() + expiresIn * 1000 - MARGIN
    this.#kept = { refreshToken, user }
    localStorage.setItem(STORAGE_KEY, JSON.stringify(this.#kept))
  }

  #forget(): void {
    localStorage.removeItem(STORAGE_KEY)
    this.#kept = null
    this.#change()
  }

  #change(): void {
    if (this.#kept === null) this.#accessToken = null
    for (const listener of this.#listeners) listener()
  }
}
