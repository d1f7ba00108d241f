import { fakeClient } from '@sheaf/client-sdk/testing'
import { refresh } from './refresh-runtime.ts'
import { act, cleanup, render } from '@testing-library/react'
import { StrictMode } from 'react'
import type { ReactElement } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { SheafEditor, SheafProvider, useDocument } from '../src/index.ts'
import { useDocument as useLoadedDocument } from '../src/suspense.ts'

afterEach(cleanup)

/**
 * One state of an application's module: a page that shows its name beside the document. A changed module registers another
 * function under the same name, with the signature of its hooks.
 */
function moduleOf(name: string, signature: string, useAnyDocument: typeof useDocument): () => ReactElement {
  const sign = refresh.createSignatureFunctionForTransform()
  function Page(): ReactElement {
    sign()
    const opened = useAnyDocument('a')
    return (
      <main>
        {name} {opened?.id}
        <SheafEditor document={opened} toolbar />
      </main>
    )
  }
  sign(Page, signature)
  refresh.register(Page, 'page.tsx Page')
  return Page
}

describe('hot reload', () => {
  for (const [what, signature] of [
    ['whose hooks stay', 'useDocument{}'],
    ['whose hooks change, so that it is mounted anew', 'useState{} useDocument{}'],
  ] as const)
    for (const kind of ['useDocument', 'useDocument of /suspense'] as const)
      it(`RB-13 a component ${what} goes on with the session of ${kind}`, async () => {
        const use = kind === 'useDocument' ? useDocument : useLoadedDocument
        const client = fakeClient()
        const Page = moduleOf('first', 'useDocument{}', use)
        const { container } = render(
          <StrictMode>
            <SheafProvider client={client}>
              <Page />
            </SheafProvider>
          </StrictMode>,
        )
        await act(async () => Promise.resolve())
        const opened = client.document('a')
        const before = opened.listeners
        await act(async () => {
          moduleOf('second', signature, use)
          refresh.performReactRefresh()
          return Promise.resolve()
        })
        await act(async () => Promise.resolve())
        expect(container.textContent).toMatch(/^second a/)
        expect(client.document('a')).toBe(opened)
        expect(client.sessions).toBe(1)
        expect(client.holders('a')).toBe(1)
        expect(container.querySelectorAll('.sheaf-content')).toHaveLength(1)
        expect(opened.listeners).toBe(before)
      })

  it('RB-13 another component in the same commit takes the session over', async () => {
    const client = fakeClient()
    const First = moduleOf('one', 'useDocument{}', useDocument)
    const Second = (): ReactElement => <section>{useDocument('a')?.id}</section>
    const page = (node: ReactElement) => <SheafProvider client={client}>{node}</SheafProvider>
    const { rerender, container } = render(page(<First />))
    await act(async () => Promise.resolve())
    rerender(page(<Second />))
    await act(async () => Promise.resolve())
    expect(container.textContent).toBe('a')
    expect(client.sessions).toBe(1)
    expect(client.holders('a')).toBe(1)
  })
})
