import type { ContentNode } from './api.ts'

// Content as a story begins with it.

export const words = (text: string, ...marks: string[]): ContentNode => ({
  type: 'text',
  text,
  ...(marks.length === 0 ? {} : { marks: marks.map((type) => ({ type })) }),
})

export const paragraph = (...content: (string | ContentNode)[]): ContentNode => ({
  type: 'paragraph',
  content: content.map((part) => (typeof part === 'string' ? words(part) : part)),
})

export const empty: ContentNode = { type: 'paragraph' }

export const heading = (level: number, text: string): ContentNode => ({
  type: 'heading',
  attrs: { level },
  content: [words(text)],
})

const cell = (type: 'table_cell' | 'table_header', text: string): ContentNode => ({
  type,
  content: [text === '' ? empty : paragraph(text)],
})

/** A table of which the first row is the header. */
export const table = (...rows: readonly (readonly string[])[]): ContentNode => ({
  type: 'table',
  content: rows.map((cells, index) => ({
    type: 'table_row',
    content: cells.map((text) => cell(index === 0 ? 'table_header' : 'table_cell', text)),
  })),
})

export const tasks = (...items: readonly string[]): ContentNode => ({
  type: 'task_list',
  content: items.map((text) => ({ type: 'task_item', attrs: { checked: false }, content: [paragraph(text)] })),
})

export const bullets = (...items: readonly string[]): ContentNode => ({
  type: 'bullet_list',
  content: items.map((text) => ({ type: 'list_item', content: [paragraph(text)] })),
})

export const code = (language: string | null, text: string): ContentNode => ({
  type: 'code_block',
  attrs: { language },
  content: [words(text)],
})
