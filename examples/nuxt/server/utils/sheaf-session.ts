import type { H3Event } from 'h3'

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
export function callSheaf(event: H3Event, path: string, body?: object, accessToken?: string): Promise<Response> {
  return fetch(`${useRuntimeConfig(event).public.sheafUrl}/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}

/** No script of any page reads these cookies; only this server does. */
function keep(event: H3Event, { accessToken, expiresIn, refreshToken }: Tokens): void {
  const secure = useRuntimeConfig(event).secureCookies
  const options = { httpOnly: true, sameSite: 'lax', path: '/', secure } as const
  setCookie(event, ACCESS, accessToken, { ...options, maxAge: Math.max(1, expiresIn - MARGIN) })
  setCookie(event, REFRESH, refreshToken, { ...options, maxAge: THIRTY_DAYS })
}

/** Whether the credentials were right. */
export async function signIn(event: H3Event, email: string, password: string): Promise<boolean> {
  const answer = await callSheaf(event, '/auth/login', { email, password })
  if (answer.ok) keep(event, (await answer.json()) as Tokens)
  return answer.ok
}

export async function signOut(event: H3Event): Promise<void> {
  const refreshToken = getCookie(event, REFRESH)
  deleteCookie(event, ACCESS)
  deleteCookie(event, REFRESH)
  if (refreshToken !== undefined) await callSheaf(event, '/auth/logout', { refreshToken })
}

export const isSignedIn = (event: H3Event): boolean => getCookie(event, REFRESH) !== undefined

/**
 * An access token of whoever asks, renewed where the kept one has ended or is not `good` any more.
 * @throws 401 where the person has to sign in again
 */
export async function accessToken(event: H3Event, kept: 'good' | 'refused' = 'good'): Promise<string> {
  const token = getCookie(event, ACCESS)
  if (token !== undefined && kept === 'good') return token
  const refreshToken = getCookie(event, REFRESH)
  if (refreshToken === undefined) throw createError({ statusCode: 401, message: 'Sign in first.' })
  const answer = await callSheaf(event, '/auth/refresh', { refreshToken })
  if (answer.status === 401) {
    await signOut(event)
    throw createError({ statusCode: 401, message: 'Sign in first.' })
  }
  if (!answer.ok) throw createError({ statusCode: 502, message: `Sheaf answered ${answer.status} to a renewal.` })
  const tokens = (await answer.json()) as Tokens
  keep(event, tokens)
  return tokens.accessToken
}
