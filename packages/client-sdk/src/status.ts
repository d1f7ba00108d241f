import { mayEdit } from '@sheaf/protocol'
import type { Role } from '@sheaf/protocol'
import { SheafError } from './errors.ts'
import type { Refusal } from './outbox.ts'
import type { SessionState } from './session-state.ts'

/** How it stands with the server. `offline`: the device says that it has no network. `closed`: for good. */
export type ConnectionStatus = 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'closed'

/** Where the local edits of a document are. */
export type SaveState =
  /** Every local edit is in the database of the server. */
  | 'saved'
  /** On the way: connected, not yet committed. */
  | 'saving'
  /** On this device only. */
  | 'unsaved'
  /** The server will not take it. The edits stay on the device and can be exported. */
  | 'refused'

/** Whether edits that are not committed survive the end of this page. */
export type DeviceStatus = 'keeps-edits' | 'keeps-nothing'

/** What can be seen of a document from outside. Immutable; the same object until something changes. */
export interface DocumentSnapshot {
  readonly connection: ConnectionStatus
  readonly saveState: SaveState
  /** Local edits that are not committed. */
  readonly unsavedChanges: number
  /** As the server said last, in this or an earlier visit. Null where nothing is known, and when every right was withdrawn. */
  readonly role: Role | null
  /** True once there is content to show: the server's, or the last known one of this device. */
  readonly loaded: boolean
  /** True where an edit made now would be kept and sent, now or later. */
  readonly editable: boolean
  /**
   * Local edits of earlier visits and of tabs that are gone, that were found on this device. Grows while more of them are
   * found; edits that this page knew of, as from an `open` before this one, are not counted.
   */
  readonly recovered: number
  /** `keeps-nothing`: what is not committed is lost with the page. Tried again until it works. */
  readonly device: DeviceStatus
  readonly error: SheafError | null
}

/** The inner facts that a snapshot is computed from. */
export interface DocumentFacts {
  readonly session: SessionState
  /** True once the session was live in this visit. */
  readonly wasLive: boolean
  readonly unsavedChanges: number
  readonly role: Role | null
  readonly loaded: boolean
  readonly recovered: number
  readonly refusal: Refusal | null
  readonly schemaDiffers: boolean
  /** What made the session fail, where anything is known of it. */
  readonly cause: unknown
  /** False where the device store ends with this page or process. */
  readonly lasting: boolean
  /** Whether this is a browser's page, that somebody may close at any moment. */
  readonly inPage: boolean
  /** False only where the device says that it has no network. */
  readonly online: boolean
  readonly journalProblem: { readonly cause: unknown } | null
}

function assertNever(value: never): never {
  throw new TypeError(`not a state: ${JSON.stringify(value)}`)
}

function connectionOf({ session, wasLive, online }: DocumentFacts): ConnectionStatus {
  switch (session.kind) {
    case 'idle':
    case 'connecting':
    case 'authenticating':
    case 'syncing':
    case 'waiting':
      // Devices err, so that it is tried all the same; people are told what explains most.
      if (!online) return 'offline'
      return wasLive ? 'reconnecting' : 'connecting'
    case 'live':
      return 'connected'
    case 'offline':
      return 'offline'
    case 'closed':
      return 'closed'
    default:
      return assertNever(session)
  }
}

// Before the first welcome the role is not known, and working offline is normal.
const mayWrite = ({ role }: DocumentFacts): boolean => role === null || mayEdit(role)

/** Why edits can neither be made nor sent; null where they can. */
export function blockedBy(facts: DocumentFacts): SheafError | null {
  const { session, refusal, cause } = facts
  if (session.kind === 'closed' && session.error !== null) return new SheafError(session.error, { cause })
  if (refusal !== null) return new SheafError('refused', { message: refusal.message, rejection: refusal.code })
  if (facts.schemaDiffers) return new SheafError('schema-mismatch')
  if (facts.unsavedChanges > 0 && !mayWrite(facts)) return new SheafError('refused', { rejection: 'not-allowed' })
  return null
}

const isFull = (cause: unknown): boolean => cause instanceof Error && cause.name === 'QuotaExceededError'

/** Something that is not right, while editing goes on. */
function warningOf({ session, lasting, inPage, journalProblem }: DocumentFacts): SheafError | null {
  if (session.kind === 'waiting' && session.error !== null) return new SheafError(session.error)
  if (journalProblem === null) return lasting || !inPage ? null : new SheafError('journal-unavailable')
  const { cause } = journalProblem
  const message = 'The storage of this device is full. Keep this page open until your edits are saved.'
  return new SheafError('journal-unavailable', isFull(cause) ? { message, cause } : { cause })
}

function saveStateOf(facts: DocumentFacts, blocked: boolean): SaveState {
  if (facts.unsavedChanges === 0) return 'saved'
  if (blocked) return 'refused'
  return facts.session.kind === 'live' ? 'saving' : 'unsaved'
}

export function snapshotOf(facts: DocumentFacts): DocumentSnapshot {
  const blocked = blockedBy(facts)
  return {
    connection: connectionOf(facts),
    saveState: saveStateOf(facts, blocked !== null),
    unsavedChanges: facts.unsavedChanges,
    role: facts.role,
    loaded: facts.loaded,
    editable: facts.loaded && blocked === null && mayWrite(facts) && facts.session.kind !== 'closed',
    recovered: facts.recovered,
    device: facts.lasting && facts.journalProblem === null ? 'keeps-edits' : 'keeps-nothing',
    error: blocked ?? warningOf(facts),
  }
}

const sameError = (a: SheafError | null, b: SheafError | null): boolean =>
  a?.code === b?.code && a?.rejection === b?.rejection && a?.message === b?.message

/** The former snapshot where nothing differs, and the former error object where the error is the same. */
export function stableSnapshot(former: DocumentSnapshot, next: DocumentSnapshot): DocumentSnapshot {
  const steady = sameError(former.error, next.error) ? { ...next, error: former.error } : next
  const keys = Object.keys(steady) as (keyof DocumentSnapshot)[]
  return keys.every((key) => Object.is(former[key], steady[key])) ? former : steady
}
