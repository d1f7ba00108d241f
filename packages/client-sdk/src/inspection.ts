import { describeError } from './error-words.ts'
import { describeOutboxStep } from './outbox-view.ts'
import type { OutboxEntry, OutboxStep } from './outbox-view.ts'
import type { DocumentSnapshot } from './status.ts'
import { filled, pageWords } from './words.ts'
import type { Language, PageWords } from './words.ts'

/** One line about a document, for those who worry and those who debug. */
export interface DocumentFact {
  readonly id: 'document' | 'connection' | 'role' | 'unsaved' | 'recovered' | 'problem'
  readonly label: string
  readonly value: string
}

function roleOf({ role, editable }: DocumentSnapshot, words: PageWords): string {
  if (role === null) return editable ? words.roleUnknownEditable : words.roleUnknown
  const name = words[`role-${role}`]
  return editable ? name : filled(words.roleReadOnly, { role: name })
}

/** What is known of an open document, in words. */
export function documentFacts(
  documentId: string,
  snapshot: DocumentSnapshot,
  language: Language = {},
): readonly DocumentFact[] {
  const { connection, unsavedChanges, recovered, error } = snapshot
  const words = pageWords(language)
  const number = (count: number): string => filled('{count}', { count }, language.locale)
  const facts: readonly (readonly [DocumentFact['id'], string | null])[] = [
    ['connection', words[`connection-${connection}`]],
    ['role', roleOf(snapshot, words)],
    ['unsaved', number(unsavedChanges)],
    ['recovered', recovered === 0 ? null : number(recovered)],
    [
      'problem',
      error === null
        ? null
        : filled(words.problem, { error: describeError(error, language), code: error.rejection ?? error.code }),
    ],
    ['document', documentId],
  ]
  return facts.flatMap(([id, value]) => (value === null ? [] : [{ id, label: words[`fact-${id}`], value }]))
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
export function outboxColumns(language: Language = {}): readonly string[] {
  const words = pageWords(language)
  const columns = ['operation', 'edits', 'size', 'step', 'since'] as const
  return columns.map((column) => words[`column-${column}`])
}

/** The same in English. */
export const OUTBOX_COLUMNS: readonly string[] = /* @__PURE__ */ outboxColumns()

/** What the inspector says of one operation. @param language or its locale alone: that of numbers and times */
export function outboxRow(entry: OutboxEntry, language: Language | string = {}): OutboxRow {
  const told = typeof language === 'string' ? { locale: language } : language
  const { locale } = told
  const words = pageWords(told)
  const { counter, edits, bytes, step, seq, since } = entry
  const size = new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' })
  const stepText = describeOutboxStep(step, told)
  return {
    key: counter === null ? 'gathering' : String(counter),
    name: counter === null ? words.nextOperation : String(counter),
    edits: filled('{edits}', { edits }, locale),
    size: size.format(bytes),
    step,
    stepText: seq === null ? stepText : filled(words.stepAndPlace, { step: stepText, place: String(seq) }),
    since: new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(since),
    // oxlint-disable-next-line no-restricted-globals -- writes down a time that it was given, and reads no clock
    sinceIso: new Date(since).toISOString(),
  }
}

/** The newest first: what is on its way stays in sight however much became durable. */
export const outboxRows = (entries: readonly OutboxEntry[], language?: Language | string): readonly OutboxRow[] =>
  entries.map((entry) => outboxRow(entry, language)).reverse()

/** What of a document's state its outbox is told by. */
type DeliveryState = Pick<DocumentSnapshot, 'connection' | 'saveState' | 'unsavedChanges' | 'device'>

function pendingText({ connection, saveState, device }: DeliveryState, refused: boolean, words: PageWords): string {
  const lost = device === 'keeps-nothing'
  if (refused) return lost ? words.refusedEditInPage : words.refusedEditOnDevice
  if (saveState === 'refused') return lost ? words.cannotSaveInPage : words.cannotSaveOnDevice
  if (connection === 'connected') return words.editsOnTheWay
  return lost ? words.editsWaitInPage : words.editsWaitOnDevice
}

/** One sentence about all of it that stays the same while people write, so that it can be read out when it changes. */
export function describeOutbox(entries: readonly OutboxEntry[], state: DeliveryState, language: Language = {}): string {
  const words = pageWords(language)
  // Edits that another tab has left behind count before they are anywhere in the list.
  const isPending = state.unsavedChanges > 0 || entries.some(({ step }) => step !== 'durable')
  if (!isPending) return words.allDurable
  const refused = entries.some(({ step }) => step === 'refused')
  return pendingText(state, refused, words)
}

/** What stands in the place of the rows where there are none: operations that became durable before are not remembered. */
export function describeNoRows(snapshot: DocumentSnapshot | null, language: Language = {}): string {
  const words = pageWords(language)
  if (snapshot === null || (!snapshot.loaded && snapshot.unsavedChanges === 0)) return words.nothingKnown
  return snapshot.unsavedChanges === 0 ? words.nothingWaits : words.editsGathered
}
