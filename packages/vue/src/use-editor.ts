import type { SheafDocument } from '@sheaf/client-sdk'
import { createEditor, keptCaret, sameOptions } from '@sheaf/client-sdk/editor'
import type { Editor, EditorOptions, EditorSnapshot } from '@sheaf/client-sdk/editor'
import {
  computed,
  getCurrentInstance,
  markRaw,
  onDeactivated,
  onScopeDispose,
  shallowRef,
  toRaw,
  toValue,
  watch,
} from 'vue'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import { useLanguage } from './language.ts'
import { useSnapshot } from './use-snapshot.ts'
import { withoutProxy } from './without-proxy.ts'

/**
 * What an editor is made with besides its document. `editable`, `announce` and the functions may change; another value of the
 * rest makes another editor, where lists and tables are compared by what is in them. Whether a function is there at all is asked when the
 * editor is made. Another editor of the same text has the caret where the former one had it.
 */
export type UseEditorOptions = Omit<EditorOptions, 'document'>

type Functions = Pick<UseEditorOptions, 'uploadImage' | 'onMessage' | 'onChange'>
type FixedOptions = Omit<UseEditorOptions, keyof Functions | 'editable' | 'announce'>

/** Functions written in a template are new at each render; the editor calls those of the last one. */
function latestFunctions(latest: () => Functions): Functions {
  const { uploadImage, onMessage, onChange } = latest()
  return {
    ...(uploadImage && { uploadImage: (...args) => (latest().uploadImage ?? uploadImage)(...args) }),
    ...(onMessage && { onMessage: (message) => (latest().onMessage ?? onMessage)(message) }),
    ...(onChange && { onChange: (editor) => (latest().onChange ?? onChange)(editor) }),
  }
}

const MAY_CHANGE: ReadonlySet<string> = new Set<Exclude<keyof UseEditorOptions, keyof FixedOptions>>([
  'editable',
  'announce',
  'uploadImage',
  'onMessage',
  'onChange',
])

/** What makes another editor when it changes, without what is undefined and without proxies. */
function fixedOptions(options: UseEditorOptions): FixedOptions {
  const entries = Object.entries(options)
    .filter(([name, value]) => value !== undefined && !MAY_CHANGE.has(name))
    .map(([name, value]) => [name, Array.isArray(value) ? [...value].map(toRaw) : toRaw<unknown>(value)])
  return Object.fromEntries(entries) as FixedOptions
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
  const language = useLanguage()
  const latest = (): UseEditorOptions => toValue(options)
  const destroy = (): void => {
    const former = editor.value
    editor.value = null
    former?.destroy()
  }
  // Written in a template or a getter, options are new at each render: the former ones stay as long as they say the same.
  const fixed = computed<FixedOptions>((former) => {
    const own = latest()
    const next = fixedOptions({ ...own, words: { ...language.value.words, ...own.words } })
    return former !== undefined && sameOptions(former, next) ? former : next
  })
  watch(
    [() => withoutProxy(document), () => toValue(element), fixed] as const,
    ([opened, place, made], [before]) => {
      const giveCaret = editor.value !== null && opened === before ? keptCaret(editor.value) : null
      destroy()
      if (opened === null || place === null) return
      const functions = latestFunctions(latest)
      const created = createEditor(place, {
        ...made,
        ...functions,
        document: opened,
        editable: latest().editable ?? true,
        announce: latest().announce ?? false,
      })
      markRaw(created.view)
      giveCaret?.(created)
      editor.value = markRaw(created)
    },
    { immediate: true, flush: 'post' },
  )
  watch(
    () => latest().editable ?? true,
    (editable) => editor.value?.setEditable(editable),
  )
  watch(
    () => latest().announce ?? false,
    (announce) => editor.value?.setAnnouncing(announce),
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
