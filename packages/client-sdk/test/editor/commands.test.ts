// @vitest-environment happy-dom
import { AllSelection, TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it } from 'vitest'
import { TOOLBAR_GROUPS, BLOCK_KINDS, blockKindOf, shortcutLabel } from '../../src/editor/index.ts'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, html, open, press, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const written = (words: string): Editor => {
  const editor = open(new SharedDocument())
  type(editor, words)
  return editor
}

const selectAll = (editor: Editor) =>
  editor.view.dispatch(
    editor.view.state.tr.setSelection(
      TextSelection.create(editor.view.state.doc, 1, editor.view.state.doc.content.size - 1),
    ),
  )

const LINK = 'rel="noopener noreferrer nofollow" target="_blank"'

describe('commands', () => {
  for (const [name, tag] of [
    ['toggleBold', 'strong'],
    ['toggleItalic', 'em'],
    ['toggleUnderline', 'u'],
    ['toggleStrike', 's'],
    ['toggleHighlight', 'mark'],
    ['toggleCode', 'code'],
  ] as const)
    it(`ED-30 ${name} puts the mark on and takes it off again`, () => {
      const editor = written('word')
      selectAll(editor)
      expect(editor.can()[name]()).toBe(true)
      expect(html(editor)).toBe('<p>word</p>')
      expect(editor.commands[name]()).toBe(true)
      expect(html(editor)).toBe(`<p><${tag}>word</${tag}></p>`)
      editor.commands[name]()
      expect(html(editor)).toBe('<p>word</p>')
    })

  it('ED-31 blocks are set and toggled, and isActive tells them apart by their attributes', () => {
    const editor = written('word')
    editor.commands.setHeading(2)
    expect(html(editor)).toBe('<h2>word</h2>')
    expect(editor.isActive('heading')).toBe(true)
    expect(editor.isActive('heading', { level: 2 })).toBe(true)
    expect(editor.isActive('heading', { level: 3 })).toBe(false)
    expect(editor.getSnapshot()).toMatchObject({ block: 'heading', headingLevel: 2 })
    editor.commands.toggleHeading(2)
    expect(html(editor)).toBe('<p>word</p>')
    editor.commands.toggleCodeBlock()
    expect(html(editor)).toBe('<pre><code>word</code></pre>')
    editor.commands.setParagraph()
    expect(html(editor)).toBe('<p>word</p>')
    editor.commands.toggleBlockquote()
    expect(html(editor)).toBe('<blockquote><p>word</p></blockquote>')
    editor.commands.toggleBlockquote()
    expect(html(editor)).toBe('<p>word</p>')
  })

  it('ED-32 lists are made, changed in kind, nested and left again', () => {
    const editor = written('one')
    editor.commands.toggleBulletList()
    expect(html(editor)).toBe('<ul><li><p>one</p></li></ul>')
    editor.commands.toggleOrderedList()
    expect(html(editor)).toBe('<ol><li><p>one</p></li></ol>')
    press(editor, 'Enter')
    type(editor, 'two')
    expect(press(editor, 'Tab')).toBe(true)
    expect(html(editor)).toBe('<ol><li><p>one</p><ol><li><p>two</p></li></ol></li></ol>')
    expect(press(editor, 'Shift-Tab')).toBe(true)
    editor.commands.toggleOrderedList()
    expect(html(editor)).toBe('<ol><li><p>one</p></li></ol><p>two</p>')
  })

  it('ED-33 Tab is left to the page outside of lists, so nobody is caught in the editor', () => {
    expect(press(written('word'), 'Tab')).toBe(false)
  })

  it('ED-34 links are set, changed at the cursor, and taken away', () => {
    const editor = written('word')
    selectAll(editor)
    expect(editor.commands.setLink({ href: 'javascript:alert(1)' })).toBe(false)
    expect(editor.commands.setLink({ href: 'example.com' })).toBe(true)
    expect(html(editor)).toBe(`<p><a href="https://example.com" ${LINK}>word</a></p>`)
    expect(editor.getSnapshot().linkHref).toBe('https://example.com')
    editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, 3)))
    expect(editor.commands.setLink({ href: 'https://example.org' })).toBe(true)
    expect(html(editor)).toBe(`<p><a href="https://example.org" ${LINK}>word</a></p>`)
    expect(editor.commands.unsetLink()).toBe(true)
    expect(html(editor)).toBe('<p>word</p>')
    expect(editor.commands.unsetLink()).toBe(false)
  })

  it('ED-34 a link without a selection writes its own address', () => {
    const editor = written('see ')
    editor.commands.setLink({ href: 'example.com' })
    expect(html(editor)).toBe(`<p>see <a href="https://example.com" ${LINK}>example.com</a></p>`)
  })

  it('ED-35 a rule and a line break are put where the cursor is; an unsafe image is not', () => {
    const editor = written('word')
    expect(editor.can().insertHorizontalRule()).toBe(true)
    press(editor, 'Shift-Enter')
    expect(html(editor)).toContain('<br>')
    editor.commands.insertHorizontalRule()
    expect(html(editor)).toContain('<hr')
    expect(editor.commands.insertImage({ src: 'javascript:x' })).toBe(false)
  })

  it('ED-36 every command survives a selection of everything', () => {
    for (const name of Object.keys(open(new SharedDocument()).commands)) {
      const editor = written('word')
      editor.view.dispatch(editor.view.state.tr.setSelection(new AllSelection(editor.view.state.doc)))
      const run = editor.commands[name as 'undo'] as (argument?: unknown) => boolean
      expect(() =>
        run({ setHeading: 1, toggleHeading: 1, insertText: 'x' }[name] ?? { href: 'a.de', src: '/a' }),
      ).not.toThrow()
    }
  })
})

