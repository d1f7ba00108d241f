import { fakeClient } from '@sheaf/client-sdk/testing'
import type { FakeClient } from '@sheaf/client-sdk/testing'
import { createApp, nextTick } from 'vue'
import type { App, Component } from 'vue'
import { afterEach } from 'vitest'
import { sheafPlugin } from '../src/index.ts'

const apps: App[] = []

afterEach(() => {
  for (const app of apps.splice(0)) app.unmount()
  document.body.replaceChildren()
})

/** Puts an application of one component onto the page; it is taken off after the test. */
export function show(component: Component, client: FakeClient = fakeClient()): { page: HTMLElement; app: App } {
  const page = document.createElement('div')
  document.body.append(page)
  const app = createApp(component)
  app.use(sheafPlugin(client))
  app.mount(page)
  apps.push(app)
  return { page, app }
}

/** An editor is made after the element is there, and the toolbar is drawn anew after the editor is. */
export async function drawn(): Promise<void> {
  await nextTick()
  await nextTick()
}
