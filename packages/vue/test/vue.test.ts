import { SheafError } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import type { Editor } from '@sheaf/client-sdk/editor'
import { fakeClient, fakeDocument } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp, createSSRApp, defineComponent, h, isReactive, nextTick, reactive, ref } from 'vue'
import type { App, Component, Ref } from 'vue'
import {
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  SheafProvider,
  sheafPlugin,
  useDocument,
  useDocumentStatus,
  useSheafClient,
} from '../src/index.ts'

const apps: App[] = []

function show(component: Component, client: FakeClient = fakeClient()): { page: HTMLElement; app: App } {
  const page = document.createElement('div')
  document.body.append(page)
  const app = createApp(component)
  app.use(sheafPlugin(client))
  app.mount(page)
  apps.push(app)
  return { page, app }
}

afterEach(() => {
  for (const app of apps.splice(0)) app.unmount()
  document.body.replaceChildren()
})

const Opened = defineComponent({
  props: { id: { type: String, required: true } },
  setup(props) {
    const document = useDocument(() => props.id)
    const status = useDocumentStatus(document)
    return () => h('p', document.value === null ? 'nothing' : `${document.value.id} ${status.value?.saveState}`)
  },
})

describe('useDocument', () => {
  it('VB-1 opens one session while the component is there, shared with others, and ends it after', async () => {
    const client = fakeClient()
    const { page, app } = show(() => [h(Opened, { id: 'a' }), h(Opened, { id: 'a' })], client)
    await nextTick()
    expect(page.textContent).toBe('a saveda saved')
    expect(client.sessions).toBe(1)
    app.unmount()
    await nextTick()
    expect(client.openDocuments).toEqual([])
  })

  it('VB-2 another id opens the other document and closes the first', async () => {
    const client = fakeClient()
    const id = ref('a')
    const { page } = show(() => h(Opened, { id: id.value }), client)
    await nextTick()
    id.value = 'b'
    await nextTick()
    await nextTick()
    expect(page.textContent).toBe('b saved')
    expect(client.openDocuments).toEqual(['b'])
  })

  it('VB-2 never gives the first document for another id, not even before that was looked at', async () => {
    const id = ref('a')
    let given: Readonly<Ref<SheafDocument | null>> | null = null
    show(
      defineComponent(() => {
        given = useDocument(id)
        return () => null
      }),
    )
    await nextTick()
    const document = given as Readonly<Ref<SheafDocument | null>> | null
    expect(document?.value?.id).toBe('a')
    id.value = 'b'
    expect(document?.value).toBeNull()
    await nextTick()
    expect(document?.value?.id).toBe('b')
  })

  it('VB-3 neither the document nor the editor is ever wrapped in a proxy', async () => {
    const document = fakeDocument({ id: 'a' })
    let editor: Editor | null = null
    const state = reactive({ shown: true })
    show(() =>
      state.shown
        ? h(SheafEditor, { document: document, onEditor: (value: Editor | null) => void (editor = value) })
        : null,
    )
    await nextTick()
    const present = editor as Editor | null
    expect(present).not.toBeNull()
    expect(isReactive(present)).toBe(false)
    expect(present?.commands.insertText('typed')).toBe(true)
    expect(document.ydoc.getXmlFragment('content').toJSON()).toBe('<paragraph>typed</paragraph>')
    state.shown = false
    await nextTick()
    expect(editor).toBeNull()
    expect(globalThis.document.querySelector('.sheaf-content')).toBeNull()
  })

  it('VB-4 renders on a server without opening anything', async () => {
    const { renderToString } = await import('vue/server-renderer')
    const client = fakeClient()
    const app = createSSRApp(() => [h(Opened, { id: 'a' }), h(SheafEditor, { toolbar: true }), h(SaveStatus)])
    app.use(sheafPlugin(client))
    const html = await renderToString(app)
    expect(html).toContain('nothing')
    expect(html).toContain('Opening…')
    expect(client.sessions).toBe(0)
  })

  it('VB-5 the client comes from the nearest provider, and without any the error says so', () => {
    const near = fakeClient()
    let found: unknown = null
    const Finder = () => {
      found = useSheafClient()
      return null
    }
    show(() => h(SheafProvider, { client: near }, () => h(Finder)))
    expect(found).toBe(near)
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    expect(() => createApp(Finder).mount(document.createElement('div'))).toThrow('SheafProvider')
    warned.mockRestore()
  })
})

