import { ERRORS, PAGE_ENGLISH, SheafError } from '@sheaf/client-sdk'
import type { OutboxStep, SheafErrorCode, Version } from '@sheaf/client-sdk'
import { ENGLISH } from '@sheaf/client-sdk/editor'
import type { Editor, Words } from '@sheaf/client-sdk/editor'
import { fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import type { FakeClient, FakeDocumentOptions } from '@sheaf/client-sdk/testing'
import * as React from '@sheaf/react'
import { act, createElement } from 'react'
import type { ComponentType } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, describe, expect, it } from 'vitest'
import { createApp, h } from 'vue'
import type { Component } from 'vue'
import * as Vue from '../src/index.ts'
import { drawn } from './page.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

/** Every word is its own name between marks, with what is put in. What a test itself puts in is Greek or a figure. */
const codes = Object.keys(ERRORS) as SheafErrorCode[]
const english: Readonly<Record<string, unknown>> = {
  ...ENGLISH,
  ...PAGE_ENGLISH,
  ...Object.fromEntries(codes.map((code) => [`error-${code}`, ''])),
}
const sentence = (word: unknown): string => JSON.stringify(word)
const marked = Object.fromEntries(
  Object.entries(english).map(([name, word]) => {
    const places = new Set(sentence(word).match(/\{\w+\}/g) ?? [])
    return [name, `«${name} ${[...places].join(' ')}»`]
  }),
) as Partial<Words>

type Name = Exclude<keyof typeof React & keyof typeof Vue, `use${string}`>
/** Draws a component of a framework in marked words. */
type Draw = (name: Name, props: object, client?: FakeClient) => Promise<HTMLElement>

const ends: (() => void)[] = []
afterEach(async () => {
  await act(async () => {
    for (const end of ends.splice(0)) end()
  })
  document.body.replaceChildren()
})

const told = { words: marked, locale: 'ar-EG' }

function newPage(): HTMLElement {
  const page = document.createElement('div')
  document.body.append(page)
  return page
}

const inReact: Draw = async (name, props, client = fakeClient()) => {
  const page = newPage()
  const root = createRoot(page)
  ends.push(() => root.unmount())
  const drawnComponent = createElement(Reflect.get(React, name) as ComponentType<object>, props)
  await act(async () => root.render(createElement(React.SheafProvider, { client, ...told }, drawnComponent)))
  await act(async () => drawn())
  return page
}

const inVue: Draw = async (name, props, client = fakeClient()) => {
  const page = newPage()
  const app = createApp(() =>
    h(Vue.SheafProvider, { client, ...told }, () => h(Reflect.get(Vue, name) as Component, props)),
  )
  app.mount(page)
  ends.push(() => app.unmount())
  await drawn()
  return page
}

const SAID = ['aria-label', 'title', 'placeholder', 'aria-description', 'aria-valuetext', 'aria-placeholder', 'alt']
/** Keys are called as they are printed on the keyboard; the sign for small and large letters is a picture of them. */
const NO_WORDS = /\((?:(?:Ctrl|Shift|Alt)\+)+\S+\)|^Aa$/g

/** Everything on a page that is seen, heard or shown at the pointer. */
function saidOn(page: HTMLElement): string[] {
  // What somebody wrote is nobody's word of the interface.
  const elements = [...page.querySelectorAll('*')].filter((element) => element.closest('[role=document] > *') === null)
  const texts = elements.flatMap((element) => [
    ...[...element.childNodes]
      .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
      .map((node) => node.textContent ?? ''),
    ...SAID.map((name) => element.getAttribute(name) ?? ''),
  ])
  return texts.filter((text) => text !== '')
}

/** What is left when every marked word is taken away, also one inside of another. */
function unmarked(text: string): string {
  const shorter = text.replace(/«[^«»]*»/, '')
  return shorter === text ? text.replaceAll(NO_WORDS, '') : unmarked(shorter)
}

