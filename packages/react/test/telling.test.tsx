import type { SheafDocument } from '@sheaf/client-sdk'
import { createTestWorld, fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import type { TestWorld } from '@sheaf/client-sdk/testing'
import { act, cleanup, render, screen } from '@testing-library/react'
import { StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { XmlElement, XmlText } from 'yjs'
import { Inspector, SheafEditor, SheafProvider } from '../src/index.ts'

let world: TestWorld | null = null

afterEach(async () => {
  cleanup()
  document.body.replaceChildren()
  vi.restoreAllMocks()
  await world?.close()
  world = null
})

async function opened(): Promise<{ ours: TestWorld; sheaf: SheafDocument; write: () => void }> {
  const ours = createTestWorld()
  world = ours
  const sheaf = ours.person('Ada').open('minutes')
  await ours.settled()
  const write = (): void => {
    const paragraph = new XmlElement('paragraph')
    paragraph.insert(0, [new XmlText('Hello')])
    sheaf.ydoc.getXmlFragment('content').insert(0, [paragraph])
  }
  return { ours, sheaf, write }
}

/** Whether the browser would ask before the page is left. */
function asks(): boolean {
  const leaving = new Event('beforeunload', { cancelable: true })
  window.dispatchEvent(leaving)
  return leaving.defaultPrevented
}

describe('what is told, and how often', () => {
  it('RB-45 the inspector says that every edit is durable, however much was written before it was opened', async () => {
    const { ours, sheaf, write } = await opened()
    write()
    await ours.settled()
    render(<Inspector document={sheaf} />)
    expect(screen.getByRole('table').querySelector('td')?.textContent).toBe('Nothing is waiting.')
    expect(screen.getByRole('status').textContent).toBe('Every edit is durable.')
  })

  it('RB-45 of a device that keeps nothing it says that words are in this page', async () => {
    const lost = fakeDocument({
      device: 'keeps-nothing',
      saveState: 'unsaved',
      connection: 'offline',
      outbox: ['gathering'],
    })
    render(<Inspector document={lost} />)
    expect(screen.getByRole('status').textContent).toBe('Edits wait in this page for a connection. Keep it open.')
  })

  it('RB-46 the browser asks before edits are lost with the page, as long as the editor is there', async () => {
    const { ours, sheaf, write } = await opened()
    const { rerender } = render(<SheafEditor document={sheaf} />, { wrapper: StrictMode })
    expect(asks()).toBe(false)
    act(() => write())
    expect(asks()).toBe(true)
    rerender(<SheafEditor document={sheaf} leaveWarning={false} />)
    expect(asks()).toBe(false)
    rerender(<SheafEditor document={sheaf} />)
    expect(asks()).toBe(true)
    rerender(<p>Gone</p>)
    expect(asks()).toBe(false)
    await act(() => ours.settled())
  })

  it('RB-47 a right that went away is told above the text only', async () => {
    const fake = fakeDocument({ id: 'a', text: 'Hello' })
    const { container } = render(<SheafEditor document={fake} />)
    await act(async () => container.querySelector<HTMLElement>('.ProseMirror')?.focus())
    await act(async () => fake.change({ role: 'viewer', editable: false }))
    expect(screen.getByRole('alert').textContent).toMatch(/^Your right to edit was withdrawn/)
    expect(container.querySelector('.sheaf-message')?.textContent).not.toMatch(/cannot change/)
  })

  it('RB-48 on a Mac, the toolbar of a server is taken over without a complaint, and then names the keys of a Mac', async () => {
    const client = fakeClient()
    const page = document.createElement('div')
    document.body.append(page)
    const node = (
      <SheafProvider client={client}>
        <SheafEditor document={null} toolbar />
      </SheafProvider>
    )
    page.innerHTML = renderToString(node)
    const bold = () => page.querySelector('[aria-label=Bold]')?.getAttribute('title')
    expect(bold()).toBe('Bold (Ctrl+B)')
    vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue('Macintosh; Intel Mac OS X')
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const recovered = vi.fn()
    const root = await act(async () => hydrateRoot(page, node, { onRecoverableError: recovered }))
    expect(bold()).toBe('Bold (⌘B)')
    const said = complaints.mock.calls.map((words) => words.join(' ')).filter((words) => /hydrat|match/i.test(words))
    expect([said, recovered.mock.calls]).toEqual([[], []])
    await act(async () => root.unmount())
  })
})
