// @vitest-environment happy-dom
import { NodeSelection, TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ENGLISH, SHORTCUTS, TABLE_ITEMS, TOOLBAR_GROUPS, filled } from '../../src/editor/index.ts'
import type { Editor, EditorOptions } from '../../src/editor/index.ts'
import {
  SharedDocument,
  connect,
  element,
  html,
  open,
  paste,
  press,
  text,
  type,
  writtenElsewhere,
} from './shared-document.ts'

afterEach(() => {
  vi.useRealTimers()
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
const key = (target: Element, name: string): boolean =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }))
const focused = (): Element | null => document.activeElement
const said = (): string => part('.sheaf-announcer').textContent

/** What a screen reader calls an element, by the ways of naming that the editor uses. */
const nameOf = (found: Element): string =>
  (found.getAttribute('aria-label') ?? found.textContent ?? '').trim() || (found.getAttribute('title') ?? '')

function imageIn({ view }: Editor): number {
  let found = -1
  view.state.doc.descendants((node, position) => {
    if (node.type.name === 'image') found = position
  })
  return found
}

/** Every part of the editor, opened. */
async function everything(options: Partial<EditorOptions> = {}): Promise<Editor> {
  const editor = written('[ ] a task', { uploadImage: () => new Promise(() => undefined), ...options })
  editor.openFind()
  editor.openHelp()
  part('.sheaf-help-close').click()
  const { schema } = editor.view.state
  const image = schema.node('image', { src: '/a.png' })
  editor.view.dispatch(
    editor.view.state.tr.insert(editor.view.state.doc.content.size, schema.node('paragraph', null, image)),
  )
  editor.view.dispatch(editor.view.state.tr.setSelection(NodeSelection.create(editor.view.state.doc, imageIn(editor))))
  editor.addImages([new File(['x'], 'cat.png', { type: 'image/png' })])
  press(editor, 'Alt-Shift-Enter')
  paste(editor, { 'text/plain': 'x'.repeat(300_000) })
  return editor
}

