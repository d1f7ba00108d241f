import { createEditor, keptCaret } from '@sheaf/client-sdk/editor'
import type { Editor, EditorOptions, EditorSnapshot } from '@sheaf/client-sdk/editor'
import type { SheafDocument } from '@sheaf/client-sdk'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { RefCallback } from 'react'
import { useLanguage } from './language.ts'
import { useSteady } from './use-steady.ts'

/**
 * What an editor is made with besides its document. `editable`, `announce` and the functions may change; another value of the rest makes
 * another editor, where lists and tables are compared by what is in them. Whether a function is there at all is asked when the
 * editor is made. Another editor of the same text has the caret where the former one had it.
 */
export type UseEditorOptions = Omit<EditorOptions, 'document'>

type Functions = Pick<UseEditorOptions, 'uploadImage' | 'onMessage' | 'onChange'>

/** Functions written in the component are new at each render; the editor calls those of the last one. */
function latestFunctions(latest: { readonly current: Functions }): Functions {
  const { uploadImage, onMessage, onChange } = latest.current
  return {
    ...(uploadImage && { uploadImage: (...args) => (latest.current.uploadImage ?? uploadImage)(...args) }),
    ...(onMessage && { onMessage: (message) => (latest.current.onMessage ?? onMessage)(message) }),
    ...(onChange && { onChange: (editor) => (latest.current.onChange ?? onChange)(editor) }),
  }
}

/** Without what is undefined: to leave an option out and to pass undefined is one to whoever writes a component. */
const given = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options

/** An editor of a document in the element that gets the returned ref. Null until both are there. */
export function useEditor(
  document: SheafDocument | null,
  { editable = true, announce = false, uploadImage, onMessage, onChange, ...options }: UseEditorOptions = {},
): readonly [Editor | null, RefCallback<HTMLElement>] {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [editor, setEditor] = useState<Editor | null>(null)
  const { words } = useLanguage()
  const fixed = useSteady({ ...options, words: options.words === undefined ? words : { ...words, ...options.words } })
  const functions = given({ uploadImage, onMessage, onChange }) as Functions
  const latest = useRef(functions)
  const former = useRef<{ readonly document: SheafDocument; readonly giveCaret: (next: Editor) => void }>(null)
  useEffect(() => {
    latest.current = functions
  })
  useEffect(() => {
    if (element === null || document === null) return undefined
    const created = createEditor(element, { ...given(fixed), ...latestFunctions(latest), document })
    if (former.current?.document === document) former.current.giveCaret(created)
    setEditor(created)
    return () => {
      former.current = { document, giveCaret: keptCaret(created) }
      setEditor(null)
      created.destroy()
    }
  }, [element, document, fixed])
  useEffect(() => editor?.setEditable(editable), [editor, editable])
  useEffect(() => editor?.setAnnouncing(announce), [editor, announce])
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
