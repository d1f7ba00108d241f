import { createEditor } from '@sheaf/client-sdk/editor'
import type { Editor, EditorOptions, EditorParts, EditorSnapshot } from '@sheaf/client-sdk/editor'
import type { SheafDocument } from '@sheaf/client-sdk'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { RefCallback, RefObject } from 'react'

/**
 * What an editor is made with besides its document. `editable` and the functions may change; another value of the rest makes
 * another editor. Whether there is an `uploadImage` and an `onMessage` is asked when the editor is made.
 */
export type UseEditorOptions = Pick<
  EditorOptions,
  | 'schema'
  | 'plugins'
  | 'placeholder'
  | 'ariaLabel'
  | 'editable'
  | 'parts'
  | 'maxImageBytes'
  | 'uploadImage'
  | 'onMessage'
>

type Functions = Pick<UseEditorOptions, 'uploadImage' | 'onMessage'>

/** Functions written in the component are new at each render; the editor calls those of the last one. */
function latestFunctions(latest: RefObject<Functions>): Functions {
  const { uploadImage, onMessage } = latest.current
  return {
    ...(uploadImage === undefined
      ? {}
      : { uploadImage: (...args) => (latest.current.uploadImage ?? uploadImage)(...args) }),
    ...(onMessage === undefined ? {} : { onMessage: (message) => (latest.current.onMessage ?? onMessage)(message) }),
  }
}

/** An editor of a document in the element that gets the returned ref. Null until both are there. */
export function useEditor(
  document: SheafDocument | null,
  {
    schema,
    plugins,
    placeholder,
    ariaLabel,
    editable = true,
    parts,
    maxImageBytes,
    ...functions
  }: UseEditorOptions = {},
): readonly [Editor | null, RefCallback<HTMLElement>] {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [editor, setEditor] = useState<Editor | null>(null)
  const latest = useRef(functions)
  useEffect(() => {
    latest.current = functions
  })
  const partsKey = JSON.stringify(parts)
  useEffect(() => {
    if (element === null || document === null) return undefined
    const created = createEditor(element, {
      document,
      ...(schema === undefined ? {} : { schema }),
      ...(plugins === undefined ? {} : { plugins }),
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(ariaLabel === undefined ? {} : { ariaLabel }),
      ...(partsKey === undefined ? {} : { parts: JSON.parse(partsKey) as EditorParts }),
      ...(maxImageBytes === undefined ? {} : { maxImageBytes }),
      ...latestFunctions(latest),
    })
    setEditor(created)
    return () => {
      setEditor(null)
      created.destroy()
    }
  }, [element, document, schema, plugins, placeholder, ariaLabel, partsKey, maxImageBytes])
  useEffect(() => editor?.setEditable(editable), [editor, editable])
  return [editor, setElement]
}

const nothing = (): void => undefined

/** What is active and possible at the selection. Null as long as there is no editor. */
export function useEditorSnapshot(editor: Editor | null): EditorSnapshot | null {
  const subscribe = useCallback((listener: () => void) => editor?.subscribe(listener) ?? nothing, [editor])
  return useSyncExternalStore(
    subscribe,
    () => editor?.getSnapshot() ?? null,
    () => null,
  )
}
