import { SheafError } from './errors.ts'
import type { SheafErrorCode } from './errors.ts'
import { askToken } from './token.ts'
import type { TokenSource } from './token.ts'

/** Somebody who wrote between a version and the one before. */
export interface VersionAuthor {
  readonly id: string
  readonly displayName: string
}

/** A saved point in a document's history. */
export interface Version {
  readonly id: string
  /** The document's seq that it was made at. */
  readonly seq: number
  /** Why it exists. `auto`: the server made it while people were writing. `restore`: it is what a restore led to. */
  readonly kind: 'initial' | 'auto' | 'named' | 'restore'
  readonly name: string | null
  /** Who has written since the version before. */
  readonly authors: readonly VersionAuthor[]
  /** ISO 8601. */
  readonly createdAt: string
}

/** Some of the versions of a document, and the way to older ones. */
export interface VersionPage {
  /** Newest first. */
  readonly items: readonly Version[]
  /** Where the next page starts; null on the last one. */
  readonly nextCursor: string | null
}

/** The history of one document. Everything rejects with a `SheafError`. */
export interface DocumentVersions {
  /** @param page limit: how many, default 50; cursor: `nextCursor` of the page before */
  list(page?: { readonly limit?: number; readonly cursor?: string }): Promise<VersionPage>
  /** Names the document as it is now on the server. Flush the document first to have one's last words in it. */
  create(name: string): Promise<Version>
  rename(versionId: string, name: string): Promise<Version>
  /** The content as ProseMirror JSON. */
  getContent(versionId: string): Promise<unknown>
  /** Turns the content into that of the version, by a new edit: history only grows, and people go on writing. */
  restore(versionId: string): Promise<{ readonly seq: number }>
}

/** The part of the global `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Where the versions of a document are, and who asks for them. */
export interface DocumentVersionsOptions {
  /** Address of the server, as the client has it. */
  readonly url: string
  readonly documentId: string
  readonly token: TokenSource
  /** Default: the runtime's own. */
  readonly fetch?: Fetch
}

const ERROR_BY_STATUS: Readonly<Record<number, SheafErrorCode>> = {
  401: 'not-authenticated',
  403: 'forbidden',
  404: 'not-found',
  413: 'too-large',
}

/** The HTTP API of one document's versions. */
export function createDocumentVersions(options: DocumentVersionsOptions): DocumentVersions {
  const { documentId, token } = options
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init))
  const base = `${options.url.replace(/\/+$/, '')}/v1/documents/${encodeURIComponent(documentId)}/versions`

  async function attempt(path: string, init: RequestInit, reason: 'connect' | 'refused'): Promise<Response> {
    const accessToken = await askToken(token, { reason })
    const headers = { ...init.headers, authorization: `Bearer ${accessToken}` }
    try {
      return await send(`${base}${path}`, { ...init, headers })
    } catch (cause) {
      throw new SheafError('unavailable', { cause })
    }
  }

  async function request(path: string, method = 'GET', body?: unknown): Promise<unknown> {
    const init: RequestInit =
      body === undefined
        ? { method }
        : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const first = await attempt(path, init, 'connect')
    // The kept token may have ended: the application is asked for another one, once.
    const response = first.status === 401 ? await attempt(path, init, 'refused') : first
    if (!response.ok) throw new SheafError(ERROR_BY_STATUS[response.status] ?? 'unavailable')
    return await response.json()
  }

  const one = (versionId: string): string => `/${encodeURIComponent(versionId)}`

  return {
    list: async ({ limit = 50, cursor } = {}) => {
      const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) })
      return (await request(`?${query}`)) as VersionPage
    },
    create: async (name) => (await request('', 'POST', { name })) as Version,
    rename: async (versionId, name) => (await request(one(versionId), 'PATCH', { name })) as Version,
    getContent: async (versionId) => {
      const answer = (await request(`${one(versionId)}?format=json`)) as { readonly content: unknown }
      return answer.content
    },
    restore: async (versionId) => (await request(`${one(versionId)}/restore`, 'POST')) as { readonly seq: number },
  }
}
