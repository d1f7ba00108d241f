import { fakeClient } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'
import { describe, expect, it, vi } from 'vitest'
import { createSSRApp, defineComponent, h, nextTick } from 'vue'
import type { App, Component } from 'vue'
import { renderToString } from 'vue/server-renderer'
import {
  ContentView,
  Inspector,
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  SheafProvider,
  VersionHistory,
  sheafPlugin,
  useDocument,
  useDocumentStatus,
  usePresence,
} from '../src/index.ts'

const Page = defineComponent(() => {
  const document = useDocument('a')
  const status = useDocumentStatus(document)
  const people = usePresence(document)
  return () =>
    h('main', [
      h('p', `${status.value?.saveState ?? 'nothing'} ${people.value.length}`),
      h(SaveStatus, { document: document.value, details: true }),
      h(Inspector),
      h(VersionHistory, { document: document.value }),
      h(PresenceAvatars, { document: document.value }),
      h(SheafEditor, { document: document.value, toolbar: true }),
      h(ContentView, { content: { type: 'doc', content: [] } }),
      h(VersionHistory, { versions: 'a' }),
    ])
})

const appOf = (component: Component, client: FakeClient): App => {
  const app = createSSRApp({ render: () => h(SheafProvider, { client: client }, () => h(component)) })
  return app.use(sheafPlugin(client))
}

describe('server rendering', () => {
  it('VB-52 every component that was rendered on a server goes on in the browser without a difference', async () => {
    const warn = vi.spyOn(console, 'warn')
    const error = vi.spyOn(console, 'error')
    const client = fakeClient()
    const html = await renderToString(appOf(Page, client))
    expect(client.sessions).toBe(0)
    expect(html).toContain('Opening…')
    const page = document.createElement('div')
    page.innerHTML = html
    document.body.append(page)
    const before = page.querySelector('[role=toolbar]')
    // Labels of keys differ by platform, and the server knows nothing of it.
    const platform = vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue('Macintosh; Intel Mac OS X')
    const app = appOf(Page, client)
    app.mount(page)
    await nextTick()
    await nextTick()
    expect(page.querySelector('[role=toolbar]')).toBe(before)
    expect(page.querySelector('p')?.textContent).toBe('saved 0')
    expect(page.querySelector('.sheaf-content')).not.toBeNull()
    expect(page.querySelector('[aria-label=Bold]')?.getAttribute('title')).toBe('Bold (⌘B)')
    expect(client.sessions).toBe(1)
    expect([...warn.mock.calls, ...error.mock.calls]).toEqual([])
    app.unmount()
    platform.mockRestore()
    page.remove()
  })
})
