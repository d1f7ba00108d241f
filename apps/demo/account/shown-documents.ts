import type { DocumentInfo } from './api.ts'
import { UNTITLED } from './document-words.ts'

export interface ListedDocument extends DocumentInfo {
  /** Name of whoever made it; null where it is one's own, or not known. */
  readonly owner: string | null
}

export type Whose = 'all' | 'mine' | 'shared'
export type Order = 'edited' | 'title'

export const WHOSE_NAMES: Readonly<Record<Whose, string>> = {
  all: 'All',
  mine: 'Mine',
  shared: 'Shared with me',
}

export const ORDER_NAMES: Readonly<Record<Order, string>> = { edited: 'Last edited', title: 'Title' }

export interface Shown {
  readonly query: string
  readonly whose: Whose
  readonly order: Order
}

/** Letters as people compare them: without accents, large or small. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLocaleLowerCase('en')

const byTitle = (a: DocumentInfo, b: DocumentInfo): number =>
  (a.title || UNTITLED).localeCompare(b.title || UNTITLED, 'en', { numeric: true })

const byEdit = (a: DocumentInfo, b: DocumentInfo): number => b.updatedAt.localeCompare(a.updatedAt)

/** The documents of a list that somebody looks for, in their order. Every word of the query is in the title or the owner's name. */
export function shownDocuments(
  documents: readonly ListedDocument[],
  { query, whose, order }: Shown,
): readonly ListedDocument[] {
  const words = plain(query)
    .split(/\s+/)
    .filter((word) => word !== '')
  const isMeant = ({ title, owner, role }: ListedDocument): boolean => {
    if (whose !== 'all' && (role === 'owner') !== (whose === 'mine')) return false
    const text = plain(`${title || UNTITLED} ${owner ?? ''}`)
    return words.every((word) => text.includes(word))
  }
  return documents.filter(isMeant).sort(order === 'title' ? byTitle : byEdit)
}
