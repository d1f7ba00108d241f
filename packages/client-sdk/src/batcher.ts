/** When gathered edits become an operation. Pure: time comes in, decisions come out. */

export interface BatchingNumbers {
  /** Flush when typing pauses this long. Milliseconds, 200 unless told. */
  readonly pauseMs: number
  /** Flush this long after the first unsent change at the latest. Milliseconds, 2,000 unless told. */
  readonly intervalMs: number
  /** Flush at this many inserted or deleted characters, 20 unless told. */
  readonly maxChars: number
}

/** `immediate` sends on the next microtask: more bytes per edit, least delay. */
export type BatchingPolicy = BatchingNumbers | 'immediate'

/** After a pause of 200 ms, 2 s of typing, or 20 characters, whichever is first. */
export const DEFAULT_BATCHING: BatchingNumbers = { pauseMs: 200, intervalMs: 2_000, maxChars: 20 }

/** Merging is more than linear in the number of updates: one operation is never made of more than this. */
export const MAX_BATCH_UPDATES = 200

export type FlushReason =
  'pause' | 'interval' | 'chars' | 'updates' | 'immediate' | 'call' | 'blur' | 'hidden' | 'pagehide' | 'close'

export type BatcherState =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'gathering'
      readonly since: number
      readonly last: number
      readonly chars: number
      readonly updates: number
    }

export type BatcherEvent =
  /** `room`: an operation that is closed now could be sent now. */
  | { readonly kind: 'edited'; readonly chars: number; readonly room: boolean }
  /** Something was acknowledged or a connection came up: there may be room that was not there before. */
  | { readonly kind: 'room' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'flush'; readonly reason: FlushReason }

export type BatcherDecision =
  /** Nothing is gathered, or an event will say when to go on. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'flush'; readonly reason: FlushReason }

export interface BatcherStep {
  readonly state: BatcherState
  readonly decision: BatcherDecision
}

export const EMPTY_BATCH: BatcherState = { kind: 'empty' }

const rest: BatcherDecision = { kind: 'rest' }
const flush = (reason: FlushReason): BatcherStep => ({ state: EMPTY_BATCH, decision: { kind: 'flush', reason } })

type Gathering = Extract<BatcherState, { kind: 'gathering' }>

function gather(state: BatcherState, chars: number, now: number): Gathering {
  if (state.kind === 'empty') return { kind: 'gathering', since: now, last: now, chars, updates: 1 }
  // A clock that was set back must not make the batch wait until it has caught up.
  return {
    ...state,
    since: Math.min(state.since, now),
    last: now,
    chars: state.chars + chars,
    updates: state.updates + 1,
  }
}

function byClock(policy: BatchingNumbers, state: Gathering, now: number): BatcherStep {
  const pause = state.last + policy.pauseMs
  const interval = state.since + policy.intervalMs
  if (now >= interval) return flush('interval')
  if (now >= pause || now < state.last) return flush('pause')
  return { state, decision: { kind: 'wait', until: Math.min(pause, interval) } }
}

/** Decides what to do with what is gathered; after `flush` the batch is empty again. */
export function batch(policy: BatchingPolicy, state: BatcherState, event: BatcherEvent, now: number): BatcherStep {
  if (event.kind === 'edited') {
    const gathered = gather(state, event.chars, now)
    if (gathered.updates >= MAX_BATCH_UPDATES) return flush('updates')
    if (policy === 'immediate') return event.room ? flush('immediate') : { state: gathered, decision: rest }
    return gathered.chars >= policy.maxChars ? flush('chars') : byClock(policy, gathered, now)
  }
  if (state.kind === 'empty') return { state, decision: rest }
  if (event.kind === 'flush') return flush(event.reason)
  if (policy !== 'immediate') return byClock(policy, state, now)
  return event.kind === 'room' ? flush('immediate') : { state, decision: rest }
}
