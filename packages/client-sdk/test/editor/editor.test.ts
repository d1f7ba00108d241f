// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import type { Node } from 'prosemirror-model'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import {
  SharedDocument,
  connect,
  element,
  html,
  nextFrame,
  open,
  press,
  text,
  type,
  writtenElsewhere,
} from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const select = (editor: Editor, from: number, to = from) =>
  editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, from, to)))

const content = (editor: Editor): string => (editor.view.state.doc as Node).toString()

describe('an editor', () => {
  it('ED-10 writes what is typed into the shared document, and shows what comes from there', () => {
    const document = new SharedDocument()
    const editor = open(document)
    type(editor, 'hello')
    expect(document.json).toBe('<paragraph>hello</paragraph>')
    document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text('from elsewhere')])])))
    expect(content(editor)).toContain('from elsewhere')
  })

  it('ED-10 opening a document writes nothing into it', () => {
    const document = new SharedDocument()
    document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text('kept')])])))
    open(document)
    open(new SharedDocument())
    expect(document.sent).toEqual([])
  })

  it('ED-11 two editors end with the same document when both wrote at once', async () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const [first, second] = [open(a), open(b)]
    type(first, 'first ')
    connect(a, b)
    type(second, 'second')
    select(first, 1)
    type(first, '> quoted ')
    second.commands.toggleBulletList()
    type(second, '**bold**')
    await nextFrame()
    expect(a.json).toEqual(b.json)
    expect(first.getJSON()).toEqual(second.getJSON())
  })

  it('ED-12 undo takes back one’s own edits and leaves those of the others', () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const first = open(a)
    type(first, 'mine')
    connect(a, b)
    const second = open(b)
    select(second, 5)
    type(second, ' theirs')
    for (let presses = 0; presses < 10; presses++) press(first, 'Ctrl-z')
    expect(content(first)).toBe('doc(paragraph(" theirs"))')
    press(first, 'Ctrl-y')
    expect(content(first)).toContain('m')
  })

  it('ED-13 undo still works after the view was closed and opened again', () => {
    const document = new SharedDocument()
    const before = open(document)
    type(before, 'a')
    before.destroy()
    const after = open(document)
    expect(after.getSnapshot().canUndo).toBe(true)
    expect(after.commands.undo()).toBe(true)
    expect(content(after)).toBe('doc(paragraph)')
    expect(after.commands.redo()).toBe(true)
    expect(content(after)).toBe('doc(paragraph("a"))')
  })

  it('ED-14 nothing can be written while the document is not loaded, and everything as soon as it is', () => {
    const document = new SharedDocument({ loaded: false, editable: false })
    const editor = open(document)
    expect(editor.getSnapshot()).toMatchObject({ status: 'loading', editable: false })
    expect(editor.view.editable).toBe(false)
    document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text('there')])])))
    expect(editor.commands.insertText('x')).toBe(false)
    document.change({ loaded: true, editable: true })
    expect(editor.getSnapshot()).toMatchObject({ status: 'ready', editable: true })
    expect(html(editor)).toBe('<p>there</p>')
    expect(document.sent).toEqual([])
    expect(editor.commands.insertText('x')).toBe(true)
  })

  it('ED-15 a reader writes nothing: not by typing, not by commands, not by a transaction of the application', () => {
    const document = new SharedDocument({ editable: false })
    document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text('read me')])])))
    const editor = open(document)
    expect(editor.view.editable).toBe(false)
    expect(editor.view.dom.getAttribute('contenteditable')).toBe('false')
    expect(editor.view.dom.getAttribute('aria-readonly')).toBe('true')
    expect(editor.commands.toggleBold()).toBe(false)
    expect(editor.can().insertText('x')).toBe(false)
    editor.view.dispatch(editor.view.state.tr.insertText('x', 1))
    expect(content(editor)).toBe('doc(paragraph("read me"))')
    expect(document.sent).toEqual([])
  })

  it('ED-15 a reader writes nothing when others leave the document empty', () => {
    const document = new SharedDocument({ editable: false })
    const writer = new SharedDocument()
    writer.content.insert(0, [element('paragraph', [text('gone soon')])])
    connect(writer, document)
    const editor = open(document)
    writer.content.delete(0, 1)
    editor.view.dispatch(editor.view.state.tr)
    expect(content(editor)).toBe('doc(paragraph)')
    expect(document.sent).toEqual([])
  })

  it('ED-16 becomes read-only the moment the right is withdrawn, and editable again when it comes back', () => {
    const document = new SharedDocument()
    const editor = open(document)
    const changed = vi.fn()
    editor.subscribe(changed)
    document.change({ editable: false })
    expect(editor.view.editable).toBe(false)
    expect(changed).toHaveBeenCalledTimes(1)
    document.change({ editable: true })
    expect(editor.view.editable).toBe(true)
  })

  it('ED-17 the snapshot is the same object until something of it changes', () => {
    const document = new SharedDocument()
    const editor = open(document)
    type(editor, 'abc')
    const before = editor.getSnapshot()
    const changed = vi.fn()
    editor.subscribe(changed)
    select(editor, 2)
    expect(editor.getSnapshot()).toBe(before)
    expect(changed).not.toHaveBeenCalled()
    select(editor, 1, 4)
    editor.commands.toggleBold()
    expect(editor.getSnapshot().marks).toEqual(['strong'])
  })

  it('ED-18 after destroy it has left the page and hears nothing more', () => {
    const document = new SharedDocument()
    const editor = open(document)
    type(editor, 'a')
    editor.destroy()
    editor.destroy()
    expect(globalThis.document.querySelector('.sheaf-editor')).toBeNull()
    document.receive(writtenElsewhere((root) => root.insert(0, [element('paragraph', [text('later')])])))
    document.change({ editable: false })
    expect(document.json).toContain('later')
  })

  it('ED-25 the selected range stays visible while the focus is elsewhere', () => {
    const editor = open(new SharedDocument())
    type(editor, 'some words')
    select(editor, 1, 5)
    const drawn = () => editor.view.dom.querySelector('.sheaf-blurred-selection')?.textContent ?? null
    expect(drawn()).toBeNull()
    editor.view.dom.dispatchEvent(new Event('blur'))
    expect(drawn()).toBe('some')
    editor.view.dom.dispatchEvent(new Event('focus'))
    expect(drawn()).toBeNull()
  })

  it('ED-19 an empty document shows the placeholder, and one with a word in it does not', () => {
    const editor = open(new SharedDocument(), { placeholder: 'Write something' })
    expect(editor.view.dom.querySelector('[data-placeholder]')?.getAttribute('data-placeholder')).toBe(
      'Write something',
    )
    type(editor, 'a')
    expect(editor.view.dom.querySelector('[data-placeholder]')).toBeNull()
  })

  it('ED-19 has the role, the name and the state that a screen reader needs', () => {
    const { dom } = open(new SharedDocument(), { ariaLabel: 'Minutes' }).view
    expect(dom.getAttribute('role')).toBe('textbox')
    expect(dom.getAttribute('aria-label')).toBe('Minutes')
    expect(dom.getAttribute('aria-multiline')).toBe('true')
  })
})
