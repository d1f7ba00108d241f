import { CLOSE_CODES } from '@sheaf/protocol'
import { describe, expect, it } from 'vitest'
import { backoff, BACKOFF_CAP_MS, STABLE_MS, transition } from '../src/session-state.ts'
import type { SessionEvent, SessionState } from '../src/session-state.ts'

const failures = { attempts: 0, tokens: 0 }
const at = { now: 100_000, jitter: 0.5 }

const STATES = {
  idle: { kind: 'idle' },
  asking: { kind: 'connecting', step: 'token', failures },
  dialing: { kind: 'connecting', step: 'socket', failures },
  authenticating: { kind: 'authenticating', failures },
  syncing: { kind: 'syncing', again: false, failures },
  resyncing: { kind: 'syncing', again: true, failures },
  live: { kind: 'live', since: 0, sync: 'none', failures },
  asked: { kind: 'live', since: 0, sync: 'asked', failures },
  again: { kind: 'live', since: 0, sync: 'again', failures },
  waiting: { kind: 'waiting', until: 1, failures, error: null },
  offline: { kind: 'offline', until: 1, failures },
  closed: { kind: 'closed', error: null },
} as const satisfies Record<string, SessionState>

const closedBy = (code: number, online = true): SessionEvent => ({ kind: 'socket-closed', code, online })

const EVENTS = {
  start: { kind: 'start' },
  wake: { kind: 'wake' },
  online: { kind: 'online' },
  offline: { kind: 'offline' },
  visible: { kind: 'visible' },
  renew: { kind: 'renew' },
  token: { kind: 'token' },
  'token-failed': { kind: 'token-failed', online: true },
  opened: { kind: 'opened' },
  welcomed: { kind: 'welcomed' },
  synced: { kind: 'synced' },
  gap: { kind: 'gap' },
  lost: closedBy(1006),
  'lost offline': closedBy(1006, false),
  refused: closedBy(4401),
  forbidden: closedBy(4403),
  draining: { kind: 'draining', reconnectInMs: 1_000 },
  failed: { kind: 'failed', error: 'document-deleted' },
  close: { kind: 'close' },
} as const satisfies Record<string, SessionEvent>

/** Name of the state, then what is to be done. `=` means: nothing changes and nothing is to be done. */
type Outcome = string

const CLOSED_BY_ALL = { failed: 'closed close-socket', close: 'closed close-socket' }
const NOTHING_WITHOUT_SOCKET = { lost: '=', 'lost offline': '=', refused: '=', forbidden: '=', draining: '=' }
const WITH_SOCKET = {
  lost: 'waiting close-socket',
  'lost offline': 'offline close-socket',
  refused: 'waiting close-socket',
  forbidden: 'closed close-socket',
  draining: 'waiting close-socket',
}
const UNDISTURBED = { start: '=', wake: '=', online: '=', visible: '=', renew: '=' }
const OUT_OF_PLACE = { token: '=', 'token-failed': '=', opened: '=', welcomed: '=', synced: '=', gap: '=' }
const AT_REST = {
  ...OUT_OF_PLACE,
  ...NOTHING_WITHOUT_SOCKET,
  ...CLOSED_BY_ALL,
  start: '=',
  wake: 'asking fetch-token',
  online: 'asking fetch-token',
  visible: 'asking fetch-token',
  renew: 'asking fetch-token',
}
const ALIVE = {
  ...OUT_OF_PLACE,
  ...WITH_SOCKET,
  ...CLOSED_BY_ALL,
  start: '=',
  wake: '=',
  online: 'same probe',
  visible: 'same probe',
  renew: 'same renew-token',
  offline: 'offline close-socket',
}

