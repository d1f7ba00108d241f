import { describeNotice } from '@sheaf/client-sdk'
import type { SheafDocument } from '@sheaf/client-sdk'
import { downloadUnsaved } from '@sheaf/client-sdk/editor'
import { defineComponent, h, ref, watch } from 'vue'
import type { PropType } from 'vue'
import { useLanguage } from './language.ts'
import { useDocumentStatus } from './use-document.ts'
import { withoutProxy } from './without-proxy.ts'

/** What has to be said about a document above its text; nothing while all is well. */
export const DocumentNotice = defineComponent({
  name: 'SheafDocumentNotice',
  props: { document: { type: Object as PropType<SheafDocument>, required: true } },
  setup(props) {
    const status = useDocumentStatus(() => props.document)
    const language = useLanguage()
    // Only to somebody who could write here earlier in this visit it is news that they cannot any more.
    const wasEditable = ref(false)
    watch(status, (now) => (wasEditable.value ||= now?.editable === true), { immediate: true, flush: 'sync' })
    return () => {
      const notice = status.value === null ? null : describeNotice(status.value, wasEditable.value, language.value)
      if (notice === null) return null
      const download = {
        type: 'button',
        class: 'sheaf-button',
        onClick: () => void downloadUnsaved(withoutProxy(() => props.document)),
      }
      return h('div', { class: 'sheaf-notice', role: 'alert', 'data-kind': notice.kind }, [
        h('p', notice.text),
        notice.exportable ? h('button', download, language.value.words.downloadUnsaved) : null,
      ])
    }
  },
})
