import { createEditor } from '@sheaf/client-sdk/editor'
import type { Editor, EditorOptions, EditorSnapshot } from '@sheaf/client-sdk/editor'
import type { SheafDocument } from '@sheaf/client-sdk'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { RefCallback } from 'react'

/** What an editor is made with besides its document. Only `editable` may change; another value of the rest makes another editor. */
export type UseEditorOptions = Pick<EditorOptions, 'schema' | 'plugins' | 'placeholder' | 'ariaLabel' | 'editable'>

/** An editor of a document in the element that gets the returned ref. Null until both are there. */
export function useEditor(
  document: SheafDocument | null,
  { schema, plugins, placeholder, ariaLabel, editable = true }: UseEditorOptions = {},
): readonly [Editor | null, RefCallback<HTMLElement>] {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [editor, setEditor] = useState<Editor | null>(null)
  useEffect(() => {
    if (element === null || document === null) return undefined
    const created = createEditor(element, {
      document,
      ...(schema === undefined ? {} : { schema }),
      ...(plugins === undefined ? {} : { plugins }),
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(ariaLabel === undefined ? {} : { ariaLabel }),
    })
    setEditor(created)
    return () => {
      setEditor(null)
      created.destroy()
    }
  }, [element, document, schema, plugins, placeholder, ariaLabel])
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
