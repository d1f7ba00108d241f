import type { SheafDocument } from '@sheaf/client-sdk'
import { createEditor } from '@sheaf/client-sdk/editor'
import type { Editor, EditorOptions, EditorSnapshot } from '@sheaf/client-sdk/editor'
import { markRaw, onScopeDispose, shallowRef, toValue, watch } from 'vue'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import { useSnapshot } from './use-snapshot.ts'

/** What an editor is made with besides its document. */
export type UseEditorOptions = Omit<EditorOptions, 'document' | 'editable'> & {
  /** Default true. May change. */
  readonly editable?: MaybeRefOrGetter<boolean>
}

/** An editor of a document in an element. Null until both are there. */
export function useEditor(
  document: MaybeRefOrGetter<SheafDocument | null>,
  element: MaybeRefOrGetter<HTMLElement | null>,
  { editable = true, ...options }: UseEditorOptions = {},
): Readonly<ShallowRef<Editor | null>> {
  const editor = shallowRef<Editor | null>(null)
  const destroy = (): void => {
    const present = editor.value
    editor.value = null
    present?.destroy()
  }
  watch(
    [() => toValue(document), () => toValue(element)],
    ([opened, place]) => {
      destroy()
      if (opened === null || place === null) return
      const created = createEditor(place, { ...options, document: opened, editable: toValue(editable) })
      editor.value = markRaw(created)
    },
    { immediate: true, flush: 'post' },
  )
  watch(
    () => toValue(editable),
    (value) => editor.value?.setEditable(value),
  )
  onScopeDispose(destroy)
  return editor
}

/** What is active and possible at the selection. Null as long as there is no editor. */
export function useEditorSnapshot(
  editor: MaybeRefOrGetter<Editor | null>,
): Readonly<ShallowRef<EditorSnapshot | null>> {
  return useSnapshot(() => toValue(editor))
}
