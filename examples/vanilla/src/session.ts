interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface Session {
  /** A token that is good; another one than the last where that was refused or is about to end. */
  token(request: { readonly reason: 'connect' | 'refused' | 'renew' }): Promise<string>
  newestDocument(): Promise<string>
}

/**
 * Signs in with an account of Sheaf. The tokens are in memory only: after a reload one signs in again. An application with a
 * server of its own keeps them there, as the examples for Next.js and Nuxt do.
 */
export async function signIn(url: string, email: string, password: string): Promise<Session> {
  const call = async <T>(path: string, body: object | null, accessToken?: string): Promise<T> => {
    const answer = await fetch(`${url}/v1${path}`, {
      method: body === null ? 'GET' : 'POST',
      headers: {
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    })
    const content = (await answer.json()) as T & { detail?: string }
    if (!answer.ok) throw new Error(content.detail ?? `${path} answered ${answer.status}`)
    return content
  }

  let tokens = await call<Tokens>('/auth/login', { email, password })

  return {
    token: async ({ reason }) => {
      if (reason !== 'connect') tokens = await call<Tokens>('/auth/refresh', { refreshToken: tokens.refreshToken })
      return tokens.accessToken
    },
    newestDocument: async () => {
      const { accessToken } = tokens
      const { items } = await call<{ items: readonly { id: string }[] }>('/documents', null, accessToken)
      return items[0]?.id ?? (await call<{ id: string }>('/documents', { title: 'Notes' }, accessToken)).id
    },
  }
}
