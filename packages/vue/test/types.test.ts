import type { OutboxEntry, Person, SheafClient, SheafDocument, Version } from '@sheaf/client-sdk'
import type { Editor, EditorOptions } from '@sheaf/client-sdk/editor'
import { describe, expectTypeOf, it } from 'vitest'
import { h, ref } from 'vue'
import type { ComputedRef, ShallowRef } from 'vue'
import {
  SaveStatus,
  SheafEditor,
  SheafProvider,
  Toolbar,
  VersionHistory,
  useDocument,
  useDocumentStatus,
  useEditor,
} from '../src/index.ts'
import type { UseEditorOptions, useOutbox, usePresence, useVersions } from '../src/index.ts'
import { useDocument as useLoadedDocument } from '../src/suspense.ts'

type PropsOf<Component extends abstract new (...args: never[]) => { $props: object }> =
  InstanceType<Component>['$props']

declare const client: SheafClient

/** Checked by the compiler; never called. */
const unused = (_check: () => unknown): void => undefined

describe('types', () => {
  it('VB-17 composables take a value, a ref or a getter, and give what may be null as such', () => {
    expectTypeOf(useDocument).parameter(0).toEqualTypeOf<Parameters<typeof useVersions>[0]>()
    expectTypeOf<ReturnType<typeof useDocument>>().toEqualTypeOf<ComputedRef<SheafDocument | null>>()
    expectTypeOf<ReturnType<typeof useLoadedDocument>>().toEqualTypeOf<Promise<SheafDocument>>()
    expectTypeOf<ReturnType<typeof usePresence>>().toEqualTypeOf<ComputedRef<readonly Person[]>>()
    expectTypeOf<ReturnType<typeof useOutbox>>().toEqualTypeOf<ComputedRef<readonly OutboxEntry[]>>()
    expectTypeOf<ReturnType<typeof useEditor>>().toEqualTypeOf<Readonly<ShallowRef<Editor | null>>>()
    unused(() => [useDocument('a'), useDocument(ref('a')), useDocument(() => 'a')])
    unused(() => useEditor(null, null, () => ({ placeholder: 'Write' })))
    // @ts-expect-error an id is a string
    unused(() => useDocument(1))
    // @ts-expect-error a document is no id
    unused(() => useDocumentStatus('a'))
    // @ts-expect-error for another id the component gets another key
    unused(() => useLoadedDocument(() => 'a'))
    // @ts-expect-error there is no such option
    unused(() => useEditor(null, null, { placehodler: 'Write' }))
    // @ts-expect-error status may be null
    unused(() => useDocumentStatus(null).value.saveState)
  })

  it('VB-17 VB-41 SheafEditor takes every option of createEditor, with its type', () => {
    expectTypeOf<UseEditorOptions>().toEqualTypeOf<Omit<EditorOptions, 'document'>>()
    type Props = PropsOf<typeof SheafEditor>
    expectTypeOf<Exclude<keyof EditorOptions, keyof Props>>().toEqualTypeOf<never>()
    type Given = { readonly [Name in keyof UseEditorOptions]?: Props[Name & keyof Props] }
    expectTypeOf<UseEditorOptions>().toExtend<Given>()
  })

  it('VB-17 what is wrong in the use of a component is an error of the compiler', () => {
    const uploadImage = (file: File): Promise<string> => Promise.resolve(file.name)
    unused(() =>
      h(SheafEditor, {
        document: null,
        toolbar: true,
        uploadImage,
        onEditor: (editor: Editor | null) => editor?.focus(),
      }),
    )
    unused(() => h(VersionHistory, { versions: 'a', onRestore: (version: Version) => version.id }))
    // @ts-expect-error no document
    unused(() => h(SheafEditor, { document: 'a' }))
    unused(() => h(SheafProvider, { client, words: { bold: 'Fett', keptInPage: { other: '{count}' } }, locale: 'de' }))
    // @ts-expect-error -- there is no such word
    unused(() => h(SheafProvider, { client, words: { bould: 'Fett' } }))
    // @ts-expect-error -- nothing is counted there
    unused(() => h(SheafProvider, { client, words: { saved: { other: 'Gespeichert' } } }))
    // @ts-expect-error a provider needs a client
    unused(() => h(SheafProvider, {}))
    // @ts-expect-error not an editor
    unused(() => h(Toolbar, { editor: 'a' }))
    // @ts-expect-error not a switch
    unused(() => h(SaveStatus, { details: 'yes' }))
    // @ts-expect-error a listener for something else
    unused(() => h(VersionHistory, { versions: 'a', onRestore: (version: number) => version }))
  })
})
