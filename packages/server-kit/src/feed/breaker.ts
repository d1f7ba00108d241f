/** Whether something that failed is tried again. */
export type BreakerState =
  | { readonly status: 'closed' }
  /** Nothing is asked of it before `probeAt`, and then one call only. */
  | { readonly status: 'open'; readonly failures: number; readonly probeAt: number }

export const CLOSED: BreakerState = { status: 'closed' }

/** The first probe comes about so long after a failure, each further one after twice as long, up to the longest. */
const PROBE_MS = 2_000
const LONGEST_PROBE_MS = 30_000

/**
 * After a failure. `random`, from 0 to 1, spreads the probes of many servers: half of the wait is certain, and half of it
 * is chance.
 */
export function afterFailure(state: BreakerState, now: number, random: number): BreakerState {
  const failures = state.status === 'closed' ? 1 : state.failures + 1
  return { status: 'open', failures, probeAt: now + spread(waitAfter(failures, PROBE_MS, LONGEST_PROBE_MS), random) }
}

/** Twice as long after each failure, up to the longest. */
export const waitAfter = (failures: number, firstMs: number, longestMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(30, failures - 1))

export const spread = (ms: number, random: number): number => Math.round(ms / 2 + (ms / 2) * random)
