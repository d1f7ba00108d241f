import type { Element, ElementContent, Properties } from 'hast'
import { toHtml } from 'hast-util-to-html'
import type { Content, ContentMark, ContentNode, Json } from './content.ts'
import { isSafeUrl } from './links.ts'

const PLAIN_BLOCKS: Readonly<Record<string, string>> = {
  paragraph: 'p',
  blockquote: 'blockquote',
  bullet_list: 'ul',
  list_item: 'li',
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
    case 'image':
      return imageOf(node)
    default:
      return element('div', { dataType: node.type }, children)
  }
}

function imageOf({ attrs }: ContentNode): ElementContent {
  const src = stringOf(attrs?.['src'])
  const alt = stringOf(attrs?.['alt'])
  if (!isSafeUrl(src)) return { type: 'text', value: alt }
  const title = stringOf(attrs?.['title'])
  return element('img', { src, alt, ...(title === '' ? {} : { title }) }, [])
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
