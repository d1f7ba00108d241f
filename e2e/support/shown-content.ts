import type { ContentNode } from './api.ts'

/**
 * The content of an editor as the browser shows it, read from nothing but its elements. Runs in the page. What is drawn around
 * the content (carets, selections, found words) is passed over.
 */
export function readShown(editor: Element): ContentNode[] {
  type Mark = NonNullable<ContentNode['marks']>[number]
  const markNames: Record<string, string> = {
    a: 'link',
    strong: 'strong',
    em: 'em',
    u: 'underline',
    s: 'strike',
    mark: 'highlight',
    code: 'code',
  }
  const blockNames: Record<string, string> = {
    p: 'paragraph',
    blockquote: 'blockquote',
    pre: 'code_block',
    ul: 'bullet_list',
    ol: 'ordered_list',
    li: 'list_item',
    hr: 'horizontal_rule',
    table: 'table',
    tr: 'table_row',
    td: 'table_cell',
    th: 'table_header',
  }
  const isDrawn = (element: Element): boolean =>
    element.matches('.ProseMirror-widget, .ProseMirror-separator, .ProseMirror-trailingBreak')
  const number = (element: Element, name: string): number | null =>
    element.hasAttribute(name) ? Number(element.getAttribute(name)) : null

  function inline(parent: Node, marks: readonly Mark[]): ContentNode[] {
    return [...parent.childNodes].flatMap((child): ContentNode[] => {
      if (child.nodeType === Node.TEXT_NODE) return [{ type: 'text', text: child.textContent ?? '', marks }]
      if (!(child instanceof Element) || isDrawn(child)) return []
      if (child.localName === 'br') return [{ type: 'hard_break', marks }]
      if (child.localName === 'img') {
        const [src, alt, title] = ['src', 'alt', 'title'].map((name) => child.getAttribute(name))
        return [{ type: 'image', attrs: { src, alt, title, width: number(child, 'width') }, marks }]
      }
      const type = markNames[child.localName]
      if (type === undefined) return inline(child, marks)
      const attrs = { href: child.getAttribute('href'), title: child.getAttribute('title') }
      return inline(child, [...marks, type === 'link' ? { type, attrs } : { type }])
    })
  }

  function attrsOf(element: Element, type: string): Record<string, unknown> {
    if (type === 'ordered_list') return { order: number(element, 'start') }
    if (type === 'code_block') return { language: element.getAttribute('data-language') }
    if (type === 'task_item') return { checked: element.querySelector<HTMLInputElement>(':scope > input')?.checked }
    if (!/^table_(?:cell|header)$/.test(type) || !(element instanceof HTMLElement)) return {}
    return {
      colspan: number(element, 'colspan'),
      rowspan: number(element, 'rowspan'),
      align: element.style.textAlign === '' ? null : element.style.textAlign,
    }
  }

  function block(element: Element): ContentNode[] {
    if (isDrawn(element)) return []
    const level = /^h([1-6])$/.exec(element.localName)?.[1]
    if (level !== undefined) return [{ type: 'heading', attrs: { level: Number(level) }, content: inline(element, []) }]
    const isTask = element.matches('ul[data-type=task_list], li.sheaf-task-item')
    const type = isTask ? (element.localName === 'ul' ? 'task_list' : 'task_item') : blockNames[element.localName]
    const attrs = type === undefined ? {} : attrsOf(element, type)
    if (type === 'paragraph') return [{ type, content: inline(element, []) }]
    if (type === 'code_block') return [{ type, attrs, content: inline(element.querySelector('code') ?? element, []) }]
    const content = [...element.children].flatMap(block)
    return type === undefined ? content : [{ type, attrs, content }]
  }

  return [...editor.children].flatMap(block)
}

/** What an attribute has when nothing else is said. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  order: 1,
  checked: false,
  colspan: 1,
  rowspan: 1,
  alt: '',
  title: '',
}

function plainAttrs(attrs: ContentNode['attrs']): Pick<ContentNode, 'attrs'> {
  const said = Object.entries(attrs ?? {}).filter(
    ([name, value]) => value !== null && value !== undefined && value !== DEFAULTS[name],
  )
  return said.length === 0 ? {} : { attrs: Object.fromEntries(said.toSorted(([a], [b]) => a.localeCompare(b))) }
}

function plainNode({ type, attrs, marks, text, content }: ContentNode): ContentNode {
  const sorted = (marks ?? [])
    .map((mark) => ({ type: mark.type, ...plainAttrs(mark.attrs) }))
    .toSorted((a, b) => a.type.localeCompare(b.type))
  const inner = plainContent(content ?? [])
  return {
    type,
    ...plainAttrs(attrs),
    ...(sorted.length === 0 ? {} : { marks: sorted }),
    ...(text === undefined ? {} : { text }),
    ...(inner.length === 0 ? {} : { content: inner }),
  }
}

/** Content in the one form in which it can be compared: no defaults, marks in order, text with the same marks in one piece. */
export function plainContent(nodes: readonly ContentNode[]): ContentNode[] {
  const plain: ContentNode[] = []
  for (const node of nodes.map(plainNode)) {
    const last = plain.at(-1)
    if (node.text === '') continue
    const joins =
      last?.text !== undefined && node.text !== undefined && JSON.stringify(last.marks) === JSON.stringify(node.marks)
    if (joins) plain.splice(-1, 1, { ...last, text: last.text + node.text })
    else plain.push(node)
  }
  return plain
}

/** The words that carry a mark, in the order in which they stand. */
export const wordsWith = (mark: string, nodes: readonly ContentNode[]): string[] =>
  nodes.flatMap(({ marks, text, content }) =>
    text === undefined ? wordsWith(mark, content ?? []) : (marks ?? []).some(({ type }) => type === mark) ? [text] : [],
  )

/** Every node of a type, wherever it stands. */
export const nodesOf = (type: string, nodes: readonly ContentNode[]): ContentNode[] =>
  nodes.flatMap((node) => [...(node.type === type ? [node] : []), ...nodesOf(type, node.content ?? [])])

/** The words of a node, whatever stands between them. */
export const textOf = (node: ContentNode): string => node.text ?? (node.content ?? []).map(textOf).join('')
