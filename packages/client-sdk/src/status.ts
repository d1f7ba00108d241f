import { mayEdit } from '@sheaf/protocol'
import type { Role } from '@sheaf/protocol'
import { SheafError } from './errors.ts'
import type { Refusal } from './outbox.ts'
import type { SessionState } from './session-state.ts'

export type ConnectionStatus = 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'closed'

export type SaveState =
  /** Every local edit is in the database of the server. */
  | 'saved'
  /** On the way: connected, not yet committed. */
  | 'saving'
  /** On this device only. */
  | 'unsaved'
  /** The server will not take it. The edits stay on the device and can be exported. */
  | 'refused'

/** What can be seen of a document from outside. Immutable; the same object until something changes. */
export interface DocumentSnapshot {
  readonly connection: ConnectionStatus
  readonly saveState: SaveState
  /** Local edits that are not committed. */
  readonly unsavedChanges: number
  /** Null before the first welcome, and after every right was withdrawn. */
  readonly role: Role | null
  /** True once there is content to show: the server's, or the last known one of this device. */
  readonly loaded: boolean
  /** True where an edit made now would be kept and sent, now or later. */
  readonly editable: boolean
  /** Local edits of an earlier visit that were found on this device at the start. */
  readonly recovered: number
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
  /** What made the session fail or the device unusable, where anything is known of it. */
  readonly cause: unknown
  readonly journalFailed: boolean
}

function assertNever(value: never): never {
  throw new TypeError(`not a state: ${JSON.stringify(value)}`)
}

function connectionOf({ session, wasLive }: DocumentFacts): ConnectionStatus {
  switch (session.kind) {
    case 'idle':
    case 'connecting':
    case 'authenticating':
    case 'syncing':
    case 'waiting':
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

/** Something that is not right, while editing goes on. */
function warningOf({ session, journalFailed, cause }: DocumentFacts): SheafError | null {
  if (session.kind === 'waiting' && session.error !== null) return new SheafError(session.error)
  return journalFailed ? new SheafError('journal-unavailable', { cause }) : null
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
