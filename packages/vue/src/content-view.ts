import { renderContent } from '@sheaf/client-sdk/editor'
import type { EditorOptions } from '@sheaf/client-sdk/editor'
import { defineComponent, h, shallowRef, toRaw, watch } from 'vue'
import type { PropType } from 'vue'
import { useLanguage } from './language.ts'

/** Null for content that the schema does not know. */
function drawn(content: unknown, schema: EditorOptions['schema']): DocumentFragment | null {
  try {
    return renderContent(content, schema)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return null
  }
}

/** Content to look at, drawn as the editor draws it. */
export const ContentView = defineComponent({
  name: 'ContentView',
  props: {
    /** ProseMirror JSON, such as that of a version. */
    content: { type: null as unknown as PropType<unknown>, required: true },
    schema: { type: Object as PropType<EditorOptions['schema']>, default: undefined },
    ariaLabel: { type: String, default: undefined },
  },
  setup(props) {
    const place = shallowRef<HTMLElement | null>(null)
    const unknown = shallowRef(false)
    watch(
      [place, () => props.content, () => props.schema],
      ([element, content, schema]) => {
        if (element === null) return
        const fragment = drawn(toRaw(content), toRaw(schema))
        element.replaceChildren(...(fragment === null ? [] : [fragment]))
        unknown.value = fragment === null
      },
      { flush: 'post' },
    )
    const language = useLanguage()
    return () =>
      h('div', { class: 'sheaf-editor' }, [
        unknown.value
          ? h('p', { class: 'sheaf-editor-notice', role: 'status' }, language.value.words.contentUnknown)
          : null,
        h('div', { ref: place, class: 'sheaf-content', role: 'document', 'aria-label': props.ariaLabel }),
      ])
  },
})
