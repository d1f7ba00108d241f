import { OUTBOX_COLUMNS, describeNoRows, describeOutbox, documentFacts, outboxRows } from '@sheaf/client-sdk'
import type { OutboxRow, SheafDocument } from '@sheaf/client-sdk'
import { defineComponent, h } from 'vue'
import type { PropType, VNode } from 'vue'
import { useDocumentStatus } from './use-document.ts'
import { useOutbox } from './use-outbox.ts'

const operation = (row: OutboxRow): VNode =>
  h('tr', { key: row.key, 'data-step': row.step }, [
    h('th', { scope: 'row' }, row.name),
    h('td', row.edits),
    h('td', row.size),
    h('td', [h('span', { class: 'sheaf-step' }, row.stepText)]),
    h('td', [h('time', { datetime: row.sinceIso }, row.since)]),
  ])

const nothing = (words: string): VNode =>
  h('tr', { key: 'nothing' }, [h('td', { colspan: OUTBOX_COLUMNS.length }, words)])

const operations = (rows: readonly OutboxRow[], none: string): VNode =>
  // Reached with Tab, because whoever has no pointer scrolls it with the arrow keys.
  h('div', { class: 'sheaf-inspector-scroll', role: 'region', 'aria-label': 'Operations', tabindex: 0 }, [
    h('table', { class: 'sheaf-inspector-operations' }, [
      h('caption', 'Operations, newest first'),
      h('thead', [
        h(
          'tr',
          OUTBOX_COLUMNS.map((column) => h('th', { key: column, scope: 'col' }, column)),
        ),
      ]),
      h('tbody', rows.length === 0 ? [nothing(none)] : rows.map(operation)),
    ]),
  ])

/** Each operation on its way, how far it is, and what is known of the document: for those who worry and those who debug. */
export const Inspector = defineComponent({
  name: 'SheafInspector',
  props: { document: { type: Object as PropType<SheafDocument | null>, default: null } },
  setup(props) {
    const status = useDocumentStatus(() => props.document)
    const entries = useOutbox(() => props.document)
    return () => {
      const summary = status.value === null ? 'Opening…' : describeOutbox(entries.value, status.value)
      const facts =
        props.document === null || status.value === null ? null : documentFacts(props.document.id, status.value)
      return h('section', { class: 'sheaf-inspector', 'aria-label': 'Save details' }, [
        h('p', { class: 'sheaf-inspector-summary', role: 'status' }, summary),
        operations(outboxRows(entries.value), describeNoRows(status.value)),
        facts === null
          ? null
          : h(
              'dl',
              { class: 'sheaf-inspector-facts' },
              facts.map(({ id, label, value }) => h('div', { key: id }, [h('dt', label), h('dd', value)])),
            ),
      ])
    }
  },
})
