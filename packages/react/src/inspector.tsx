import { describeNoRows, describeOutbox, documentFacts, outboxColumns, outboxRows } from '@sheaf/client-sdk'
import type { OutboxRow, SheafDocument } from '@sheaf/client-sdk'
import type { ReactElement } from 'react'
import { className } from './class-name.ts'
import { useLanguage } from './language.ts'
import { useDocumentStatus } from './use-document.ts'
import { useOutbox } from './use-outbox.ts'

/** Which document is looked into. */
export interface InspectorProps {
  readonly document: SheafDocument | null
  readonly className?: string
}

function Operation({ row }: { row: OutboxRow }): ReactElement {
  return (
    <tr data-step={row.step}>
      <th scope="row">{row.name}</th>
      <td>{row.edits}</td>
      <td>{row.size}</td>
      <td>
        <span className="sheaf-step">{row.stepText}</span>
      </td>
      <td>
        <time dateTime={row.sinceIso}>{row.since}</time>
      </td>
    </tr>
  )
}

function Operations({ rows, none }: { rows: readonly OutboxRow[]; none: string }): ReactElement {
  const language = useLanguage()
  const columns = outboxColumns(language)
  return (
    // Reached with Tab, because whoever has no pointer scrolls it with the arrow keys.
    <div className="sheaf-inspector-scroll" role="region" aria-label={language.words.operations} tabIndex={0}>
      <table className="sheaf-inspector-operations">
        <caption>{language.words.operationsNewestFirst}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Operation key={row.key} row={row} />
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length}>{none}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

/** Each operation on its way, how far it is, and what is known of the document: for those who worry and those who debug. */
export function Inspector(props: InspectorProps): ReactElement {
  const { document } = props
  const status = useDocumentStatus(document)
  const entries = useOutbox(document)
  const language = useLanguage()
  return (
    <section className={className('sheaf-inspector', props.className)} aria-label={language.words.saveDetails}>
      <p className="sheaf-inspector-summary" role="status">
        {status === null ? language.words.opening : describeOutbox(entries, status, language)}
      </p>
      <Operations rows={outboxRows(entries, language)} none={describeNoRows(status, language)} />
      {document !== null && status !== null && (
        <dl className="sheaf-inspector-facts">
          {documentFacts(document.id, status, language).map(({ id, label, value }) => (
            <div key={id}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
