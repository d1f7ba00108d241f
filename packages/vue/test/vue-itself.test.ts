import type { SheafDocument } from '@sheaf/client-sdk'
import { sheafSchema } from '@sheaf/client-sdk/editor'
import type { Editor } from '@sheaf/client-sdk/editor'
import { fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import type { FakeDocument } from '@sheaf/client-sdk/testing'
import type { Schema } from 'prosemirror-model'
import { Plugin } from 'prosemirror-state'
import { describe, expect, it } from 'vitest'
import { KeepAlive, defineComponent, h, isProxy, markRaw, nextTick, reactive, ref, shallowRef } from 'vue'
import type { HMRRuntime } from 'vue'
import { XmlElement, XmlText } from 'yjs'
import {
  ContentView,
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  SheafProvider,
  Toolbar,
  useDocument,
  useDocumentStatus,
  useEditor,
  usePresence,
} from '../src/index.ts'
import { drawn, show } from './page.ts'

const textOf = (document: FakeDocument): string => document.ydoc.getXmlFragment('content').toString()

describe('proxies of the application', () => {
  it('VB-50 a document in a ref, opened without useDocument, works in every composable and component', async () => {
    const fake = fakeDocument({ id: 'a' })
    // What `ref()` makes of an object that nobody has marked.
    const document = ref(fake) as unknown as { value: SheafDocument }
    expect(isProxy(document.value)).toBe(true)
    let editor: Editor | null = null
    const Page = defineComponent(() => {
      const status = useDocumentStatus(() => document.value)
      const people = usePresence(() => document.value)
      return () => [
        h('p', `${status.value?.saveState} ${people.value.length}`),
        h(SaveStatus, { document: document.value }),
        h(PresenceAvatars, { document: document.value }),
        h(SheafEditor, { document: document.value, toolbar: true, onEditor: (value) => void (editor = value) }),
      ]
    })
    const { page } = show(Page)
    await drawn()
    expect((editor as Editor | null)?.commands.insertText('typed')).toBe(true)
    expect(textOf(fake)).toBe('<paragraph>typed</paragraph>')
    fake.change({ saveState: 'saving', unsavedChanges: 1 })
    await nextTick()
    expect(page.textContent).toContain('saving 0')
    page.querySelector<HTMLButtonElement>('[aria-label=Undo]')?.click()
    expect(textOf(fake)).not.toContain('typed')
  })

  it('VB-50 an editor, its view and its document that the application puts into reactive state stay themselves', async () => {
    const client = fakeClient()
    const state = reactive<Record<string, unknown>>({})
    const Page = defineComponent(() => {
      const document = useDocument('a')
      return () =>
        h(SheafEditor, {
          document: document.value,
          onEditor: (editor: Editor | null) =>
            Object.assign(state, {
              editor,
              view: editor?.view,
              document: document.value,
              ydoc: document.value?.ydoc,
              awareness: document.value?.awareness,
              undo: document.value?.undoManager,
            }),
        })
    })
    show(Page, client)
    await drawn()
    for (const [name, value] of Object.entries(state))
      expect([name, isProxy(value), value === null]).toEqual([name, false, false])
    const { view } = state as { view: Editor['view'] }
    view.dispatch(view.state.tr.insertText('typed'))
    expect(textOf(client.document('a'))).toContain('typed')
  })

  it('VB-50 a schema, plugins and an editor that come out of reactive state are taken as they are', async () => {
    const fake = fakeDocument({ id: 'a' })
    const plugin = new Plugin({ props: { attributes: { 'data-plugin': 'mine' } } })
    const state = reactive({ schema: sheafSchema, plugins: [plugin] })
    let made = null as Editor | null
    expect([isProxy(state.schema), isProxy(state.plugins[0])]).toEqual([true, true])
    const Page = defineComponent(() => {
      const place = shallowRef<HTMLElement | null>(null)
      const { schema, plugins } = state as { schema: Schema; plugins: Plugin[] }
      const editor = useEditor(() => fake, place, { schema, plugins: [...plugins] })
      return () => {
        made = editor.value
        return [h(Toolbar, { editor: editor.value }), h('div', { ref: place })]
      }
    })
    const { page } = show(Page)
    await drawn()
    expect(made?.view.state.plugins.includes(plugin)).toBe(true)
    expect(made?.view.state.schema === sheafSchema).toBe(true)
    expect(page.querySelector('.sheaf-content')?.getAttribute('data-plugin')).toBe('mine')
    page.querySelector<HTMLButtonElement>('[aria-label=Bold]')?.click()
    await nextTick()
    expect(page.querySelector('[aria-label=Bold]')?.getAttribute('aria-pressed')).toBe('true')
  })
})

const page = (name: string, children: () => unknown) => markRaw(defineComponent({ name, render: children }))

describe('KeepAlive', () => {
  const Document = defineComponent(() => {
    const document = useDocument('a')
    return () => h(SheafEditor, { document: document.value, toolbar: true })
  })
  const Other = page('Other', () => h('p', 'other'))

  async function showKept() {
    const client = fakeClient()
    const shown = ref(true)
    const { page: element } = show(() => h(KeepAlive, () => h(shown.value ? Document : Other)), client)
    await drawn()
    const content = () => element.querySelector<HTMLElement>('.sheaf-content')
    const toggle = async (): Promise<void> => {
      shown.value = !shown.value
      await drawn()
    }
    return { client, content, toggle, fake: client.document('a') }
  }

  it('VB-51 keeps the document open, with the same editor, and takes the caret away from the others', async () => {
    const { client, content, toggle, fake } = await showKept()
    const before = content()
    before?.focus()
    await expect.poll(() => fake.awareness.getLocalState()?.['cursor']).toBeTruthy()
    await toggle()
    expect(content()).toBeNull()
    expect(client.holders('a')).toBe(1)
    expect(fake.awareness.getLocalState()?.['cursor']).toBeNull()
    await toggle()
    expect(content()).toBe(before)
    expect(client.sessions).toBe(1)
  })

  it('VB-51 shows after its return what others wrote meanwhile, and is written to', async () => {
    const { content, toggle, fake } = await showKept()
    content()?.focus()
    await expect.poll(() => fake.awareness.getLocalState()?.['cursor']).toBeTruthy()
    await toggle()
    const paragraph = new XmlElement('paragraph')
    paragraph.insert(0, [new XmlText('meanwhile')])
    fake.ydoc.getXmlFragment('content').insert(0, [paragraph])
    await toggle()
    expect(content()?.textContent).toBe('meanwhile')
    content()?.focus()
    await expect.poll(() => fake.awareness.getLocalState()?.['cursor']).toBeTruthy()
    globalThis.document.querySelector<HTMLButtonElement>('[aria-label="Bulleted list"]')?.click()
    expect(textOf(fake)).toContain('<bullet_list>')
  })
})

describe('hot reload', () => {
  const hmr = (globalThis as unknown as { __VUE_HMR_RUNTIME__: HMRRuntime }).__VUE_HMR_RUNTIME__

  it('VB-53 one session and the text stay when a component is reloaded, and the editor when it is drawn anew', async () => {
    const client = fakeClient()
    const version = (words: string) => ({
      __hmrId: 'sheaf-hot-page',
      setup() {
        const document = useDocument('a')
        return { document }
      },
      render(this: { document: SheafDocument | null }) {
        return [h('p', words), h(SheafEditor, { document: this.document })]
      },
    })
    const first = version('first')
    hmr.createRecord('sheaf-hot-page', first as never)
    const { page: element } = show(() => h('main', [h(first)]), client)
    await drawn()
    const content = () => element.querySelector('.sheaf-content')
    const before = content()
    hmr.rerender('sheaf-hot-page', version('second').render as never)
    await drawn()
    expect(element.querySelector('p')?.textContent).toBe('second')
    expect(content()).toBe(before)
    hmr.reload('sheaf-hot-page', version('third') as never)
    await drawn()
    expect(element.querySelector('p')?.textContent).toBe('third')
    expect(element.querySelectorAll('.sheaf-content')).toHaveLength(1)
    expect(client.sessions).toBe(1)
    expect(client.holders('a')).toBe(1)
  })
})

describe('ContentView', () => {
  it('VB-11 draws content, and says so where the schema does not know it', async () => {
    const paragraph = { type: 'paragraph', content: [{ type: 'text', text: 'Hello' }] }
    const content = ref<unknown>({ type: 'doc', content: [paragraph] })
    const { page: element } = show(() => h(ContentView, { content: content.value, ariaLabel: 'Version' }))
    await nextTick()
    expect(element.querySelector('[role=document][aria-label=Version]')?.innerHTML).toBe('<p dir="auto">Hello</p>')
    content.value = { type: 'doc', content: [{ type: 'diagram' }] }
    await drawn()
    expect(element.querySelector('[role=status]')?.textContent).toContain('another version')
    expect(element.querySelector('[role=document]')?.innerHTML).toBe('')
  })
})

describe('SheafProvider', () => {
  it('VB-56 another client makes everything in its slot anew', async () => {
    const clients = [fakeClient(), fakeClient()] as const
    const chosen = ref<0 | 1>(0)
    const Opened = defineComponent(() => {
      const document = useDocument('a')
      return () => h('p', document.value?.id)
    })
    show(() => h(SheafProvider, { client: clients[chosen.value] }, () => h(Opened)))
    await nextTick()
    expect([clients[0].sessions, clients[1].sessions]).toEqual([1, 0])
    chosen.value = 1
    await drawn()
    expect([clients[0].openDocuments, clients[1].openDocuments]).toEqual([[], ['a']])
  })
})
