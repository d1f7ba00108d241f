import { describeSaveStatus } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { defineComponent, h } from 'vue'
import type { PropType } from 'vue'
import { useDocumentStatus } from './use-document.ts'

/** Says whether one's words are safe, in words that are never more than true. */
export const SaveStatus = defineComponent({
  name: 'SaveStatus',
  props: { document: { type: Object as PropType<SheafDocument | null>, default: null } },
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
      return h('span', attrs, line.text)
    }
  },
})
