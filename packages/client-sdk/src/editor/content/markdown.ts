import { MarkdownSerializer, defaultMarkdownSerializer } from 'prosemirror-markdown'
import type { MarkdownSerializerState } from 'prosemirror-markdown'
import type { Node } from 'prosemirror-model'
import { safeImageUrl } from './safe-url.ts'

// Loaded when somebody copies as Markdown: the package that writes it brings a whole reader of Markdown with it.

const { nodes, marks } = defaultMarkdownSerializer

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The blocks of a cell in one line, as a cell in Markdown has no more than that. */
function cellContent(cell: Node): string {
  const lines = cell.children.map((block) => writer.serialize(block.type.schema.node('doc', null, [block])))
  return lines
    .join('\n')
    .trim()
    .replaceAll('|', '\\|')
    .replaceAll(/(?:\\?\n)+/g, '<br>')
}

const columnsOf = ({ attrs }: Node): number => (typeof attrs['colspan'] === 'number' ? attrs['colspan'] : 1)

/** What a cell covers besides its place stays empty. */
const rowLine = (row: Node): string =>
  `|${row.children.map((cell) => ` ${cellContent(cell)} |${'  |'.repeat(columnsOf(cell) - 1)}`).join('')}`

const RULES: Readonly<Record<string, string>> = { left: ':--', center: ':-:', right: '--:' }

/** The first row is the header, as Markdown has no table without one. */
function writeTable(state: MarkdownSerializerState, table: Node): void {
  const rules = (table.firstChild?.children ?? []).flatMap((cell) =>
    Array.from({ length: columnsOf(cell) }, () => RULES[text(cell.attrs['align'])] ?? '---'),
  )
  const [header = '|  |', ...rows] = table.children.map(rowLine)
  for (const line of [header, `| ${rules.join(' | ')} |`, ...rows]) {
    state.write(line)
    state.ensureNewLine()
  }
  state.closeBlock(table)
}

function writeCode(state: MarkdownSerializerState, node: Node): void {
  const longest = Math.max(2, ...(node.textContent.match(/`{3,}/g) ?? []).map((sign) => sign.length))
  const fence = '`'.repeat(longest + 1)
  state.write(`${fence}${text(node.attrs['language'])}\n`)
  state.text(node.textContent, false)
  state.ensureNewLine()
  state.write(fence)
  state.closeBlock(node)
}

const writer: MarkdownSerializer = new MarkdownSerializer(
  {
    ...nodes,
    bullet_list: (state, node) => state.renderList(node, '  ', () => '- '),
    task_list: (state, node) =>
      state.renderList(node, '  ', (index) => (node.child(index).attrs['checked'] === true ? '- [x] ' : '- [ ] ')),
    task_item: (state, node) => state.renderContent(node),
    table: writeTable,
    code_block: writeCode,
    image: (state, node, parent, index) => {
      // An image without an address cannot be written; its words can.
      if (safeImageUrl(node.attrs['src']) === null) state.text(text(node.attrs['alt']))
      else nodes['image']?.(state, node, parent, index)
    },
  },
  {
    ...marks,
    // CommonMark has no signs for these, and lets HTML through.
    strike: { open: '~~', close: '~~', mixable: true, expelEnclosingWhitespace: true },
    underline: { open: '<u>', close: '</u>', mixable: true },
    highlight: { open: '<mark>', close: '</mark>', mixable: true },
  },
  // What a schema of the application's own brings keeps its words.
  { strict: false },
)

/** A document or a piece of it as Markdown, with the tables and tasks of GitHub. */
export const markdownOf = (node: Node): string => `${writer.serialize(node, { tightLists: true }).trimEnd()}\n`
