import { Schema } from 'prosemirror-model'
import type { Attrs, MarkSpec, Node, NodeSpec } from 'prosemirror-model'
import { safeImageUrl, safeLinkUrl } from './safe-url.ts'
import { tableNodes } from './table-nodes.ts'

/*
 * Two rules hold for every entry below.
 * Rendering never throws, whatever an attribute holds: attributes come from other people's devices.
 * Content expressions are as loose as they can be: two edits that are each valid must stay valid when they are merged,
 * since what does not fit the schema cannot be shown.
 */

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

const wholeNumber = (value: unknown, min: number, max: number, otherwise: number): number => {
  const number = typeof value === 'string' ? Number.parseInt(value, 10) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max ? number : otherwise
}

/** Attributes as the DOM takes them: what is null is left out. */
const present = (attrs: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries(attrs).filter((entry): entry is [string, string] => entry[1] !== null))

const codeLanguage = (pre: HTMLElement): string | null =>
  text(pre.getAttribute('data-language')) ??
  /\blanguage-(\S+)/.exec(pre.querySelector('code')?.className ?? '')?.[1] ??
  null

const MIN_IMAGE_WIDTH = 24
const MAX_IMAGE_WIDTH = 4000

/** Width of an image in CSS pixels; null for its own width. */
export const imageWidth = (value: unknown): number | null =>
  wholeNumber(value, MIN_IMAGE_WIDTH, MAX_IMAGE_WIDTH, 0) || null

const CHECKBOX =
  ':scope > input[type=checkbox], :scope > label > input[type=checkbox], :scope > p > input[type=checkbox]'

/** As our own editor, GitHub and most others write it. */
const isTaskList = (ul: HTMLElement): boolean =>
  ul.getAttribute('data-type') === 'task_list' ||
  ul.getAttribute('data-type') === 'taskList' ||
  ul.classList.contains('contains-task-list') ||
  [...ul.children].some((li) => li.querySelector(CHECKBOX) !== null)

const isChecked = (li: HTMLElement): boolean =>
  li.getAttribute('data-checked') === 'true' || li.querySelector(CHECKBOX)?.hasAttribute('checked') === true

const nodes = {
  doc: { content: 'block+' },

  paragraph: {
    content: 'inline*',
    group: 'block',
    parseDOM: [{ tag: 'p' }],
    // Each block of text runs in the direction of its own first letter.
    toDOM: () => ['p', { dir: 'auto' }, 0],
  },

  heading: {
    attrs: { level: { default: 1 } },
    content: 'inline*',
    group: 'block',
    defining: true,
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level } })),
    toDOM: (node: Node) => [`h${wholeNumber(node.attrs['level'], 1, 6, 1)}`, { dir: 'auto' }, 0],
  },

  blockquote: {
    content: 'block+',
    group: 'block',
    defining: true,
    parseDOM: [{ tag: 'blockquote' }],
    toDOM: () => ['blockquote', 0],
  },

  code_block: {
    attrs: { language: { default: null } },
    content: 'text*',
    marks: '',
    group: 'block',
    code: true,
    defining: true,
    parseDOM: [
      { tag: 'pre', preserveWhitespace: 'full', getAttrs: (pre: HTMLElement) => ({ language: codeLanguage(pre) }) },
    ],
    toDOM: (node: Node) => ['pre', present({ 'data-language': text(node.attrs['language']) }), ['code', 0]],
  },

  bullet_list: {
    content: 'list_item+',
    group: 'block',
    parseDOM: [{ tag: 'ul' }],
    toDOM: () => ['ul', 0],
  },

  task_list: {
    content: 'task_item+',
    group: 'block',
    parseDOM: [{ tag: 'ul', priority: 60, getAttrs: (ul: HTMLElement) => isTaskList(ul) && null }],
    toDOM: () => ['ul', { class: 'sheaf-task-list', 'data-type': 'task_list' }, 0],
  },

  task_item: {
    attrs: { checked: { default: false } },
    content: 'block+',
    defining: true,
    parseDOM: [
      {
        tag: 'li',
        priority: 60,
        context: 'task_list/',
        getAttrs: (li: HTMLElement) => ({ checked: isChecked(li) }),
      },
    ],
    // In the editor a node view draws a box that can be ticked.
    toDOM: (node: Node) => {
      const checked = node.attrs['checked'] === true
      // Without a name a screen reader would say no more than that there is a box.
      const name = text(node.firstChild?.textContent.slice(0, 80)) ?? 'Task'
      const box = present({ type: 'checkbox', disabled: '', checked: checked ? '' : null, 'aria-label': name })
      return ['li', { 'data-checked': String(checked) }, ['input', box], ['div', 0]]
    },
  },

  ordered_list: {
    attrs: { order: { default: 1 } },
    content: 'list_item+',
    group: 'block',
    parseDOM: [
      {
        tag: 'ol',
        getAttrs: (ol: HTMLElement) => ({ order: wholeNumber(ol.getAttribute('start'), 0, 1_000_000, 1) }),
      },
    ],
    toDOM: (node: Node) => {
      const order = wholeNumber(node.attrs['order'], 0, 1_000_000, 1)
      return ['ol', present({ start: order === 1 ? null : String(order) }), 0]
    },
  },

  // Not `paragraph block*`: when one person deletes the paragraph and another one the rest, what is left must still fit.
  list_item: {
    content: 'block+',
    defining: true,
    parseDOM: [{ tag: 'li' }],
    toDOM: () => ['li', 0],
  },

  horizontal_rule: {
    group: 'block',
    parseDOM: [{ tag: 'hr' }],
    toDOM: () => ['hr'],
  },

  ...tableNodes,

  text: { group: 'inline' },

  hard_break: {
    inline: true,
    group: 'inline',
    selectable: false,
    parseDOM: [{ tag: 'br' }],
    toDOM: () => ['br'],
    leafText: () => '\n',
  },

  image: {
    attrs: { src: { default: null }, alt: { default: null }, title: { default: null }, width: { default: null } },
    inline: true,
    group: 'inline',
    draggable: true,
    parseDOM: [
      {
        tag: 'img[src]',
        getAttrs: (img: HTMLElement) => {
          const src = safeImageUrl(img.getAttribute('src'))
          if (src === null) return false
          const width = imageWidth(img.getAttribute('width'))
          return { src, alt: text(img.getAttribute('alt')), title: text(img.getAttribute('title')), width }
        },
      },
    ],
    toDOM: (node: Node) => [
      'img',
      present({
        src: safeImageUrl(node.attrs['src']),
        alt: text(node.attrs['alt']) ?? '',
        title: text(node.attrs['title']),
        width: imageWidth(node.attrs['width'])?.toString() ?? null,
        loading: 'lazy',
        referrerpolicy: 'no-referrer',
      }),
    ],
  },
} satisfies Record<string, NodeSpec>

