import type { DocumentSnapshot } from '@sheaf/client-sdk'
import type { WordCount } from '@sheaf/client-sdk/editor'

export const UNTITLED = 'Untitled document'

/** Why there is nothing more from the server of an open document, as far as its page can do something about it. */
export type DocumentEnd = 'deleted' | 'closed-to-me'

/** Null as long as the document goes on. */
export function documentEnd({ error }: DocumentSnapshot): DocumentEnd | null {
  if (error?.code === 'document-deleted') return 'deleted'
  return error?.code === 'not-found' || error?.code === 'forbidden' ? 'closed-to-me' : null
}

/** Said once, when edits of an earlier visit were found on this device. */
export function recoveredWords(recovered: number): string {
  const edits = recovered === 1 ? '1 edit' : `${recovered} edits`
  return `${edits} recovered: kept on this device since your last visit, and being saved now.`
}

const count = (value: number, one: string, many: string): string =>
  `${value.toLocaleString('en')} ${value === 1 ? one : many}`

export const wordCountWords = ({ words, characters }: WordCount): string =>
  `${count(words, 'word', 'words')}, ${count(characters, 'character', 'characters')}`
