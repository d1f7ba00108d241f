import { SheafError } from '@sheaf/client-sdk'
import type { Version } from '@sheaf/client-sdk'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { StrictMode } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  ContentView,
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  SheafProvider,
  VersionHistory,
  useDocument,
  useDocumentStatus,
  usePresence,
} from '../src/index.ts'
import type { Editor } from '@sheaf/client-sdk/editor'
import { fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'

afterEach(cleanup)

const show = (client: FakeClient, node: ReactNode) =>
  render(
    <StrictMode>
      <SheafProvider client={client}>{node}</SheafProvider>
    </StrictMode>,
  )

function Opened({ id }: { id: string }): ReactElement {
  const document = useDocument(id)
  const status = useDocumentStatus(document)
  return <p>{document === null ? 'nothing' : `${document.id} ${status?.saveState}`}</p>
}

describe('useDocument', () => {
  it('RB-1 opens one session under StrictMode, and ends it when the component goes', async () => {
    const client = fakeClient()
    const view = show(client, <Opened id="a" />)
    expect(screen.getByText('a saved')).toBeTruthy()
    await act(async () => Promise.resolve())
    expect(client.sessions).toBe(1)
    expect(client.holders('a')).toBe(1)
    view.unmount()
    await Promise.resolve()
    expect(client.openDocuments).toEqual([])
  })

  it('RB-2 components that open the same document share it', async () => {
    const client = fakeClient()
    show(
      client,
      <>
        <Opened id="a" />
        <Opened id="a" />
      </>,
    )
    await act(async () => Promise.resolve())
    expect(client.sessions).toBe(1)
    expect(client.holders('a')).toBe(2)
  })

  it('RB-3 another id closes the old document and never shows it under the new id', async () => {
    const client = fakeClient()
    const rendered: string[] = []
    function Asked({ id }: { id: string }): ReactElement {
      const document = useDocument(id)
      rendered.push(`${id} shows ${document?.id ?? 'nothing'}`)
      return <Opened id={id} />
    }
    const view = show(client, <Asked id="a" />)
    view.rerender(
      <StrictMode>
        <SheafProvider client={client}>
          <Asked id="b" />
        </SheafProvider>
      </StrictMode>,
    )
    await act(async () => Promise.resolve())
    expect(new Set(rendered)).toEqual(new Set(['a shows nothing', 'a shows a', 'b shows nothing', 'b shows b']))
    expect(view.container.textContent).toBe('b saved')
    expect(client.openDocuments).toEqual(['b'])
  })

  it('RB-4 renders on a server without opening anything', () => {
    const client = fakeClient()
    const html = renderToString(
      <SheafProvider client={client}>
        <Opened id="a" />
        <SheafEditor document={null} toolbar />
        <SaveStatus document={null} />
        <PresenceAvatars document={null} />
      </SheafProvider>,
    )
    expect(html).toContain('nothing')
    expect(html).toContain('Opening…')
    expect(client.sessions).toBe(0)
  })

  it('RB-5 without a provider says what is missing', () => {
    const silent = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(() => render(<Opened id="a" />)).toThrow('SheafProvider')
    silent.mockRestore()
  })
})

describe('components', () => {
  it('RB-6 SaveStatus follows the document and is never more than true', () => {
    const document = fakeDocument({ id: 'a' })
    render(<SaveStatus document={document} />)
    const status = screen.getByRole('status', { name: 'Save status' })
    expect(status.textContent).toBe('Saved')
    act(() => document.change({ saveState: 'saving', unsavedChanges: 1 }))
    expect(status.textContent).toBe('Saving…')
    act(() => document.change({ saveState: 'unsaved', unsavedChanges: 12, connection: 'offline' }))
    expect(status.textContent).toBe('Offline – 12 changes on this device')
    act(() => document.change({ saveState: 'refused', editable: false, error: new SheafError('forbidden') }))
    expect(status.textContent).toMatch(/^Read only: .*12 changes kept/)
  })

  it('RB-7 PresenceAvatars names everybody and counts those who have no room', () => {
    const document = fakeDocument({ id: 'a' })
    const renders = vi.fn()
    function Names(): ReactElement {
      renders()
      return (
        <p data-testid="names">
          {usePresence(document)
            .map(({ name }) => name)
            .join()}
        </p>
      )
    }
    render(
      <>
        <PresenceAvatars document={document} max={3} />
        <Names />
      </>,
    )
    expect(screen.queryByRole('list')).toBeNull()
    act(() => {
      for (const name of ['Ada', 'Ben', 'Cleo', 'Dan']) document.join(name)
    })
    expect(screen.getByTestId('names').textContent).toBe('Ada,Ben,Cleo,Dan')
    expect(screen.getAllByRole('img').map((avatar) => avatar.getAttribute('aria-label'))).toEqual(['Ada', 'Ben'])
    expect(screen.getByTitle('Cleo, Dan').textContent).toBe('+2')
    const before = renders.mock.calls.length
    const { awareness } = document
    const [ada] = [...awareness.states].find(([, state]) => state['user']?.name === 'Ada') ?? [0]
    awareness.states.set(ada, { ...awareness.states.get(ada), cursor: {} })
    act(() => awareness.emit('change', [{ added: [], updated: [ada], removed: [] }, 'remote']))
    expect(renders.mock.calls.length).toBe(before)
  })

  it('RB-8 SheafEditor puts one editor onto the page under StrictMode, with a toolbar that works', async () => {
    const document = fakeDocument({ id: 'a' })
    const editors: (Editor | null)[] = []
    const onEditor = (editor: Editor | null) => void editors.push(editor)
    const view = render(
      <StrictMode>
        <SheafEditor document={document} toolbar placeholder="Write" ariaLabel="Notes" onEditor={onEditor} />
      </StrictMode>,
    )
    expect(view.container.querySelectorAll('.sheaf-content')).toHaveLength(1)
    const editor = editors.at(-1)
    expect(screen.getByRole('textbox', { name: 'Notes' })).toBe(editor?.view.dom)
    const bold = screen.getByRole('button', { name: 'Bold' })
    expect(bold.getAttribute('aria-pressed')).toBe('false')
    fireEvent.click(bold)
    expect(bold.getAttribute('aria-pressed')).toBe('true')
    fireEvent.change(screen.getByRole('combobox', { name: 'Text style' }), { target: { value: 'heading-2' } })
    expect(editor?.isActive('heading', { level: 2 })).toBe(true)
    act(() => document.change({ editable: false }))
    expect(bold).toHaveProperty('disabled', true)
    view.unmount()
    expect(editors.at(-1)).toBeNull()
    expect(globalThis.document.querySelector('.sheaf-content')).toBeNull()
    expect(document.listeners).toBe(0)
  })

  it('RB-9 the link form sets a link, refuses an unsafe one, and takes one away', () => {
    const document = fakeDocument({ id: 'a' })
    let editor: Editor | null = null
    render(<SheafEditor document={document} toolbar onEditor={(value) => void (editor = value)} />)
    const html = () => editor?.view.dom.querySelector('a')?.getAttribute('href') ?? null
    const enter = (href: string) => {
      if (screen.queryByRole('textbox', { name: 'Link address' }) === null)
        fireEvent.click(screen.getByRole('button', { name: 'Link' }))
      const field = screen.getByRole('textbox', { name: 'Link address' })
      fireEvent.change(field, { target: { value: href } })
      fireEvent.submit(field)
    }
    enter('javascript:alert(1)')
    expect(html()).toBeNull()
    expect(screen.getByRole('textbox', { name: 'Link address' }).getAttribute('aria-invalid')).toBe('true')
    enter('example.com')
    expect(html()).toBe('https://example.com')
    expect(screen.queryByRole('textbox', { name: 'Link address' })).toBeNull()
    enter('')
    expect(html()).toBeNull()
  })

  it('RB-10 VersionHistory lists versions by name or kind, and offers what it may', async () => {
    const version: Version = {
      id: '1',
      seq: 5,
      kind: 'auto',
      name: null,
      authors: [{ id: 'a', displayName: 'Ada' }],
      createdAt: '2026-01-02T03:04:05.000Z',
    }
    const client = fakeClient({ versions: [version, { ...version, id: '2', name: 'Draft' }] })
    const [selected, restored] = [vi.fn(), vi.fn()]
    show(client, <VersionHistory versions="a" onSelect={selected} onRestore={restored} />)
    expect(await screen.findByText('Draft')).toBeTruthy()
    expect(screen.getByText('Saved while writing')).toBeTruthy()
    fireEvent.click(screen.getByText('Draft'))
    expect(selected).toHaveBeenCalledWith(expect.objectContaining({ id: '2' }))
    fireEvent.click(screen.getAllByRole('button', { name: 'Restore' })[0]!)
    expect(restored).toHaveBeenCalledWith(version)
  })

  it('RB-12 the toolbar offers images where they are taken, and what changes a table inside of one', async () => {
    const document = fakeDocument({ id: 'a' })
    let current: Editor | null = null
    const onEditor = (editor: Editor | null) => void (current = editor)
    const uploads: string[] = []
    const page = (name: string | null) => (
      <SheafEditor
        document={document}
        toolbar
        onEditor={onEditor}
        {...(name === null
          ? {}
          : { uploadImage: () => (uploads.push(name), Promise.resolve('/a.png')), parts: { find: false } })}
      />
    )
    const view = render(page(null))
    expect(screen.queryByRole('button', { name: 'Image' })).toBeNull()
    view.unmount()
    const { rerender } = render(page('first'))
    expect(screen.getByRole('button', { name: 'Image' })).toHaveProperty('disabled', false)
    expect(screen.queryByRole('button', { name: 'Add row below' })).toBeNull()
    fireEvent.click(screen.getByRole('button', { name: 'Table' }))
    fireEvent.click(screen.getByRole('button', { name: 'Add row below' }))
    const before = current
    rerender(page('second'))
    expect(current).toBe(before)
    const editor = before as Editor | null
    expect(editor?.view.dom.querySelectorAll('tr')).toHaveLength(4)
    await act(async () => {
      editor?.addImages([new File(['x'], 'a.png', { type: 'image/png' })])
      await Promise.resolve()
    })
    expect(uploads).toEqual(['second'])
  })

  it('RB-11 ContentView draws content, and says so where it cannot', () => {
    const paragraph = { type: 'paragraph', content: [{ type: 'text', text: 'Hello' }] }
    const view = render(<ContentView content={{ type: 'doc', content: [paragraph] }} ariaLabel="Version" />)
    expect(screen.getByRole('document', { name: 'Version' }).innerHTML).toBe('<p dir="auto">Hello</p>')
    view.rerender(<ContentView content={{ type: 'doc', content: [{ type: 'diagram' }] }} />)
    expect(screen.getByRole('status').textContent).toContain('another version')
  })
})
