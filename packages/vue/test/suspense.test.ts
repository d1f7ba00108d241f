import { SheafError } from '@sheaf/client-sdk'
import type { SheafErrorCode } from '@sheaf/client-sdk'
import { fakeClient } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'
import { describe, expect, it, vi } from 'vitest'
import { Suspense, createSSRApp, defineComponent, h, nextTick, onErrorCaptured, ref } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { SaveStatus, sheafPlugin } from '../src/index.ts'
import { useDocument } from '../src/suspense.ts'
import { show } from './page.ts'

const Opened = defineComponent({
  props: { id: { type: String, required: true } },
  async setup(props) {
    const document = await useDocument(props.id)
    return () => h('p', [document.id, ' ', h(SaveStatus, { document })])
  },
})

const caught = ref<SheafErrorCode | null>(null)
const id = ref<string | null>('a')
const Boundary = defineComponent(() => {
  onErrorCaptured((error) => {
    caught.value = error instanceof SheafError ? error.code : null
    return false
  })
  return () => {
    if (caught.value !== null) return h('p', `failed: ${caught.value}`)
    if (id.value === null) return h('p', 'left')
    return h(Suspense, null, {
      default: () => h(Opened, { id: id.value ?? '', key: id.value ?? '' }),
      fallback: () => h('p', 'waiting'),
    })
  }
})

function suspended(): { client: FakeClient; page: HTMLElement } {
  caught.value = null
  id.value = 'a'
  const client = fakeClient({ document: { loaded: false } })
  return { client, page: show(Boundary, client).page }
}

describe('useDocument of @sheaf/vue/suspense', () => {
  it('VB-20 waits for the content, and ends the session when the component goes', async () => {
    const { client, page } = suspended()
    expect(page.textContent).toBe('waiting')
    client.document('a').load()
    await vi.waitFor(() => expect(page.textContent).toBe('a Saved'))
    expect(client.sessions).toBe(1)
    id.value = null
    await nextTick()
    expect(page.textContent).toBe('left')
    expect(client.openDocuments).toEqual([])
  })

  it('VB-20 a component that goes before there is content ends its session, too', async () => {
    const { client, page } = suspended()
    id.value = null
    await nextTick()
    expect(page.textContent).toBe('left')
    expect(client.openDocuments).toEqual([])
  })

  it('VB-20 another key opens the other document', async () => {
    const { client, page } = suspended()
    client.document('a').load()
    await vi.waitFor(() => expect(page.textContent).toBe('a Saved'))
    id.value = 'b'
    await nextTick()
    client.document('b').load()
    await vi.waitFor(() => expect(page.textContent).toBe('b Saved'))
    await nextTick()
    expect(client.openDocuments).toEqual(['b'])
  })

  it('VB-21 a document that cannot be opened is an error for onErrorCaptured, and is closed', async () => {
    const { client, page } = suspended()
    client.document('a').fail(new SheafError('not-found'))
    await vi.waitFor(() => expect(page.textContent).toBe('failed: not-found'))
    expect(client.openDocuments).toEqual([])
  })

  it('VB-21 closes what cannot be opened, also where the component stays', async () => {
    const client = fakeClient({ document: { loaded: false } })
    const { app } = show(() => h(Suspense, () => h(Opened, { id: 'a' })), client)
    const errors: unknown[] = []
    app.config.errorHandler = (error) => void errors.push(error)
    client.document('a').fail(new SheafError('not-found'))
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    expect(client.openDocuments).toEqual([])
  })

  it('VB-21 on a server it opens nothing, and the error says what to do', async () => {
    const client = fakeClient()
    const app = createSSRApp(() => h(Suspense, () => h(Opened, { id: 'a' })))
    const errors: unknown[] = []
    app.config.errorHandler = (error) => void errors.push(error)
    app.use(sheafPlugin(client))
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    await renderToString(app)
    expect(String(errors[0])).toContain('in the browser only')
    expect(client.sessions).toBe(0)
    vi.restoreAllMocks()
  })
})
