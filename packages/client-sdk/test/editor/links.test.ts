// @vitest-environment happy-dom
import { TextSelection } from 'prosemirror-state'
import { afterEach, describe, expect, it } from 'vitest'
import type { Editor } from '../../src/editor/index.ts'
import { SharedDocument, html, open, paste, press, type } from './shared-document.ts'

afterEach(() => {
  document.body.replaceChildren()
})

const LINK = 'rel="noopener noreferrer nofollow" target="_blank"'

const written = (words: string): Editor => {
  const editor = open(new SharedDocument())
  type(editor, words)
  editor.focus()
  return editor
}
const select = (editor: Editor, from: number, to = from) =>
  editor.view.dispatch(editor.view.state.tr.setSelection(TextSelection.create(editor.view.state.doc, from, to)))

const bubble = (): HTMLElement => {
  const box = document.querySelector<HTMLElement>('.sheaf-link-bubble')
  if (box === null) throw new Error('There is no bubble')
  return box
}
const address = (): HTMLInputElement => {
  const input = bubble().querySelector('input')
  if (input === null) throw new Error('There is no field')
  return input
}
const submit = (value: string): void => {
  address().value = value
  bubble()
    .querySelector('form')
    ?.dispatchEvent(new Event('submit', { cancelable: true }))
}

describe('links', () => {
  it('ED-80 Mod+K opens the form for the selected words, Enter sets the link, and the words stay selected', () => {
    const editor = written('some words')
    select(editor, 1, 5)
    expect(press(editor, 'Ctrl-k')).toBe(true)
    expect(bubble().hidden).toBe(false)
    expect(document.activeElement).toBe(address())
    submit('example.com')
    expect(html(editor)).toBe(`<p><a href="https://example.com" ${LINK}>some</a> words</p>`)
    expect(editor.view.state.selection.to).toBe(5)
    expect(bubble().querySelector('form')?.hidden).toBe(true)
  })

  it('ED-80 the form changes the link at the cursor, and an empty address takes it away', () => {
    const editor = written('word')
    select(editor, 1, 5)
    editor.commands.setLink({ href: 'example.com' })
    select(editor, 3)
    press(editor, 'Ctrl-k')
    expect(address().value).toBe('https://example.com')
    submit('example.org/a')
    expect(html(editor)).toContain('href="https://example.org/a"')
    press(editor, 'Ctrl-k')
    submit(' ')
    expect(html(editor)).toBe('<p>word</p>')
  })

  it('ED-80 an unsafe address is refused in words and changes nothing; Escape leaves everything as it was', () => {
    const editor = written('word')
    select(editor, 1, 5)
    press(editor, 'Ctrl-k')
    submit('javascript:alert(1)')
    expect(html(editor)).not.toContain('<a')
    expect(address().getAttribute('aria-invalid')).toBe('true')
    expect(bubble().querySelector('[role=alert]')?.textContent).toContain('no address')
    address().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    expect(bubble().querySelector('form')?.hidden).toBe(true)
    expect(html(editor)).toBe('<p>word</p>')
  })

  it('ED-80 there is no form in code, for readers, and in an editor that has its own', () => {
    const code = written('``` x')
    expect(press(code, 'Ctrl-k')).toBe(false)
    const own = open(new SharedDocument(), { parts: { linkForm: false } })
    type(own, 'word')
    select(own, 1, 5)
    expect(press(own, 'Ctrl-k')).toBe(false)
    const document = new SharedDocument({ editable: false })
    expect(press(open(document), 'Ctrl-k')).toBe(false)
  })

  it('ED-81 an address becomes a link when a space or Enter follows, without the sign that ends the sentence', () => {
    const editor = written('see https://example.com/a_(b), ')
    expect(html(editor)).toBe(`<p>see <a href="https://example.com/a_(b)" ${LINK}>https://example.com/a_(b)</a>, </p>`)
    type(editor, 'www.example.org.')
    press(editor, 'Enter')
    expect(html(editor)).toContain(`<a href="https://www.example.org" ${LINK}>www.example.org</a>.</p><p></p>`)
  })

  it('ED-81 what is no address, is code, or was taken back stays words', () => {
    expect(html(written('javascript://alert(1) '))).not.toContain('<a')
    expect(html(written('http://x '))).not.toContain('<a')
    expect(html(written('a `https://example.com ` b '))).not.toContain('<a')
    const editor = written('https://example.com ')
    expect(html(editor)).toContain('<a')
    press(editor, 'Backspace')
    expect(html(editor)).not.toContain('<a')
    expect(html(editor)).toContain('https://example.com')
  })

  it('ED-82 an address that is pasted over words links them, and without words is written as a link', () => {
    const editor = written('some words')
    select(editor, 1, 5)
    paste(editor, { 'text/plain': 'https://example.com' })
    expect(html(editor)).toBe(`<p><a href="https://example.com" ${LINK}>some</a> words</p>`)
    select(editor, 11)
    paste(editor, { 'text/plain': ' https://example.org ' })
    expect(html(editor)).toContain(`<a href="https://example.org" ${LINK}>https://example.org</a>`)
  })

  it('ED-82 an address that is pasted into a link or into code changes neither', () => {
    const editor = written('word')
    select(editor, 1, 5)
    editor.commands.setLink({ href: 'example.com' })
    select(editor, 3)
    paste(editor, { 'text/plain': 'https://example.org' })
    expect(html(editor)).toContain('href="https://example.com"')
    expect(html(editor)).not.toContain('href="https://example.org"')
  })
})
