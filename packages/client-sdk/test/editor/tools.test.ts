// @vitest-environment happy-dom
import { NodeSelection, TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SHORTCUTS, shortcutLabel } from '../../src/editor/index.ts'
import { moveBlock } from '../../src/editor/commands/block-moves.ts'
import type { Editor, EditorOptions } from '../../src/editor/index.ts'
import { SharedDocument, connect, html, nextFrame, open, paste, press, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const written = (words: string, options: Partial<EditorOptions> = {}): Editor => {
  const editor = open(new SharedDocument(), options)
  editor.focus()
  type(editor, words)
  return editor
}
const select = (editor: Editor, from: number, to = from) =>
  editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, from, to)))

function part(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector)
  if (found === null) throw new Error(`There is no ${selector}`)
  return found
}

describe('the menu after a slash', () => {
  const options = () => [...document.querySelectorAll('[role=option]')].map((option) => option.textContent)

  it('ED-90 opens, narrows, tells a screen reader what is meant, and Enter runs it', () => {
    const editor = written('words /')
    expect(part('.sheaf-slash-menu').hidden).toBe(false)
    expect(options()).toContain('Table')
    expect(options()).not.toContain('Image')
    type(editor, 'he')
    expect(options()).toEqual(['Heading 1', 'Heading 2', 'Heading 3', 'Task list'])
    press(editor, 'ArrowDown')
    const active = editor.view.dom.getAttribute('aria-activedescendant') ?? ''
    expect(document.getElementById(active)?.textContent).toBe('Heading 2')
    expect(document.getElementById(active)?.getAttribute('aria-selected')).toBe('true')
    expect(press(editor, 'Enter')).toBe(true)
    expect(html(editor)).toBe('<h2>words </h2>')
    expect(part('.sheaf-slash-menu').hidden).toBe(true)
    expect(editor.view.dom.hasAttribute('aria-activedescendant')).toBe(false)
  })

  it('ED-90 a press on an entry runs it too', () => {
    const editor = written('/quote')
    part('[role=option]').click()
    expect(html(editor)).toBe('<blockquote><p></p></blockquote>')
  })

  it('ED-90 Escape leaves the words as they are, and the menu stays closed', () => {
    const editor = written('/')
    expect(press(editor, 'Escape')).toBe(true)
    type(editor, 'he')
    expect(part('.sheaf-slash-menu').hidden).toBe(true)
    expect(html(editor)).toBe('<p>/he</p>')
  })

  it('ED-90 no menu opens in the middle of a word, in code, where the cursor only comes by, and for a pasted slash', () => {
    for (const words of ['and/or', '``` /', 'a/']) {
      written(words)
      expect(part('.sheaf-slash-menu').hidden).toBe(true)
      document.body.replaceChildren()
    }
    const editor = written('')
    paste(editor, { 'text/plain': '/he' })
    select(editor, 3)
    expect(part('.sheaf-slash-menu').hidden).toBe(true)
  })

  it('ED-90 what others write while the menu is open leaves it where it is', async () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const first = open(a)
    connect(a, b)
    const second = open(b)
    first.focus()
    type(first, 'mine')
    press(first, 'Enter')
    type(first, '/head')
    select(second, 1)
    type(second, 'theirs ')
    await nextFrame()
    expect(options()).toHaveLength(3)
    press(first, 'Enter')
    expect(html(second)).toBe('<p>theirs mine</p><h1></h1>')
  })
})

describe('the buttons above selected words', () => {
  it('ED-91 stand there while words are selected, and show and do what they say', () => {
    const editor = written('some words')
    const bubble = part('.sheaf-selection-bubble')
    expect(bubble.hidden).toBe(true)
    select(editor, 1, 5)
    expect(bubble.hidden).toBe(false)
    const bold = part('.sheaf-selection-bubble [aria-label=Bold]')
    expect(bold.getAttribute('aria-pressed')).toBe('false')
    bold.click()
    expect(html(editor)).toBe('<p><strong>some</strong> words</p>')
    expect(bold.getAttribute('aria-pressed')).toBe('true')
    expect(press(editor, 'Alt-F10')).toBe(true)
    expect(bubble.contains(document.activeElement)).toBe(true)
    part('.sheaf-selection-bubble [aria-label=Link]').click()
    expect(part('.sheaf-link-bubble form').hidden).toBe(false)
    select(editor, 2)
    expect(bubble.hidden).toBe(true)
  })

  it('ED-91 do not come for readers and in code', () => {
    const document = new SharedDocument()
    const editor = open(document)
    type(editor, 'words')
    editor.focus()
    document.change({ editable: false })
    select(editor, 1, 4)
    expect(part('.sheaf-selection-bubble').hidden).toBe(true)
  })
})