const TABLE: Record<keyof typeof STATES, Record<keyof typeof EVENTS, Outcome>> = {
  idle: {
    ...OUT_OF_PLACE,
    ...NOTHING_WITHOUT_SOCKET,
    ...UNDISTURBED,
    ...CLOSED_BY_ALL,
    start: 'asking fetch-token',
    offline: '=',
  },
  asking: {
    ...OUT_OF_PLACE,
    ...NOTHING_WITHOUT_SOCKET,
    ...UNDISTURBED,
    ...CLOSED_BY_ALL,
    offline: 'offline close-socket',
    token: 'dialing open-socket',
    'token-failed': 'waiting close-socket',
  },
  dialing: {
    ...OUT_OF_PLACE,
    ...WITH_SOCKET,
    ...UNDISTURBED,
    ...CLOSED_BY_ALL,
    offline: 'offline close-socket',
    opened: 'authenticating send-hello',
  },
  authenticating: {
    ...OUT_OF_PLACE,
    ...WITH_SOCKET,
    ...UNDISTURBED,
    ...CLOSED_BY_ALL,
    offline: 'offline close-socket',
    welcomed: 'syncing',
  },
  syncing: {
    ...OUT_OF_PLACE,
    ...WITH_SOCKET,
    ...UNDISTURBED,
    ...CLOSED_BY_ALL,
    offline: 'offline close-socket',
    synced: 'live',
    gap: 'resyncing',
  },
  resyncing: {
    ...OUT_OF_PLACE,
    ...WITH_SOCKET,
    ...UNDISTURBED,
    ...CLOSED_BY_ALL,
    offline: 'offline close-socket',
    synced: 'asked ask-sync',
    gap: 'same',
  },
  live: { ...ALIVE, synced: 'same', gap: 'asked ask-sync' },
  asked: { ...ALIVE, synced: 'live', gap: 'again' },
  again: { ...ALIVE, synced: 'asked ask-sync', gap: 'same' },
  waiting: { ...AT_REST, offline: 'offline close-socket' },
  offline: { ...AT_REST, offline: '=' },
  closed: {
    ...OUT_OF_PLACE,
    ...NOTHING_WITHOUT_SOCKET,
    ...UNDISTURBED,
    offline: '=',
    failed: '=',
    close: '=',
  },
}

function nameOf(state: SessionState): string {
  switch (state.kind) {
    case 'connecting':
      return state.step === 'token' ? 'asking' : 'dialing'
    case 'syncing':
      return state.again ? 'resyncing' : 'syncing'
    case 'live':
      return { none: 'live', asked: 'asked', again: 'again' }[state.sync]
    default:
      return state.kind
  }
}

function outcome(state: keyof typeof STATES, event: keyof typeof EVENTS): Outcome {
  const step = transition(STATES[state], EVENTS[event], at)
  if (step.state === STATES[state] && step.effects.length === 0) return '='
  const name = nameOf(step.state) === state ? 'same' : nameOf(step.state)
  return [name, ...step.effects].join(' ')
}

describe('SE-1 the transition table', () => {
  for (const state of Object.keys(TABLE) as (keyof typeof STATES)[])
    it(`SE-1 ${state} at every event`, () => {
      const events = Object.keys(EVENTS) as (keyof typeof EVENTS)[]
      const actual = Object.fromEntries(events.map((event) => [event, outcome(state, event)]))
      expect(actual).toEqual(TABLE[state])
    })
})

const live = (since: number, attempts = 0): SessionState => ({
  kind: 'live',
  since,
  sync: 'none',
  failures: { attempts, tokens: 0 },
})

function after(state: SessionState, ...events: SessionEvent[]): SessionState {
  return events.reduce((current, event) => transition(current, event, at).state, state)
}