describe('components', () => {
  it('VB-6 SaveStatus follows the document and is never more than true', async () => {
    const document = fakeDocument({ id: 'a' })
    const { page } = show(() => h(SaveStatus, { document: document }))
    const status = page.querySelector('[role=status]')
    expect(status?.textContent).toBe('Saved')
    document.change({ saveState: 'unsaved', unsavedChanges: 12, connection: 'offline' })
    await nextTick()
    expect(status?.textContent).toBe('Offline – 12 changes on this device')
    document.change({ saveState: 'refused', editable: false, error: new SheafError('forbidden') })
    await nextTick()
    expect(status?.textContent).toMatch(/^Read only: .*12 changes kept/)
  })

  it('VB-7 PresenceAvatars names everybody and counts those who have no room', async () => {
    const document = fakeDocument({ id: 'a' })
    const { page } = show(() => h(PresenceAvatars, { document: document, max: 3 }))
    expect(page.querySelector('ul')).toBeNull()
    for (const name of ['Ada', 'Ben', 'Cleo', 'Dan']) document.join(name)
    await nextTick()
    expect([...page.querySelectorAll('[role=img]')].map((avatar) => avatar.getAttribute('aria-label'))).toEqual([
      'Ada',
      'Ben',
    ])
    expect(page.querySelector('[title="Cleo, Dan"]')?.textContent).toBe('+2')
  })

  it('VB-8 the toolbar shows what is active, runs it, and is disabled when one may not write', async () => {
    const document = fakeDocument({ id: 'a' })
    let editor: Editor | null = null
    const { page } = show(() =>
      h(SheafEditor, {
        document: document,
        toolbar: true,
        ariaLabel: 'Notes',
        onEditor: (value: Editor | null) => void (editor = value),
      }),
    )
    await nextTick()
    const bold = page.querySelector<HTMLButtonElement>('[aria-label=Bold]')
    expect(page.querySelector('[role=textbox]')?.getAttribute('aria-label')).toBe('Notes')
    bold?.click()
    await nextTick()
    expect(bold?.getAttribute('aria-pressed')).toBe('true')
    page.querySelector<HTMLButtonElement>('[aria-label=Link]')?.click()
    await nextTick()
    const field = page.querySelector<HTMLInputElement>('[aria-label="Link address"]')
    const enter = async (address: string) => {
      field!.value = address
      field!.dispatchEvent(new Event('input'))
      await nextTick()
      field!.form!.dispatchEvent(new Event('submit', { cancelable: true }))
      await nextTick()
    }
    await enter('javascript:alert(1)')
    expect(field?.getAttribute('aria-invalid')).toBe('true')
    await enter('example.com')
    expect((editor as Editor | null)?.view.dom.querySelector('a')?.getAttribute('href')).toBe('https://example.com')
    document.change({ editable: false })
    await nextTick()
    expect(bold?.disabled).toBe(true)
  })

  it('VB-10 the toolbar offers images where they are taken, and what changes a table inside of one', async () => {
    const image = async (props: object): Promise<HTMLElement> => {
      const opened = fakeDocument({ id: 'a' })
      const { page } = show(() => h(SheafEditor, { document: opened, toolbar: true, ...props }))
      await nextTick()
      await nextTick()
      return page
    }
    expect((await image({})).querySelector('.sheaf-toolbar [aria-label=Image]')).toBeNull()
    const page = await image({ uploadImage: () => Promise.resolve('/a.png'), parts: { find: false } })
    expect(page.querySelector<HTMLButtonElement>('.sheaf-toolbar [aria-label=Image]')?.disabled).toBe(false)
    expect(page.querySelector('.sheaf-find')).toBeNull()
    expect(page.querySelector('[aria-label="Add row below"]')).toBeNull()
    page.querySelector<HTMLButtonElement>('[aria-label=Table]')?.click()
    await nextTick()
    page.querySelector<HTMLButtonElement>('[aria-label="Add row below"]')?.click()
    await nextTick()
    expect(page.querySelectorAll('tr')).toHaveLength(4)
  })
})
