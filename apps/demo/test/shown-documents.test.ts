import { describe, expect, it } from 'vitest'
import { fileName, pageOf } from '../account/download.ts'
import { shownDocuments } from '../account/shown-documents.ts'
import type { ListedDocument, Shown } from '../account/shown-documents.ts'

const aDocument = (title: string, edited: number, owner: string | null = null): ListedDocument => ({
  id: title,
  title,
  role: owner === null ? 'owner' : 'viewer',
  seq: 1,
  createdBy: owner ?? 'me',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: new Date(Date.UTC(2026, 0, edited)).toISOString(),
  deletedAt: null,
  owner,
})

const DOCUMENTS = [
  aDocument('Plan 10', 3),
  aDocument('Plan 9', 5),
  aDocument('Crème brûlée', 1, 'Ada Lovelace'),
  aDocument('', 4),
]

const titles = (shown: Partial<Shown>): string[] =>
  shownDocuments(DOCUMENTS, { query: '', whose: 'all', order: 'edited', ...shown }).map(({ title }) => title)

describe('the list', () => {
  it('DM-1 begins with what was edited last, or goes by the title, numbers by their size', () => {
    expect(titles({})).toEqual(['Plan 9', '', 'Plan 10', 'Crème brûlée'])
    expect(titles({ order: 'title' })).toEqual(['Crème brûlée', 'Plan 9', 'Plan 10', ''])
  })

  it('DM-1 is searched in titles and owners, every word, whatever the case and the accents', () => {
    expect(titles({ query: ' BRULEE  creme' })).toEqual(['Crème brûlée'])
    expect(titles({ query: 'lovelace' })).toEqual(['Crème brûlée'])
    expect(titles({ query: 'plan 9' })).toEqual(['Plan 9'])
    expect(titles({ query: 'untitled' })).toEqual([''])
    expect(titles({ query: 'plan lovelace' })).toEqual([])
    expect(titles({ query: '  ' })).toHaveLength(4)
    expect(titles({ query: '.*(' })).toEqual([])
  })

  it('DM-1 is filtered by whose documents they are', () => {
    expect(titles({ whose: 'mine' })).toEqual(['Plan 9', '', 'Plan 10'])
    expect(titles({ whose: 'shared' })).toEqual(['Crème brûlée'])
    expect(titles({ whose: 'mine', query: 'creme' })).toEqual([])
  })
})

describe('a download', () => {
  it('DM-4 is named by the title, as far as every system takes it', () => {
    expect(fileName('Minutes of May', 'md')).toBe('Minutes of May.md')
    expect(fileName('a/b\\c:d*e?f"g<h>i|j\u0000\n', 'md')).toBe('a b c d e f g h i j.md')
    expect(fileName('../../etc/passwd', 'md')).toBe('etc passwd.md')
    expect(fileName('...', 'html')).toBe('document.html')
    expect(fileName('', 'html')).toBe('document.html')
    expect(fileName('x'.repeat(500), 'md')).toHaveLength(103)
    expect(fileName('Grüße, 文書', 'md')).toBe('Grüße, 文書.md')
  })

  it('DM-6 as HTML is a page of which the title runs nothing', () => {
    const page = pageOf('</title><script>alert(1)</script>', '<p>Hello</p>')
    expect(page).not.toContain('<script>')
    expect(page).toContain('<p>Hello</p>')
  })
})
