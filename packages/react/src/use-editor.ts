import { createEditor } from '@sheaf/client-sdk/editor'
import type { Editor, EditorOptions, EditorSnapshot } from '@sheaf/client-sdk/editor'
import type { SheafDocument } from '@sheaf/client-sdk'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { RefCallback } from 'react'

/**
 * What an editor is made with besides its document. `editable`, `announce` and the functions may change; another value of the rest makes
 * another editor, where lists and tables are compared by what is in them. Whether a function is there at all is asked when the
 * editor is made.
 */
export type UseEditorOptions = Omit<EditorOptions, 'document'>

type Functions = Pick<UseEditorOptions, 'uploadImage' | 'onMessage' | 'onChange'>
type FixedOptions = Omit<UseEditorOptions, keyof Functions | 'editable' | 'announce'>

/** Functions written in the component are new at each render; the editor calls those of the last one. */
function latestFunctions(latest: { readonly current: Functions }): Functions {
  const { uploadImage, onMessage, onChange } = latest.current
  return {
    ...(uploadImage && { uploadImage: (...args) => (latest.current.uploadImage ?? uploadImage)(...args) }),
    ...(onMessage && { onMessage: (message) => (latest.current.onMessage ?? onMessage)(message) }),
    ...(onChange && { onChange: (editor) => (latest.current.onChange ?? onChange)(editor) }),
  }
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)

/** Equal in what they hold, `depth` levels deep. Anything that is no list or table is compared by identity. */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true
  if (depth === 0 || !isPlain(a) || !isPlain(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => isSame(Reflect.get(a, key), Reflect.get(b, key), depth - 1))
}

/** The former object for as long as the options in it stay the same: written in the component, they are new at each render. */
function useSteady(options: FixedOptions): FixedOptions {
  const [steady, setSteady] = useState(options)
  if (isSame(steady, options, 2)) return steady
  setSteady(options)
  return options
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
  const fixed = useSteady(options)
  const functions = given({ uploadImage, onMessage, onChange }) as Functions
  const latest = useRef(functions)
  useEffect(() => {
    latest.current = functions
  })
  useEffect(() => {
    if (element === null || document === null) return undefined
    const created = createEditor(element, { ...given(fixed), ...latestFunctions(latest), document })
    setEditor(created)
    return () => {
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
