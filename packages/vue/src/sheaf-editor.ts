import { warnBeforeLeaving } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import type { Editor, EditorOptions, Words } from '@sheaf/client-sdk/editor'
import { defineComponent, h, onBeforeUnmount, provide, shallowRef, watch } from 'vue'
import type { PropType } from 'vue'
import { DocumentNotice } from './document-notice.ts'
import { languageKey, languageOf, useLanguage } from './language.ts'
import { Toolbar } from './toolbar.ts'
import { useEditor } from './use-editor.ts'
import type { UseEditorOptions } from './use-editor.ts'
import { withoutProxy } from './without-proxy.ts'

// The notice above the text says it, or the application in its place: the editor need not say it once more below.
const SAID_BY_NOTICE = { readOnlyMessage: false }

/** A document's text, to be read and written. Emits `editor` with the editor when it is there, and with null when it goes. */
export const SheafEditor = defineComponent({
  name: 'SheafEditor',
  props: {
    /** What to edit; nothing is shown while it is null. */
    document: { type: Object as PropType<SheafDocument | null>, default: null },
    /** Puts the default toolbar above the text. */
    toolbar: { type: Boolean, default: false },
    /** False leaves it to the application to say that the document became read-only, or that this device keeps no edits. */
    notice: { type: Boolean, default: true },
    /** False leaves it to the application to have the browser ask before unsaved edits are lost with the page. */
    leaveWarning: { type: Boolean, default: true },
    editable: { type: Boolean, default: true },
    placeholder: { type: String, default: undefined },
    ariaLabel: { type: String, default: undefined },
    schema: { type: Object as PropType<EditorOptions['schema']>, default: undefined },
    plugins: { type: Array as PropType<EditorOptions['plugins']>, default: undefined },
    uploadImage: { type: Function as PropType<EditorOptions['uploadImage']>, default: undefined },
    maxImageBytes: { type: Number, default: undefined },
    parts: { type: Object as PropType<EditorOptions['parts']>, default: undefined },
    /** Words of this editor, its toolbar and its notice that differ from those of the provider. */
    words: { type: Object as PropType<Partial<Words>>, default: undefined },
    announce: { type: Boolean, default: false },
    foreignMessage: { type: String, default: undefined },
    onMessage: { type: Function as PropType<EditorOptions['onMessage']>, default: undefined },
    onChange: { type: Function as PropType<EditorOptions['onChange']>, default: undefined },
  },
  emits: { editor: (_editor: Editor | null) => true },
  setup(props, { emit }) {
    const place = shallowRef<HTMLElement | null>(null)
    const options = (): UseEditorOptions => {
      const { document: _document, toolbar: _toolbar, notice: _notice, leaveWarning: _warning, ...given } = props
      // Of a prop that was not given, Vue makes one that is undefined.
      return { ...given, parts: { ...SAID_BY_NOTICE, ...props.parts } } as UseEditorOptions
    }
    provide(languageKey, languageOf({ words: () => props.words }, useLanguage()))
    const editor = useEditor(() => props.document, place, options)
    watch(
      () => (props.leaveWarning ? withoutProxy(() => props.document) : null),
      (opened, _former, onCleanup) => opened !== null && onCleanup(warnBeforeLeaving(opened)),
      { immediate: true },
    )
    watch(editor, (value) => emit('editor', value), { flush: 'sync' })
    // A component that is gone emits nothing any more.
    onBeforeUnmount(() => {
      if (editor.value !== null) emit('editor', null)
    })
    return () =>
      h('div', [
        props.notice && props.document !== null
          ? h(DocumentNotice, { key: props.document.id, document: props.document })
          : null,
        props.toolbar ? h(Toolbar, { editor: editor.value }) : null,
        h('div', { ref: place }),
      ])
  },
})
