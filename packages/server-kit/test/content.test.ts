import { CONTENT_ROOT } from '@sheaf/protocol'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { readContent } from '../src/content/check.ts'
import type { Content, ContentNode } from '../src/content/content.ts'
import { differenceOf, turnInto } from '../src/content/difference.ts'
import { contentOf, typesOf } from '../src/content/fragment.ts'
import { htmlOf } from '../src/content/html.ts'
import { isSafeUrl } from '../src/content/links.ts'
import { markdownOf } from '../src/content/markdown.ts'

function ydocOf({ content }: Content): Y.Doc {
  const ydoc = new Y.Doc()
  ydoc.getXmlFragment(CONTENT_ROOT).insert(0, typesOf(content))
  return ydoc
}
const back = (ydoc: Y.Doc): Content => contentOf(ydoc.getXmlFragment(CONTENT_ROOT))

const text = (value: string, ...marks: string[]): ContentNode => ({
  type: 'text',
  text: value,
  ...(marks.length === 0 ? {} : { marks: marks.map((type) => ({ type })) }),
})
const paragraph = (...content: ContentNode[]): ContentNode => ({ type: 'paragraph', content })
const link = (href: string): ContentNode => ({ type: 'text', text: 'here', marks: [{ type: 'link', attrs: { href } }] })

const everything: Content = {
  type: 'doc',
  content: [
    { type: 'heading', attrs: { level: 2 }, content: [text('Title & <b>')] },
    paragraph(
      text('plain '),
      text('bold', 'strong'),
      text(' and '),
      text('code', 'code'),
      { type: 'hard_break' },
      link('https://example.org/?a=1&b=2'),
    ),
    { type: 'blockquote', content: [paragraph(text('said', 'em'))] },
    { type: 'code_block', attrs: { language: 'js' }, content: [text('let a = "<x>"')] },
    { type: 'bullet_list', content: [{ type: 'list_item', content: [paragraph(text('one'))] }] },
    {
      type: 'ordered_list',
      attrs: { order: 3 },
      content: [{ type: 'list_item', content: [paragraph(text('three'))] }],
    },
    { type: 'horizontal_rule' },
    paragraph({ type: 'image', attrs: { src: '/a.png', alt: 'A' } }),
    { type: 'their_box', attrs: { colour: 'red' }, content: [paragraph(text('kept'))] },
  ],
}

