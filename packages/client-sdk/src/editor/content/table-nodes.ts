import type { NodeSpec } from 'prosemirror-model'

/** Largest `colspan` and `rowspan` of a cell. The map of a table has a place for every column and row that a cell covers. */
export const MAX_CELL_SPAN = 100

const ALIGNMENTS: ReadonlySet<unknown> = new Set(['left', 'center', 'right'])

/** To which side the text of a table cell keeps. */
export type CellAlignment = 'left' | 'center' | 'right'

const isAlignment = (value: unknown): value is CellAlignment => ALIGNMENTS.has(value)

/** True for a span that a table can be laid out with. */
export const isCellSpan = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_CELL_SPAN

const spanOf = (cell: HTMLElement, name: string): number => {
  const span = Number.parseInt(cell.getAttribute(name) ?? '1', 10)
  return isCellSpan(span) ? span : 1
}

const alignmentOf = (cell: HTMLElement): CellAlignment | null => {
  const alignment = cell.style.textAlign || cell.getAttribute('align')
  return isAlignment(alignment) ? alignment : null
}

const cell = (tag: 'td' | 'th', role: 'cell' | 'header_cell'): NodeSpec => ({
  attrs: { colspan: { default: 1 }, rowspan: { default: 1 }, align: { default: null } },
  content: 'block+',
  tableRole: role,
  isolating: true,
  parseDOM: [
    {
      tag,
      getAttrs: (dom: HTMLElement) => ({
        colspan: spanOf(dom, 'colspan'),
        rowspan: spanOf(dom, 'rowspan'),
        align: alignmentOf(dom),
      }),
    },
  ],
  toDOM: ({ attrs }) => {
    const { colspan, rowspan, align } = attrs as Record<string, unknown>
    const shown: Record<string, string> = {}
    if (isCellSpan(colspan) && colspan !== 1) shown['colspan'] = String(colspan)
    if (isCellSpan(rowspan) && rowspan !== 1) shown['rowspan'] = String(rowspan)
    if (isAlignment(align)) shown['style'] = `text-align: ${align}`
    return [tag, shown, 0]
  },
})

/**
 * Tables. A row may be without cells, since two people may each have deleted a part of it; it is repaired by the next one who
 * changes the table (see `tables.ts`).
 */
export const tableNodes = {
  table: {
    content: 'table_row+',
    group: 'block',
    tableRole: 'table',
    isolating: true,
    parseDOM: [{ tag: 'table' }],
    toDOM: () => ['table', ['tbody', 0]],
  },
  table_row: {
    content: '(table_cell | table_header)*',
    tableRole: 'row',
    parseDOM: [{ tag: 'tr' }],
    toDOM: () => ['tr', 0],
  },
  table_cell: cell('td', 'cell'),
  table_header: cell('th', 'header_cell'),
} satisfies Record<string, NodeSpec>
