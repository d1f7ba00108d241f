import { textOf } from './shown-content.ts'

interface Account {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly id: string
  readonly token: string
}

export interface ContentNode {
  readonly type: string
  readonly attrs?: Readonly<Record<string, unknown>>
  readonly marks?: readonly { readonly type: string; readonly attrs?: Readonly<Record<string, unknown>> }[]
  readonly text?: string
  readonly content?: readonly ContentNode[]
}

const paragraph = (text: string): ContentNode => ({
  type: 'paragraph',
  ...(text === '' ? {} : { content: [{ type: 'text', text }] }),
})

let made = 0

/** The HTTP API, for what a story takes as given: people, documents, rights; and for what the server really holds. */
export class Api {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** @param name the first word of it begins the address */
  async register(name: string): Promise<Account> {
    made += 1
    const credentials = {
      email: `${name.split(' ', 1)[0]?.toLowerCase()}-${made}@example.com`,
      password: `a long word of ${name} ${made}`,
    }
    const session = (await this.#call('POST', '/v1/auth/register', { ...credentials, displayName: name })) as {
      accessToken: string
      user: { id: string }
    }
    return { name, ...credentials, id: session.user.id, token: session.accessToken }
  }

  /** Creates a document of plain paragraphs. */
  async createDocument(owner: Account, title: string, ...paragraphs: string[]): Promise<string> {
    return this.createRichDocument(owner, title, (paragraphs.length === 0 ? [''] : paragraphs).map(paragraph))
  }

  async createRichDocument(owner: Account, title: string, blocks: readonly ContentNode[]): Promise<string> {
    const content = { type: 'doc', content: blocks }
    const document = (await this.#call('POST', '/v1/documents', { title, content }, owner)) as { id: string }
    return document.id
  }

  async share(owner: Account, documentId: string, other: Account, role: 'editor' | 'viewer'): Promise<void> {
    await this.#call('PUT', `/v1/documents/${documentId}/permissions`, { email: other.email, role }, owner)
  }

  /** Takes every right of a person away. */
  async withdraw(owner: Account, documentId: string, other: Account): Promise<void> {
    await this.#call('DELETE', `/v1/documents/${documentId}/permissions/${other.id}`, undefined, owner)
  }

  /** The blocks that are durable on the server. */
  async content(reader: Account, documentId: string): Promise<readonly ContentNode[]> {
    const path = `/v1/documents/${documentId}/content?format=json`
    const { content } = (await this.#call('GET', path, undefined, reader)) as { content: ContentNode }
    return content.content ?? []
  }

  /** The text that is durable on the server, one line for each block. */
  async text(reader: Account, documentId: string): Promise<string> {
    return (await this.content(reader, documentId)).map(textOf).join('\n')
  }

  async #call(method: string, path: string, body?: unknown, as?: Account): Promise<unknown> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(as === undefined ? {} : { authorization: `Bearer ${as.token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
}

export type { Account }