const blocks = fc.array(
  fc.record({
    type: fc.constantFrom('paragraph', 'heading', 'code_block'),
    runs: fc.array(
      fc.record({
        text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
        mark: fc.constantFrom('', 'strong', 'em'),
      }),
      { maxLength: 4 },
    ),
    level: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 6 },
)
const documents = blocks.map((list): Content => ({
  type: 'doc',
  content: list.map(({ type, runs, level }) => {
    const merged = runs.reduce<ContentNode[]>((all, run) => {
      const node = run.mark === '' ? text(run.text) : text(run.text, run.mark)
      const last = all.at(-1)
      if (last === undefined || JSON.stringify(last.marks) !== JSON.stringify(node.marks)) return [...all, node]
      return [...all.slice(0, -1), { ...node, text: `${last.text}${node.text}` }]
    }, [])
    return {
      type,
      ...(type === 'heading' ? { attrs: { level } } : {}),
      ...(merged.length === 0 ? {} : { content: merged }),
    }
  }),
}))

describe('content', () => {
  it('VE-12 JSON becomes Yjs types and comes back the same', () => {
    expect(back(ydocOf(everything))).toEqual(everything)
    expect(readContent(everything)).toEqual(everything)
    fc.assert(fc.property(documents, (content) => void expect(back(ydocOf(content))).toEqual(content)))
  })

  it('VE-13 reading the content changes nothing', () => {
    const ydoc = ydocOf(everything)
    const before = Y.encodeStateAsUpdateV2(ydoc)
    back(ydoc)
    expect(Y.encodeStateAsUpdateV2(ydoc)).toEqual(before)
  })

  it('VE-14 any content can be turned into any other, and what is equal is not touched', () => {
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        const ydoc = ydocOf(from)
        ydoc.transact(() => turnInto(ydoc.getXmlFragment(CONTENT_ROOT), to.content))
        expect(back(ydoc)).toEqual(to)
        const state = Y.encodeStateAsUpdateV2(ydoc)
        ydoc.transact(() => turnInto(ydoc.getXmlFragment(CONTENT_ROOT), to.content))
        expect(Y.encodeStateAsUpdateV2(ydoc)).toEqual(state)
      }),
      { numRuns: 300 },
    )
  })

  it('VE-15 the difference of two documents, applied, gives the second; backwards, the first', () => {
    fc.assert(
      fc.property(documents, documents, (from, to) => {
        const changes = differenceOf(from, to)
        expect(changes.flatMap(({ kind, blocks }) => (kind === 'removed' ? [] : blocks))).toEqual(to.content)
        expect(changes.flatMap(({ kind, blocks }) => (kind === 'added' ? [] : blocks))).toEqual(from.content)
      }),
    )
  })

  it('VE-16 HTML holds every node and runs nothing', () => {
    expect(htmlOf(everything)).toBe(
      '<h2>Title &#x26; &#x3C;b></h2>' +
        '<p>plain <strong>bold</strong> and <code>code</code><br><a href="https://example.org/?a=1&#x26;b=2" rel="noopener noreferrer">here</a></p>' +
        '<blockquote><p><em>said</em></p></blockquote>' +
        '<pre><code class="language-js">let a = "&#x3C;x>"</code></pre>' +
        '<ul><li><p>one</p></li></ul><ol start="3"><li><p>three</p></li></ol><hr>' +
        '<p><img src="/a.png" alt="A"></p>' +
        '<div data-type="their_box"><p>kept</p></div>',
    )
    const hostile = htmlOf({
      type: 'doc',
      content: [
        paragraph(link('java\u0000script:alert(1)'), {
          type: 'image',
          attrs: { src: 'data:text/html,x', alt: '"><script>' },
        }),
      ],
    })
    expect(hostile).toBe('<p>here"><script></p>'.replace('<script>', '&#x3C;script>'))
  })

  it('VE-17 Markdown holds every node, and its signs in the text are escaped', () => {
    expect(markdownOf(everything)).toBe(
      [
        '## Title & \\<b>',
        'plain **bold** and `code`\\\n[here](https://example.org/?a=1\\&b=2)',
        '> *said*',
        '```js\nlet a = "<x>"\n```',
        '- one',
        '3. three',
        '---',
        '![A](/a.png)',
        'kept\n',
      ].join('\n\n'),
    )
    expect(markdownOf({ type: 'doc', content: [paragraph(text('# no heading *here*'))] })).toBe(
      '\\# no heading \\*here\\*\n',
    )
  })

  const tasksAndTable: Content = {
    type: 'doc',
    content: [
      {
        type: 'task_list',
        content: [
          { type: 'task_item', attrs: { checked: true }, content: [paragraph(text('done'))] },
          { type: 'task_item', attrs: { checked: false }, content: [paragraph(text('to do', 'strong'))] },
        ],
      },
      {
        type: 'table',
        content: [
          {
            type: 'table_row',
            content: [
              {
                type: 'table_header',
                attrs: { colspan: 1, rowspan: 1, align: 'right' },
                content: [paragraph(text('a|b'))],
              },
              { type: 'table_header', attrs: { colspan: 2, rowspan: 1 }, content: [paragraph(text('wide'))] },
            ],
          },
          {
            type: 'table_row',
            content: [
              { type: 'table_cell', content: [paragraph(text('1')), paragraph(text('2'))] },
              { type: 'table_cell', attrs: { colspan: 1e9 }, content: [paragraph()] },
              { type: 'table_cell', content: [paragraph(text('x', 'em'))] },
            ],
          },
        ],
      },
      paragraph({ type: 'image', attrs: { src: '/a.png', alt: 'A', width: 320 } }),
    ],
  }

  it('VE-19 tasks, tables and the width of images are told in HTML, and a cell never covers more than 100 places', () => {
    expect(htmlOf(tasksAndTable)).toBe(
      '<ul class="contains-task-list" data-type="task_list">' +
        '<li class="task-list-item" data-checked="true"><input type="checkbox" disabled checked><p>done</p></li>' +
        '<li class="task-list-item" data-checked="false"><input type="checkbox" disabled><p><strong>to do</strong></p></li></ul>' +
        '<table><tbody><tr><th style="text-align: right"><p>a|b</p></th><th colspan="2"><p>wide</p></th></tr>' +
        '<tr><td><p>1</p><p>2</p></td><td><p></p></td><td><p><em>x</em></p></td></tr></tbody></table>' +
        '<p><img src="/a.png" alt="A" width="320"></p>',
    )
    expect(() => readContent(tasksAndTable)).toThrow('1 to 100')
  })

  it('VE-19 tasks and tables are told in Markdown as GitHub writes them', () => {
    expect(markdownOf(tasksAndTable)).toBe(
      [
        '- [x] done',
        '- [ ] **to do**',
        '',
        '|   a\\|b | wide |     |',
        '| -----: | ---- | --- |',
        '| 1<br>2 |      | *x* |',
        '',
        '![A](/a.png)',
        '',
      ].join('\n'),
    )
  })

  it('VE-18 only addresses that run nothing are safe', () => {
    for (const url of ['https://a.b', 'HTTP://a', 'mailto:a@b', 'tel:1', '/x', '#y', '?q', 'a/b:c', '//host'])
      expect([url, isSafeUrl(url)]).toEqual([url, true])
    for (const url of [
      'javascript:alert(1)',
      ' javascript:x',
      'java\tscript:x',
      'JAVASCRIPT:x',
      '\u0001javascript:x',
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      'java\u200bscript:x',
    ])
      expect([url, isSafeUrl(url)]).toEqual([url, false])
  })
})
