import type { OutboxEntry, SheafDocument } from '@sheaf/client-sdk'
import { createTestWorld, fakeDocument } from '@sheaf/client-sdk/testing'
import type { TestWorld } from '@sheaf/client-sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createApp, defineComponent, h, nextTick, ref, shallowRef } from 'vue'
import type { App, Component } from 'vue'
import { XmlText } from 'yjs'
import { Inspector, SaveStatus, useOutbox } from '../src/index.ts'
import { drawn } from './page.ts'

let world: TestWorld | null = null
const apps: App[] = []

afterEach(async () => {
  for (const app of apps.splice(0)) app.unmount()
  document.body.replaceChildren()
  await world?.close()
  world = null
})

function put(component: Component): HTMLElement {
  const page = document.createElement('div')
  document.body.append(page)
  const app = createApp(component)
  app.mount(page)
  apps.push(app)
  return page
}

/** A document of the real client, in a world of its own. */
async function opened(): Promise<{ ours: TestWorld; sheaf: SheafDocument; type: (words: string) => void }> {
  const ours = createTestWorld()
  world = ours
  const sheaf = ours.person('Ada').open('minutes')
  await ours.settled()
  const type = (words: string): void => sheaf.ydoc.getXmlFragment('content').insert(0, [new XmlText(words)])
  return { ours, sheaf, type }
}

describe('useOutbox', () => {
  it('VB-14 gives what is on its way and what became durable, and nothing without a document', async () => {
    const { ours, sheaf, type } = await opened()
    const document = shallowRef<SheafDocument | null>(null)
    let seen: readonly OutboxEntry[] = []
    put(
      defineComponent(() => {
        const outbox = useOutbox(document)
        return () => ((seen = outbox.value), h('p', seen.map(({ step }) => step).join()))
      }),
    )
    expect(seen).toEqual([])
    document.value = sheaf
    await nextTick()
    type('Hello')
    await ours.advance(50)
    await nextTick()
    expect(seen.map(({ step, edits }) => [step, edits])).toEqual([['gathering', 1]])
    await ours.settled()
    await nextTick()
    expect(seen.map(({ step, counter }) => [step, counter])).toEqual([['durable', 1]])
    document.value = null
    await nextTick()
    expect(seen).toEqual([])
  })
})

describe('Inspector', () => {
  it('VB-31 lists operations newest first in a table with headers, and what is known of the document', async () => {
    const { ours, sheaf, type } = await opened()
    const page = put(() => h(Inspector, { document: sheaf }))
    await nextTick()
    expect(page.querySelector('td[colspan="5"]')?.textContent).toBe('Nothing is waiting.')
    type('first')
    await ours.settled()
    ours.person('Ada').goOffline()
    await ours.advance(10)
    type('second')
    await ours.advance(1_000)
    await nextTick()
    const rows = [...page.querySelectorAll('tbody tr')]
    expect(rows.map((row) => [row.getAttribute('data-step'), row.querySelector('th')?.textContent])).toEqual([
      ['on-device', '2'],
      ['durable', '1'],
    ])
    expect(page.querySelector('caption')?.textContent).toBe('Operations, newest first')
    expect([...page.querySelectorAll('th[scope=col]')]).toHaveLength(5)
    expect(page.querySelector('dl')?.textContent).toContain('ConnectionOffline')
    expect(page.querySelector('dl')?.textContent).toContain('Documentminutes')
  })

  it('VB-32 keeps its rows in place while they go through their steps, and its one sentence while people write', async () => {
    const { ours, sheaf, type } = await opened()
    const page = put(() => h(Inspector, { document: sheaf }))
    const sentence = () => page.querySelector('[role=status]')
    await nextTick()
    expect(sentence()?.textContent).toBe('Every edit is durable.')
    ours.person('Ada').goOffline()
    type('a')
    await ours.advance(1_000)
    await nextTick()
    const row = page.querySelector('tbody tr')
    expect(row?.getAttribute('data-step')).toBe('on-device')
    const waits = 'Edits wait on this device for a connection.'
    expect(sentence()?.textContent).toBe(waits)
    const words: (string | null | undefined)[] = []
    const observer = new MutationObserver(() => words.push(sentence()?.textContent))
    observer.observe(sentence()!, { characterData: true, childList: true, subtree: true })
    type('b')
    await ours.advance(1_000)
    await nextTick()
    expect(page.querySelectorAll('tbody tr')).toHaveLength(2)
    expect(words).toEqual([])
    ours.person('Ada').goOnline()
    await ours.settled()
    await nextTick()
    expect([...page.querySelectorAll('tbody tr')].at(-1)).toBe(row)
    expect(row?.getAttribute('data-step')).toBe('durable')
    expect(sentence()?.textContent).toBe('Every edit is durable.')
    observer.disconnect()
  })
})

describe('SaveStatus with details', () => {
  it('VB-30 opens the inspector; Escape, a press elsewhere and the button close it, and the focus goes back', async () => {
    const { sheaf } = await opened()
    const page = put(() => [h(SaveStatus, { document: sheaf, details: true, class: 'mine' }), h('p', 'elsewhere')])
    const button = page.querySelector<HTMLButtonElement>('[aria-label="Save details"]')!
    const box = () => page.querySelector<HTMLElement>('[role=dialog]')
    expect(page.firstElementChild?.className).toBe('sheaf-save mine')
    expect(box()).toBeNull()
    const open = async (): Promise<void> => {
      button.click()
      await drawn()
      expect(document.activeElement).toBe(box())
      expect(button.getAttribute('aria-controls')).toBe(box()?.id)
    }
    await open()
    box()?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    await nextTick()
    expect(box()).toBeNull()
    expect(document.activeElement).toBe(button)
    await open()
    page.querySelector(':scope > p')?.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    await nextTick()
    expect([box(), button.getAttribute('aria-expanded')]).toEqual([null, 'false'])
    await open()
    button.click()
    await nextTick()
    expect(box()).toBeNull()
  })

  it('VB-30 listens to the page only while it is open', async () => {
    const shown = ref(true)
    const { sheaf } = await opened()
    const heard: string[] = []
    const page = put(() => (shown.value ? h(SaveStatus, { document: sheaf, details: true }) : null))
    const { addEventListener: add, removeEventListener: remove } = document
    document.addEventListener = function (this: Document, ...args: Parameters<typeof add>) {
      heard.push(`+${args[0]}`)
      return add.apply(this, args)
    } as typeof add
    document.removeEventListener = function (this: Document, ...args: Parameters<typeof remove>) {
      heard.push(`-${args[0]}`)
      return remove.apply(this, args)
    } as typeof remove
    page.querySelector<HTMLButtonElement>('button')?.click()
    await drawn()
    shown.value = false
    await nextTick()
    Object.assign(document, { addEventListener: add, removeEventListener: remove })
    expect(heard.filter((line) => line.endsWith('pointerdown'))).toEqual(['+pointerdown', '-pointerdown'])
  })

  it('VB-43 without details takes a class of the application beside its own', () => {
    const page = put(() => h(SaveStatus, { document: fakeDocument({ id: 'a' }), class: 'mine' }))
    expect(page.firstElementChild?.className).toBe('sheaf-save-status mine')
  })
})
