import { SheafError } from '@sheaf/client-sdk'
import type { DocumentVersions, Version, VersionPage } from '@sheaf/client-sdk'
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { StrictMode } from 'react'
import type { ReactElement } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { SheafProvider, VersionHistory, useVersions } from '../src/index.ts'
import { FakeClient, FakeDocument } from './fakes.ts'

afterEach(cleanup)

const paragraph = (text: string) => ({
  type: 'doc',
  content: [{ type: 'paragraph', content: [{ type: 'text', text }] }],
})

const version = (id: string, name: string | null = null): Version => ({
  id,
  seq: Number(id),
  kind: 'auto',
  name,
  authors: [{ id: 'ada', displayName: 'Ada' }],
  createdAt: '2026-01-02T03:04:05.000Z',
})

/** A server of versions: newest first, in pages of two. */
class Server implements DocumentVersions {
  versions: readonly Version[]
  readonly calls: string[] = []
  /** What the next call of this name ends with. */
  readonly failures = new Map<string, SheafError>()

  constructor(...versions: Version[]) {
    this.versions = versions
  }

  #call(name: string, ...more: string[]): void {
    this.calls.push([name, ...more].join(' '))
    const failure = this.failures.get(name)
    this.failures.delete(name)
    if (failure !== undefined) throw failure
  }

  async list({ cursor }: { cursor?: string } = {}): Promise<VersionPage> {
    this.#call('list')
    const from = Number(cursor ?? 0)
    const to = from + 2
    return { items: this.versions.slice(from, to), nextCursor: to < this.versions.length ? String(to) : null }
  }

  async create(name: string): Promise<Version> {
    this.#call('create', name)
    const created = version(String(this.versions.length + 1), name)
    this.versions = [created, ...this.versions]
    return created
  }

  async rename(id: string, name: string): Promise<Version> {
    this.#call('rename', id, name)
    const renamed = version(id, name)
    this.versions = this.versions.map((known) => (known.id === id ? renamed : known))
    return renamed
  }

  async getContent(id: string): Promise<unknown> {
    this.#call('getContent', id)
    return paragraph(`content of ${id}`)
  }

  async restore(id: string): Promise<{ seq: number }> {
    this.#call('restore', id)
    return { seq: 9 }
  }
}

async function panel(server: Server, change: Parameters<FakeDocument['change']>[0] = {}) {
  const client = new FakeClient()
  client.history = server
  const opened = new FakeDocument('a')
  opened.change(change)
  render(
    <StrictMode>
      <SheafProvider client={client.asClient}>
        <VersionHistory document={opened.asDocument} />
      </SheafProvider>
    </StrictMode>,
  )
  await act(async () => Promise.resolve())
  return opened
}

const press = (name: string, within_: HTMLElement = document.body) =>
  act(async () => fireEvent.click(within(within_).getByRole('button', { name })))
const entries = () => within(screen.getByRole('list', { name: 'Versions' })).getAllByRole('listitem')
const names = () => entries().map((entry) => entry.querySelector('.sheaf-version-name')?.textContent)
const openVersion = (name: string) => act(async () => fireEvent.click(screen.getByText(name)))
const preview = () => screen.getByRole('region', { name: 'Version preview' })
const dialog = () => screen.getByRole('dialog', { name: 'Restore this version?' })
const message = () => screen.getByRole('status').textContent
const focused = () => document.activeElement?.textContent

async function submit(label: string, value: string, button: string): Promise<void> {
  const field = screen.getByRole('textbox', { name: label })
  fireEvent.change(field, { target: { value } })
  await act(async () => fireEvent.submit(field))
  expect(screen.queryByRole('button', { name: button })).toBeTruthy()
}

