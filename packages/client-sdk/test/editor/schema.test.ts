// @vitest-environment happy-dom
import { DOMParser, DOMSerializer, Node } from 'prosemirror-model'
import { prosemirrorToYDoc } from 'y-prosemirror'
import * as Y from 'yjs'
import { describe, expect, it } from 'vitest'
import { readContent, safeImageUrl, safeLinkUrl, linkFromInput, sheafSchema } from '../../src/editor/index.ts'

const paragraph = (...content: unknown[]) => ({ type: 'paragraph', content })
const words = (text: string, ...marks: unknown[]) => ({ type: 'text', text, ...(marks.length > 0 ? { marks } : {}) })

/** One of everything that a document may hold. */
const everything = {
  type: 'doc',
  content: [
    { type: 'heading', attrs: { level: 2 }, content: [words('A heading')] },
    paragraph(
      words('bold', { type: 'strong' }),
      words('italic', { type: 'em' }),
      words('code', { type: 'code' }),
      words('under', { type: 'underline' }),
      words('struck', { type: 'strike' }),
      words('bright', { type: 'highlight' }),
      words('there', { type: 'link', attrs: { href: 'https://example.com/', title: 'Example' } }),
      { type: 'hard_break' },
      { type: 'image', attrs: { src: 'https://example.com/a.png', alt: 'A', title: null, width: 320 } },
      words('all', { type: 'link', attrs: { href: '/x', title: null } }, { type: 'strong' }, { type: 'em' }),
    ),
    { type: 'blockquote', content: [paragraph(words('quoted'))] },
    { type: 'code_block', attrs: { language: 'ts' }, content: [words('const a = 1\n  b')] },
    { type: 'bullet_list', content: [{ type: 'list_item', content: [paragraph(words('one'))] }] },
    { type: 'ordered_list', attrs: { order: 3 }, content: [{ type: 'list_item', content: [paragraph(words('two'))] }] },
    {
      type: 'task_list',
      content: [
        { type: 'task_item', attrs: { checked: true }, content: [paragraph(words('done'))] },
        { type: 'task_item', attrs: { checked: false }, content: [paragraph(words('to do'))] },
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
              attrs: { colspan: 2, rowspan: 1, align: null },
              content: [paragraph(words('head'))],
            },
          ],
        },
        {
          type: 'table_row',
          content: ['right', null].map((align) => ({
            type: 'table_cell',
            attrs: { colspan: 1, rowspan: 1, align },
            content: [paragraph(words('cell'))],
          })),
        },
      ],
    },
    { type: 'horizontal_rule' },
    { type: 'paragraph' },
  ],
}

const shown = (doc: Node): string => {
  const box = document.createElement('div')
  box.append(DOMSerializer.fromSchema(sheafSchema).serializeFragment(doc.content, { document }))
  return box.innerHTML.replaceAll(' dir="auto"', '')
}

const parsed = (html: string): Node => {
  const box = document.createElement('div')
  box.innerHTML = html
  return DOMParser.fromSchema(sheafSchema).parse(box)
}

