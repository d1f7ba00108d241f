import type { SheafDocument } from '@sheaf/client-sdk'
import type { Editor, EditorOptions } from '@sheaf/client-sdk/editor'
import { defineComponent, h, onBeforeUnmount, shallowRef, watch } from 'vue'
import type { PropType } from 'vue'
import { Toolbar } from './toolbar.ts'
import { useEditor } from './use-editor.ts'
import type { UseEditorOptions } from './use-editor.ts'

type Given = { readonly [Name in keyof UseEditorOptions]: UseEditorOptions[Name] | undefined }

/** Of a prop that was not given, Vue makes one that is undefined. */
const onlyGiven = (options: Given): UseEditorOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** A document's text, to be read and written. Emits `editor` with the editor when it is there, and with null when it goes. */
export const SheafEditor = defineComponent({
  name: 'SheafEditor',
  props: {
    /** What to edit; nothing is shown while it is null. */
    document: { type: Object as PropType<SheafDocument | null>, default: null },
    /** Puts the default toolbar above the text. */
    toolbar: { type: Boolean, default: false },
    editable: { type: Boolean, default: true },
    placeholder: { type: String, default: undefined },
    ariaLabel: { type: String, default: undefined },
    schema: { type: Object as PropType<EditorOptions['schema']>, default: undefined },
    plugins: { type: Array as PropType<EditorOptions['plugins']>, default: undefined },
    uploadImage: { type: Function as PropType<EditorOptions['uploadImage']>, default: undefined },
    maxImageBytes: { type: Number, default: undefined },
    parts: { type: Object as PropType<EditorOptions['parts']>, default: undefined },
    onMessage: { type: Function as PropType<EditorOptions['onMessage']>, default: undefined },
  },
  emits: { editor: (_editor: Editor | null) => true },
  setup(props, { emit }) {
    const place = shallowRef<HTMLElement | null>(null)
    const options = (): UseEditorOptions => {
      const { editable, placeholder, ariaLabel, schema, plugins, uploadImage, maxImageBytes, parts, onMessage } = props
      return onlyGiven({
        editable,
        placeholder,
        ariaLabel,
        schema,
        plugins,
        uploadImage,
        maxImageBytes,
        parts,
        onMessage,
      })
    }
    const editor = useEditor(() => props.document, place, options)
    watch(editor, (value) => emit('editor', value), { flush: 'sync' })
    // A component that is gone emits nothing any more.
    onBeforeUnmount(() => {
      if (editor.value !== null) emit('editor', null)
    })
    return () => h('div', [props.toolbar ? h(Toolbar, { editor: editor.value }) : null, h('div', { ref: place })])
  },
})
