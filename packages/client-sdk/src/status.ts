import { mayEdit } from '@sheaf/protocol'
import type { Role } from '@sheaf/protocol'
import type { SheafError } from './errors.ts'
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
  /** The document can neither be edited nor its edits be sent. */
  readonly blocked: SheafError | null
  /** Something that is not right, while editing goes on. */
  readonly warning: SheafError | null
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

function saveStateOf(facts: DocumentFacts, mayWrite: boolean): SaveState {
  if (facts.unsavedChanges === 0) return 'saved'
  if (facts.blocked !== null || !mayWrite) return 'refused'
  return facts.session.kind === 'live' ? 'saving' : 'unsaved'
}

export function snapshotOf(facts: DocumentFacts): DocumentSnapshot {
  // Before the first welcome the role is not known, and working offline is normal.
  const mayWrite = facts.role === null || mayEdit(facts.role)
  return {
    connection: connectionOf(facts),
    saveState: saveStateOf(facts, mayWrite),
    unsavedChanges: facts.unsavedChanges,
    role: facts.role,
    loaded: facts.loaded,
    editable: facts.loaded && facts.blocked === null && mayWrite && facts.session.kind !== 'closed',
    recovered: facts.recovered,
    error: facts.blocked ?? facts.warning,
  }
}

/** True where nothing that can be seen differs. */
export function sameSnapshot(a: DocumentSnapshot, b: DocumentSnapshot): boolean {
  return (Object.keys(a) as (keyof DocumentSnapshot)[]).every((key) => Object.is(a[key], b[key]))
}
