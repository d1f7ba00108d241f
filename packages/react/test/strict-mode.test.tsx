import type { SheafClient, SheafDocument } from '@sheaf/client-sdk'
import type { Editor } from '@sheaf/client-sdk/editor'
import { createTestWorld } from '@sheaf/client-sdk/testing'
import type { TestWorld } from '@sheaf/client-sdk/testing'
import { act, cleanup, render } from '@testing-library/react'
import { Fragment, StrictMode, Suspense } from 'react'
import type { ReactElement } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import {
  Inspector,
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  SheafProvider,
  VersionHistory,
  useDocument,
} from '../src/index.ts'
import { useDocument as useLoadedDocument } from '../src/suspense.ts'

let world: TestWorld

afterEach(async () => {
  cleanup()
  await world.close()
})

interface PageProps {
  readonly onEditor: (editor: Editor | null) => void
}

/** Everything that a page may have, for one document. */
function Page({ onEditor }: PageProps): ReactElement {
  const opened = useDocument('a')
  return (
    <>
      <SaveStatus document={opened} details />
      <PresenceAvatars document={opened} />
      <SheafEditor document={opened} toolbar onEditor={onEditor} />
      <Inspector document={opened} />
      <VersionHistory document={opened} />
    </>
  )
}

function LoadedPage({ onEditor }: PageProps): ReactElement {
  return <SheafEditor document={useLoadedDocument('a')} onEditor={onEditor} />
}

/** The real client, of which every document that it ever made is counted; there is no server for versions here. */
function counting(client: SheafClient): { client: SheafClient; made: Set<SheafDocument> } {
  const made = new Set<SheafDocument>()
  const versions: SheafClient['versions'] = (id) => ({
    ...client.versions(id),
    list: () => Promise.resolve({ items: [], nextCursor: null }),
  })
  const open: SheafClient['open'] = (id) => {
    const document = client.open(id)
    made.add(document)
    return document
  }
  return { client: { ...client, open, versions }, made }
}

/** Long enough to connect, to load, and for what was typed to be committed. */
const settle = () => act(async () => world.advance(5_000))

/** Ada writes a word on a page with everything, while Bo has the document open. What there was of it then. */
async function whatComesOf(Mode: typeof StrictMode, Shown: typeof Page) {
  world = createTestWorld()
  const bo = world.person('Bo').open('a')
  await settle()
  const { client, made } = counting(world.person('Ada').client)
  let editor: Editor | null = null
  const onEditor = (value: Editor | null): void => void (editor = value)
  const { container, unmount } = render(
    <Mode>
      <SheafProvider client={client}>
        <Suspense fallback={<p>waiting</p>}>
          <Shown onEditor={onEditor} />
        </Suspense>
      </SheafProvider>
    </Mode>,
  )
  await settle()
  await settle()
  const present = editor as Editor | null
  if (present === null) throw new Error('there is no editor')
  act(() => present.view.dispatch(present.view.state.tr.insertText('once')))
  await settle()
  const others = () => bo.awareness.getStates().size - 1
  const seen = {
    documents: made.size,
    sessions: others(),
    editors: container.querySelectorAll('.sheaf-content[role=textbox]').length,
    shown: container.querySelector('.sheaf-content')?.textContent,
    text: world.server.text('a'),
    operations: world.server.log.read('a').filter(({ authorId }) => authorId === 'ada').length,
  }
  unmount()
  await act(async () => world.advance(10_000))
  return { ...seen, sessionsAfter: others() }
}

describe('StrictMode', () => {
  for (const [name, Shown] of [
    ['useDocument', Page],
    ['useDocument of /suspense', LoadedPage],
  ] as const)
    it(`RB-15 loss 22: ${name} doubles nothing: session, editor, listeners and content are there once`, async () => {
      const strict = await whatComesOf(StrictMode, Shown)
      expect(strict).toEqual({
        documents: 1,
        sessions: 1,
        editors: 1,
        shown: 'once',
        text: 'once',
        operations: 1,
        sessionsAfter: 0,
      })
      await world.close()
      expect(await whatComesOf(Fragment as unknown as typeof StrictMode, Shown)).toEqual(strict)
    })
})
