import { describeNoRows, describeOutbox, documentFacts, outboxColumns, outboxRows } from '@sheaf/client-sdk'
import type { OutboxRow, SheafDocument } from '@sheaf/client-sdk'
import { defineComponent, h } from 'vue'
import type { PropType, VNode } from 'vue'
import type { CompleteLanguage } from './language.ts'
import { useLanguage } from './language.ts'
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

const nothing = (words: string, columns: number): VNode =>
  h('tr', { key: 'nothing' }, [h('td', { colspan: columns }, words)])

function operations(rows: readonly OutboxRow[], none: string, language: CompleteLanguage): VNode {
  const columns = outboxColumns(language)
  // Reached with Tab, because whoever has no pointer scrolls it with the arrow keys.
  return h(
    'div',
    { class: 'sheaf-inspector-scroll', role: 'region', 'aria-label': language.words.operations, tabindex: 0 },
    [
      h('table', { class: 'sheaf-inspector-operations' }, [
        h('caption', language.words.operationsNewestFirst),
        h('thead', [
          h(
            'tr',
            columns.map((column) => h('th', { key: column, scope: 'col' }, column)),
          ),
        ]),
        h('tbody', rows.length === 0 ? [nothing(none, columns.length)] : rows.map(operation)),
      ]),
    ],
  )
}

/** Each operation on its way, how far it is, and what is known of the document: for those who worry and those who debug. */
export const Inspector = defineComponent({
  name: 'SheafInspector',
  props: { document: { type: Object as PropType<SheafDocument | null>, default: null } },
  setup(props) {
    const status = useDocumentStatus(() => props.document)
    const entries = useOutbox(() => props.document)
    const told = useLanguage()
    return () => {
      const language = told.value
      const summary =
        status.value === null ? language.words.opening : describeOutbox(entries.value, status.value, language)
      const facts =
        props.document === null || status.value === null
          ? null
          : documentFacts(props.document.id, status.value, language)
      return h('section', { class: 'sheaf-inspector', 'aria-label': language.words.saveDetails }, [
        h('p', { class: 'sheaf-inspector-summary', role: 'status' }, summary),
        operations(outboxRows(entries.value, language), describeNoRows(status.value, language), language),
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
