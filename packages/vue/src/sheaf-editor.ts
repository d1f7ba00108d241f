import type { SheafDocument } from '@sheaf/client-sdk'
import type { Editor, EditorOptions } from '@sheaf/client-sdk/editor'
import { defineComponent, h, onBeforeUnmount, shallowRef, watch } from 'vue'
import type { PropType } from 'vue'
import { Toolbar } from './toolbar.ts'
import { useEditor } from './use-editor.ts'

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
    const { placeholder, ariaLabel, schema, plugins, uploadImage, maxImageBytes, parts, onMessage } = props
    const editor = useEditor(() => props.document, place, {
      editable: () => props.editable,
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(ariaLabel === undefined ? {} : { ariaLabel }),
      ...(schema === undefined ? {} : { schema }),
      ...(plugins === undefined ? {} : { plugins }),
      ...(uploadImage === undefined ? {} : { uploadImage }),
      ...(maxImageBytes === undefined ? {} : { maxImageBytes }),
      ...(parts === undefined ? {} : { parts }),
      ...(onMessage === undefined ? {} : { onMessage }),
    })
    watch(editor, (value) => emit('editor', value), { flush: 'sync' })
    // A component that is gone emits nothing any more.
    onBeforeUnmount(() => {
      if (editor.value !== null) emit('editor', null)
    })
    return () => h('div', [props.toolbar ? h(Toolbar, { editor: editor.value }) : null, h('div', { ref: place })])
  },
})
