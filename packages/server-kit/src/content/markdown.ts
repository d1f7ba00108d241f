import type {
  BlockContent,
  DefinitionContent,
  ListItem,
  PhrasingContent,
  RootContent,
  Table,
  TableCell,
  TableRow,
} from 'mdast'
import { gfmTableToMarkdown } from 'mdast-util-gfm-table'
import { gfmTaskListItemToMarkdown } from 'mdast-util-gfm-task-list-item'
import { toMarkdown } from 'mdast-util-to-markdown'
import type { Content, ContentMark, ContentNode } from './content.ts'
import { alignmentOf, levelOf, stringOf } from './html.ts'
import { isSafeUrl } from './links.ts'

type Flow = BlockContent | DefinitionContent

const FLOW = new Set([
  'paragraph',
  'heading',
  'blockquote',
  'code_block',
  'bullet_list',
  'ordered_list',
  'list_item',
  'task_list',
  'task_item',
  'table',
  'horizontal_rule',
])

/** Marks that CommonMark has no sign for are written as the HTML that it lets through. */
const HTML_MARKS: Readonly<Record<string, string>> = { underline: 'u', strike: 'del', highlight: 'mark' }

/** A document as Markdown: CommonMark, with the tables and tasks of GitHub. Nodes of an unknown name are left out, what is in them is kept. */
export function markdownOf({ content }: Content): string {
  return toMarkdown(
    { type: 'root', children: flowOf(content) as RootContent[] },
    {
      bullet: '-',
      listItemIndent: 'one',
      rule: '-',
      extensions: [gfmTableToMarkdown(), gfmTaskListItemToMarkdown()],
    },
  )
}

/** Blocks; inline nodes that stand where blocks do are gathered into paragraphs. */
function flowOf(nodes: readonly ContentNode[]): Flow[] {
  const flow: Flow[] = []
  let inline: ContentNode[] = []
  const endParagraph = (): void => {
    if (inline.length > 0) flow.push({ type: 'paragraph', children: phrasingOf(inline) })
    inline = []
  }
  for (const node of nodes) {
    const isInline = node.type === 'text' || node.type === 'hard_break' || node.type === 'image'
    if (isInline) {
      inline.push(node)
      continue
    }
    endParagraph()
    flow.push(...(FLOW.has(node.type) ? [blockOf(node)] : flowOf(node.content ?? [])))
  }
  endParagraph()
  return flow
}

function blockOf(node: ContentNode): Flow {
  const content = node.content ?? []
  switch (node.type) {
    case 'heading':
      return { type: 'heading', depth: levelOf(node), children: phrasingOf(content) }
    case 'blockquote':
      return { type: 'blockquote', children: flowOf(content) }
    case 'code_block':
      return { type: 'code', lang: stringOf(node.attrs?.['language']) || null, value: textOf(content) }
    case 'bullet_list':
      return { type: 'list', ordered: false, spread: false, children: itemsOf(content) }
    case 'ordered_list': {
      const order = node.attrs?.['order']
      const start = typeof order === 'number' ? order : 1
      return { type: 'list', ordered: true, start, spread: false, children: itemsOf(content) }
    }
    case 'task_list':
      return { type: 'list', ordered: false, spread: false, children: itemsOf(content) }
    case 'table':
      return tableOf(content)
    case 'list_item':
    case 'task_item':
      return { type: 'list', ordered: false, spread: false, children: itemsOf([node]) }
    case 'horizontal_rule':
      return { type: 'thematicBreak' }
    default:
      return { type: 'paragraph', children: phrasingOf(content) }
  }
}

function itemsOf(nodes: readonly ContentNode[]): ListItem[] {
  return nodes.map((node) => {
    const isItem = node.type === 'list_item' || node.type === 'task_item'
    const checked = node.type === 'task_item' ? node.attrs?.['checked'] === true : null
    const children = flowOf(isItem ? (node.content ?? []) : [node])
    // A box needs a paragraph to stand in.
    if (checked !== null && children[0]?.type !== 'paragraph') children.unshift({ type: 'paragraph', children: [] })
    return { type: 'listItem', spread: false, checked, children }
  })
}

/** The first row is the header, as Markdown has no table without one. What a cell covers besides its place stays empty. */
function tableOf(rows: readonly ContentNode[]): Table {
  const align = (rows[0]?.content ?? []).flatMap((cell) =>
    Array.from({ length: columnsOf(cell) }, () => alignmentOf(cell.attrs?.['align'])),
  )
  return { type: 'table', align, children: rows.map(rowOf) }
}

const columnsOf = ({ attrs }: ContentNode): number => {
  const span = attrs?.['colspan']
  return typeof span === 'number' && Number.isInteger(span) && span > 0 && span <= 100 ? span : 1
}

const rowOf = ({ content = [] }: ContentNode): TableRow => ({
  type: 'tableRow',
  children: content.flatMap((cell): TableCell[] => [
    { type: 'tableCell', children: cellContentOf(cell.content ?? []) },
    ...Array.from({ length: columnsOf(cell) - 1 }, (): TableCell => ({ type: 'tableCell', children: [] })),
  ]),
})

/** The blocks of a cell in one line, as a cell in Markdown has no more than that. */
function cellContentOf(blocks: readonly ContentNode[]): PhrasingContent[] {
  return blocks.flatMap((block, index): PhrasingContent[] => {
    const line = phrasingOf([block]).map((part): PhrasingContent =>
      part.type === 'break' ? { type: 'html', value: '<br>' } : part,
    )
    return index === 0 ? line : [{ type: 'html', value: '<br>' }, ...line]
  })
}

function phrasingOf(nodes: readonly ContentNode[]): PhrasingContent[] {
  return nodes.flatMap((node): PhrasingContent[] => {
    if (node.type === 'text') return marked(node.text ?? '', node.marks ?? [])
    if (node.type === 'hard_break') return [{ type: 'break' }]
    if (node.type === 'image') return imageOf(node)
    return phrasingOf(node.content ?? [])
  })
}

function imageOf({ attrs }: ContentNode): PhrasingContent[] {
  const url = stringOf(attrs?.['src'])
  const alt = stringOf(attrs?.['alt'])
  if (!isSafeUrl(url)) return alt === '' ? [] : [{ type: 'text', value: alt }]
  return [{ type: 'image', url, alt, title: stringOf(attrs?.['title']) || null }]
}

function marked(text: string, marks: readonly ContentMark[]): PhrasingContent[] {
  const isCode = marks.some(({ type }) => type === 'code')
  let inner: PhrasingContent[] = [isCode ? { type: 'inlineCode', value: text } : { type: 'text', value: text }]
  for (const { type, attrs } of [...marks].reverse()) {
    const tag = HTML_MARKS[type]
    if (type === 'strong') inner = [{ type: 'strong', children: inner }]
    else if (type === 'em') inner = [{ type: 'emphasis', children: inner }]
    else if (tag !== undefined)
      inner = [{ type: 'html', value: `<${tag}>` }, ...inner, { type: 'html', value: `</${tag}>` }]
    else if (type === 'link') {
      const url = stringOf(attrs?.['href'])
      if (isSafeUrl(url)) inner = [{ type: 'link', url, title: stringOf(attrs?.['title']) || null, children: inner }]
    }
  }
  return inner
}

const textOf = (nodes: readonly ContentNode[]): string =>
  nodes.map((node) => node.text ?? textOf(node.content ?? [])).join('')
