import { describeOutboxStep } from './outbox-view.ts'
import type { OutboxEntry, OutboxStep } from './outbox-view.ts'
import type { ConnectionStatus, DocumentSnapshot } from './status.ts'

/** One line about a document, for those who worry and those who debug. */
export interface DocumentFact {
  readonly id: 'document' | 'connection' | 'role' | 'unsaved' | 'recovered' | 'problem'
  readonly label: string
  readonly value: string
}

const CONNECTIONS: Readonly<Record<ConnectionStatus, string>> = {
  connecting: 'Connecting',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  closed: 'Closed',
}

function roleOf({ role, editable }: DocumentSnapshot): string {
  if (role === null) return editable ? 'Not known yet; you may edit' : 'Not known yet'
  return `${role.charAt(0).toUpperCase()}${role.slice(1)}${editable ? '' : ' (read only)'}`
}

/** What is known of an open document, in words. In English; an application of another language writes its own. */
export function documentFacts(documentId: string, snapshot: DocumentSnapshot): readonly DocumentFact[] {
  const { connection, unsavedChanges, recovered, error } = snapshot
  return [
    { id: 'connection', label: 'Connection', value: CONNECTIONS[connection] },
    { id: 'role', label: 'Role', value: roleOf(snapshot) },
    { id: 'unsaved', label: 'Edits not durable', value: String(unsavedChanges) },
    ...(recovered === 0
      ? []
      : [{ id: 'recovered', label: 'Edits recovered from an earlier visit', value: String(recovered) } as const]),
    ...(error === null
      ? []
      : [{ id: 'problem', label: 'Problem', value: `${error.message} (${error.rejection ?? error.code})` } as const]),
    { id: 'document', label: 'Document', value: documentId },
  ]
}

/** An operation as a table shows it. */
export interface OutboxRow {
  /** Stays the operation's own while it goes on its way. */
  readonly key: string
  readonly name: string
  readonly edits: string
  readonly size: string
  readonly step: OutboxStep
  readonly stepText: string
  /** Clock time at which it came to its step, with seconds. */
  readonly since: string
  /** The same as ISO 8601. */
  readonly sinceIso: string
}

/** The columns of that table. */
export const OUTBOX_COLUMNS: readonly string[] = ['Operation', 'Edits', 'Size', 'Step', 'Since']

/** What the inspector says of one operation. @param locale language of numbers and times; that of the runtime unless told */
export function outboxRow(entry: OutboxEntry, locale?: string): OutboxRow {
  const { counter, edits, bytes, step, seq, since } = entry
  const size = new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' })
  return {
    key: counter === null ? 'gathering' : String(counter),
    name: counter === null ? 'Next' : String(counter),
    edits: String(edits),
    size: size.format(bytes),
    step,
    stepText: seq === null ? describeOutboxStep(step) : `${describeOutboxStep(step)}, place ${seq}`,
    since: new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(since),
    // oxlint-disable-next-line no-restricted-globals -- writes down a time that it was given, and reads no clock
    sinceIso: new Date(since).toISOString(),
  }
}

/** The newest first: what is on its way stays in sight however much became durable. */
export const outboxRows = (entries: readonly OutboxEntry[], locale?: string): readonly OutboxRow[] =>
  entries.map((entry) => outboxRow(entry, locale)).reverse()

/** What of a document's state its outbox is told by. */
type DeliveryState = Pick<DocumentSnapshot, 'connection' | 'saveState' | 'unsavedChanges' | 'device'>

const ALL_DURABLE = 'Every edit is durable.'

function pendingText({ connection, saveState, device }: DeliveryState, refused: boolean): string {
  const lost = device === 'keeps-nothing'
  if (refused || saveState === 'refused') {
    const rest = lost ? 'is in this page only' : 'stays on this device'
    return `${refused ? 'The server refused an edit.' : 'Edits cannot be saved.'} What was not saved ${rest}.`
  }
  if (connection === 'connected') return 'Edits are on their way.'
  if (lost) return 'Edits wait in this page for a connection. Keep it open.'
  return 'Edits wait on this device for a connection.'
}

/** One sentence about all of it that stays the same while people write, so that it can be read out when it changes. */
export function describeOutbox(entries: readonly OutboxEntry[], state: DeliveryState): string {
  // Edits that another tab has left behind count before they are anywhere in the list.
  const isPending = state.unsavedChanges > 0 || entries.some(({ step }) => step !== 'durable')
  if (!isPending) return ALL_DURABLE
  const refused = entries.some(({ step }) => step === 'refused')
  return pendingText(state, refused)
}

/** What stands in the place of the rows where there are none: operations that became durable before are not remembered. */
export function describeNoRows(snapshot: DocumentSnapshot | null): string {
  if (snapshot === null || (!snapshot.loaded && snapshot.unsavedChanges === 0)) return 'Nothing is known yet.'
  return snapshot.unsavedChanges === 0 ? 'Nothing is waiting.' : 'Edits are being gathered.'
}