describe('what is typed as Markdown', () => {
  for (const [typed, result] of [
    ['# Title', '<h1>Title</h1>'],
    ['### Title', '<h3>Title</h3>'],
    ['- item', '<ul><li><p>item</p></li></ul>'],
    ['3. item', '<ol start="3"><li><p>item</p></li></ol>'],
    ['> quote', '<blockquote><p>quote</p></blockquote>'],
    ['```ts code', '<pre data-language="ts"><code>code</code></pre>'],
    ['a **bold** b', '<p>a <strong>bold</strong> b</p>'],
    ['a __bold__ b', '<p>a <strong>bold</strong> b</p>'],
    [
      'a [word](https://a.example/b) b',
      '<p>a <a href="https://a.example/b" rel="noopener noreferrer nofollow" target="_blank">word</a> b</p>',
    ],
    ['a [word](javascript:x) b', '<p>a [word](javascript:x) b</p>'],
    [
      'a **bold [word](a.example)',
      '<p>a **bold <a href="https://a.example" rel="noopener noreferrer nofollow" target="_blank">word</a></p>',
    ],
    ['snake__case__name', '<p>snake__case__name</p>'],
    ['an *italic* b', '<p>an <em>italic</em> b</p>'],
    ['an _italic_ b', '<p>an <em>italic</em> b</p>'],
    ['a `code` b', '<p>a <code>code</code> b</p>'],
    ['a ~~struck~~ b', '<p>a <s>struck</s> b</p>'],
    ['a ==bright== b', '<p>a <mark>bright</mark> b</p>'],
    ['snake_case_name', '<p>snake_case_name</p>'],
    ['2 * 3 * 4', '<p>2 * 3 * 4</p>'],
    ['#hashtag', '<p>#hashtag</p>'],
  ] as const)
    it(`ED-40 ${typed}`, () => {
      expect(html(written(typed))).toBe(result)
    })

  it('ED-40 ```ts and Enter, but not behind other words or inside code', () => {
    const editor = written('```ts')
    press(editor, 'Enter')
    type(editor, 'code')
    expect(html(editor)).toBe('<pre data-language="ts"><code>code</code></pre>')
    const behind = written('a ```')
    press(behind, 'Enter')
    expect(html(behind)).toBe('<p>a ```</p><p></p>')
  })

  it('ED-41 Backspace right after brings back what was typed', () => {
    const editor = written('# ')
    expect(html(editor)).toBe('<h1></h1>')
    expect(press(editor, 'Backspace')).toBe(true)
    expect(html(editor)).toBe('<p># </p>')
  })

  it('ED-41 Backspace at the start of a heading makes it a paragraph, and at the start of a list leaves the list', () => {
    const heading = written('# Title')
    heading.view.dispatch(heading.view.state.tr.setSelection(TextSelection.create(heading.view.state.doc, 1)))
    press(heading, 'Backspace')
    expect(html(heading)).toBe('<p>Title</p>')
    const list = written('- item')
    list.view.dispatch(list.view.state.tr.setSelection(TextSelection.create(list.view.state.doc, 3)))
    press(list, 'Backspace')
    expect(html(list)).toBe('<p>item</p>')
  })

  it('ED-42 nothing is turned into anything inside code', () => {
    const editor = written('``` ')
    type(editor, '# **a**')
    expect(html(editor)).toBe('<pre><code># **a**</code></pre>')
  })
})

describe('the items of a toolbar', () => {
  it('ED-50 every item is enabled or not, pressed or not, and runs, without throwing', () => {
    for (const item of TOOLBAR_GROUPS.flat()) {
      const editor = written('word')
      selectAll(editor)
      item.enabled(editor.getSnapshot(), editor)
      const before = item.pressed(editor.getSnapshot())
      if (!item.enabled(editor.getSnapshot(), editor)) continue
      expect(item.run(editor)).toBe(true)
      if (before === false) expect(item.pressed(editor.getSnapshot())).toBe(true)
    }
  })

  it('ED-50 every kind of block is the one that the menu then shows', () => {
    for (const kind of BLOCK_KINDS) {
      const editor = written('word')
      if (kind.id === 'paragraph') editor.commands.setHeading(1)
      expect(kind.run(editor)).toBe(true)
      expect(blockKindOf(editor.getSnapshot())).toBe(kind.id)
    }
  })

  it('ED-51 shortcuts are written as the platform writes them', () => {
    expect(shortcutLabel('Mod+Shift+8', false)).toBe('Ctrl+Shift+8')
    expect(shortcutLabel('Mod+Shift+8', true)).toBe('⌘⇧8')
  })
})
