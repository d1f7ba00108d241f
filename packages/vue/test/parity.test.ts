import type { Version } from '@sheaf/client-sdk'
import type { Editor } from '@sheaf/client-sdk/editor'
import { createTestWorld, fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'
import * as React from '@sheaf/react'
import * as ReactSuspense from '@sheaf/react/suspense'
import { act, createElement } from 'react'
import type { ComponentType } from 'react'
import { createRoot } from 'react-dom/client'
import type { Root } from 'react-dom/client'
import { renderToString as renderReact } from 'react-dom/server'
import { afterEach, describe, expect, it } from 'vitest'
import { createSSRApp, h, nextTick } from 'vue'
import type { Component } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'
import { XmlText } from 'yjs'
import * as Vue from '../src/index.ts'
import * as VueSuspense from '../src/suspense.ts'
import { drawn, show } from './page.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const roots: Root[] = []
afterEach(async () => {
  await act(async () => {
    for (const root of roots.splice(0)) root.unmount()
  })
})

/** One page has the focus, and the other has not. */
const FOCUS = / ProseMirror-focused/
/** Ids are made by the frameworks; which option is chosen and what a field holds are properties. */
const UNLIKE = new Set(['value', 'selected'])
const REFERENCES = new Set(['id', 'aria-controls', 'aria-describedby', 'aria-labelledby', 'list'])

function attributesOf(element: Element): string {
  return [...element.attributes]
    .filter(({ name }) => !UNLIKE.has(name))
    .map(
      ({ name, value }) => `${name}="${REFERENCES.has(name) ? '…' : value.replace(FOCUS, '').replace(/;?\s*$/, '')}"`,
    )
    .sort()
    .join(' ')
}

/** What somebody who sees, hears or styles the page has to do with, line by line. */
function outline(node: Node, depth = 0): string[] {
  const indent = '  '.repeat(depth)
  if (node.nodeType === Node.TEXT_NODE) return node.textContent === '' ? [] : [`${indent}“${node.textContent}”`]
  if (!(node instanceof Element)) return []
  const children = [...node.childNodes].flatMap((child) => outline(child, depth + 1))
  return [`${indent}<${node.tagName.toLowerCase()} ${attributesOf(node)}>`, ...mergedTexts(children)]
}

/** One framework writes two texts beside each other where the other writes one. */
function mergedTexts(lines: readonly string[]): string[] {
  const merged: string[] = []
  for (const line of lines) {
    const former = merged.at(-1)
    const [a, b] = [/^(\s*)“([^]*)”$/.exec(former ?? ''), /^(\s*)“([^]*)”$/.exec(line)]
    if (a !== null && b !== null && a[1] === b[1]) merged[merged.length - 1] = `${a[1]}“${a[2]}${b[2]}”`
    else merged.push(line)
  }
  return merged
}

const outlineOf = (page: Element): string[] => mergedTexts([...page.childNodes].flatMap((node) => outline(node)))

function parsed(html: string): HTMLElement {
  const page = document.createElement('div')
  page.innerHTML = html
  return page
}

type Name = Exclude<keyof typeof React & keyof typeof Vue, `use${string}`>

interface Shown {
  readonly react: HTMLElement
  readonly vue: HTMLElement
  /** Does the same on both pages, and waits for both to be drawn. */
  readonly both: (run: (page: HTMLElement) => void) => Promise<void>
}

/** One for each page, with a history of its own. */
type Clients = readonly [react: FakeClient, vue: FakeClient]

const clientsWith = (...versions: readonly Version[]): Clients => [fakeClient({ versions }), fakeClient({ versions })]

/** Puts the same component with the same props onto two pages. */
async function showBoth(name: Name, props: object, [client, vueClient]: Clients = clientsWith()): Promise<Shown> {
  const react = document.createElement('div')
  document.body.append(react)
  const root = createRoot(react)
  roots.push(root)
  const ReactComponent = Reflect.get(React, name) as ComponentType<object>
  const provided = createElement(React.SheafProvider, { client: client }, createElement(ReactComponent, props))
  await act(async () => root.render(provided))
  const { className, ...rest } = props as { className?: string }
  const vueProps = className === undefined ? rest : { ...rest, class: className }
  const { page: vue } = show(() => h(Reflect.get(Vue, name) as Component, vueProps), vueClient)
  await drawn()
  const both = async (run: (page: HTMLElement) => void): Promise<void> => {
    await act(async () => run(react))
    run(vue)
    await act(async () => drawn())
  }
  return { react, vue, both }
}

const expectSame = ({ react, vue }: Shown): void => {
  expect(outlineOf(vue)).toEqual(outlineOf(react))
  expect(vue.textContent).not.toBe('')
}

const button = (page: HTMLElement, words: string): HTMLElement => {
  const found = [...page.querySelectorAll('button')].find(
    (element) => element.textContent === words || element.getAttribute('aria-label') === words,
  )
  if (found === undefined) throw new Error(`there is no button ${words}`)
  return found
}

const version: Version = {
  id: '1',
  seq: 5,
  kind: 'auto',
  name: null,
  authors: [{ id: 'a', displayName: 'Ada' }],
  createdAt: '2026-01-02T03:04:05.000Z',
}

describe('parity with the React bindings', () => {
  it('VB-60 exports the same names, and the plugin of Vue', () => {
    const own = ['sheafPlugin']
    expect(
      Object.keys(Vue)
        .filter((name) => !own.includes(name))
        .sort(),
    ).toEqual(Object.keys(React).sort())
    const ownOfReact = ['ClientSideSuspense']
    expect(Object.keys(VueSuspense)).toEqual(Object.keys(ReactSuspense).filter((name) => !ownOfReact.includes(name)))
  })

  it('VB-61 renders the same on a server', async () => {
    const content = { type: 'doc', content: [] }
    const cases: readonly (readonly [Name, object])[] = [
      ['SaveStatus', { document: null }],
      ['SaveStatus', { document: null, details: true, className: 'mine' }],
      ['Toolbar', { editor: null, className: 'mine' }],
      ['PresenceAvatars', { document: null }],
      ['ContentView', { content, ariaLabel: 'Version', className: 'mine' }],
      ['Inspector', { document: null, className: 'mine' }],
      ['SheafEditor', { document: null, toolbar: true, className: 'mine' }],
      ['VersionHistory', { document: null, className: 'mine' }],
      ['VersionHistory', { versions: 'a' }],
    ]
    for (const [name, props] of cases) {
      const client = fakeClient()
      const ReactComponent = Reflect.get(React, name) as ComponentType<object>
      const element = createElement(React.SheafProvider, { client: client }, createElement(ReactComponent, props))
      const { className, ...rest } = props as { className?: string }
      const vueProps = className === undefined ? rest : { ...rest, class: className }
      const app = createSSRApp(() => h(Reflect.get(Vue, name) as Component, vueProps)).use(Vue.sheafPlugin(client))
      expect([name, ...outlineOf(parsed(await renderVue(app)))]).toEqual([
        name,
        ...outlineOf(parsed(renderReact(element))),
      ])
    }
  })

  it('VB-61 draws the same editor with its toolbar, its link form and its notice', async () => {
    const fake = fakeDocument({ id: 'a' })
    const shown = await showBoth('SheafEditor', { document: fake, toolbar: true, placeholder: 'Write' })
    expectSame(shown)
    await shown.both((page) => button(page, 'Bold').click())
    expectSame(shown)
    // Whoever has the focus is told more.
    await shown.both(() => (document.activeElement as HTMLElement).blur())
    fake.change({ role: 'viewer', editable: false })
    await shown.both(() => undefined)
    expectSame(shown)
    expect(shown.vue.querySelector('.sheaf-notice')).not.toBeNull()
  })

  it('VB-61 draws the same link form', async () => {
    let editor: Editor | null = null
    const fake = fakeDocument({ id: 'a' })
    await showBoth('SheafEditor', { document: fake, onEditor: (made: Editor) => void (editor = made) })
    const shown = await showBoth('Toolbar', { editor })
    await shown.both((page) => button(page, 'Link').click())
    expectSame(shown)
    expect(shown.vue.querySelector('form')).not.toBeNull()
  })

  it('VB-61 draws the same people and the same save status', async () => {
    const fake = fakeDocument({ id: 'a' })
    for (const name of ['Ada', 'Ben', 'Cleo', 'Dan']) fake.join(`${name} Doe`)
    expectSame(await showBoth('PresenceAvatars', { document: fake, max: 3, className: 'mine' }))
    fake.change({ saveState: 'unsaved', unsavedChanges: 12, connection: 'offline' })
    expectSame(await showBoth('SaveStatus', { document: fake, className: 'mine' }))
  })

  it('VB-61 draws the same content, also where the schema does not know it', async () => {
    const paragraph = { type: 'paragraph', content: [{ type: 'text', text: 'Hello' }] }
    expectSame(await showBoth('ContentView', { content: { type: 'doc', content: [paragraph] }, ariaLabel: 'Version' }))
    expectSame(await showBoth('ContentView', { content: { type: 'doc', content: [{ type: 'diagram' }] } }))
  })

  it('VB-61 draws the same list of versions, with what failed', async () => {
    const clients = clientsWith({ ...version, id: '2', name: 'Draft' }, version)
    const list = { versions: 'a', selectedId: '2', onSelect: () => undefined, onRestore: () => undefined }
    expectSame(await showBoth('VersionHistory', list, clients))
    for (const client of clients) client.failNext('versions.list')
    expectSame(await showBoth('VersionHistory', { versions: 'a' }, clients))
  })

  it('VB-61 draws the same panel of versions: list, preview, renaming, question, messages', async () => {
    const clients = clientsWith({ ...version, id: '2', name: 'Draft' }, version)
    const fake = fakeDocument({ id: 'a' })
    const shown = await showBoth('VersionHistory', { document: fake, className: 'mine' }, clients)
    const press = (words: string) => shown.both((page) => button(page, words).click())
    expectSame(shown)
    await shown.both((page) => page.querySelector<HTMLElement>('.sheaf-version')?.click())
    await act(async () => nextTick())
    expectSame(shown)
    await press('Rename')
    expectSame(shown)
    await press('Cancel')
    await press('Restore this version')
    expectSame(shown)
    await shown.both((page) => button(page.querySelector('dialog')!, 'Restore').click())
    await act(async () => drawn())
    expectSame(shown)
    expect(shown.vue.textContent).toContain('The version is restored.')
  })

  it('VB-61 draws the same inspector', async () => {
    const world = createTestWorld()
    const sheaf = world.person('Ada').open('minutes')
    await world.settled()
    const shown = await showBoth('Inspector', { document: sheaf, className: 'mine' })
    expectSame(shown)
    sheaf.ydoc.getXmlFragment('content').insert(0, [new XmlText('Hello')])
    await world.settled()
    await shown.both(() => undefined)
    expect(shown.vue.querySelector('[data-step=durable]')).not.toBeNull()
    expectSame(shown)
    await world.close()
  })
})