describe('the schema sheaf-1', () => {
  it('ED-1 every node and mark survives the way through the shared document unchanged', () => {
    const doc = Node.fromJSON(sheafSchema, everything)
    doc.check()
    const used = new Set<string>()
    doc.descendants((node) => {
      used.add(node.type.name)
      for (const mark of node.marks) used.add(mark.type.name)
    })
    expect([...used].sort()).toEqual(
      [...Object.keys(sheafSchema.nodes), ...Object.keys(sheafSchema.marks)].filter((name) => name !== 'doc').sort(),
    )
    const ydoc = new Y.Doc()
    Y.applyUpdateV2(ydoc, Y.encodeStateAsUpdateV2(prosemirrorToYDoc(doc, 'content')))
    const before = Y.encodeStateVector(ydoc)
    const reading = readContent(ydoc.getXmlFragment('content'), sheafSchema)
    expect(reading.foreign).toEqual([])
    expect(reading.doc.toJSON()).toEqual(doc.toJSON())
    expect(Y.encodeStateVector(ydoc)).toEqual(before)
  })

  it('ED-1 every node and mark survives the way through HTML, as copy and paste takes it', () => {
    const doc = Node.fromJSON(sheafSchema, everything)
    expect(parsed(shown(doc)).toJSON()).toEqual(doc.toJSON())
  })

  it('ED-2 a link or image with an unsafe address is inert, however the address is written', () => {
    for (const address of [
      'javascript:alert(1)',
      ' JaVaScRiPt:alert(1)',
      'java\nscript:alert(1)',
      'java\u0000script:alert(1)',
      '\u200bjavascript:alert(1)',
      'vbscript:x',
      'data:text/html,<script>alert(1)</script>',
      'file:///etc/passwd',
      'blob:https://example.com/x',
      '',
      5,
      null,
      { href: 'https://example.com' },
    ]) {
      expect(safeLinkUrl(address)).toBeNull()
      expect(safeImageUrl(address)).toBeNull()
      const link = sheafSchema.text('x', [sheafSchema.mark('link', { href: address as string })])
      const image = sheafSchema.node('image', { src: address as string })
      const html = shown(sheafSchema.node('doc', null, [sheafSchema.node('paragraph', null, [link, image])]))
      expect(html).not.toContain('href')
      expect(html).not.toContain('src')
    }
    expect(parsed('<p><a href="javascript:alert(1)">x</a><img src="javascript:1"></p>').toJSON()).toEqual({
      type: 'doc',
      content: [paragraph(words('x'))],
    })
  })

  it('ED-2 a safe address stays, and an address without a scheme becomes https', () => {
    expect(safeLinkUrl('https://example.com/a?b#c')).toBe('https://example.com/a?b#c')
    expect(safeLinkUrl('/relative:path')).toBe('/relative:path')
    expect(safeImageUrl('https://example.com/a.png')).toBe('https://example.com/a.png')
    expect(safeImageUrl('/a.png')).toBe('/a.png')
    expect(safeImageUrl('a.png')).toBeNull()
    expect(safeLinkUrl('mailto:ada@example.com')).toBe('mailto:ada@example.com')
    expect(linkFromInput(' example.com/a ')).toBe('https://example.com/a')
    expect(linkFromInput('ada@example.com')).toBe('mailto:ada@example.com')
    expect(linkFromInput('localhost:4400')).toBeNull()
    expect(linkFromInput('javascript:alert(1)')).toBeNull()
    expect(linkFromInput('  ')).toBeNull()
  })

  it('ED-2 a link opens apart, and tells the other page nothing of this one', () => {
    const html = shown(parsed('<p><a href="https://example.com">x</a></p>'))
    expect(html).toContain('rel="noopener noreferrer nofollow"')
    expect(html).toContain('target="_blank"')
  })

  it('ED-3 scripts, styles and event handlers of pasted HTML are dropped, the words are kept', () => {
    const doc = parsed(
      '<p onclick="x()" style="position:fixed">a<script>alert(1)</script><style>b{}</style><svg onload="x()"></svg></p><form><fieldset>b</fieldset></form>',
    )
    expect(shown(doc)).toBe('<p>a</p><p>b</p>')
  })

  it('ED-4 an attribute of the wrong type is shown as its default and never throws', () => {
    const heading = (level: unknown) => sheafSchema.node('heading', { level: level as number }, [sheafSchema.text('x')])
    for (const level of [0, 7, 1.5, '<img>', null, {}, Number.NaN])
      expect(shown(sheafSchema.node('doc', null, [heading(level)]))).toBe('<h1>x</h1>')
    expect(shown(sheafSchema.node('doc', null, [heading('3')]))).toBe('<h3>x</h3>')
    const item = sheafSchema.node('list_item', null, [sheafSchema.node('paragraph')])
    expect(shown(sheafSchema.node('doc', null, [sheafSchema.node('ordered_list', { order: 'x' }, [item])]))).toBe(
      '<ol><li><p></p></li></ol>',
    )
    const code = sheafSchema.node('code_block', { language: { a: 1 } as never })
    expect(shown(sheafSchema.node('doc', null, [code]))).toBe('<pre><code></code></pre>')
  })
})
