interface Session {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: { readonly id: string; readonly email: string }
}

/** A log-in, which lasts as long as somebody renews it. */
class Login {
  session: Session
  #renewing: Promise<Session> | null = null

  constructor(session: Session) {
    this.session = session
  }

  /** However many ask at once, the refresh token is used once. */
  async renew(origin: string): Promise<Session> {
    const { refreshToken } = this.session
    this.#renewing ??= call<Session>(origin, 'POST', '/v1/auth/refresh', null, { refreshToken }).finally(() => {
      this.#renewing = null
    })
    this.session = await this.#renewing
    return this.session
  }
}

/** One signed-in person at the HTTP interface of a running server. */
export class SheafApi {
  readonly origin: string
  readonly #login: Login

  private constructor(origin: string, login: Login) {
    this.origin = origin
    this.#login = login
  }

  get session(): Session {
    return this.#login.session
  }

  /** Resolves when the server answers that it is ready. `gone` is true as soon as waiting is in vain. */
  static async ready(origin: string, gone: () => boolean): Promise<void> {
    for (;;) {
      const answer = await fetch(`${origin}/readyz`).catch(() => null)
      if (answer?.ok === true) return
      if (gone()) throw new Error('the server ended before it was ready')
      await new Promise((resolve) => {
        setTimeout(resolve, 15)
      })
    }
  }

  static async register(origin: string, name: string): Promise<SheafApi> {
    const session = await call<Session>(origin, 'POST', '/v1/auth/register', null, {
      email: `${name}@example.com`,
      password: 'correct horse battery staple',
      displayName: name,
    })
    return new SheafApi(origin, new Login(session))
  }

  /** The same person at another address of the server, such as after a restart. */
  at(origin: string): SheafApi {
    return new SheafApi(origin, this.#login)
  }

  get token(): string {
    return this.session.accessToken
  }

  /** A fresh token, from whatever server this is the address of. */
  async freshToken(): Promise<string> {
    return (await this.#login.renew(this.origin)).accessToken
  }

  /** The address that a client is given. */
  get socketOrigin(): string {
    return this.origin.replace('http', 'ws')
  }

  async createDocument(title = 'Untitled'): Promise<string> {
    const document = await this.call<{ id: string }>('POST', '/v1/documents', { title })
    return document.id
  }

  async share(documentId: string, email: string, role: string): Promise<void> {
    await this.call('PUT', `/v1/documents/${documentId}/permissions`, { email, role })
  }

  /** Keeps a version of the document as it is now. */
  async createVersion(documentId: string, name: string): Promise<{ readonly id: string; readonly seq: number }> {
    return this.call('POST', `/v1/documents/${documentId}/versions`, { name })
  }

  /** The whole document as one Yjs update in V2 format, as the server stores it: snapshot and the operations after it. */
  async content(documentId: string): Promise<Uint8Array> {
    const answer = await fetch(`${this.origin}/v1/documents/${documentId}/content?format=update`, {
      headers: { authorization: `Bearer ${this.token}` },
    })
    if (!answer.ok) throw new Error(`GET content: ${answer.status} ${await answer.text()}`)
    return new Uint8Array(await answer.arrayBuffer())
  }

  async call<T>(method: string, path: string, body: unknown = null): Promise<T> {
    return call<T>(this.origin, method, path, this.token, body)
  }
}

async function call<T>(origin: string, method: string, path: string, token: string | null, body: unknown): Promise<T> {
  const answer = await fetch(origin + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}