const linkAttrs = (anchor: HTMLElement): Attrs | false => {
  const href = safeLinkUrl(anchor.getAttribute('href'))
  return href !== null && { href, title: text(anchor.getAttribute('title')) }
}

const marks = {
  link: {
    attrs: { href: { default: null }, title: { default: null } },
    inclusive: false,
    parseDOM: [{ tag: 'a[href]', getAttrs: linkAttrs }],
    toDOM: (mark) => {
      const href = safeLinkUrl(mark.attrs['href'])
      if (href === null) return ['span', { class: 'sheaf-inert-link' }, 0]
      const title = text(mark.attrs['title'])
      return ['a', present({ href, title, rel: 'noopener noreferrer nofollow', target: '_blank' }), 0]
    },
  },
  strong: {
    parseDOM: [
      { tag: 'strong' },
      // Google Docs wraps everything that is copied in a <b> of normal weight.
      { tag: 'b', getAttrs: (b: HTMLElement) => b.style.fontWeight !== 'normal' && null },
      { style: 'font-weight=400', clearMark: (mark) => mark.type.name === 'strong' },
      { style: 'font-weight', getAttrs: (value) => /^(?:bold(?:er)?|[5-9]\d{2})$/.test(value) && null },
    ],
    toDOM: () => ['strong', 0],
  },
  em: {
    parseDOM: [
      { tag: 'em' },
      { tag: 'i' },
      { style: 'font-style=italic' },
      { style: 'font-style=normal', clearMark: (mark) => mark.type.name === 'em' },
    ],
    toDOM: () => ['em', 0],
  },
  underline: {
    parseDOM: [{ tag: 'u' }, { style: 'text-decoration=underline' }],
    toDOM: () => ['u', 0],
  },
  strike: {
    parseDOM: [{ tag: 's' }, { tag: 'del' }, { tag: 'strike' }, { style: 'text-decoration=line-through' }],
    toDOM: () => ['s', 0],
  },
  highlight: {
    parseDOM: [{ tag: 'mark' }],
    toDOM: () => ['mark', 0],
  },
  code: {
    code: true,
    parseDOM: [{ tag: 'code' }],
    toDOM: () => ['code', 0],
  },
} satisfies Record<string, MarkSpec>

/** Nodes that a document of Sheaf’s own schema can hold. */
export type SheafNodeName = keyof typeof nodes
/** Marks that words can have in a document of Sheaf’s own schema. */
export type SheafMarkName = keyof typeof marks

/** The schema `sheaf-1`: every node and mark that Sheaf's own editor writes. Its id is `DEFAULT_SCHEMA_ID` of the protocol. */
export const sheafSchema: Schema<SheafNodeName, SheafMarkName> = new Schema<SheafNodeName, SheafMarkName>({
  nodes: nodes as Record<SheafNodeName, NodeSpec>,
  marks: marks as Record<SheafMarkName, MarkSpec>,
})
