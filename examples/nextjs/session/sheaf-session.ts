import 'server-only'
import { cookies } from 'next/headers'

/** Where the Sheaf server is, for this server and for the browser alike. */
export const sheafUrl = (): string => process.env.SHEAF_URL ?? 'http://127.0.0.1:4400'

/** What Sheaf answers to a sign-in and to a renewal. */
interface Tokens {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
}

const ACCESS = 'sheaf-access'
const REFRESH = 'sheaf-refresh'
const THIRTY_DAYS = 30 * 24 * 60 * 60
/** A token that ends sooner than this is renewed. Seconds. */
const MARGIN = 60

/** Calls Sheaf's HTTP API from this server. */
export function callSheaf(path: string, body?: object, accessToken?: string): Promise<Response> {
  return fetch(`${sheafUrl()}/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: 'no-store',
  })
}

/** No script of any page reads these cookies; only this server does. */
async function keep({ accessToken, expiresIn, refreshToken }: Tokens): Promise<void> {
  const jar = await cookies()
  const options = { httpOnly: true, sameSite: 'lax', path: '/', secure: process.env.SECURE_COOKIES === 'true' } as const
  jar.set(ACCESS, accessToken, { ...options, maxAge: Math.max(1, expiresIn - MARGIN) })
  jar.set(REFRESH, refreshToken, { ...options, maxAge: THIRTY_DAYS })
}

/** Whether the credentials were right. Only for server actions and route handlers, as everything that sets cookies. */
export async function signIn(email: string, password: string): Promise<boolean> {
  const answer = await callSheaf('/auth/login', { email, password })
  if (answer.ok) await keep((await answer.json()) as Tokens)
  return answer.ok
}

export async function signOut(): Promise<void> {
  const jar = await cookies()
  const refreshToken = jar.get(REFRESH)?.value
  jar.delete(ACCESS)
  jar.delete(REFRESH)
  if (refreshToken !== undefined) await callSheaf('/auth/logout', { refreshToken })
}

export async function isSignedIn(): Promise<boolean> {
  return (await cookies()).has(REFRESH)
}

/**
 * An access token of whoever asks, renewed where the kept one has ended or is not `good` any more. Null: sign in again.
 * For route handlers.
 */
export async function accessToken(kept: 'good' | 'refused' = 'good'): Promise<string | null> {
  const jar = await cookies()
  const token = jar.get(ACCESS)?.value
  if (token !== undefined && kept === 'good') return token
  const refreshToken = jar.get(REFRESH)?.value
  if (refreshToken === undefined) return null
  const answer = await callSheaf('/auth/refresh', { refreshToken })
  if (answer.status === 401) {
    await signOut()
    return null
  }
  if (!answer.ok) throw new Error(`Sheaf answered ${answer.status} to a renewal`)
  const tokens = (await answer.json()) as Tokens
  await keep(tokens)
  return tokens.accessToken
}
