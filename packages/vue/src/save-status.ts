import { describeSaveStatus } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { defineComponent, h } from 'vue'
import type { PropType } from 'vue'
import { useLanguage } from './language.ts'
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
    const language = useLanguage()
    return () => {
      const { words } = language.value
      const line =
        status.value === null
          ? { state: 'opening', text: words.opening }
          : describeSaveStatus(status.value, language.value)
      const attrs = {
        class: 'sheaf-save-status',
        role: 'status',
        'aria-label': words.saveStatus,
        'data-state': line.state,
      }
      const drawn = h('span', attrs, line.text)
      if (!props.details) return drawn
      return h('span', { class: 'sheaf-save' }, [drawn, h(SaveDetails, { document: props.document })])
    }
  },
})
