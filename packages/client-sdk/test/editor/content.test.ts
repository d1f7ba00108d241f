// @vitest-environment happy-dom
import * as Y from 'yjs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  SharedDocument,
  connect,
  element,
  html,
  nextFrame,
  open,
  text,
  type,
  writtenElsewhere,
} from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const table = () => element('table', [element('row', [element('cell', [element('paragraph', [text('in a table')])])])])

const strangers: Record<string, (root: Y.XmlFragment) => void> = {
  'a node': (root) => root.insert(0, [element('paragraph', [text('known')]), table()]),
  'a node deep inside': (root) =>
    root.insert(0, [element('bullet_list', [element('list_item', [element('paragraph'), table()])])]),
  'a mark': (root) => {
    const words = text('words')
    root.insert(0, [element('paragraph', [words])])
    words.format(0, 5, { comment: { id: '1' } })
  },
  'an attribute of a node': (root) => root.insert(0, [element('paragraph', [text('known')], { align: 'right' })]),
  'an attribute of a mark': (root) => {
    const words = text('words')
    root.insert(0, [element('paragraph', [words])])
    words.format(0, 5, { link: { href: 'https://example.com', title: null, rel: 'x' } })
  },
  'an embed in a text': (root) => {
    const words = text('words')
    root.insert(0, [element('paragraph', [words])])
    words.insertEmbed(2, { image: 'x' })
  },
  'a text where no text may stand': (root) => root.insert(0, [text('at the top')]),
  'a heading inside a paragraph': (root) => root.insert(0, [element('paragraph', [element('heading', [text('x')])])]),
  'a map in the tree': (root) => root.insert(0, [new Y.XmlHook('x') as unknown as Y.XmlElement]),
}

describe('content that the schema does not know', () => {
  for (const [name, write] of Object.entries(strangers)) {
    it(`ED-20 ${name}: opening the document deletes nothing and writes nothing`, () => {
      const document = new SharedDocument()
      document.receive(writtenElsewhere(write))
      const before = document.json
      const editor = open(document)
      expect(editor.getSnapshot()).toMatchObject({ status: 'foreign', editable: false })
      expect(editor.commands.insertText('x')).toBe(false)
      editor.view.dispatch(editor.view.state.tr)
      expect(document.json).toEqual(before)
      expect(document.sent).toEqual([])
    })

    it(`ED-21 ${name}: coming in while the document is open cuts the binding and deletes nothing`, () => {
      const document = new SharedDocument()
      const editor = open(document)
      type(editor, 'own words')
      const sent = document.sent.length
      const writer = new SharedDocument()
      connect(writer, document)
      writer.ydoc.transact(() => write(writer.content))
      expect(document.json).toEqual(writer.json)
      expect(editor.getSnapshot()).toMatchObject({ status: 'foreign', editable: false })
      expect(editor.view.editable).toBe(false)
      expect(document.sent.length).toBe(sent)
      expect(editor.commands.insertText('x')).toBe(false)
    })
  }

  it('ED-22 says so above the text, and still shows what it knows', () => {
    const document = new SharedDocument()
    document.receive(writtenElsewhere(strangers['a node']!))
    const editor = open(document, { foreignMessage: 'Newer than this editor.' })
    expect(globalThis.document.querySelector('.sheaf-editor-notice')?.textContent).toBe('Newer than this editor.')
    expect(html(editor)).toContain('known')
  })

  it('ED-22 shows in a box where something stands that it does not know, in blocks and in the text', () => {
    const document = new SharedDocument()
    document.receive(
      writtenElsewhere((root) => {
        const mention = element('mention"><script>', [text('@ada')])
        root.insert(0, [element('diagram', [text('x')]), element('paragraph', [text('known'), mention])])
      }),
    )
    const before = document.json
    const editor = open(document)
    const boxes = [...editor.view.dom.querySelectorAll('.sheaf-unknown')]
    expect(boxes.map(({ localName, textContent }) => [localName, textContent])).toEqual([
      ['div', 'Content that this editor does not know (diagram)'],
      ['span', 'Content that this editor does not know (mention"><script>)'],
    ])
    expect(editor.view.dom.querySelector('script')).toBeNull()
    expect(document.json).toEqual(before)
    expect(document.sent).toEqual([])
  })

  it('ED-23 goes on as soon as the foreign content is gone', async () => {
    const [document, writer] = [new SharedDocument(), new SharedDocument()]
    connect(writer, document)
    writer.content.insert(0, [element('paragraph', [text('known')]), table()])
    const editor = open(document)
    expect(editor.getSnapshot().status).toBe('foreign')
    writer.content.delete(1, 1)
    await nextFrame()
    await nextFrame()
    expect(editor.getSnapshot()).toMatchObject({ status: 'ready', editable: true })
    type(editor, 'x')
    expect(document.json).toContain('x')
    expect(globalThis.document.querySelector('.sheaf-editor-notice')).toBeNull()
  })

  it('ED-24 an empty shell that two people left behind is cleared away by whoever may write, and by nobody else', async () => {
    const shell = (root: Y.XmlFragment) =>
      root.insert(0, [element('paragraph', [text('words')]), element('bullet_list')])
    for (const editable of [true, false]) {
      const document = new SharedDocument({ editable })
      document.receive(writtenElsewhere(shell))
      const editor = open(document)
      expect(editor.getSnapshot().status).toBe('ready')
      expect(html(editor)).toBe('<p>words</p>')
      const writer = new SharedDocument()
      connect(writer, document)
      writer.content.insert(0, [element('bullet_list')])
      await nextFrame()
      expect(editor.getSnapshot().status).toBe('ready')
      if (!editable) expect(document.sent).toEqual([])
      else expect(String(document.json)).toBe('<paragraph>words</paragraph>')
    }
  })
})
