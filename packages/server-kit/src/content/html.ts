import type { Element, ElementContent, Properties } from 'hast'
import { toHtml } from 'hast-util-to-html'
import type { Content, ContentMark, ContentNode, Json } from './content.ts'
import { isSafeUrl } from './links.ts'

const PLAIN_BLOCKS: Readonly<Record<string, string>> = {
  paragraph: 'p',
  blockquote: 'blockquote',
  bullet_list: 'ul',
  list_item: 'li',
  table_row: 'tr',
  horizontal_rule: 'hr',
  hard_break: 'br',
}

const PLAIN_MARKS: Readonly<Record<string, string>> = {
  strong: 'strong',
  em: 'em',
  code: 'code',
  underline: 'u',
  strike: 's',
  highlight: 'mark',
}

/** A cell that covers more is shown as one that covers a single place: browsers take time and memory for each. */
const MAX_CELL_SPAN = 100
const MAX_IMAGE_WIDTH = 4_000

/** A document as HTML that runs nothing. Nodes of an unknown name keep their content, in a `div` that tells the name. */
export function htmlOf({ content }: Content): string {
  return toHtml({ type: 'root', children: content.map(elementOf) })
}

function elementOf(node: ContentNode): ElementContent {
  if (node.type === 'text') return marked(node.text ?? '', node.marks ?? [])
  const children = (node.content ?? []).map(elementOf)
  const plain = PLAIN_BLOCKS[node.type]
  if (plain !== undefined) return element(plain, {}, children)
  switch (node.type) {
    case 'heading':
      return element(`h${levelOf(node)}`, {}, children)
    case 'ordered_list': {
      const start = node.attrs?.['order']
      return element('ol', typeof start === 'number' && start !== 1 ? { start } : {}, children)
    }
    case 'code_block': {
      const language = stringOf(node.attrs?.['language'])
      const code = element('code', language === '' ? {} : { className: [`language-${language}`] }, children)
      return element('pre', {}, [code])
    }
    case 'task_list':
      return element('ul', { className: ['contains-task-list'], dataType: 'task_list' }, children)
    case 'task_item': {
      const checked = node.attrs?.['checked'] === true
      const box = element('input', { type: 'checkbox', disabled: true, checked }, [])
      return element('li', { className: ['task-list-item'], dataChecked: String(checked) }, [box, ...children])
    }
    case 'table':
      return element('table', {}, [element('tbody', {}, children)])
    case 'table_cell':
      return element('td', cellProperties(node), children)
    case 'table_header':
      return element('th', cellProperties(node), children)
    case 'image':
      return imageOf(node)
    default:
      return element('div', { dataType: node.type }, children)
  }
}

function cellProperties({ attrs }: ContentNode): Properties {
  const properties: Properties = {}
  for (const [name, property] of [
    ['colspan', 'colSpan'],
    ['rowspan', 'rowSpan'],
  ] as const) {
    const span = wholeNumber(attrs?.[name], 1, MAX_CELL_SPAN)
    if (span !== null && span !== 1) properties[property] = span
  }
  const align = alignmentOf(attrs?.['align'])
  return align === null ? properties : { ...properties, style: `text-align: ${align}` }
}

/** Where the text of a cell stands; null where that is not said. */
export const alignmentOf = (value: Json | undefined): 'left' | 'center' | 'right' | null =>
  value === 'left' || value === 'center' || value === 'right' ? value : null

const wholeNumber = (value: Json | undefined, min: number, max: number): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : null

function imageOf({ attrs }: ContentNode): ElementContent {
  const src = stringOf(attrs?.['src'])
  const alt = stringOf(attrs?.['alt'])
  if (!isSafeUrl(src)) return { type: 'text', value: alt }
  const title = stringOf(attrs?.['title'])
  const width = wholeNumber(attrs?.['width'], 1, MAX_IMAGE_WIDTH)
  const properties = { src, alt, ...(title === '' ? {} : { title }), ...(width === null ? {} : { width }) }
  return element('img', properties, [])
}

function marked(text: string, marks: readonly ContentMark[]): ElementContent {
  let inner: ElementContent = { type: 'text', value: text }
  for (const { type, attrs } of [...marks].reverse()) {
    const plain = PLAIN_MARKS[type]
    if (plain !== undefined) inner = element(plain, {}, [inner])
    else if (type === 'link') inner = linkOf(attrs ?? {}, inner)
  }
  return inner
}

function linkOf(attrs: Readonly<Record<string, Json>>, inner: ElementContent): ElementContent {
  const href = stringOf(attrs['href'])
  if (!isSafeUrl(href)) return inner
  const title = stringOf(attrs['title'])
  return element('a', { href, rel: ['noopener', 'noreferrer'], ...(title === '' ? {} : { title }) }, [inner])
}

/** Level of a heading, 1 to 6. */
export function levelOf({ attrs }: ContentNode): 1 | 2 | 3 | 4 | 5 | 6 {
  const level = attrs?.['level']
  return level === 2 || level === 3 || level === 4 || level === 5 || level === 6 ? level : 1
}

export const stringOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

const element = (tagName: string, properties: Properties, children: ElementContent[]): Element => ({
  type: 'element',
  tagName,
  properties,
  children,
})
