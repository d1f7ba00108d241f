import type { BlockContent, DefinitionContent, ListItem, PhrasingContent, RootContent } from 'mdast'
import { toMarkdown } from 'mdast-util-to-markdown'
import type { Content, ContentMark, ContentNode } from './content.ts'
import { levelOf, stringOf } from './html.ts'
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
  'horizontal_rule',
])

/** Marks that CommonMark has no sign for are written as the HTML that it lets through. */
const HTML_MARKS: Readonly<Record<string, string>> = { underline: 'u', strike: 'del', highlight: 'mark' }

/** A document as Markdown (CommonMark). Nodes of an unknown name are left out, what is in them is kept. */
export function markdownOf({ content }: Content): string {
  return toMarkdown(
    { type: 'root', children: flowOf(content) as RootContent[] },
    { bullet: '-', listItemIndent: 'one', rule: '-' },
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
    case 'list_item':
      return { type: 'list', ordered: false, spread: false, children: itemsOf([node]) }
    case 'horizontal_rule':
      return { type: 'thematicBreak' }
    default:
      return { type: 'paragraph', children: phrasingOf(content) }
  }
}

function itemsOf(nodes: readonly ContentNode[]): ListItem[] {
  return nodes.map((node) => ({
    type: 'listItem',
    spread: false,
    children: flowOf(node.type === 'list_item' ? (node.content ?? []) : [node]),
  }))
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
