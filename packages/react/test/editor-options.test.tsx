import { presenceColor, SheafError } from '@sheaf/client-sdk'
import type { Editor } from '@sheaf/client-sdk/editor'
import { sheafSchema } from '@sheaf/client-sdk/editor'
import { fakeDocument } from '@sheaf/client-sdk/testing'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { Plugin } from 'prosemirror-state'
import { StrictMode } from 'react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  ContentView,
  Inspector,
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  Toolbar,
  VersionHistory,
} from '../src/index.ts'
import type { SheafEditorProps } from '../src/index.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

/** An editor on the page, of which the props can be changed. */
function editorWith(props: Partial<SheafEditorProps> = {}) {
  const opened = fakeDocument({ id: 'a' })
  const editors: Editor[] = []
  const onEditor = (editor: Editor | null): void => {
    if (editor !== null) editors.push(editor)
  }
  const page = (more: Partial<SheafEditorProps>) => <SheafEditor document={opened} onEditor={onEditor} {...more} />
  const { rerender, container } = render(page(props))
  const current = (): Editor => {
    const editor = editors.at(-1)
    if (editor === undefined) throw new Error('there is no editor')
    return editor
  }
  return { opened, editors, current, container, change: (more: Partial<SheafEditorProps>) => rerender(page(more)) }
}

const text = (words: string) => (editor: Editor) => editor.view.dispatch(editor.view.state.tr.insertText(words))

describe('the options of an editor', () => {
  it('RB-41 every option reaches the editor', () => {
    const seen = vi.fn()
    const plugin = new Plugin({ props: { attributes: { 'data-plugin': 'yes' } } })
    const { current } = editorWith({
      schema: sheafSchema,
      plugins: [plugin],
      placeholder: 'Write',
      ariaLabel: 'Notes',
      editable: true,
      announce: true,
      words: { bold: 'Fett' },
      maxImageBytes: 10,
      parts: { find: false },
      uploadImage: () => Promise.resolve('/a.png'),
      onMessage: seen,
      onChange: seen,
      foreignMessage: 'Foreign',
    })
    const { view, words, takesImages } = current()
    expect(view.dom.getAttribute('aria-label')).toBe('Notes')
    expect(view.dom.dataset['plugin']).toBe('yes')
    expect(words.bold).toBe('Fett')
    expect(takesImages).toBe(true)
    act(() => text('x')(current()))
    expect(seen).toHaveBeenCalledWith(current())
    act(() => current().addImages([new File(['longer than ten bytes'], 'a.png', { type: 'image/png' })]))
    expect(seen).toHaveBeenCalledWith(expect.objectContaining({ code: 'image-too-large' }))
  })

  it('RB-41 a toolbar speaks the words of its editor', () => {
    editorWith({ toolbar: true, words: { bold: 'Fett', heading1: 'Überschrift 1', link: 'Verweis' } })
    expect(screen.getByRole('button', { name: 'Fett' }).title).toMatch(/^Fett \(/)
    expect(screen.getByRole('option', { name: 'Überschrift 1' })).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Verweis' })).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Italic' })).toBeTruthy()
  })

  it('RB-41 what is written in the component anew at each render makes no other editor', () => {
    const plugin = new Plugin({})
    const written = (onChange: () => void): Partial<SheafEditorProps> => ({
      plugins: [plugin],
      parts: { find: false },
      words: { bold: 'Fett' },
      onChange,
    })
    const [first, second] = [vi.fn(), vi.fn()]
    const { editors, current, change } = editorWith(written(first))
    change(written(second))
    change({ ...written(second), editable: false })
    expect(editors).toHaveLength(1)
    expect(current().getSnapshot().editable).toBe(false)
    change({ ...written(second), announce: true })
    expect(editors).toHaveLength(1)
    first.mockClear()
    act(() => text('x')(current()))
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1])
  })

  it('RB-41 another value of the rest makes another editor, of the same content', () => {
    const { editors, current, change, container } = editorWith({ placeholder: 'One' })
    act(() => text('kept')(current()))
    change({ placeholder: 'Two' })
    change({ placeholder: 'Two', words: { bold: 'Fett' } })
    change({ placeholder: 'Two', plugins: [new Plugin({})] })
    expect(editors).toHaveLength(4)
    expect(container.querySelectorAll('.sheaf-content')).toHaveLength(1)
    expect(container.querySelector('.sheaf-content')?.textContent).toBe('kept')
  })
})

