/** Which binding draws the page of a document. Both pages show the same document, and nothing but the address tells them apart. */
export type Binding = 'react' | 'vue'

export const documentPath = (id: string, binding: Binding = 'react'): string =>
  `${binding === 'vue' ? '/vue' : ''}/documents/${encodeURIComponent(id)}`

export const TRASH_PATH = '/trash'

/** The id in the address of a document, whichever binding draws it; null for any other address. */
export function documentIdIn(path: string): string | null {
  const id = /^(?:\/vue)?\/documents\/([^/]+)\/?$/.exec(path)?.[1]
  return id === undefined ? null : decodeURIComponent(id)
}

/** What is sent to somebody so that they find the document. */
export const documentLink = (id: string): string => new URL(documentPath(id), location.origin).href
