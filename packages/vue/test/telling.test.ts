import type { SheafDocument } from '@sheaf/client-sdk'
import { createTestWorld, fakeDocument } from '@sheaf/client-sdk/testing'
import type { TestWorld } from '@sheaf/client-sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { h, nextTick, ref } from 'vue'
import { XmlElement, XmlText } from 'yjs'
import { Inspector, SheafEditor } from '../src/index.ts'
import { drawn, show } from './page.ts'

let world: TestWorld | null = null

afterEach(async () => {
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
  it('VB-45 the inspector says that every edit is durable, however much was written before it was opened', async () => {
    const { ours, sheaf, write } = await opened()
    write()
    await ours.settled()
    const { page } = show(() => h(Inspector, { document: sheaf }))
    expect(page.querySelector('td')?.textContent).toBe('Nothing is waiting.')
    expect(page.querySelector('[role=status]')?.textContent).toBe('Every edit is durable.')
  })

  it('VB-45 of a device that keeps nothing it says that words are in this page', () => {
    const lost = fakeDocument({
      device: 'keeps-nothing',
      saveState: 'unsaved',
      connection: 'offline',
      outbox: ['gathering'],
    })
    const { page } = show(() => h(Inspector, { document: lost }))
    const said = page.querySelector('[role=status]')?.textContent
    expect(said).toBe('Edits wait in this page for a connection. Keep it open.')
  })

  it('VB-46 the browser asks before edits are lost with the page, as long as the editor is there', async () => {
    const { ours, sheaf, write } = await opened()
    const state = ref<'warns' | 'does not' | 'gone'>('warns')
    show(() =>
      state.value === 'gone' ? null : h(SheafEditor, { document: sheaf, leaveWarning: state.value === 'warns' }),
    )
    await drawn()
    expect(asks()).toBe(false)
    write()
    expect(asks()).toBe(true)
    state.value = 'does not'
    await nextTick()
    expect(asks()).toBe(false)
    state.value = 'warns'
    await nextTick()
    expect(asks()).toBe(true)
    state.value = 'gone'
    await nextTick()
    expect(asks()).toBe(false)
    await ours.settled()
  })

  it('VB-47 a right that went away is told above the text only', async () => {
    const fake = fakeDocument({ id: 'a', text: 'Hello' })
    const { page } = show(() => h(SheafEditor, { document: fake }))
    await drawn()
    page.querySelector<HTMLElement>('.ProseMirror')?.focus()
    fake.change({ role: 'viewer', editable: false })
    await drawn()
    expect(page.querySelector('[role=alert]')?.textContent).toMatch(/^Your right to edit was withdrawn/)
    expect(page.querySelector('.sheaf-message')?.textContent).not.toMatch(/cannot change/)
  })
})