describe('trying again', () => {
  it('SE-2 the first retry is at once, later ones wait longer and longer, up to 30 s', () => {
    expect(backoff(1, 0.99)).toBe(0)
    expect(backoff(2, 1)).toBe(1_000)
    expect(backoff(3, 1)).toBe(2_000)
    expect(backoff(3, 0.25)).toBe(500)
    expect(backoff(50, 1)).toBe(BACKOFF_CAP_MS)
  })

  it('SE-3 attempts count on until a session was live for 5 s', () => {
    expect(after(live(at.now - STABLE_MS, 7), closedBy(1006))).toMatchObject({
      until: at.now,
      failures: { attempts: 1 },
    })
    expect(after(live(at.now - STABLE_MS + 1, 7), closedBy(1006))).toMatchObject({ failures: { attempts: 8 } })
  })

  it('SE-4 a server that asks for time gets it', () => {
    for (const code of [4429, 1013]) {
      const state = after(live(0), closedBy(code))
      expect(state).toMatchObject({ kind: 'waiting', until: at.now + 500 })
    }
  })

  it('SE-5 close codes that cannot get better end the session with an error', () => {
    const errors = [
      ['malformed', 'protocol'],
      ['forbidden', 'forbidden'],
      ['notFound', 'not-found'],
      ['schemaMismatch', 'schema-mismatch'],
      ['tooLarge', 'too-large'],
      ['protocolVersion', 'protocol-version'],
    ] as const
    for (const [reason, error] of errors)
      expect(after(live(0), closedBy(CLOSE_CODES[reason].code))).toEqual({ kind: 'closed', error })
    expect(after(live(0), closedBy(4499))).toEqual({ kind: 'closed', error: 'protocol' })
  })

  it('SE-6 a frame that is too large for the socket itself is not sent again and again', () => {
    expect(after(live(0), closedBy(1009))).toEqual({ kind: 'closed', error: 'too-large' })
  })

  it('SE-7 a refused token is replaced at once; the second in a row is shown, and tried slowly', () => {
    const once = after(live(0), closedBy(4401))
    expect(once).toMatchObject({ kind: 'waiting', until: at.now, error: null })
    const twice = after(once, { kind: 'wake' }, { kind: 'token' }, { kind: 'opened' }, closedBy(4401))
    expect(twice).toMatchObject({ kind: 'waiting', until: at.now + 0.75 * BACKOFF_CAP_MS, error: 'not-authenticated' })
    const thrice = after(twice, { kind: 'renew' }, { kind: 'token' }, { kind: 'opened' }, closedBy(4401))
    expect(thrice).toMatchObject({ kind: 'waiting', error: 'not-authenticated' })
  })

  it('SE-8 a welcome clears what was wrong with tokens', () => {
    const welcomed = after(
      { kind: 'authenticating', failures: { attempts: 3, tokens: 2 } },
      { kind: 'welcomed' },
      { kind: 'synced' },
    )
    expect(welcomed).toMatchObject({ kind: 'live', failures: { tokens: 0 } })
  })

  it('SE-9 an application that cannot give a token is asked again with backoff, and it shows', () => {
    const once = after(STATES.asking, { kind: 'token-failed', online: true })
    expect(once).toMatchObject({ kind: 'waiting', until: at.now, error: null })
    const twice = after(once, { kind: 'wake' }, { kind: 'token-failed', online: true })
    expect(twice).toMatchObject({ kind: 'waiting', until: at.now + 500, error: 'token-unavailable' })
  })

  it('SE-12 where there is no network, that there is no token is nobody’s error', () => {
    const twice = after(
      STATES.asking,
      { kind: 'token-failed', online: false },
      { kind: 'wake' },
      { kind: 'token-failed', online: false },
    )
    expect(twice).toMatchObject({ kind: 'offline', until: at.now + BACKOFF_CAP_MS })
  })

  it('SE-10 a draining server is left for about the time it names, which is not a failure', () => {
    const state = after(live(0, 3), { kind: 'draining', reconnectInMs: 1_000 })
    expect(state).toEqual({ kind: 'waiting', until: at.now + 1_000, failures, error: null })
  })

  it('SE-11 without a network it is tried all the same, every 30 s', () => {
    expect(after(live(0), { kind: 'offline' })).toMatchObject({ kind: 'offline', until: at.now + BACKOFF_CAP_MS })
  })
})
