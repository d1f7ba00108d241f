import { SheafError } from '@sheaf/client-sdk'
import type { Version } from '@sheaf/client-sdk'
import { fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import type { FakeClient, FakeDocument } from '@sheaf/client-sdk/testing'
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { StrictMode } from 'react'
import type { ReactElement } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { SheafProvider, VersionHistory, useVersions } from '../src/index.ts'

afterEach(cleanup)

const version = (id: string, name: string | null = null): Version => ({
  id,
  seq: Number(id),
  kind: 'auto',
  name,
  authors: [{ id: 'ada', displayName: 'Ada' }],
  createdAt: '2026-01-02T03:04:05.000Z',
})

const clientWith = (...versions: readonly Version[]) => fakeClient({ versions })

async function panel(client: FakeClient, change: Parameters<FakeDocument['change']>[0] = {}) {
  const opened = fakeDocument({ id: 'a', ...change })
  render(
    <StrictMode>
      <SheafProvider client={client}>
        <VersionHistory document={opened} />
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
    await panel(fakeClient({ versions: [version('3'), version('2', 'Draft'), version('1')], versionsPerPage: 2 }))
    expect(names()).toEqual(['Saved while writing', 'Draft'])
    expect(entries()[0]?.textContent).toContain('Ada')
    await press('Older versions')
    expect(names()).toEqual(['Saved while writing', 'Draft', 'Saved while writing'])
    expect(screen.queryByRole('button', { name: 'Older versions' })).toBeNull()
  })

  it('RB-33 shows a version in place of the list, with the way to its neighbours and back', async () => {
    await panel(clientWith(version('2', 'New'), version('1', 'Old')))
    await openVersion('New')
    expect(screen.queryByRole('list', { name: 'Versions' })).toBeNull()
    const content = () => within(preview()).getByRole('document', { name: 'Content of the version' }).textContent
    expect(content()).toBe('The content of 2')
    const newer = within(preview()).getByRole('button', { name: 'Newer' })
    expect(newer.getAttribute('aria-disabled')).toBe('true')
    await press('Newer')
    expect(content()).toBe('The content of 2')
    await press('Older')
    expect(within(preview()).getByRole('heading').textContent).toBe('Old')
    expect(content()).toBe('The content of 1')
    expect(within(preview()).getByRole('button', { name: 'Older' }).getAttribute('aria-disabled')).toBe('true')
    await press('Back to versions')
    expect(names()).toEqual(['New', 'Old'])
  })

  it('RB-34 restores after a confirmation that begins at Cancel', async () => {
    const client = clientWith(version('2', 'New'), version('1', 'Old'))
    await panel(client)
    await press('Restore', entries()[1])
    expect(dialog().hasAttribute('open')).toBe(true)
    expect(dialog().textContent).toContain('What is there now stays in the history.')
    expect(within(dialog()).getAllByRole('button')[0]?.textContent).toBe('Cancel')
    await press('Cancel', dialog())
    expect(screen.queryByRole('dialog')).toBeNull()
    expect(client.asked).not.toContain('versions.restore a 1')
    await press('Restore', entries()[1])
    await act(async () => fireEvent(dialog(), new Event('cancel', { cancelable: true })))
    expect(screen.queryByRole('dialog')).toBeNull()
    await press('Restore', entries()[1])
    await press('Restore', dialog())
    expect(client.asked.filter((call) => call.startsWith('versions.restore'))).toEqual(['versions.restore a 1'])
    expect(message()).toMatch(/^The version is restored/)
  })

  it('RB-34 restores the version that is looked at', async () => {
    const client = clientWith(version('2', 'New'), version('1', 'Old'))
    await panel(client)
    await openVersion('Old')
    await press('Restore this version')
    await press('Restore', dialog())
    expect(client.asked).toContain('versions.restore a 1')
    expect(names()).toEqual(['Restored version', 'New', 'Old'])
    expect(message()).toMatch(/^The version is restored/)
  })

  it('RB-35 names what the document is now, after its last words', async () => {
    const client = clientWith(version('1'))
    const opened = await panel(client)
    act(() => opened.change({ unsavedChanges: 1 }))
    await submit('Version name', '  Draft ', 'Save version')
    expect(client.asked).not.toContain('versions.create a Draft')
    expect(screen.getByRole('button', { name: 'Save version' }).getAttribute('aria-disabled')).toBe('true')
    await act(async () => opened.change({ saveState: 'saved' }))
    expect(client.asked).toContain('versions.create a Draft')
    expect(names()).toEqual(['Draft', 'Saved while writing'])
    expect(screen.getByRole('textbox', { name: 'Version name' })).toHaveProperty('value', '')
    await submit('Version name', '   ', 'Save version')
    expect(client.asked.filter((call) => call.startsWith('versions.create'))).toHaveLength(1)
  })

  it('RB-35 renames a version', async () => {
    const client = clientWith(version('1', 'Old'))
    await panel(client)
    await openVersion('Old')
    await press('Rename')
    expect(screen.getByRole('textbox', { name: 'New name' })).toHaveProperty('value', 'Old')
    fireEvent.keyDown(screen.getByRole('textbox', { name: 'New name' }), { key: 'Escape' })
    expect(screen.queryByRole('textbox', { name: 'New name' })).toBeNull()
    await press('Rename')
    await submit('New name', 'Chapter one', 'Rename')
    expect(within(preview()).getByRole('heading').textContent).toBe('Chapter one')
    expect(client.asked).toContain('versions.rename a 1 Chapter one')
    expect(focused()).toBe('Rename')
  })

  it('RB-36 says in words what failed, and tries again', async () => {
    const client = clientWith(version('1', 'Old'))
    client.failNext('versions.list', new SheafError('unavailable'))
    render(
      <SheafProvider client={client}>
        <VersionHistory document={fakeDocument({ id: 'a' })} />
      </SheafProvider>,
    )
    await act(async () => Promise.resolve())
    expect(screen.getByRole('alert').textContent).toContain('The server could not be reached')
    expect(screen.queryByText('Loading versions…')).toBeNull()
    await press('Try again')
    expect(names()).toEqual(['Old'])
    expect(screen.queryByRole('alert')).toBeNull()
    client.failNext('versions.create', new SheafError('forbidden'))
    await submit('Version name', 'Draft', 'Save version')
    expect(screen.getByRole('alert').textContent).toBe('You have no access to this document any more.')
    expect(screen.getByRole('textbox', { name: 'Version name' })).toHaveProperty('value', 'Draft')
    client.failNext('versions.getContent', new SheafError('not-found'))
    await openVersion('Old')
    expect(screen.getByRole('alert').textContent).toMatch(/^There is no such document/)
  })

  it('RB-37 offers naming, renaming and restoring to those who may edit', async () => {
    await panel(clientWith(version('1', 'Old')), { role: 'viewer', editable: false })
    expect(screen.queryByRole('textbox')).toBeNull()
    expect(screen.queryByRole('button', { name: 'Restore' })).toBeNull()
    await openVersion('Old')
    const buttons = within(preview()).getAllByRole('button')
    expect(buttons.map(({ textContent }) => textContent)).toEqual(['Back to versions', 'Newer', 'Older'])
  })

  it('RB-38 puts the focus on the heading of a version, and back on its entry', async () => {
    await panel(clientWith(version('2', 'New'), version('1', 'Old')))
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
    const client = clientWith(version('1', 'Old'))
    const opened = fakeDocument({ id: 'a' })
    function Page({ open }: { open: boolean }): ReactElement {
      const versions = useVersions('a')
      return <VersionHistory document={open ? opened : null} versions={versions} />
    }
    const page = (open: boolean) => (
      <SheafProvider client={client}>
        <Page open={open} />
      </SheafProvider>
    )
    const { rerender } = render(page(false))
    await act(async () => Promise.resolve())
    expect(screen.getByRole('status').textContent).toBe('Loading versions…')
    rerender(page(true))
    expect(names()).toEqual(['Old'])
    expect(client.asked).toEqual(['versions.list a'])
  })
})