describe('blocks', () => {
  it('ED-92 are moved, doubled and deleted by keys and commands, with the cursor in them', () => {
    const editor = written('one')
    press(editor, 'Enter')
    type(editor, 'two')
    expect(press(editor, 'Alt-Shift-ArrowUp')).toBe(true)
    type(editor, '!')
    expect(html(editor)).toBe('<p>two!</p><p>one</p>')
    expect(press(editor, 'Alt-Shift-ArrowUp')).toBe(false)
    press(editor, 'Alt-Shift-ArrowDown')
    expect(html(editor)).toBe('<p>one</p><p>two!</p>')
    editor.commands.duplicateBlock()
    expect(html(editor)).toBe('<p>one</p><p>two!</p><p>two!</p>')
    editor.commands.deleteBlock()
    expect(html(editor)).toBe('<p>one</p><p>two!</p>')
  })

  it('ED-92 the menu of the handle moves the block at the pointer, wherever the cursor is, and leaves the cursor there', () => {
    const editor = written('one')
    press(editor, 'Enter')
    type(editor, 'two')
    press(editor, 'Enter')
    type(editor, 'three')
    select(editor, 2)
    const { view } = editor
    const block = { position: 10, node: view.state.doc.child(2) }
    expect(moveBlock(-1, block)(view.state, view.dispatch)).toBe(true)
    expect(html(editor)).toBe('<p>one</p><p>three</p><p>two</p>')
    expect(view.state.selection.head).toBe(2)
    view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, 0)))
    expect(moveBlock(-1, { position: 12, node: view.state.doc.child(2) })(view.state, view.dispatch)).toBe(true)
    expect(view.state.selection.from).toBe(0)
    select(editor, 7)
    moveBlock(1, { position: 0, node: view.state.doc.child(0) })(view.state, view.dispatch)
    expect(html(editor)).toBe('<p>two</p><p>one</p><p>three</p>')
    type(editor, '!')
    expect(html(editor)).toBe('<p>t!wo</p><p>one</p><p>three</p>')
  })

  it('ED-92 the handle goes away with its block, also when the document is shorter than where it was', () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    connect(a, b)
    const [ada, bob] = [open(a), open(b)]
    ada.focus()
    for (const words of ['one', 'two', 'three']) {
      type(ada, words)
      press(ada, 'Enter')
    }
    expect(press(ada, 'Alt-Shift-Enter')).toBe(true)
    expect(part('.sheaf-block-handle').hidden).toBe(false)
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    bob.view.dispatch(bob.view.state.tr.delete(0, bob.view.state.doc.content.size))
    type(bob, 'x')
    vi.unstubAllGlobals()
    expect(html(ada)).toBe('<p>x</p>')
    expect(part('.sheaf-block-handle').hidden).toBe(true)
    expect(reported).not.toHaveBeenCalled()
  })

  it('ED-92 items of a list are moved within it, with what is below them', () => {
    const editor = written('- one')
    press(editor, 'Enter')
    type(editor, 'two')
    press(editor, 'Alt-Shift-ArrowUp')
    expect(html(editor)).toBe('<ul><li><p>two</p></li><li><p>one</p></li></ul>')
  })

  it('ED-92 what others write while a block is moved is there, and nothing is doubled', async () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const first = open(a)
    type(first, 'one')
    press(first, 'Enter')
    type(first, 'two')
    b.receive(a.state)
    const second = open(b)
    first.commands.moveBlockUp()
    select(second, 1)
    type(second, 'first ')
    connect(a, b)
    await nextFrame()
    expect(first.getJSON()).toEqual(second.getJSON())
    for (const word of ['first', 'one', 'two']) expect(html(first).split(word)).toHaveLength(2)
  })
})

/** As a keyboard sends it: letters are small, whatever is printed on the key. */
const asPressed = (keys: string): string =>
  keys
    .replace('Mod', 'Ctrl')
    .split('+')
    .map((key) => (key.length === 1 ? key.toLowerCase() : key))
    .join('-')