describe('VersionHistory with a document', () => {
  it('RB-33 lists, and loads older ones', async () => {
    await panel(new Server(version('3'), version('2', 'Draft'), version('1')))
    expect(names()).toEqual(['Saved while writing', 'Draft'])
    expect(entries()[0]?.textContent).toContain('Ada')
    await press('Older versions')
    expect(names()).toEqual(['Saved while writing', 'Draft', 'Saved while writing'])
    expect(screen.queryByRole('button', { name: 'Older versions' })).toBeNull()
  })

  it('RB-33 shows a version in place of the list, with the way to its neighbours and back', async () => {
    await panel(new Server(version('2', 'New'), version('1', 'Old')))
    await openVersion('New')
    expect(screen.queryByRole('list', { name: 'Versions' })).toBeNull()
    const content = () => within(preview()).getByRole('document', { name: 'Content of the version' }).textContent
    expect(content()).toBe('content of 2')
    const newer = within(preview()).getByRole('button', { name: 'Newer' })
    expect(newer.getAttribute('aria-disabled')).toBe('true')
    await press('Newer')
    expect(content()).toBe('content of 2')
    await press('Older')
    expect(within(preview()).getByRole('heading').textContent).toBe('Old')
    expect(content()).toBe('content of 1')
    expect(within(preview()).getByRole('button', { name: 'Older' }).getAttribute('aria-disabled')).toBe('true')
    await press('Back to versions')
    expect(names()).toEqual(['New', 'Old'])
  })

  it('RB-34 restores after a confirmation that begins at Cancel', async () => {
    const server = new Server(version('2', 'New'), version('1', 'Old'))
    await panel(server)
    await press('Restore', entries()[1])
    expect(dialog().hasAttribute('open')).toBe(true)
    expect(dialog().textContent).toContain('What is there now stays in the history.')
    expect(within(dialog()).getAllByRole('button')[0]?.textContent).toBe('Cancel')
    await press('Cancel', dialog())
    expect(screen.queryByRole('dialog')).toBeNull()
    expect(server.calls).not.toContain('restore 1')
    await press('Restore', entries()[1])
    await act(async () => fireEvent(dialog(), new Event('cancel', { cancelable: true })))
    expect(screen.queryByRole('dialog')).toBeNull()
    await press('Restore', entries()[1])
    await press('Restore', dialog())
    expect(server.calls.filter((call) => call.startsWith('restore'))).toEqual(['restore 1'])
    expect(message()).toMatch(/^The version is restored/)
  })

  it('RB-34 restores the version that is looked at', async () => {
    const server = new Server(version('2', 'New'), version('1', 'Old'))
    await panel(server)
    await openVersion('Old')
    await press('Restore this version')
    await press('Restore', dialog())
    expect(server.calls).toContain('restore 1')
    expect(names()).toEqual(['New', 'Old'])
    expect(message()).toMatch(/^The version is restored/)
  })

  it('RB-35 names what the document is now, after its last words', async () => {
    const server = new Server(version('1'))
    const opened = await panel(server)
    let durable: () => void = () => undefined
    opened.whenDurable = () => new Promise<void>((resolve) => (durable = resolve))
    opened.change({ unsavedChanges: 1 })
    await submit('Version name', '  Draft ', 'Save version')
    expect(server.calls).not.toContain('create Draft')
    expect(screen.getByRole('button', { name: 'Save version' }).getAttribute('aria-disabled')).toBe('true')
    await act(async () => durable())
    expect(server.calls).toContain('create Draft')
    expect(names()).toEqual(['Draft', 'Saved while writing'])
    expect(screen.getByRole('textbox', { name: 'Version name' })).toHaveProperty('value', '')
    await submit('Version name', '   ', 'Save version')
    expect(server.calls.filter((call) => call.startsWith('create'))).toHaveLength(1)
  })

  it('RB-35 renames a version', async () => {
    const server = new Server(version('1', 'Old'))
    await panel(server)
    await openVersion('Old')
    await press('Rename')
    expect(screen.getByRole('textbox', { name: 'New name' })).toHaveProperty('value', 'Old')
    fireEvent.keyDown(screen.getByRole('textbox', { name: 'New name' }), { key: 'Escape' })
    expect(screen.queryByRole('textbox', { name: 'New name' })).toBeNull()
    await press('Rename')
    await submit('New name', 'Chapter one', 'Rename')
    expect(within(preview()).getByRole('heading').textContent).toBe('Chapter one')
    expect(server.calls).toContain('rename 1 Chapter one')
    expect(focused()).toBe('Rename')
  })

  it('RB-36 says in words what failed, and tries again', async () => {
    const server = new Server(version('1', 'Old'))
    server.failures.set('list', new SheafError('unavailable'))
    const client = new FakeClient()
    client.history = server
    render(
      <SheafProvider client={client.asClient}>
        <VersionHistory document={new FakeDocument('a').asDocument} />
      </SheafProvider>,
    )
    await act(async () => Promise.resolve())
    expect(screen.getByRole('alert').textContent).toContain('The server could not be reached')
    expect(screen.queryByText('Loading versions…')).toBeNull()
    await press('Try again')
    expect(names()).toEqual(['Old'])
    expect(screen.queryByRole('alert')).toBeNull()
    server.failures.set('create', new SheafError('forbidden'))
    await submit('Version name', 'Draft', 'Save version')
    expect(screen.getByRole('alert').textContent).toBe('You have no access to this document any more.')
    expect(screen.getByRole('textbox', { name: 'Version name' })).toHaveProperty('value', 'Draft')
    server.failures.set('getContent', new SheafError('not-found'))
    await openVersion('Old')
    expect(screen.getByRole('alert').textContent).toMatch(/^There is no such document/)
  })

  it('RB-37 offers naming, renaming and restoring to those who may edit', async () => {
    await panel(new Server(version('1', 'Old')), { role: 'viewer', editable: false })
    expect(screen.queryByRole('textbox')).toBeNull()
    expect(screen.queryByRole('button', { name: 'Restore' })).toBeNull()
    await openVersion('Old')
    const buttons = within(preview()).getAllByRole('button')
    expect(buttons.map(({ textContent }) => textContent)).toEqual(['Back to versions', 'Newer', 'Older'])
  })

  it('RB-38 puts the focus on the heading of a version, and back on its entry', async () => {
    await panel(new Server(version('2', 'New'), version('1', 'Old')))
    await openVersion('Old')
    expect(document.activeElement).toBe(within(preview()).getByRole('heading'))
    await press('Back to versions')
    expect(focused()).toMatch(/^Old/)
    await openVersion('New')
    act(() => within(preview()).getByRole('button', { name: 'Older' }).focus())
    await press('Older')
    expect(focused()).toBe('Older')
    await press('Restore this version')
    await press('Restore', dialog())
    expect(focused()).toMatch(/^Old/)
  })

  it('RB-33 shares the versions of the application, and waits for a document', async () => {
    const server = new Server(version('1', 'Old'))
    const client = new FakeClient()
    client.history = server
    const opened = new FakeDocument('a').asDocument
    function Page({ open }: { open: boolean }): ReactElement {
      const versions = useVersions('a')
      return <VersionHistory document={open ? opened : null} versions={versions} />
    }
    const page = (open: boolean) => (
      <SheafProvider client={client.asClient}>
        <Page open={open} />
      </SheafProvider>
    )
    const { rerender } = render(page(false))
    await act(async () => Promise.resolve())
    expect(screen.getByRole('status').textContent).toBe('Loading versions…')
    rerender(page(true))
    expect(names()).toEqual(['Old'])
    expect(server.calls).toEqual(['list'])
  })
})