class Walk {
  readonly seen = new Set<string>()
  readonly #draw: Draw
  constructor(draw: Draw) {
    this.#draw = draw
  }
  look(page: HTMLElement): void {
    for (const text of saidOn(page)) {
      for (const [, name] of text.matchAll(/«([\w-]+)/g)) this.seen.add(name ?? '')
      expect(unmarked(text), text).not.toMatch(/[a-z]/i)
    }
  }
  async to(name: Name, props: object, client?: FakeClient): Promise<HTMLElement> {
    const page = await this.#draw(name, props, client)
    this.look(page)
    return page
  }
  async press(page: HTMLElement, word: string): Promise<void> {
    const button = [...page.querySelectorAll('button')].find((element) =>
      (element.getAttribute('aria-label') ?? element.textContent ?? '').startsWith(`«${word} `),
    )
    if (button === undefined) throw new Error(`there is no button ${word}`)
    await act(async () => button.click())
    await act(async () => drawn())
    this.look(page)
  }
}

/** The id of a document is no word. */
const document0 = (options: FakeDocumentOptions) => fakeDocument({ id: '7', ...options })

const STATES: readonly FakeDocumentOptions[] = [
  {},
  { loaded: false },
  { loaded: false, connection: 'offline' },
  { saveState: 'saving', unsavedChanges: 2 },
  { saveState: 'unsaved', unsavedChanges: 2, connection: 'connected' },
  { saveState: 'unsaved', unsavedChanges: 2, connection: 'connected', device: 'keeps-nothing' },
  { saveState: 'unsaved', unsavedChanges: 1, connection: 'offline' },
  { saveState: 'unsaved', unsavedChanges: 1, connection: 'offline', device: 'keeps-nothing' },
  { connection: 'connecting' },
  { connection: 'reconnecting', device: 'keeps-nothing', error: new SheafError('unavailable') },
  { connection: 'closed', editable: false },
  { role: 'owner', recovered: 3 },
  { role: null, editable: true },
  { role: null, editable: false },
  { role: 'viewer', editable: false },
  { role: 'commenter', editable: false },
  { role: 'viewer', editable: false, saveState: 'refused', unsavedChanges: 3 },
  { editable: false, saveState: 'refused', unsavedChanges: 3, error: new SheafError('schema-mismatch') },
  {
    editable: false,
    saveState: 'refused',
    unsavedChanges: 3,
    device: 'keeps-nothing',
    error: new SheafError('refused'),
  },
  { error: new SheafError('refused', { message: 'Όχι αυτό.', rejection: 'not-allowed' }), editable: false },
]

const OUTBOXES: readonly (readonly OutboxStep[])[] = [
  ['durable', 'received', 'sent', 'on-device', 'gathering'],
  ['durable', 'refused'],
]

const version = (id: string, kind: Version['kind'], name: string | null = null): Version => ({
  id,
  seq: 5,
  kind,
  name,
  authors: ['Άντα', 'Μπεν'].map((displayName) => ({ id: displayName, displayName })),
  createdAt: '2026-01-02T03:04:05.000Z',
})
const VERSIONS = [
  version('1', 'named', 'Σχέδιο'),
  version('2', 'auto'),
  version('3', 'restore'),
  version('4', 'initial'),
  version('5', 'named'),
]

async function throughStates(walk: Walk): Promise<void> {
  for (const state of STATES) {
    await walk.to('SaveStatus', { document: document0(state) })
    await walk.to('Inspector', { document: document0(state) })
    await walk.to('SheafEditor', { document: document0(state) })
  }
  for (const code of codes) {
    const error = new SheafError(code)
    await walk.to('SaveStatus', { document: document0({ loaded: false, error }) })
    await walk.to('SaveStatus', { document: document0({ editable: false, error }) })
    await walk.to('SheafEditor', { document: document0({ editable: false, error }) })
  }
  const full = Object.assign(new Error('full'), { name: 'QuotaExceededError' })
  const error = new SheafError('journal-unavailable', { message: PAGE_ENGLISH.storageFull, cause: full })
  await walk.to('SheafEditor', { document: document0({ error, device: 'keeps-nothing' }) })
}

async function throughOutboxes(walk: Walk): Promise<void> {
  await walk.to('Inspector', { document: null })
  for (const outbox of OUTBOXES)
    for (const device of ['keeps-edits', 'keeps-nothing'] as const)
      await walk.to('Inspector', { document: document0({ outbox, device, unsavedChanges: 4 }) })
  const gathered = document0({ unsavedChanges: 4, saveState: 'saving' })
  await walk.to('Inspector', { document: gathered })
  const followed = document0({ outbox: ['sent'] })
  const page = await walk.to('Inspector', { document: followed })
  await act(async () => followed.setOutbox([{ step: 'durable', seq: 9 }]))
  await act(async () => drawn())
  walk.look(page)
  const details = await walk.to('SaveStatus', { document: document0({}), details: true })
  await walk.press(details, 'saveDetails')
}

