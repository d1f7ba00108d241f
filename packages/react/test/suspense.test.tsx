import { SheafError } from '@sheaf/client-sdk'
import { fakeClient, fakeClock } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { Component, StrictMode, Suspense, startTransition, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SheafProvider } from '../src/index.ts'
import { useDocument } from '../src/suspense.ts'
import { DocumentLeases, LEASE_MS, ROLL_CALL_MS } from '../src/document-leases.ts'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const slowClient = (): FakeClient => fakeClient({ document: { loaded: false } })

/** Lets what was begun come to its end. */
const settle = () => act(async () => vi.advanceTimersByTimeAsync(0))
const pass = (ms: number) => act(async () => vi.advanceTimersByTimeAsync(ms))

function Page({ id }: { id: string }): ReactElement {
  const document = useDocument(id)
  return <p>{`${document.id} ${String(document.getSnapshot().loaded)}`}</p>
}

class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null }
  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error }
  }
  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    const words = error instanceof SheafError ? `${error.name} ${error.code}` : String(error)
    return <button onClick={() => this.setState({ error: null })}>{words}</button>
  }
}

const page = (client: FakeClient, node: ReactNode) => (
  <StrictMode>
    <SheafProvider client={client}>
      <Boundary>
        <Suspense fallback={<p>waiting</p>}>{node}</Suspense>
      </Boundary>
    </SheafProvider>
  </StrictMode>
)

const shown = () => globalThis.document.body.textContent
const visible = () => [...globalThis.document.querySelectorAll('p')].filter(({ style }) => style.display !== 'none')
const words = () => visible().map(({ textContent }) => textContent)

describe('useDocument of /suspense', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    cleanup()
    vi.useRealTimers()
  })

  it('RB-20 suspends until there is content to show, and gives the loaded document', async () => {
    const client = slowClient()
    render(page(client, <Page id="a" />))
    await settle()
    expect(words()).toEqual(['waiting'])
    client.document('a').load()
    await settle()
    expect(words()).toEqual(['a true'])
    expect(client.sessions).toBe(1)
  })

  it('RB-20 a document that is loaded already suspends nothing', () => {
    const client = fakeClient()
    render(page(client, <Page id="a" />))
    expect(words()).toEqual(['a true'])
  })

  it('RB-21 throws a SheafError to the error boundary, closes what it opened, and tries anew after it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const client = slowClient()
    render(page(client, <Page id="a" />))
    await settle()
    client.document('a').fail(new SheafError('not-found'))
    await settle()
    expect(shown()).toBe('SheafError not-found')
    await pass(10)
    expect(client.openDocuments).toEqual([])
    expect(client.sessions).toBe(1)
    fireEvent.click(screen.getByRole('button'))
    await settle()
    expect(words()).toEqual(['waiting'])
    expect(client.sessions).toBe(2)
    client.document('a').load()
    await settle()
    expect(words()).toEqual(['a true'])
  })

  it('RB-22 closes what a render opened that went away while it was loading', async () => {
    const client = slowClient()
    const { unmount } = render(page(client, <Page id="a" />))
    await settle()
    unmount()
    expect(client.openDocuments).toEqual(['a'])
    await pass(LEASE_MS + ROLL_CALL_MS)
    await settle()
    expect(client.openDocuments).toEqual([])
  })

  it('RB-22 closes what loaded after everybody had gone', async () => {
    const client = slowClient()
    const { unmount } = render(page(client, <Page id="a" />))
    await settle()
    unmount()
    client.document('a').load()
    await pass(LEASE_MS)
    await settle()
    expect(client.openDocuments).toEqual([])
  })

  it('RB-22 closes what was opened by a render that was given up for an error beside it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const client = fakeClient()
    const Broken = (): never => {
      throw new TypeError('broken')
    }
    render(page(client, [<Page key="a" id="a" />, <Broken key="b" />]))
    expect(shown()).toContain('broken')
    expect(client.openDocuments).toEqual(['a'])
    await pass(LEASE_MS)
    await settle()
    expect(client.openDocuments).toEqual([])
  })

  it('RB-22 keeps the document as long as its fallback is on the page', async () => {
    const client = slowClient()
    render(page(client, <Page id="a" />))
    await settle()
    for (let turn = 0; turn < 10; turn += 1) await pass(LEASE_MS)
    expect(client.sessions).toBe(1)
    expect(words()).toEqual(['waiting'])
    client.document('a').load()
    await settle()
    expect(words()).toEqual(['a true'])
    await pass(10 * LEASE_MS)
    expect(client.holders('a')).toBeGreaterThan(0)
    expect(client.sessions).toBe(1)
  })

  it('RB-23 components share one session under StrictMode, and the last one to go ends it', async () => {
    const client = slowClient()
    const { rerender, unmount } = render(page(client, [<Page key="1" id="a" />, <Page key="2" id="a" />]))
    await settle()
    client.document('a').load()
    await settle()
    expect(words()).toEqual(['a true', 'a true'])
    expect(client.sessions).toBe(1)
    rerender(page(client, [<Page key="1" id="a" />]))
    await settle()
    expect(client.openDocuments).toEqual(['a'])
    await pass(10 * LEASE_MS)
    expect(client.openDocuments).toEqual(['a'])
    unmount()
    await settle()
    expect(client.openDocuments).toEqual([])
    expect(client.sessions).toBe(1)
  })

  it('RB-23 another id shows the other document, and in a transition the first one until then', async () => {
    const client = slowClient()
    let go: (id: string) => void = () => undefined
    function Router(): ReactElement {
      const [id, setId] = useState('a')
      go = setId
      return <Page id={id} />
    }
    render(page(client, <Router />))
    await settle()
    client.document('a').load()
    await settle()
    act(() => startTransition(() => go('b')))
    await settle()
    expect(words()).toEqual(['a true'])
    client.document('b').load()
    await settle()
    expect(words()).toEqual(['b true'])
    await settle()
    expect(client.openDocuments).toEqual(['b'])
    act(() => go('c'))
    await settle()
    expect(words()).toEqual(['waiting'])
    client.document('c').load()
    await settle()
    expect(words()).toEqual(['c true'])
    expect(client.sessions).toBe(3)
  })

  it('RB-23 a document that was closed for good is opened anew by the next page', async () => {
    const client = fakeClient()
    let seen: unknown = null
    function Seen(): ReactElement {
      const opened = useDocument('a')
      seen = opened
      return <p>{opened.id}</p>
    }
    const view = render(page(client, <Seen key="1" />))
    await settle()
    const ended = client.document('a')
    await act(() => ended.discardUnsaved())
    view.rerender(page(client, <Seen key="2" />))
    await settle()
    expect(client.holders('a')).toBe(1)
    expect(seen).toBe(client.document('a'))
    expect(seen).not.toBe(ended)
  })
})

