/**
 * One attachment to a document, as a pure machine: what is going on, and what to do at each event.
 *
 *     idle -> connecting -> authenticating -> syncing -> live
 *               ^   |            |              |         |
 *               |   +------------+-- waiting <--+---------+
 *               +------------------ or offline
 *
 * `closed` is reached from everywhere and never left.
 */
import { closePolicy, CLOSE_CODES } from '@sheaf/protocol'
import type { SheafErrorCode } from './errors.ts'

export const BACKOFF_BASE_MS = 500
export const BACKOFF_CAP_MS = 30_000
/** A session that lived shorter than this counts as a failed attempt: a server that welcomes and drops must not be hammered. */
export const STABLE_MS = 5_000

/** Attempts that failed in a row. */
export interface Failures {
  readonly attempts: number
  /** Of these, the last ones that failed for want of a good token. */
  readonly tokens: number
}

/** Whether a live session has asked for what it misses; `again`: the answer that is awaited will not do. */
export type SyncProgress = 'none' | 'asked' | 'again'

export type SessionState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly step: 'token' | 'socket'; readonly failures: Failures }
  | { readonly kind: 'authenticating'; readonly failures: Failures }
  /** `again`: what is awaited will not do, something else is missing too. */
  | { readonly kind: 'syncing'; readonly again: boolean; readonly failures: Failures }
  | { readonly kind: 'live'; readonly since: number; readonly sync: SyncProgress; readonly failures: Failures }
  | {
      readonly kind: 'waiting'
      readonly until: number
      readonly failures: Failures
      readonly error: SheafErrorCode | null
    }
  /** The device says that it has no network. Tried now and then all the same, since devices err. */
  | { readonly kind: 'offline'; readonly until: number; readonly failures: Failures }
  | { readonly kind: 'closed'; readonly error: SheafErrorCode | null }

export type SessionEvent =
  | { readonly kind: 'start' }
  /** The time that a waiting state names has come. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'online' }
  | { readonly kind: 'offline' }
  | { readonly kind: 'visible' }
  /** The application says that there is a better token. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'token' }
  /** `online`: as in `socket-closed`. */
  | { readonly kind: 'token-failed'; readonly online: boolean }
  | { readonly kind: 'opened' }
  | { readonly kind: 'welcomed' }
  /** A state frame was applied. */
  | { readonly kind: 'synced' }
  /** Something is missing that the server has. */
  | { readonly kind: 'gap' }
  /** `online`: what the device says of its network at this moment. */
  | { readonly kind: 'socket-closed'; readonly code: number; readonly online: boolean }
  | { readonly kind: 'draining'; readonly reconnectInMs: number }
  | { readonly kind: 'failed'; readonly error: SheafErrorCode }
  | { readonly kind: 'close' }

export type SessionEffect =
  'fetch-token' | 'open-socket' | 'send-hello' | 'ask-sync' | 'probe' | 'renew-token' | 'close-socket'

export interface SessionStep {
  readonly state: SessionState
  readonly effects: readonly SessionEffect[]
}

/** Time and chance, as inputs. */
export interface Moment {
  readonly now: number
  /** 0 <= jitter < 1. */
  readonly jitter: number
}

/** ws and browsers close with it where a frame is larger than the other side takes. */
const FRAME_TOO_LARGE = 1009

const NO_FAILURES: Failures = { attempts: 0, tokens: 0 }

const stay = (state: SessionState, ...effects: SessionEffect[]): SessionStep => ({ state, effects })
const failuresOf = (state: SessionState): Failures =>
  state.kind === 'idle' || state.kind === 'closed' ? NO_FAILURES : state.failures

const connect = (failures: Failures): SessionStep =>
  stay({ kind: 'connecting', step: 'token', failures }, 'fetch-token')

const close = (error: SheafErrorCode | null): SessionStep => stay({ kind: 'closed', error }, 'close-socket')

/** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/. The first retry is at once. */
export function backoff(attempts: number, jitter: number): number {
  if (attempts <= 1) return 0
  return jitter * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (attempts - 1))
}

const errorByCloseCode = new Map<number, SheafErrorCode>([
  [CLOSE_CODES.malformed.code, 'protocol'],
  [CLOSE_CODES.forbidden.code, 'forbidden'],
  [CLOSE_CODES.notFound.code, 'not-found'],
  [CLOSE_CODES.schemaMismatch.code, 'schema-mismatch'],
  [CLOSE_CODES.tooLarge.code, 'too-large'],
  [FRAME_TOO_LARGE, 'too-large'],
  [CLOSE_CODES.protocolVersion.code, 'protocol-version'],
])

/** Codes with which a server asks for time: the first retry is not at once either. */
const askingForTime = new Set<number>([CLOSE_CODES.slowDown.code, CLOSE_CODES.tryLater.code])

function policyOf(code: number): ReturnType<typeof closePolicy> {
  // The same frame would be refused again and again.
  return code === FRAME_TOO_LARGE ? 'permanent' : closePolicy(code)
}

