import { fakeClient } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'
import { act, cleanup, screen } from '@testing-library/react'
import { PassThrough } from 'node:stream'
import { StrictMode, Suspense, version } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToPipeableStream, renderToString } from 'react-dom/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  ContentView,
  Inspector,
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  SheafProvider,
  Toolbar,
  VersionHistory,
  useDocument,
  useDocumentStatus,
  useOutbox,
  usePresence,
  useVersions,
} from '../src/index.ts'
import { ClientSideSuspense, useDocument as useLoadedDocument } from '../src/suspense.ts'

afterEach(() => {
  cleanup()
  document.body.replaceChildren()
  vi.restoreAllMocks()
})

const content = { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Hello' }] }] }

/** Every hook and component at once, as a page has them. */
function Everything(): ReactElement {
  const opened = useDocument('a')
  const status = useDocumentStatus(opened)
  const people = usePresence(opened)
  const outbox = useOutbox(opened)
  const versions = useVersions('a')
  return (
    <main>
      <SaveStatus document={opened} details />
      <PresenceAvatars document={opened} />
      <Toolbar editor={null}>
        <button type="button">Mine</button>
      </Toolbar>
      <SheafEditor document={opened} toolbar placeholder="Write" />
      <Inspector document={opened} />
      <VersionHistory versions="a" onRestore={() => undefined} />
      <VersionHistory versions={versions} />
      <VersionHistory document={opened} />
      <ContentView content={content} ariaLabel="Version" />
      <p>{`${status?.saveState ?? 'nothing'} ${people.length} ${outbox.length}`}</p>
    </main>
  )
}

const page = (client: FakeClient, node: ReactNode) => (
  <StrictMode>
    <SheafProvider client={client}>{node}</SheafProvider>
  </StrictMode>
)

function streamed(node: ReactNode): Promise<{ html: string; errors: unknown[] }> {
  return new Promise((resolve, reject) => {
    const errors: unknown[] = []
    const out = new PassThrough()
    let html = ''
    out.on('data', (chunk: Buffer) => (html += chunk.toString()))
    out.on('end', () => resolve({ html, errors }))
    const { pipe } = renderToPipeableStream(node, {
      onAllReady: () => void pipe(out),
      onShellError: reject,
      onError: (error) => void errors.push(error),
    })
  })
}

/** What React says from here on. Only here server and browser are one process and share the contexts, of which it says something too. */
function complaintsOfReact(): unknown[] {
  const complaints: unknown[] = []
  vi.spyOn(console, 'error').mockImplementation((...said) => {
    const words = said.join(' ')
    if (!words.includes('multiple renderers concurrently')) complaints.push(words)
  })
  return complaints
}

/** A page with this HTML, taken over by React; with everything that React had to say about it. */
async function hydrated(html: string, node: ReactNode) {
  const complaints = complaintsOfReact()
  const place = document.createElement('div')
  place.innerHTML = html
  document.body.append(place)
  const first = place.querySelector('main')
  const root = await act(async () =>
    hydrateRoot(place, node, { onRecoverableError: (error) => void complaints.push(error) }),
  )
  await act(async () => Promise.resolve())
  const unmount = () => act(async () => root.unmount())
  return { place, complaints, first, unmount }
}

describe('on a server', () => {
  it('RB-16 the tests run with the React that their project is for', () => {
    expect(version.split('.')[0]).toBe(process.env['SHEAF_REACT'])
  })

  it('RB-4 RB-44 every component renders, in one go and as a stream, and nothing is opened', async () => {
    const complaints = complaintsOfReact()
    const client = fakeClient()
    const html = renderToString(page(client, <Everything />))
    expect(complaints).toEqual([])
    expect(html).toContain('nothing 0 0')
    expect(html).toContain('role="toolbar"')
    expect(html).toContain('Opening…')
    expect(html).toContain('Loading versions…')
    const stream = await streamed(page(client, <Everything />))
    expect(stream.errors).toEqual([])
    expect(stream.html).toContain('nothing 0 0')
    expect(client.sessions).toBe(0)
  })

  it('RB-44 hydrates without a complaint, and goes on as ever', async () => {
    const client = fakeClient()
    const html = renderToString(page(client, <Everything />))
    const { place, complaints, first, unmount } = await hydrated(html, page(client, <Everything />))
    expect(complaints).toEqual([])
    expect(place.querySelector('main')).toBe(first)
    expect(screen.getByText('saved 0 0')).toBeTruthy()
    expect(place.querySelectorAll('[role=textbox].sheaf-content')).toHaveLength(1)
    expect(client.sessions).toBe(1)
    await unmount()
    expect(client.openDocuments).toEqual([])
  })
})

describe('a document that suspends, on a server', () => {
  function Page(): ReactElement {
    const opened = useLoadedDocument('a')
    return (
      <main>
        {opened.id}
        <SheafEditor document={opened} />
      </main>
    )
  }
  const fallback = <p>waiting</p>

  it('RB-24 ClientSideSuspense sends the fallback, says nothing about it, and hydrates into the document', async () => {
    const client = fakeClient({ document: { loaded: false } })
    const node = page(
      client,
      <ClientSideSuspense fallback={fallback}>
        <Page />
      </ClientSideSuspense>,
    )
    expect(renderToString(node)).toContain('waiting')
    const { html, errors } = await streamed(node)
    expect(errors).toEqual([])
    expect(client.sessions).toBe(0)
    const { place, complaints, unmount } = await hydrated(html, node)
    expect(place.textContent).toBe('waiting')
    await act(async () => client.document('a').load())
    expect(place.querySelector('main')?.textContent).toMatch(/^a/)
    expect(complaints).toEqual([])
    expect(client.sessions).toBe(1)
    await unmount()
    expect(client.openDocuments).toEqual([])
  })

  it('RB-24 a plain Suspense sends the fallback too, says why, and the browser goes on', async () => {
    const client = fakeClient()
    const node = page(
      client,
      <Suspense fallback={fallback}>
        <Page />
      </Suspense>,
    )
    const { html, errors } = await streamed(node)
    expect(html).toContain('waiting')
    expect(String(errors[0])).toContain('ClientSideSuspense')
    expect(client.sessions).toBe(0)
    const { place, unmount } = await hydrated(html, node)
    await vi.waitFor(() => expect(place.querySelector('main')?.textContent).toMatch(/^a/))
    expect(client.sessions).toBe(1)
    await unmount()
  })
})