describe('what the editor draws', () => {
  it('ED-120 everything that can be pressed, filled in or moved has a name and a role', async () => {
    await everything()
    const found = [...document.querySelectorAll('button, input, a[href], [role]:not([role=note], [role=alert])')]
    expect(found.length).toBeGreaterThan(40)
    for (const one of found) expect(nameOf(one), one.outerHTML.slice(0, 120)).not.toBe('')
    const roles = new Set(found.map((one) => one.getAttribute('role')))
    for (const role of ['textbox', 'toolbar', 'search', 'menu', 'menuitem', 'slider', 'progressbar', 'group'])
      expect(roles).toContain(role)
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('ED-120 the slider of an image says its width in words, and its limits', () => {
    const document = new SharedDocument()
    document.receive(
      writtenElsewhere((root) =>
        root.insert(0, [element('paragraph', [element('image', [], { src: '/a.png', width: 200 })])]),
      ),
    )
    const editor = open(document)
    editor.view.dispatch(editor.view.state.tr.setSelection(NodeSelection.create(editor.view.state.doc, 1)))
    const slider = part('[role=slider]')
    expect(slider.getAttribute('aria-valuetext')).toBe('200 pixels')
    expect([slider.getAttribute('aria-valuemin'), slider.getAttribute('aria-valuemax')]).toEqual(['24', '4000'])
    expect(slider.tabIndex).toBe(0)
    key(slider, 'ArrowRight')
    expect(part('[role=slider]').getAttribute('aria-valuetext')).toBe('210 pixels')
    expect(focused()).toBe(part('[role=slider]'))
    key(part('[role=slider]'), 'Escape')
    expect(focused()).toBe(editor.view.dom)
  })

  it('ED-121 Alt+F10 goes into the box beside the text, and Escape back: selected words, a link, an image, code', () => {
    for (const [box, prepare] of [
      ['.sheaf-selection-bubble', (editor: Editor) => select(editor, 1, 4)],
      [
        '.sheaf-link-bubble',
        (editor: Editor) => {
          select(editor, 1, 4)
          editor.commands.setLink({ href: 'example.com' })
          select(editor, 2)
        },
      ],
      [
        '.sheaf-image-bubble',
        (editor: Editor) => {
          editor.commands.insertImage({ src: '/a.png' })
          const { doc, tr } = editor.view.state
          editor.view.dispatch(tr.setSelection(NodeSelection.create(doc, 6)))
        },
      ],
      ['.sheaf-code-language', (editor: Editor) => editor.commands.toggleCodeBlock()],
    ] as const) {
      const editor = written('words')
      prepare(editor)
      expect(press(editor, 'Alt-F10'), box).toBe(true)
      expect(part(box).contains(focused()), box).toBe(true)
      expect(part(box).hidden, box).toBe(false)
      key(focused() ?? document.body, 'Escape')
      expect(focused(), box).toBe(editor.view.dom)
      document.body.replaceChildren()
    }
    expect(press(written('words'), 'Alt-F10')).toBe(false)
  })

  it('ED-121 a box does not go away while the focus comes from the text to it, and does when it goes elsewhere', () => {
    const editor = written('words')
    editor.commands.toggleCodeBlock()
    const language = part('.sheaf-code-language input')
    editor.view.dom.dispatchEvent(new FocusEvent('blur', { relatedTarget: language }))
    expect(part('.sheaf-code-language').hidden).toBe(false)
    editor.view.dom.blur()
    editor.view.dom.dispatchEvent(new FocusEvent('blur', { relatedTarget: document.body }))
    select(editor, 2)
    expect(part('.sheaf-code-language').hidden).toBe(true)
  })

  it('ED-121 Tab stops once at the buttons above selected words, and the arrows go through them', () => {
    const editor = written('words')
    select(editor, 1, 4)
    const buttons = [...document.querySelectorAll<HTMLButtonElement>('.sheaf-selection-bubble button')]
    const stops = () => buttons.filter(({ tabIndex }) => tabIndex === 0).map(nameOf)
    expect(stops()).toEqual(['Bold'])
    press(editor, 'Alt-F10')
    key(focused() ?? document.body, 'ArrowRight')
    expect(stops()).toEqual(['Italic'])
    expect(focused()).toBe(buttons[1])
    key(focused() ?? document.body, 'ArrowLeft')
    key(focused() ?? document.body, 'ArrowLeft')
    expect(focused()).toBe(buttons.at(-1))
  })

  it('ED-122 a key opens the menu of the block at the cursor; arrows, Home and End go through it; Escape gives the focus back', () => {
    const editor = written('one')
    press(editor, 'Enter')
    type(editor, 'two')
    expect(press(editor, 'Alt-Shift-Enter')).toBe(true)
    const menu = part('.sheaf-block-menu')
    expect(menu.hidden).toBe(false)
    expect(part('.sheaf-block-handle').getAttribute('aria-expanded')).toBe('true')
    expect(focused()?.textContent).toBe('Move up')
    key(menu, 'End')
    expect(focused()?.textContent).toBe('Delete')
    key(menu, 'ArrowDown')
    expect(focused()?.textContent).toBe('Move up')
    key(menu, 'Escape')
    expect(menu.hidden).toBe(true)
    expect(focused()).toBe(editor.view.dom)
    press(editor, 'Alt-Shift-Enter')
    part('[role=menuitem]').click()
    expect(html(editor)).toBe('<p>two</p><p>one</p>')
    expect(focused()).toBe(editor.view.dom)
  })

  it('ED-123 nobody is caught: after Escape the next Tab leaves a list or a table', () => {
    const editor = written('- one')
    press(editor, 'Enter')
    type(editor, 'two')
    const { dom } = editor.view
    key(dom, 'Escape')
    expect(key(dom, 'Tab')).toBe(true)
    expect(html(editor)).toBe('<ul><li><p>one</p></li><li><p>two</p></li></ul>')
    expect(key(dom, 'Tab')).toBe(false)
    expect(html(editor)).toContain('<ul><li><p>two</p></li></ul>')
    key(dom, 'Escape')
    type(editor, 'x')
    key(dom, 'x')
    key(dom, 'Shift')
    expect(key(dom, 'Tab')).toBe(true)
    expect(SHORTCUTS.flatMap(({ shortcuts }) => shortcuts).map(({ keys }) => keys)).toContain('Escape')
  })

  it('ED-124 what the editor says is read out, the same words twice as well, in a region that was there before', () => {
    const editor = written('')
    const region = part('.sheaf-announcer')
    expect(region.getAttribute('aria-live')).toBe('polite')
    expect(region.style.display).not.toBe('none')
    const refuse = () => paste(editor, { 'text/plain': 'x'.repeat(300_000) })
    refuse()
    expect(said()).toContain('too long for one paste')
    expect(part('.sheaf-message').textContent).toContain('too long for one paste')
    const first = said()
    refuse()
    expect(said()).not.toBe(first)
    expect(said().trim()).toBe(first.trim())
    expect(part('.sheaf-announcer')).toBe(region)
  })

  it('ED-124 a message that is closed gives no name to anything any more', () => {
    const editor = written('')
    expect(part('.sheaf-message').hidden).toBe(true)
    paste(editor, { 'text/plain': 'x'.repeat(300_000) })
    expect(part('.sheaf-message').hidden).toBe(false)
    part('.sheaf-message button').click()
    expect(part('.sheaf-message').hidden).toBe(true)
  })
})

describe('what others do', () => {
  const join = (document: SharedDocument, id: number, name: string, cursor: unknown = null): void => {
    document.awareness.states.set(id, { user: { id: name, name, color: '#112233' }, cursor })
    document.awareness.meta.set(id, { clock: 1, lastUpdated: Date.now() })
    document.awareness.emit('change', [{ added: [id], updated: [], removed: [] }, 'remote'])
  }
  const leave = (document: SharedDocument, id: number): void => {
    document.awareness.states.delete(id)
    document.awareness.emit('change', [{ added: [], updated: [], removed: [id] }, 'remote'])
  }

  it('ED-125 is told to whoever asked for it, and to nobody else', () => {
    vi.useFakeTimers()
    const document = new SharedDocument()
    const editor = open(document)
    join(document, 1, 'Ada')
    vi.advanceTimersByTime(60_000)
    expect(said()).toBe('')
    editor.setAnnouncing(true)
    join(document, 2, 'Berta')
    leave(document, 1)
    vi.advanceTimersByTime(1_000)
    expect(said()).toBe('Berta joined. Ada left')
    editor.setAnnouncing(false)
    leave(document, 2)
    vi.advanceTimersByTime(60_000)
    expect(said()).toBe('Berta joined. Ada left')
  })

  it('ED-125 names the paragraph that somebody edits, and says nothing of one’s own edits and undo', async () => {
    vi.useFakeTimers()
    const [a, b] = [new SharedDocument(), new SharedDocument()]
    a.receive(
      writtenElsewhere((root) =>
        root.insert(
          0,
          ['one', 'two', 'three'].map((word) => element('paragraph', [text(word)])),
        ),
      ),
    )
    const first = open(a, { announce: true })
    connect(a, b)
    const second = open(b)
    select(second, 11)
    type(second, '!')
    vi.advanceTimersByTime(1_000)
    expect(said()).toBe('Somebody edits paragraph 3')
    select(first, 1)
    type(first, 'mine')
    first.commands.undo()
    vi.advanceTimersByTime(60_000)
    expect(said()).toBe('Somebody edits paragraph 3')
    b.awareness.setLocalState({ user: { id: 'ada', name: 'Ada' } })
    second.focus()
    second.view.dom.dispatchEvent(new Event('focusin'))
    join(a, 7, 'Ada', b.awareness.getLocalState()?.['cursor'])
    vi.advanceTimersByTime(6_000)
    expect(said()).toBe('Ada joined')
    type(second, '?')
    vi.advanceTimersByTime(10_000)
    expect(said()).toBe('Ada edits paragraph 3')
  })

  it('ED-126 news come at most every five seconds, and crowds are counted, not listed', () => {
    vi.useFakeTimers()
    const document = new SharedDocument()
    open(document, { announce: true })
    for (let id = 1; id <= 1_000; id++) join(document, id, `Person ${id}`)
    vi.advanceTimersByTime(1_000)
    expect(said()).toBe('1,000 people joined')
    join(document, 2_000, 'Ada')
    vi.advanceTimersByTime(4_900)
    expect(said()).toBe('1,000 people joined')
    vi.advanceTimersByTime(200)
    expect(said()).toBe('Ada joined')
    join(document, 2_001, 'x'.repeat(10_000))
    vi.advanceTimersByTime(60_000)
    expect(said().length).toBeLessThan(100)
  })

  it('ED-126 a destroyed editor tells nothing any more', () => {
    vi.useFakeTimers()
    const document = new SharedDocument()
    const before = vi.getTimerCount()
    const editor = open(document, { announce: true })
    join(document, 1, 'Ada')
    expect(vi.getTimerCount()).toBeGreaterThan(before)
    editor.destroy()
    expect(vi.getTimerCount()).toBe(before)
  })
})

describe('the words of the interface', () => {
  it('ED-127 are all taken from one table, which an application can replace', async () => {
    const marked = Object.fromEntries(Object.entries(ENGLISH).map(([name, word]) => [name, `§${word}`]))
    const editor = await everything({ words: marked })
    select(editor, 3, 6)
    editor.editLink()
    const own = new Set(Object.values(marked))
    const named = [...document.querySelectorAll('.sheaf-editor *, .sheaf-content')].filter(
      (found) => found.closest('.sheaf-content') === null || found.classList.contains('sheaf-content'),
    )
    for (const found of named)
      for (const name of ['aria-label', 'placeholder', 'title'])
        if (found.hasAttribute(name)) expect(found.getAttribute(name), found.outerHTML.slice(0, 100)).toMatch(/^$|^§/)
    for (const button of document.querySelectorAll('.sheaf-editor :is(button, h2, h3, dt)'))
      if (/\w/.test(button.textContent) && button.textContent !== 'Aa') expect(own).toContain(button.textContent)
    expect(part('.sheaf-message').textContent).toMatch(/^§/)
    expect(editor.words.bold).toBe('§Bold')
  })

  it('ED-127 every button and every key names its word, and English is what is left out', () => {
    for (const { word, label } of [...TOOLBAR_GROUPS.flat(), ...TABLE_ITEMS]) expect(ENGLISH[word]).toBe(label)
    for (const { word, title, shortcuts } of SHORTCUTS) {
      expect(ENGLISH[word]).toBe(title)
      for (const shortcut of shortcuts) expect(ENGLISH[shortcut.word]).toBe(shortcut.label)
    }
    const editor = written('', { words: { bold: 'Fett' } })
    expect([editor.words.bold, editor.words.italic]).toEqual(['Fett', 'Italic'])
    expect(filled('{a} of {b} {c}', { a: 1, b: '{a}' })).toBe('1 of {a} {c}')
  })

  it('ED-128 commands can be chained, each on what those before it made', () => {
    const editor = written('words')
    editor.view.dom.blur()
    const chain = editor.chain().focus().setHeading(2).insertText('!').toggleBulletList()
    expect(html(editor)).toBe('<p>words</p>')
    expect(chain.run()).toBe(true)
    expect(html(editor)).toBe('<ul><li><h2>words!</h2></li></ul>')
    expect(focused()).toBe(editor.view.dom)
    expect(editor.chain().deleteTable().insertText('?').run()).toBe(false)
    expect(html(editor)).toContain('words!?')
  })

  it('ED-128 a chain can be asked about, and changes nothing', () => {
    const editor = written('words')
    const before = editor.view.state
    expect(editor.can().chain().focus().setHeading(2).insertText('!').toggleBulletList().run()).toBe(true)
    // There is a table to delete only after the first of them.
    expect(editor.can().chain().insertTable({ rows: 2, columns: 2 }).deleteTable().run()).toBe(true)
    expect(editor.can().chain().deleteTable().insertText('?').run()).toBe(false)
    expect(editor.can().chain().undo().run()).toBe(true)
    const chain = editor.can().chain()
    expect(chain.insertTable({ rows: 2, columns: 2 }).run()).toBe(true)
    expect(chain.deleteTable().run()).toBe(false)
    expect(editor.view.state).toBe(before)
    expect(html(editor)).toBe('<p>words</p>')
  })
})
