/** Why a token is asked for. */
export interface TokenRequest {
  /**
   * `connect`: a connection is made. `refused`: the server did not accept the last one, so a kept one will not do.
   * `renew`: the last one is about to end.
   */
  readonly reason: 'connect' | 'refused' | 'renew'
}

/** A token, or a function that gets one. It is called at every connection; it may keep what it got. */
export type TokenSource = string | ((request: TokenRequest) => string | Promise<string>)

/** Asks the application for a token. Rejects with whatever it rejects with. */
export async function askToken(source: TokenSource, request: TokenRequest): Promise<string> {
  return typeof source === 'string' ? source : await source(request)
}

/** When a JWT ends, in milliseconds since 1970; null for tokens of other kinds. What it says is not checked: it is a hint. */
export function tokenEnd(token: string): number | null {
  const payload = token.split('.')[1]
  if (payload === undefined) return null
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    const end = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : null
    return typeof end === 'number' && Number.isFinite(end) ? end * 1000 : null
  } catch {
    // Not a JWT. Its owner will hear from the server when it ends.
    return null
  }
}
