import type { Role } from '@sheaf/client-sdk'
import type { UploadImage } from '@sheaf/client-sdk/editor'

export interface User {
  readonly id: string
  readonly email: string
  readonly displayName: string
  readonly canCreateDocuments: boolean
}

/** What the server answers to signing in and to a refresh. */
export interface SessionAnswer {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  readonly user: User
}

export interface DocumentInfo {
  readonly id: string
  readonly title: string
  readonly role: Role
  readonly seq: number
  readonly createdBy: string
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601. */
  readonly updatedAt: string
  /** ISO 8601; null unless it is in the trash. */
  readonly deletedAt: string | null
}

export interface Permission {
  readonly userId: string
  /** Null for people whose address is none of one's business. */
  readonly email: string | null
  readonly displayName: string
  readonly role: Role
}

interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** A request that did not succeed. `status` is 0 when the server could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** A failure of any kind in the shape of a request's. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(0, 'unknown', error instanceof Error ? error.message : String(error))

interface Problem {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
}

async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text()
  let problem: Problem = {}
  if (response.headers.get('content-type')?.includes('json') === true) problem = JSON.parse(text) as Problem
  const message = problem.detail ?? problem.title ?? `The server answered ${response.status}.`
  return new ApiError(response.status, problem.code ?? 'unknown', message)
}

async function answerOf<T>(path: string, request: RequestInit, accessToken: string | undefined): Promise<T> {
  const headers = new Headers(request.headers)
  if (accessToken !== undefined) headers.set('authorization', `Bearer ${accessToken}`)
  let response: Response
  try {
    response = await fetch(path, { ...request, headers })
  } catch (error) {
    if (request.signal?.aborted === true) throw error
    throw new ApiError(0, 'unreachable', 'The server cannot be reached. Check your connection and try again.')
  }
  if (!response.ok) throw await problemOf(response)
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** One call of the HTTP API. @throws {ApiError} */
export function call<T>(method: string, path: string, body?: unknown, accessToken?: string): Promise<T> {
  const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return answerOf(`/v1${path}`, { method, ...json }, accessToken)
}

/** Gives an access token; `fresh` when the last one was not accepted. */
export type AccessToken = (fresh: boolean) => Promise<string>

/** The calls that need somebody to be signed in. */
export class DocumentsApi {
  readonly #accessToken: AccessToken

  constructor(accessToken: AccessToken) {
    this.#accessToken = accessToken
  }

  /** All documents that one may open, page after page, so that the first ones can be shown while the others come. */
  list(): AsyncGenerator<readonly DocumentInfo[]> {
    return this.#pages('/documents?limit=100')
  }

  /** The documents that one owns and deleted. */
  trash(): AsyncGenerator<readonly DocumentInfo[]> {
    return this.#pages('/documents?trashed=true&limit=100')
  }

  async isInTrash(id: string): Promise<boolean> {
    for await (const page of this.trash()) if (page.some((document) => document.id === id)) return true
    return false
  }

  create(title: string): Promise<DocumentInfo> {
    return this.#call('POST', '/documents', { title })
  }

  get(id: string): Promise<DocumentInfo> {
    return this.#call('GET', `/documents/${encodeURIComponent(id)}`)
  }

  rename(id: string, title: string): Promise<DocumentInfo> {
    return this.#call('PATCH', `/documents/${encodeURIComponent(id)}`, { title })
  }

  delete(id: string): Promise<void> {
    return this.#call('DELETE', `/documents/${encodeURIComponent(id)}`)
  }

  untrash(id: string): Promise<DocumentInfo> {
    return this.#call('POST', `/documents/${encodeURIComponent(id)}/untrash`)
  }

  /** Keeps an image for the documents that show it. The editor's `uploadImage`. */
  readonly uploadImage: UploadImage = async (file, { signal }) => {
    const request = { method: 'POST', body: file, signal }
    const answer: { src: string } = await this.#authorized((token) => answerOf('/uploads', request, token))
    return answer.src
  }

  async permissions(id: string): Promise<readonly Permission[]> {
    const page: { items: readonly Permission[] } = await this.#call('GET', this.#permissionsPath(id))
    // The owner first, the others by name.
    const rank = ({ role }: Permission): number => (role === 'owner' ? 0 : 1)
    return [...page.items].sort((a, b) => rank(a) - rank(b) || a.displayName.localeCompare(b.displayName))
  }

  share(id: string, email: string, role: Role): Promise<Permission> {
    return this.#call('PUT', this.#permissionsPath(id), { email, role })
  }

  setRole(id: string, userId: string, role: Role): Promise<Permission> {
    return this.#call('PUT', this.#permissionsPath(id, userId), { role })
  }

  revoke(id: string, userId: string): Promise<void> {
    return this.#call('DELETE', this.#permissionsPath(id, userId))
  }

  #permissionsPath(id: string, userId?: string): string {
    const path = `/documents/${encodeURIComponent(id)}/permissions`
    return userId === undefined ? path : `${path}/${encodeURIComponent(userId)}`
  }

  async *#pages(path: string): AsyncGenerator<readonly DocumentInfo[]> {
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: Page<DocumentInfo> = await this.#call('GET', `${path}${query}`)
      yield page.items
      cursor = page.nextCursor
    } while (cursor !== null)
  }

  #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.#authorized((token) => call<T>(method, path, body, token))
  }

  /** A token that is not accepted any more is replaced, once. */
  async #authorized<T>(ask: (token: string) => Promise<T>): Promise<T> {
    try {
      return await ask(await this.#accessToken(false))
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      return ask(await this.#accessToken(true))
    }
  }
}