describe('what renders are lent', () => {
  const thrownBy = (read: () => unknown): unknown => {
    try {
      return read()
    } catch (thrown) {
      return thrown
    }
  }

  it('RB-22 asks whether anybody is still there, and closes where nobody answers', async () => {
    const clock = fakeClock()
    const client = slowClient()
    const leases = new DocumentLeases(client, clock)
    const asked = vi.fn()
    const first = thrownBy(() => leases.read('a'))
    expect(first).toBeInstanceOf(Promise)
    expect(thrownBy(() => leases.read('a'))).toBe(first)
    void Promise.resolve(first).then(asked)
    await clock.advance(LEASE_MS - 1)
    expect(asked).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(asked).toHaveBeenCalledTimes(1)
    const second = thrownBy(() => leases.read('a'))
    expect(second).not.toBe(first)
    await clock.advance(ROLL_CALL_MS + 1)
    expect(client.openDocuments).toEqual(['a'])
    await clock.advance(LEASE_MS)
    await clock.advance(ROLL_CALL_MS)
    await Promise.resolve()
    expect(client.openDocuments).toEqual([])
  })

  it('RB-22 what is held has no end of its own, and is closed once', async () => {
    const clock = fakeClock()
    const client = fakeClient()
    const leases = new DocumentLeases(client, clock)
    const document = leases.read('a')
    const [one, two] = [leases.hold('a'), leases.hold('a')]
    expect([one.document, two.document]).toEqual([document, document])
    await clock.advance(10 * LEASE_MS)
    one.end()
    expect(leases.read('a')).toBe(document)
    await clock.advance(10 * LEASE_MS)
    expect(client.holders('a')).toBe(1)
    two.end()
    const again = leases.hold('a')
    expect(again.document).toBe(document)
    again.end()
    await Promise.resolve()
    expect(client.openDocuments).toEqual([])
  })

  it('RB-21 what the client throws at opening comes out as it is', () => {
    const client = slowClient()
    vi.spyOn(client, 'open').mockImplementation(() => {
      throw new SheafError('no-websocket')
    })
    const leases = new DocumentLeases(client, fakeClock())
    expect(() => leases.read('a')).toThrow(SheafError)
  })
})
