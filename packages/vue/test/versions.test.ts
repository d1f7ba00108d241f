import type { Version } from '@sheaf/client-sdk'
import { fakeClient } from '@sheaf/client-sdk/testing'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'
import { VersionHistory, useDocument } from '../src/index.ts'
import { show } from './page.ts'

const auto: Version = {
  id: '1',
  seq: 5,
  kind: 'auto',
  name: null,
  authors: [{ id: 'a', displayName: 'Ada' }],
  createdAt: '2026-01-02T03:04:05.000Z',
}
const draft: Version = { ...auto, id: '2', seq: 7, kind: 'named', name: 'Draft' }

const press = async (page: HTMLElement, words: string): Promise<void> => {
  const button = [...page.querySelectorAll('button')].find(({ textContent }) => textContent === words)
  if (button === undefined) throw new Error(`there is no button ${words}`)
  button.focus()
  button.click()
  await nextTick()
}

const entries = (page: HTMLElement): (string | null)[] =>
  [...page.querySelectorAll('.sheaf-versions .sheaf-version-name')].map(({ textContent }) => textContent)

describe('VersionHistory as a list', () => {
  it('VB-9 lists versions by name or kind, newest first, and tells what was pressed', async () => {
    const client = fakeClient({ versions: [draft, auto] })
    const [select, restore] = [vi.fn(), vi.fn()]
    const { page } = show(() => h(VersionHistory, { versions: 'a', onSelect: select, onRestore: restore }), client)
    expect(page.querySelector('[role=status]')?.textContent).toBe('Loading versions…')
    await vi.waitFor(() => expect(entries(page)).toEqual(['Draft', 'Saved while writing']))
    const first = page.querySelector<HTMLElement>('.sheaf-version')
    first?.click()
    expect(select).toHaveBeenCalledWith(draft)
    await press(page, 'Restore')
    expect(restore).toHaveBeenCalledWith(draft)
    expect(page.querySelector('.sheaf-version-restore')?.getAttribute('aria-describedby')).toBe(first?.id)
  })

  it('VB-9 offers restoring only where somebody listens', async () => {
    const { page } = show(() => h(VersionHistory, { versions: 'a' }), fakeClient({ versions: [draft] }))
    await vi.waitFor(() => expect(entries(page)).toEqual(['Draft']))
    expect(page.querySelector('.sheaf-version-restore')).toBeNull()
  })

  it('VB-36 says what failed, with a way to try again', async () => {
    const client = fakeClient({ versions: [draft] })
    client.failNext('versions.list')
    const { page } = show(() => h(VersionHistory, { versions: 'a' }), client)
    await vi.waitFor(() => expect(page.querySelector('[role=alert]')).not.toBeNull())
    await press(page, 'Try again')
    await vi.waitFor(() => expect(entries(page)).toEqual(['Draft']))
    expect(page.querySelector('[role=alert]')).toBeNull()
  })
})

async function panel(role: 'editor' | 'viewer' = 'editor') {
  const client = fakeClient({ versions: [draft, auto] })
  const Page = defineComponent(() => {
    const document = useDocument('a')
    return () => h(VersionHistory, { document: document.value })
  })
  const { page } = show(Page, client)
  expect(page.querySelector('[role=status]')?.textContent).toBe('Loading versions…')
  await nextTick()
  client.document('a').change({ role, editable: role === 'editor' })
  await vi.waitFor(() => expect(entries(page)).toHaveLength(2))
  return { client, page, status: () => page.querySelector('.sheaf-version-message[role=status]')?.textContent }
}

describe('VersionHistory with a document', () => {
  it('VB-33 VB-38 shows a version in place of the list, its neighbours, and the way back, with the focus', async () => {
    const { page } = await panel()
    page.querySelector<HTMLElement>('.sheaf-version')?.click()
    await vi.waitFor(() => expect(page.querySelector('[role=document]')?.textContent).toBe('The content of 2'))
    expect(page.querySelector('.sheaf-versions')).toBeNull()
    expect(document.activeElement?.textContent).toBe('Draft')
    expect(document.activeElement?.tagName).toBe('H3')
    await press(page, 'Older')
    await vi.waitFor(() => expect(page.querySelector('[role=document]')?.textContent).toBe('The content of 1'))
    const older = [...page.querySelectorAll('button')].find(({ textContent }) => textContent === 'Older')
    expect(older?.getAttribute('aria-disabled')).toBe('true')
    await press(page, 'Back to versions')
    await nextTick()
    expect(document.activeElement?.getAttribute('data-version-id')).toBe('1')
  })

  it('VB-34 restores after a modal question that begins at Cancel', async () => {
    const { client, page, status } = await panel()
    const dialog = page.querySelector('dialog')
    await press(page, 'Restore')
    expect(dialog?.open).toBe(true)
    expect(dialog?.textContent).toContain('What is there now stays in the history.')
    expect(dialog?.querySelector('button')?.textContent).toBe('Cancel')
    await press(dialog!, 'Cancel')
    expect(dialog?.open).toBe(false)
    expect(client.asked).not.toContain('versions.restore a 2')
    await press(page, 'Restore')
    await press(dialog!, 'Restore')
    await vi.waitFor(() => expect(status()).toContain('The version is restored.'))
    expect(client.asked).toContain('versions.restore a 2')
  })

  it('VB-35 names what the document is now, and renames a version', async () => {
    const { client, page, status } = await panel()
    const name = async (words: string): Promise<void> => {
      const field = page.querySelector<HTMLInputElement>('form input')
      field!.value = words
      field!.form!.dispatchEvent(new Event('submit', { cancelable: true }))
      await nextTick()
    }
    await name('  Final  ')
    await vi.waitFor(() => expect(entries(page)).toEqual(['Final', 'Draft', 'Saved while writing']))
    await vi.waitFor(() => expect(status()).toBe('The version “Final” is saved.'))
    expect(page.querySelector<HTMLInputElement>('form input')?.value).toBe('')
    page.querySelector<HTMLElement>('[data-version-id="1"]')?.click()
    await nextTick()
    await press(page, 'Rename')
    expect(document.activeElement?.getAttribute('aria-label')).toBe('New name')
    await name('Before lunch')
    await vi.waitFor(() => expect(page.querySelector('h3')?.textContent).toBe('Before lunch'))
    expect(client.asked).toContain('versions.rename a 1 Before lunch')
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe('Rename'))
  })

  it('VB-36 says in words what failed, and keeps what was typed', async () => {
    const { client, page } = await panel()
    client.failNext('versions.create')
    const field = page.querySelector<HTMLInputElement>('form input')
    field!.value = 'Final'
    field!.form!.dispatchEvent(new Event('submit', { cancelable: true }))
    await vi.waitFor(() => expect(page.querySelector('.sheaf-version-message[role=alert]')).not.toBeNull())
    expect(field?.value).toBe('Final')
  })

  it('VB-37 offers to those who may only read what they may do', async () => {
    const { page } = await panel('viewer')
    expect(page.querySelector('form')).toBeNull()
    expect(page.querySelector('.sheaf-version-restore')).toBeNull()
    page.querySelector<HTMLElement>('.sheaf-version')?.click()
    await vi.waitFor(() => expect(page.querySelector('[role=document]')).not.toBeNull())
    expect([...page.querySelectorAll('button')].map(({ textContent }) => textContent)).toEqual([
      'Back to versions',
      'Newer',
      'Older',
    ])
  })
})
