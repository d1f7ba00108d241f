// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, html, open, paste, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const pasted = (html: string, messages: string[] = []): Editor => {
  const editor = open(new SharedDocument(), { onMessage: ({ code }) => messages.push(code) })
  paste(editor, { 'text/html': html, 'text/plain': 'plain' })
  return editor
}
const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'pasted', `${name}.txt`), 'utf8')

/** The content in short: names of nodes, words, and marks as signs. */
const outline = (editor: Editor): string[] => {
  const lines: string[] = []
  const walk = (node: Json, indent: string): void => {
    const words = (node.content ?? []).filter(({ type }) => type === 'text' || type === 'image')
    const line = words.map(({ text, type, attrs, marks = [] }) => {
      const named = marks.map((mark) => mark.attrs?.['href'] ?? mark.type).join('+')
      const shown = type === 'image' ? `<${String(attrs?.['src'])} ${String(attrs?.['alt'])}>` : text
      return named === '' ? shown : `[${shown}|${named}]`
    })
    const { checked, align, level, language } = node.attrs ?? {}
    const attrs = [checked === undefined ? '' : `(${String(checked)})`, align ?? '', level ?? '', language ?? ''].join(
      '',
    )
    lines.push(`${indent}${node.type}${attrs}${line.length === 0 ? '' : `: ${line.join('')}`}`)
    for (const child of node.content ?? []) if (!['text', 'image'].includes(child.type)) walk(child, `${indent} `)
  }
  for (const child of (editor.getJSON() as Json).content ?? []) walk(child, '')
  return lines
}
interface Json {
  readonly type: string
  readonly text?: string
  readonly attrs?: Readonly<Record<string, unknown>>
  readonly marks?: readonly { readonly type: string; readonly attrs?: Readonly<Record<string, unknown>> }[]
  readonly content?: readonly Json[]
}