describe('the help sheet', () => {
  it('ED-93 opens with Mod+/ and names every group', () => {
    const editor = written('')
    expect(press(editor, 'Ctrl-/')).toBe(true)
    const sheet = part('.sheaf-help') as HTMLDialogElement
    expect(sheet.open).toBe(true)
    expect(sheet.getAttribute('aria-label')).toBe('Keyboard shortcuts')
    for (const { title } of SHORTCUTS) expect(sheet.textContent).toContain(title)
    expect(sheet.querySelectorAll('kbd')).toHaveLength(SHORTCUTS.flatMap(({ shortcuts }) => shortcuts).length)
    part('.sheaf-help-close').click()
    expect(sheet.open).toBe(false)
    editor.openHelp()
    expect(sheet.open).toBe(true)
  })

  // Escape is left to the page as well: it closes what the editor is in.
  const taken = SHORTCUTS.flatMap(({ shortcuts }) => shortcuts).filter(({ keys }) => keys !== 'Escape')
  for (const { label, keys } of taken)
    it(`ED-93 ${keys} does something where it says: ${label}`, () => {
      const editor = written(/Tick|task/i.test(label) ? '[ ] words' : 'words')
      if (/Deeper|previous cell/.test(label)) editor.commands.toggleBulletList()
      if (/Deeper/.test(label)) {
        press(editor, 'Enter')
        type(editor, 'x')
      }
      if (/Move block/.test(label)) {
        editor.commands.duplicateBlock()
        if (/up/.test(label)) select(editor, 10)
      }
      if (/box beside/.test(label)) select(editor, 1, 4)
      if (label === 'Text') editor.commands.setHeading(1)
      if (label === 'Redo') editor.commands.undo()
      expect(press(editor, asPressed(keys))).toBe(true)
    })

  it('ED-51 arrows and the keys of a Mac are drawn as signs', () => {
    expect(shortcutLabel('Alt+Shift+ArrowUp', true)).toBe('⌥⇧↑')
    expect(shortcutLabel('Alt+Shift+ArrowUp', false)).toBe('Alt+Shift+↑')
  })
})

describe('find and replace', () => {
  const input = (name: string) => part(`.sheaf-find input[aria-label="${name}"]`) as HTMLInputElement
  const look = (name: string, value: string): void => {
    input(name).value = value
    input(name).dispatchEvent(new Event('input', { bubbles: true }))
  }
  const key = (name: string, pressed: string, shiftKey = false) =>
    input(name).dispatchEvent(new KeyboardEvent('keydown', { key: pressed, shiftKey, bubbles: true, cancelable: true }))
  const count = () => part('.sheaf-find-count').textContent

  it('ED-94 shows all matches, counts them and goes through them', () => {
    const editor = written('one two One')
    expect(press(editor, 'Ctrl-f')).toBe(true)
    expect(document.activeElement).toBe(input('Find'))
    look('Find', 'one')
    expect(count()).toBe('2 found')
    expect(editor.view.dom.querySelectorAll('.ProseMirror-search-match')).toHaveLength(2)
    key('Find', 'Enter')
    expect(count()).toBe('1 of 2')
    key('Find', 'Enter')
    expect(count()).toBe('2 of 2')
    key('Find', 'Enter', true)
    expect(count()).toBe('1 of 2')
    part('.sheaf-find [aria-label="Match case"]').click()
    expect(
      editor.view.dom.querySelectorAll('.sheaf-find [aria-pressed=true], .ProseMirror-active-search-match'),
    ).toHaveLength(1)
    look('Find', 'nothing')
    expect(count()).toBe('No match')
    key('Find', 'Escape')
    expect(part('.sheaf-find').hidden).toBe(true)
    expect(editor.view.dom.querySelectorAll('.ProseMirror-search-match')).toHaveLength(0)
  })

  it('ED-94 replaces one and all, and what others wrote in the meantime too', async () => {
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    const first = open(a)
    type(first, 'cat cat')
    connect(a, b)
    const second = open(b)
    first.openFind()
    look('Find', 'cat')
    look('Replace with', 'dog')
    select(second, 8)
    type(second, ' cat')
    await nextFrame()
    expect(count()).toBe('3 found')
    const [one, all] = [...part('.sheaf-find').querySelectorAll<HTMLElement>('button')].slice(-2)
    all?.click()
    await nextFrame()
    expect(html(second)).toBe('<p>dog dog dog</p>')
    expect(first.getJSON()).toEqual(second.getJSON())
    expect(one?.textContent).toBe('Replace')
  })

  it('ED-94 readers find and cannot replace', () => {
    const document = new SharedDocument()
    const editor = open(document)
    type(editor, 'cat')
    document.change({ editable: false })
    editor.openFind()
    look('Find', 'cat')
    expect(count()).toBe('1 found')
    expect(input('Replace with').parentElement?.hidden).toBe(true)
    key('Replace with', 'Enter')
    expect(html(editor)).toContain('cat')
  })
})

