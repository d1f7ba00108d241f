import { OUTBOX_COLUMNS, describeNoRows, describeOutbox, documentFacts, outboxRows } from '@sheaf/client-sdk'
import type { OutboxRow, SheafDocument } from '@sheaf/client-sdk'
import type { ReactElement } from 'react'
import { className } from './class-name.ts'
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
  return (
    // Reached with Tab, because whoever has no pointer scrolls it with the arrow keys.
    <div className="sheaf-inspector-scroll" role="region" aria-label="Operations" tabIndex={0}>
      <table className="sheaf-inspector-operations">
        <caption>Operations, newest first</caption>
        <thead>
          <tr>
            {OUTBOX_COLUMNS.map((column) => (
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
              <td colSpan={OUTBOX_COLUMNS.length}>{none}</td>
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
  return (
    <section className={className('sheaf-inspector', props.className)} aria-label="Save details">
      <p className="sheaf-inspector-summary" role="status">
        {status === null ? 'Opening…' : describeOutbox(entries, status)}
      </p>
      <Operations rows={outboxRows(entries)} none={describeNoRows(status)} />
      {document !== null && status !== null && (
        <dl className="sheaf-inspector-facts">
          {documentFacts(document.id, status).map(({ id, label, value }) => (
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