describe('what is pasted', () => {
  it('ED-100 from Google Docs keeps words, marks, lists, tasks and tables', () => {
    const messages: string[] = []
    expect(outline(pasted(fixture('google-docs'), messages))).toEqual([
      'heading1: Trip plan',
      'paragraph: We leave on [Friday|strong][ at noon|em][ sharp|underline][ late|strike][tickets|https://example.com/tickets+underline]',
      'bullet_list',
      ' list_item',
      '  paragraph: Socks',
      '  bullet_list',
      '   list_item',
      '    paragraph: woollen',
      'task_list',
      ' task_item(true)',
      '  paragraph: Passport',
      ' task_item(false)',
      '  paragraph: Money',
      'table',
      ' table_row',
      '  table_cell',
      '   paragraph: Day',
      '  table_cell',
      '   paragraph: Place',
    ])
    expect(messages).toEqual([])
  })

  it('ED-100 from Word keeps words, marks and tables, and makes its lists lists', () => {
    expect(outline(pasted(fixture('word')))).toEqual([
      'heading1: Minutes',
      'heading2: Present',
      'paragraph: [Ada|strong] and [Grace|em], [both|underline] [late|strike]',
      'bullet_list',
      ' list_item',
      '  paragraph: First',
      '  bullet_list',
      '   list_item',
      '    paragraph: Below the first',
      ' list_item',
      '  paragraph: Second',
      'paragraph: \u00a0',
      'ordered_list',
      ' list_item',
      '  paragraph: Counted',
      'table',
      ' table_row',
      '  table_cell',
      '   paragraph: Item',
      '  table_cell',
      '   paragraph: Price',
    ])
  })

  it('ED-100 words on a ground that was chosen come in highlighted, from Google Docs and from Word', () => {
    const docs = (style: string) => `<b id="docs-internal-guid-1"><p><span style="${style}">words</span></p></b>`
    const lit = ['paragraph: [words|highlight]']
    expect(outline(pasted(docs('color:#000;background-color:#ffff00;font-weight:400')))).toEqual(lit)
    expect(outline(pasted(docs('background-color:transparent;font-weight:400')))).toEqual(['paragraph: words'])
    expect(outline(pasted(docs('background-color: rgb(255, 255, 255)')))).toEqual(['paragraph: words'])
    const word = "<p class=MsoNormal><span style='background:yellow;mso-highlight:yellow'>words</span></p>"
    expect(outline(pasted(word))).toEqual(lit)
    expect(outline(pasted('<p><span style="background-color:#123">words</span></p>'))).toEqual(['paragraph: words'])
  })

  it('ED-100 two lists of Word, one right below the other, stay two', () => {
    const item = (list: string, sign: string, words: string) =>
      `<p class=MsoListParagraph style='mso-list:${list} level1 lfo1'><span style='mso-list:Ignore'>${sign}</span>${words}</p>`
    expect(
      outline(pasted(item('l0', '·', 'a') + item('l0', '·', 'b') + item('l1', '1.', 'c') + item('l1', '2.', 'd'))),
    ).toEqual([
      'bullet_list',
      ' list_item',
      '  paragraph: a',
      ' list_item',
      '  paragraph: b',
      'ordered_list',
      ' list_item',
      '  paragraph: c',
      ' list_item',
      '  paragraph: d',
    ])
  })

  it('ED-100 ED-102 from a web page keeps what is seen, and runs nothing', () => {
    expect(outline(pasted(fixture('web-page')))).toEqual([
      'heading3: A [page|em]',
      'paragraph: Words with [weight|strong], [code|code] and [a link|https://example.com/?a=1], no link.',
      'paragraph: <https://example.com/photo.jpg A photo>',
      'paragraph: Below the photo',
      'task_list',
      ' task_item(true)',
      '  paragraph: done',
      ' task_item(false)',
      '  paragraph: open',
      'code_blockjs: let a = 1\nlet b',
      'paragraph: drawn',
      'table',
      ' table_row',
      '  table_header',
      '   paragraph: Name',
      '  table_headerright',
      '   paragraph: Age',
      ' table_row',
      '  table_cell',
      '   paragraph: Ada',
      '  table_cellright',
      '   paragraph: 36',
    ])
    expect((globalThis as { ran?: boolean }).ran).toBeUndefined()
  })

  it('ED-102 broken HTML is read as far as it can be', () => {
    for (const broken of [
      '<p>a<b>b',
      '<table><td>a</table><li>b',
      '</div></p>a<p',
      '<ul><ul><ul>a',
      '<!-- a',
      '<td>a',
      '<p>\u0000a',
    ]) {
      const editor = pasted(broken)
      expect(editor.getSnapshot().status).toBe('ready')
      expect(() => editor.view.state.doc.check()).not.toThrow()
    }
  })

  it('ED-101 a paste that is too long is refused in words, and what was typed stays', () => {
    const messages: string[] = []
    const editor = open(new SharedDocument(), { onMessage: ({ text }) => messages.push(text) })
    type(editor, 'mine')
    paste(editor, { 'text/plain': 'word '.repeat(1_000_000) })
    expect(html(editor)).toBe('<p>mine</p>')
    expect(messages).toEqual([
      'What you pasted is too long for one paste (5,000,000 characters; 200,000 at most). Nothing was added. Paste it in parts.',
    ])
    paste(editor, { 'text/html': `<p>${'x'.repeat(250_000)}</p>` })
    expect(html(editor)).toBe('<p>mine</p>')
    expect(messages).toHaveLength(2)
  })

  it('ED-101 of HTML that is too long the words are taken', () => {
    const editor = open(new SharedDocument())
    paste(editor, { 'text/html': `<p style="${'a:b;'.repeat(1_000_000)}">x</p>`, 'text/plain': 'only words' })
    expect(html(editor)).toBe('<p>only words</p>')
  })

  it('ED-103 each block of text runs in the direction of its own words', () => {
    const editor = pasted('<p>abc</p><h2>אבג</h2><pre>code</pre>')
    expect([...editor.view.dom.children].map((block) => block.getAttribute('dir'))).toEqual(['auto', 'auto', null])
  })
})
