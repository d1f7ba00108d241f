import type {
  DocumentSnapshot,
  OutboxEntry,
  Person,
  SheafClient,
  SheafDocument,
  Version,
  VersionHistory as History,
} from '@sheaf/client-sdk'
import type { Editor, EditorOptions, EditorSnapshot } from '@sheaf/client-sdk/editor'
import type { ComponentProps, ReactElement, RefCallback } from 'react'
import { describe, expectTypeOf, it } from 'vitest'
import {
  ContentView,
  Inspector,
  PresenceAvatars,
  SaveStatus,
  SheafEditor,
  SheafProvider,
  Toolbar,
  VersionHistory,
  useDocument,
  useDocumentStatus,
  useEditor,
  useEditorSnapshot,
  useOutbox,
  usePresence,
  useSheafClient,
  useVersions,
} from '../src/index.ts'
import type { SheafEditorProps, UseEditorOptions, Versions } from '../src/index.ts'
import { ClientSideSuspense, useDocument as useLoadedDocument } from '../src/suspense.ts'

declare const opened: SheafDocument
declare const editor: Editor
declare const versions: Versions
declare const client: SheafClient

describe('types', () => {
  it('RB-17 a document is null until it is open, and never null where it suspends', () => {
    expectTypeOf(useDocument).parameters.toEqualTypeOf<[documentId: string]>()
    expectTypeOf(useDocument).returns.toEqualTypeOf<SheafDocument | null>()
    expectTypeOf(useLoadedDocument).returns.toEqualTypeOf<SheafDocument>()
    // @ts-expect-error -- an id is needed
    void useDocument()
    // @ts-expect-error -- an id is a string
    void useLoadedDocument(7)
  })

  it('RB-17 hooks take a document that may still be null', () => {
    expectTypeOf(useSheafClient).returns.toEqualTypeOf<SheafClient>()
    expectTypeOf(useDocumentStatus).parameter(0).toEqualTypeOf<SheafDocument | null>()
    expectTypeOf(useDocumentStatus).returns.toEqualTypeOf<DocumentSnapshot | null>()
    expectTypeOf(usePresence).returns.toEqualTypeOf<readonly Person[]>()
    expectTypeOf(useOutbox).returns.toEqualTypeOf<readonly OutboxEntry[]>()
    expectTypeOf(useVersions).returns.toEqualTypeOf<Versions>()
    expectTypeOf(useVersions('a').history).toEqualTypeOf<History>()
    expectTypeOf(useEditor).returns.toEqualTypeOf<readonly [Editor | null, RefCallback<HTMLElement>]>()
    expectTypeOf(useEditorSnapshot).returns.toEqualTypeOf<EditorSnapshot | null>()
    // @ts-expect-error -- undefined is no document that is still to come
    void usePresence(undefined)
    // @ts-expect-error -- what they give is read-only
    useOutbox(opened).push(null)
  })

  it('RB-17 an editor takes every option of createEditor, and no other', () => {
    expectTypeOf<UseEditorOptions>().toEqualTypeOf<Omit<EditorOptions, 'document'>>()
    expectTypeOf<SheafEditorProps>().toExtend<Omit<EditorOptions, 'document'>>()
    expectTypeOf<SheafEditorProps['document']>().toEqualTypeOf<SheafDocument | null>()
    void (<SheafEditor document={useDocument('a')} toolbar words={{ bold: 'Fett' }} announce />)
    // @ts-expect-error -- a document is needed
    void (<SheafEditor toolbar />)
    // @ts-expect-error -- there is no such option
    void (<SheafEditor document={opened} autoFocus />)
    // @ts-expect-error -- there is no such word
    void (<SheafEditor document={opened} words={{ bolt: 'Fett' }} />)
    // @ts-expect-error -- an upload promises where the image is
    void (<SheafEditor document={opened} uploadImage={() => '/a.png'} />)
  })

  it('RB-17 VersionHistory is a panel of a document, or a list of versions', () => {
    void (<VersionHistory document={opened} />)
    void (<VersionHistory document={null} versions={versions} />)
    void (<VersionHistory versions="a" selectedId={null} onSelect={(version: Version) => void version.id} />)
    void (<VersionHistory versions={versions} onRestore={undefined} />)
    // @ts-expect-error -- one of both is needed
    void (<VersionHistory />)
    // @ts-expect-error -- a panel restores by itself
    void (<VersionHistory document={opened} onRestore={() => undefined} />)
    // @ts-expect-error -- a panel takes shared versions, and knows the id by itself
    void (<VersionHistory document={opened} versions="a" />)
    // @ts-expect-error -- what is selected is an id
    void (<VersionHistory versions="a" selectedId={7} />)
  })

  it('RB-17 every other component says what it needs', () => {
    expectTypeOf<ComponentProps<typeof Toolbar>['editor']>().toEqualTypeOf<Editor | null>()
    expectTypeOf(SaveStatus).returns.toEqualTypeOf<ReactElement>()
    expectTypeOf(PresenceAvatars).returns.toEqualTypeOf<ReactElement | null>()
    void (
      <SheafProvider client={client}>
        <Toolbar editor={editor} className="mine">
          <button type="button">Mine</button>
        </Toolbar>
        <SaveStatus document={null} details className="mine" />
        <Inspector document={opened} className="mine" />
        <PresenceAvatars document={opened} max={3} />
        <ContentView content={{}} ariaLabel="Content" />
        <ClientSideSuspense fallback="Loading">text</ClientSideSuspense>
      </SheafProvider>
    )
    void (<SheafProvider client={client} words={{ bold: 'Fett', saved: 'Gespeichert' }} locale="de" />)
    void (<SheafProvider client={client} words={{ keptOnDevice: { one: '{count}', other: '{count}' } }} />)
    // @ts-expect-error -- there is no such word
    void (<SheafProvider client={client} words={{ bould: 'Fett' }} />)
    // @ts-expect-error -- nothing is counted there
    void (<SheafProvider client={client} words={{ saved: { other: 'Gespeichert' } }} />)
    // @ts-expect-error -- a client is needed
    void (<SheafProvider>text</SheafProvider>)
    // @ts-expect-error -- a document is needed
    void (<SaveStatus details />)
    // @ts-expect-error -- a document, not its id
    void (<Inspector document="a" />)
    // @ts-expect-error -- a number
    void (<PresenceAvatars document={opened} max="3" />)
    // @ts-expect-error -- something to show meanwhile is needed
    void (<ClientSideSuspense>text</ClientSideSuspense>)
  })
})