describe('the toolbar', () => {
  it('RB-40 is one stop of the Tab key, under StrictMode too; arrows, Home and End go through it', async () => {
    const opened = fakeDocument({ id: 'a' })
    render(<SheafEditor document={opened} toolbar />, { wrapper: StrictMode })
    const toolbar = screen.getByRole('toolbar', { name: 'Formatting' })
    const stops = () =>
      [...toolbar.querySelectorAll<HTMLElement>('button, select')]
        .filter((control) => control.tabIndex === 0 && !control.matches(':disabled'))
        .map((control) => control.getAttribute('aria-label'))
    await vi.waitFor(() => expect(stops()).toEqual(['Text style']))
    act(() => screen.getByRole('combobox', { name: 'Text style' }).focus())
    const go = (key: string): string | null | undefined => {
      fireEvent.keyDown(document.activeElement ?? toolbar, { key })
      return document.activeElement?.getAttribute('aria-label')
    }
    expect(['ArrowRight', 'ArrowRight', 'End', 'ArrowRight', 'ArrowLeft', 'Home'].map(go)).toEqual([
      'Bold',
      'Italic',
      'Table',
      'Text style',
      'Table',
      'Text style',
    ])
    act(() => screen.getByRole('button', { name: 'Italic' }).focus())
    expect(stops()).toEqual(['Italic'])
  })
})

describe('the notice of an editor', () => {
  it('RB-42 says why the document became read-only, and gives unsent edits for a download', async () => {
    const { opened } = editorWith()
    expect(screen.queryByRole('alert')).toBeNull()
    const error = new SheafError('refused', { message: 'Too long.' })
    act(() => opened.change({ editable: false, saveState: 'refused', unsavedChanges: 2, error }))
    expect(screen.getByRole('alert').textContent).toContain('Too long.')
    expect(screen.getByRole('alert').dataset['kind']).toBe('blocked')
    const downloads: string[] = []
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      downloads.push(`${this.download} ${this.href.slice(0, 5)}`)
    })
    await act(async () => fireEvent.click(screen.getByRole('button', { name: 'Download unsaved changes' })))
    expect(downloads).toEqual(['unsaved-a.yjs blob:'])
    act(() => opened.change({ editable: true, saveState: 'saved', unsavedChanges: 0, error: null }))
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('RB-42 a withdrawn right is news only to who could write', () => {
    const { opened } = editorWith()
    act(() => opened.change({ role: 'viewer', editable: false }))
    expect(screen.getByRole('alert').textContent).toMatch(/^Your right to edit was withdrawn/)
    cleanup()
    const reader = fakeDocument({ id: 'b' })
    reader.change({ role: 'viewer', editable: false })
    render(<SheafEditor document={reader} />)
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('RB-42 leaves it to the application on request', () => {
    const { opened } = editorWith({ notice: false })
    act(() => opened.change({ editable: false, error: new SheafError('document-deleted') }))
    expect(screen.queryByRole('alert')).toBeNull()
  })
})

describe('looks', () => {
  it('RB-43 every component takes a class beside its own, and none sets a layout of its own', () => {
    const opened = fakeDocument({ id: 'a' })
    opened.join('Ada')
    const doc = opened
    const versions = { status: 'ready', versions: [], hasMore: false, error: null } as const
    const history = { getSnapshot: () => versions, subscribe: () => () => undefined, reload: () => Promise.resolve() }
    const { container } = render(
      <>
        <SheafEditor document={doc} className="x" toolbar />
        <Toolbar editor={null} className="x" />
        <SaveStatus document={doc} className="x" />
        <SaveStatus document={doc} className="x" details />
        <PresenceAvatars document={doc} className="x" />
        <ContentView content={{ type: 'doc', content: [{ type: 'paragraph' }] }} className="x" />
        <Inspector document={doc} className="x" />
        <VersionHistory document={doc} className="x" versions={{ ...versions, history: history as never }} />
      </>,
    )
    expect([...container.children].map(({ className }) => className)).toEqual([
      'x',
      'sheaf-toolbar x',
      'sheaf-save-status x',
      'sheaf-save x',
      'sheaf-avatars x',
      'sheaf-editor x',
      'sheaf-inspector x',
      'sheaf-version-panel x',
    ])
    const styles = [...container.querySelectorAll<HTMLElement>('[style]')]
      .filter((element) => element.closest('.ProseMirror, .sheaf-editor') === null)
      .map((element) => element.getAttribute('style'))
    expect(styles).toEqual([`--sheaf-avatar-color: ${presenceColor('ada')};`])
  })
})