async function throughEditor(walk: Walk): Promise<void> {
  await walk.to('Toolbar', { editor: null })
  await walk.to('SheafEditor', { document: null, toolbar: true })
  let editor: Editor | null = null
  const fake = document0({ text: 'Γεια' })
  const page = await walk.to('SheafEditor', {
    document: fake,
    toolbar: true,
    placeholder: 'Εδώ',
    uploadImage: () => new Promise(() => undefined),
    onEditor: (made: Editor | null) => (editor = made),
  })
  await walk.press(page, 'link')
  await act(async () => (editor as Editor | null)?.commands.insertTable())
  await act(async () => drawn())
  walk.look(page)
  await act(async () => fake.change({ role: 'viewer', editable: false }))
  await act(async () => drawn())
  walk.look(page)
  const people = ['Άντα', 'Μπεν', 'Κλειώ', 'Νταν', 'Εύα']
  await walk.to('PresenceAvatars', { document: document0({ people }), max: 3 })
  await walk.to('ContentView', { content: { type: 'doc', content: [{ type: 'diagram' }] } })
}

async function throughVersions(walk: Walk): Promise<void> {
  await walk.to('VersionHistory', { document: null })
  await walk.to('VersionHistory', { versions: '7', onRestore: () => undefined }, fakeClient({ versions: VERSIONS }))
  await walk.to('VersionHistory', { versions: '7' })
  const waiting = fakeClient()
  const versions = { ...waiting.versions('7'), list: () => new Promise<never>(() => undefined) }
  await walk.to('VersionHistory', { versions: '7' }, { ...waiting, versions: () => versions })
  const slow = fakeClient({ versions: VERSIONS })
  const unread = { ...slow.versions('7'), getContent: () => new Promise<never>(() => undefined) }
  const reading = await walk.to('VersionHistory', { document: document0({}) }, { ...slow, versions: () => unread })
  await act(async () => reading.querySelector<HTMLElement>('.sheaf-version')?.click())
  await act(async () => drawn())
  walk.look(reading)
  const failing = fakeClient({ versions: VERSIONS })
  failing.failNext('versions.list')
  await walk.to('VersionHistory', { versions: '7' }, failing)
  await walk.to('VersionHistory', { versions: '7' }, fakeClient({ versions: VERSIONS, versionsPerPage: 2 }))

  const client = fakeClient({ versions: VERSIONS })
  const panel = await walk.to('VersionHistory', { document: document0({ text: 'Γεια' }) }, client)
  const open = async (): Promise<void> => {
    await act(async () => panel.querySelector<HTMLElement>('.sheaf-version')?.click())
    walk.look(panel)
    await act(async () => drawn())
    walk.look(panel)
  }
  const give = async (name: string): Promise<void> => {
    const field = panel.querySelector<HTMLInputElement>('.sheaf-version-form input')
    if (field !== null) field.value = name
    await act(async () => panel.querySelector<HTMLElement>('.sheaf-version-form [type=submit]')?.click())
    await act(async () => drawn())
    walk.look(panel)
  }
  await give('Νέο')
  client.failNext('versions.create', new SheafError('forbidden'))
  await give('Άλλο')
  await open()
  await walk.press(panel, 'rename')
  await give('Όνομα')
  await walk.press(panel, 'restoreThis')
  const dialog = panel.querySelector('dialog') ?? expect.fail('there is no dialog')
  await walk.press(dialog, 'restore')
  await act(async () => drawn())
  walk.look(panel)
  client.failNext('versions.getContent')
  await open()
}

async function walkEverywhere(draw: Draw): Promise<readonly string[]> {
  const walk = new Walk(draw)
  await throughStates(walk)
  await throughOutboxes(walk)
  await throughEditor(walk)
  await throughVersions(walk)
  return Object.keys(PAGE_ENGLISH).filter((name) => !walk.seen.has(name))
}

describe('a table where each word is replaced by a mark', () => {
  it('RB-71 leaves no English in any component of React in any state, and every word is seen', async () => {
    expect(await walkEverywhere(inReact)).toEqual([])
  }, 60_000)

  it('VB-71 leaves no English in any component of Vue in any state, and every word is seen', async () => {
    expect(await walkEverywhere(inVue)).toEqual([])
  }, 60_000)
})
