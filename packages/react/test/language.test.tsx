import { SheafError } from '@sheaf/client-sdk'
import type { Editor, Words } from '@sheaf/client-sdk/editor'
import { fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import { TextSelection } from 'prosemirror-state'
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { Inspector, SaveStatus, SheafEditor, SheafProvider, Toolbar, useLanguage } from '../src/index.ts'

const german: Partial<Words> = {
  bold: 'Fett',
  saved: 'Gespeichert',
  document: 'Text',
  keptOnDevice: { one: '{count} Änderung hier', other: '{count} Änderungen hier' },
  cutOff: '{connection}: {kept}',
  'connection-reconnecting': 'Neue Verbindung',
  'error-forbidden': 'Kein Zugang mehr.',
}
const arabic: Partial<Words> = { bold: 'غامق', saved: 'محفوظ', document: 'نص' }

afterEach(() => {
  cleanup()
  document.body.replaceChildren()
})

describe('the language of the page', () => {
  it('RB-70 is given once, by the provider, for components and editors; what is missing is English', () => {
    const fake = fakeDocument({ text: 'Hello' })
    render(
      <SheafProvider client={fakeClient()} words={german} locale="de">
        <SaveStatus document={fake} />
        <SheafEditor document={fake} toolbar />
        <Toolbar editor={null} />
      </SheafProvider>,
    )
    expect(screen.getByText('Gespeichert')).toBeTruthy()
    expect(screen.getByRole('textbox', { name: 'Text' })).toBeTruthy()
    expect(screen.getAllByRole('button', { name: 'Fett' })).toHaveLength(2)
    expect(screen.getAllByRole('button', { name: 'Italic' })).toHaveLength(2)
    act(() => fake.change({ connection: 'reconnecting', saveState: 'unsaved', unsavedChanges: 1234 }))
    expect(screen.getByText('Neue Verbindung: 1.234 Änderungen hier')).toBeTruthy()
    act(() => fake.fail(new SheafError('forbidden')))
    expect(screen.getByRole('alert').textContent).toContain('Kein Zugang mehr.')
  })

  it('RB-70 the words of one editor win for it, its toolbar and its notice; an inner provider tells only what differs', () => {
    const fake = fakeDocument({ role: 'editor', error: new SheafError('forbidden'), editable: false })
    const Told = () => {
      const { words, locale } = useLanguage()
      return <p data-testid="told">{`${locale} ${words.saved} ${words.bold} ${words.italic}`}</p>
    }
    render(
      <SheafProvider client={fakeClient()} words={german} locale="de">
        <SheafEditor document={fake} toolbar words={{ bold: 'Dick', 'error-forbidden': 'Weg.' }} />
        <SheafProvider client={fakeClient()} words={{ bold: 'Feist' }}>
          <Told />
        </SheafProvider>
      </SheafProvider>,
    )
    expect(screen.getByRole('button', { name: 'Dick' })).toBeTruthy()
    expect(screen.getByRole('textbox', { name: 'Text' })).toBeTruthy()
    expect(screen.getByRole('alert').textContent).toContain('Weg.')
    expect(screen.getByTestId('told').textContent).toBe('de Gespeichert Feist Italic')
  })

  it('RB-72 another language takes effect at once, and keeps text, caret, focus and undo', async () => {
    const fake = fakeDocument({ text: 'Hello world' })
    let editor: Editor | null = null
    const page = (words: Partial<Words>, locale: string) => (
      <StrictMode>
        <SheafProvider client={fakeClient()} words={{ ...words }} locale={locale}>
          <SaveStatus document={fake} />
          <SheafEditor document={fake} toolbar onEditor={(made) => (editor = made)} />
          <Inspector document={fake} />
        </SheafProvider>
      </StrictMode>
    )
    const now = (): Editor => editor ?? expect.fail('there is no editor')
    const { rerender, container } = render(page(german, 'de'))
    await act(async () => {
      now().focus()
      const { state, dispatch } = now().view
      dispatch(state.tr.insertText('!', 12))
      dispatch(now().view.state.tr.setSelection(TextSelection.create(now().view.state.doc, 3, 8)))
    })
    const before = now()
    rerender(page(german, 'de'))
    expect(now()).toBe(before)
    rerender(page(arabic, 'ar'))
    expect(now()).not.toBe(before)
    expect(container.querySelectorAll('.ProseMirror')).toHaveLength(1)
    expect(screen.getByText('محفوظ')).toBeTruthy()
    expect(screen.getByRole('textbox', { name: 'نص' }).textContent).toBe('Hello world!')
    expect(screen.getByRole('button', { name: 'غامق' })).toBeTruthy()
    const { from, to } = now().view.state.selection
    expect([from, to, now().view.hasFocus()]).toEqual([3, 8, true])
    expect(now().commands.undo()).toBe(true)
    expect(now().view.state.doc.textContent).toBe('Hello world')
  })

  it('RB-72 another document does not get the caret of the one before', async () => {
    let editor: Editor | null = null
    const page = (document: ReturnType<typeof fakeDocument>) => (
      <SheafEditor document={document} onEditor={(made) => (editor = made)} />
    )
    const now = (): Editor => editor ?? expect.fail('there is no editor')
    const { rerender } = render(page(fakeDocument({ id: 'a', text: 'Same' })))
    await act(async () => now().focus())
    rerender(page(fakeDocument({ id: 'b', text: 'Same' })))
    expect(now().view.hasFocus()).toBe(false)
  })
})
