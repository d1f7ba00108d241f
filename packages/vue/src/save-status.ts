import { describeSaveStatus } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { defineComponent, h } from 'vue'
import type { PropType } from 'vue'
import { SaveDetails } from './save-details.ts'
import { useDocumentStatus } from './use-document.ts'

/** Says whether one's words are safe, in words that are never more than true. */
export const SaveStatus = defineComponent({
  name: 'SaveStatus',
  props: {
    document: { type: Object as PropType<SheafDocument | null>, default: null },
    /** Puts a button beside the words that opens the inspector. */
    details: { type: Boolean, default: false },
  },
  setup(props) {
    const status = useDocumentStatus(() => props.document)
    return () => {
      const line = status.value === null ? { state: 'opening', text: 'Opening…' } : describeSaveStatus(status.value)
      const attrs = {
        class: 'sheaf-save-status',
        role: 'status',
        'aria-label': 'Save status',
        'data-state': line.state,
      }
      const words = h('span', attrs, line.text)
      if (!props.details) return words
      return h('span', { class: 'sheaf-save' }, [words, h(SaveDetails, { document: props.document })])
    }
  },
})
