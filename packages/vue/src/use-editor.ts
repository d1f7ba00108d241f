import type { SheafDocument } from '@sheaf/client-sdk'
import { createEditor } from '@sheaf/client-sdk/editor'
import type { Editor, EditorOptions, EditorParts, EditorSnapshot } from '@sheaf/client-sdk/editor'
import { getCurrentInstance, markRaw, onDeactivated, onScopeDispose, shallowRef, toRaw, toValue, watch } from 'vue'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import { useSnapshot } from './use-snapshot.ts'
import { withoutProxy } from './without-proxy.ts'

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

/** Functions written in a template are new at each render; the editor calls those of the last one. */
function latestFunctions(latest: () => UseEditorOptions): Pick<UseEditorOptions, 'uploadImage' | 'onMessage'> {
  const { uploadImage, onMessage } = latest()
  return {
    ...(uploadImage === undefined ? {} : { uploadImage: (...args) => (latest().uploadImage ?? uploadImage)(...args) }),
    ...(onMessage === undefined ? {} : { onMessage: (message) => (latest().onMessage ?? onMessage)(message) }),
  }
}

/** An element that is taken out of the page loses the focus, and not every browser says so: the others would go on seeing the caret. */
function tellLostFocus({ view }: Editor): void {
  view.dom.dispatchEvent(new FocusEvent('blur'))
  view.dom.dispatchEvent(new FocusEvent('focusout', { bubbles: true }))
}

/** An editor of a document in an element. Null until both are there. */
export function useEditor(
  document: MaybeRefOrGetter<SheafDocument | null>,
  element: MaybeRefOrGetter<HTMLElement | null>,
  options: MaybeRefOrGetter<UseEditorOptions> = {},
): Readonly<ShallowRef<Editor | null>> {
  const editor = shallowRef<Editor | null>(null)
  const latest = (): UseEditorOptions => toValue(options)
  const destroy = (): void => {
    const former = editor.value
    editor.value = null
    former?.destroy()
  }
  watch(
    [
      () => withoutProxy(document),
      () => toValue(element),
      () => toRaw(latest().schema),
      () => toRaw(latest().plugins),
      () => latest().placeholder,
      () => latest().ariaLabel,
      () => JSON.stringify(latest().parts),
      () => latest().maxImageBytes,
    ] as const,
    ([opened, place, schema, plugins, placeholder, ariaLabel, parts, maxImageBytes]) => {
      destroy()
      if (opened === null || place === null) return
      const created = createEditor(place, {
        document: opened,
        editable: latest().editable ?? true,
        ...(schema === undefined ? {} : { schema }),
        ...(plugins === undefined ? {} : { plugins: plugins.map(toRaw) }),
        ...(placeholder === undefined ? {} : { placeholder }),
        ...(ariaLabel === undefined ? {} : { ariaLabel }),
        ...(parts === undefined ? {} : { parts: JSON.parse(parts) as EditorParts }),
        ...(maxImageBytes === undefined ? {} : { maxImageBytes }),
        ...latestFunctions(latest),
      })
      markRaw(created.view)
      editor.value = markRaw(created)
    },
    { immediate: true, flush: 'post' },
  )
  watch(
    () => latest().editable ?? true,
    (editable) => editor.value?.setEditable(editable),
  )
  if (getCurrentInstance() !== null) onDeactivated(() => editor.value !== null && tellLostFocus(editor.value))
  onScopeDispose(destroy)
  return editor
}

/** What is active and possible at the selection. Null as long as there is no editor. */
export function useEditorSnapshot(
  editor: MaybeRefOrGetter<Editor | null>,
): Readonly<ShallowRef<EditorSnapshot | null>> {
  return useSnapshot(() => withoutProxy(editor))
}