describe('the language of code', () => {
  it('ED-98 is shown and changed in a field at the code block, and only there', () => {
    const editor = written('```ts code')
    const box = part('.sheaf-code-language')
    const input = part('.sheaf-code-language input') as HTMLInputElement
    expect(box.hidden).toBe(false)
    expect(input.value).toBe('ts')
    input.value = ' Rust"><script> '
    input.dispatchEvent(new Event('change'))
    expect(html(editor)).toBe('<pre data-language="rustscript"><code>code</code></pre>')
    expect(editor.commands.setCodeLanguage(null)).toBe(true)
    expect(html(editor)).toBe('<pre><code>code</code></pre>')
    editor.commands.setParagraph()
    expect(box.hidden).toBe(true)
    expect(editor.commands.setCodeLanguage('go')).toBe(false)
  })
})

describe('counting', () => {
  it('ED-95 counts words and characters as people do', () => {
    const editor = written('Two words')
    expect(editor.wordCount()).toEqual({ words: 2, characters: 9 })
    press(editor, 'Enter')
    type(editor, 'naïve 👩‍👩‍👧')
    expect(editor.wordCount()).toEqual({ words: 3, characters: 16 })
  })

  it('ED-95 knows the words of languages without spaces', () => {
    expect(written('我喜欢写作').wordCount().words).toBeGreaterThan(1)
  })
})

describe('copying', () => {
  const rich = (): Editor => {
    const editor = written('# Title')
    press(editor, 'Enter')
    type(editor, 'a **bold** and `code` ==bright== [ ]')
    press(editor, 'Enter')
    type(editor, '[x] done')
    press(editor, 'Enter')
    press(editor, 'Enter')
    editor.commands.insertTable({ rows: 2, columns: 2 })
    type(editor, 'a|b')
    return editor
  }

  it('ED-96 a document is given as Markdown with tables and tasks', async () => {
    expect(await rich().getMarkdown()).toBe(
      [
        '# Title',
        '',
        'a **bold** and `code` <mark>bright</mark> \\[ \\]',
        '',
        '- [x] done',
        '',
        '| a\\|b |  |',
        '| --- | --- |',
        '|  |  |',
        '',
      ].join('\n'),
    )
  })

  it('ED-96 what is selected, or everything, is copied; a browser that refuses is told of in words', async () => {
    const writeText = vi.fn(() => Promise.resolve())
    const messages: string[] = []
    vi.stubGlobal('navigator', { ...navigator, userAgent: '', clipboard: { writeText } })
    const editor = written('# Title', { onMessage: ({ code }) => messages.push(code) })
    expect(await editor.copyAs('html')).toBe(true)
    expect(writeText).toHaveBeenLastCalledWith('<h1 dir="auto">Title</h1>')
    writeText.mockImplementation(() => Promise.reject(new Error('no')))
    expect(await editor.copyAs('markdown')).toBe(false)
    expect(messages).toEqual(['copied', 'copy-failed'])
    vi.unstubAllGlobals()
  })
})

describe('parts', () => {
  it('ED-97 each part can be left out', () => {
    const parts = {
      slashMenu: false,
      selectionBubble: false,
      blockHandle: false,
      linkForm: false,
      find: false,
      codeLanguage: false,
      help: false,
    }
    const editor = written('words /', { parts })
    for (const selector of ['.sheaf-slash-menu', '.sheaf-selection-bubble', '.sheaf-block-handle', '.sheaf-find'])
      expect(document.querySelector(selector)).toBeNull()
    for (const keys of ['Ctrl-k', 'Ctrl-f', 'Ctrl-/']) expect(press(editor, keys)).toBe(false)
    editor.openFind()
    editor.openHelp()
    expect(editor.editLink()).toBe(false)
  })
})