function failuresAfter(state: SessionState, at: Moment): Failures {
  const failures = failuresOf(state)
  // A clock that was set back says nothing about how long it was live: more than a moment, most likely.
  const wasStable = state.kind === 'live' && Math.abs(at.now - state.since) >= STABLE_MS
  return { attempts: (wasStable ? 0 : failures.attempts) + 1, tokens: failures.tokens }
}

function wait(failures: Failures, error: SheafErrorCode | null, at: Moment): SessionStep {
  const delay = failures.tokens >= 2 ? (BACKOFF_CAP_MS * (1 + at.jitter)) / 2 : backoff(failures.attempts, at.jitter)
  return stay({ kind: 'waiting', until: at.now + delay, failures, error }, 'close-socket')
}

function goOffline(failures: Failures, at: Moment): SessionStep {
  return stay({ kind: 'offline', until: at.now + BACKOFF_CAP_MS, failures }, 'close-socket')
}

function socketClosed(
  state: SessionState,
  event: Extract<SessionEvent, { kind: 'socket-closed' }>,
  at: Moment,
): SessionStep {
  const failures = failuresAfter(state, at)
  switch (policyOf(event.code)) {
    case 'permanent':
      return close(errorByCloseCode.get(event.code) ?? 'protocol')
    case 'refresh-token': {
      const tokens = failures.tokens + 1
      return wait({ ...failures, tokens }, tokens >= 2 ? 'not-authenticated' : null, at)
    }
    case 'reconnect':
      if (!event.online) return goOffline(failures, at)
      if (!askingForTime.has(event.code)) return wait({ ...failures, tokens: 0 }, null, at)
      return wait({ attempts: Math.max(2, failures.attempts), tokens: 0 }, null, at)
  }
}

function synced(state: SessionState, at: Moment): SessionStep {
  if (state.kind === 'live')
    return state.sync === 'again' ? stay({ ...state, sync: 'asked' }, 'ask-sync') : stay({ ...state, sync: 'none' })
  if (state.kind !== 'syncing') return stay(state)
  const live = { kind: 'live', since: at.now, failures: state.failures } as const
  return state.again ? stay({ ...live, sync: 'asked' }, 'ask-sync') : stay({ ...live, sync: 'none' })
}

function gap(state: SessionState): SessionStep {
  if (state.kind === 'syncing') return stay({ ...state, again: true })
  if (state.kind !== 'live') return stay(state)
  return state.sync === 'none' ? stay({ ...state, sync: 'asked' }, 'ask-sync') : stay({ ...state, sync: 'again' })
}

const hasSocket = (state: SessionState): boolean =>
  (state.kind === 'connecting' && state.step === 'socket') ||
  state.kind === 'authenticating' ||
  state.kind === 'syncing' ||
  state.kind === 'live'

const atRest = (state: SessionState): boolean => state.kind === 'waiting' || state.kind === 'offline'

/** The next state and what to do. An event that makes no sense in a state changes nothing. */
export function transition(state: SessionState, event: SessionEvent, at: Moment): SessionStep {
  if (state.kind === 'closed') return stay(state)
  switch (event.kind) {
    case 'start':
      return state.kind === 'idle' ? connect(NO_FAILURES) : stay(state)
    case 'wake':
      return atRest(state) ? connect(failuresOf(state)) : stay(state)
    case 'online':
    case 'visible':
      if (state.kind === 'live') return stay(state, 'probe')
      return atRest(state) ? connect(failuresOf(state)) : stay(state)
    case 'renew':
      if (state.kind === 'live') return stay(state, 'renew-token')
      return atRest(state) ? connect(failuresOf(state)) : stay(state)
    case 'offline':
      return state.kind === 'idle' || state.kind === 'offline' ? stay(state) : goOffline(failuresOf(state), at)
    case 'token':
      if (state.kind !== 'connecting' || state.step !== 'token') return stay(state)
      return stay({ ...state, step: 'socket' }, 'open-socket')
    case 'token-failed': {
      if (state.kind !== 'connecting' || state.step !== 'token') return stay(state)
      const failures = failuresAfter(state, at)
      if (!event.online) return goOffline({ ...failures, tokens: 0 }, at)
      return wait({ ...failures, tokens: 0 }, failures.attempts >= 2 ? 'token-unavailable' : null, at)
    }
    case 'opened':
      if (state.kind !== 'connecting' || state.step !== 'socket') return stay(state)
      return stay({ kind: 'authenticating', failures: state.failures }, 'send-hello')
    case 'welcomed':
      if (state.kind !== 'authenticating') return stay(state)
      return stay({ kind: 'syncing', again: false, failures: { ...state.failures, tokens: 0 } })
    case 'synced':
      return synced(state, at)
    case 'gap':
      return gap(state)
    case 'socket-closed':
      return hasSocket(state) ? socketClosed(state, event, at) : stay(state)
    case 'draining': {
      if (!hasSocket(state)) return stay(state)
      const until = at.now + event.reconnectInMs * (0.5 + at.jitter)
      return stay({ kind: 'waiting', until, failures: NO_FAILURES, error: null }, 'close-socket')
    }
    case 'failed':
      return close(event.error)
    case 'close':
      return close(null)
  }
}
