import { describe, expect, it } from 'vitest'
import { check } from './checker.ts'
import type { HistoryEvent } from './history.ts'
import { simulate } from './world.ts'

type Of<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>

const MARKER = '[t0.1]'
const OTHER = '[t1.1]'

const written = (marker = MARKER, user = 'p0'): Of<'written'> => ({ kind: 'written', tab: 't0', user, marker, at: 1 })
const durable = (change: Partial<Of<'durable'>> = {}): Of<'durable'> => ({
  kind: 'durable',
  server: 's1',
  seq: 1,
  replicaId: 'r0',
  counter: 1,
  authorId: 'p0',
  markers: [MARKER],
  at: 10,
  ...change,
})
const saved = (change: Partial<Of<'saved'>> = {}): Of<'saved'> => ({
  kind: 'saved',
  tab: 't0',
  markers: [MARKER],
  erased: [],
  at: 11,
  ...change,
})
const shown = (change: Partial<Of<'shown'>> = {}): Of<'shown'> => ({
  kind: 'shown',
  tab: 't1',
  seq: 1,
  markers: [MARKER],
  at: 12,
  ...change,
})
const view = (name: string, markers: readonly string[] = [MARKER]): Of<'view'> => ({
  kind: 'view',
  view: name,
  appearance: markers.join(''),
  markers,
})

const rulesBroken = (...history: HistoryEvent[]): string[] => [...new Set(check(history).map(({ rule }) => rule))]

describe('the checker finds what is planted', () => {
  it('CK-1 nothing in a history in which every promise was kept', () => {
    const history = [written(), durable(), saved(), shown(), view('a'), view('b')]
    expect(rulesBroken(...history)).toEqual([])
  })

  it('CK-2 an acknowledgement before the operation is durable', () => {
    const early: HistoryEvent = { kind: 'acknowledged', replicaId: 'r0', counter: 1, at: 5 }
    expect(rulesBroken(written(), early, durable(), view('a'))).toEqual(['I1'])
    expect(rulesBroken(written(), durable(), early, view('a'))).toEqual([])
  })

  it('CK-3 something stored, saved or seen that is missing in the end', () => {
    expect(rulesBroken(written(), durable(), view('a', []))).toEqual(['I1'])
    expect(rulesBroken(written(), durable(), shown(), view('a', []))).toEqual(['I1'])
  })

  it('CK-4 a deletion that was shown as saved and came back', () => {
    const erased: HistoryEvent = { kind: 'erased', tab: 't0', marker: MARKER, at: 12 }
    const safe = saved({ erased: [MARKER] })
    expect(rulesBroken(written(), durable(), erased, safe, view('a', [MARKER]))).toEqual(['I1'])
    expect(rulesBroken(written(), durable(), erased, safe, view('a', []))).toEqual([])
  })

  it('CK-5 views that differ, a hole in the log, and a history in which nobody looked', () => {
    expect(rulesBroken(written(), durable(), view('a'), { ...view('b'), appearance: 'bold' })).toEqual(['I2'])
    expect(rulesBroken(written(), durable({ seq: 2 }), view('a'))).toEqual(['I2'])
    expect(rulesBroken(written(), durable())).toEqual(['I2'])
  })

  it('CK-6 a marker, or an operation, that is there twice', () => {
    expect(rulesBroken(written(), durable(), view('a', [MARKER, MARKER]))).toEqual(['I3'])
    expect(rulesBroken(written(), durable(), durable({ seq: 2, counter: 2 }), view('a'))).toEqual(['I3'])
    expect(rulesBroken(written(), durable(), durable({ seq: 2, markers: [] }), view('a'))).toEqual(['I3'])
  })

  it('CK-7 something that nobody wrote', () => {
    expect(rulesBroken(durable(), view('a'))).toEqual(['I4'])
    expect(rulesBroken(written(), durable(), view('a', [MARKER, OTHER]))).toEqual(['I4'])
  })

  it('CK-8 something that does not come to rest', () => {
    expect(rulesBroken(written(), durable(), view('a'), { kind: 'restless', what: 't1 waits' })).toEqual(['I5'])
  })

  it('CK-9 progress that falls, or passes what is stored', () => {
    const processed = (seq: number): HistoryEvent => ({ kind: 'processed', seq, at: 20 })
    const second = [written(OTHER), durable({ seq: 2, counter: 2, markers: [OTHER] })]
    const both = view('a', [MARKER, OTHER])
    expect(rulesBroken(written(), durable(), ...second, processed(2), processed(1), both)).toEqual(['I6'])
    expect(rulesBroken(written(), durable(), processed(2), ...second, both)).toEqual(['I6'])
  })

  it('CK-10 an operation that arrived more than a second after the right was withdrawn', () => {
    const withdrawn: HistoryEvent = { kind: 'rights', user: 'p0', mayEdit: false, at: 2 }
    const arrived = (at: number): HistoryEvent => ({ kind: 'arrived', server: 's1', replicaId: 'r0', counter: 1, at })
    expect(rulesBroken(written(), withdrawn, arrived(2_000), durable({ at: 2_001 }), view('a'))).toEqual(['I10'])
    expect(rulesBroken(written(), withdrawn, arrived(900), durable({ at: 2_001 }), view('a'))).toEqual([])
  })

  it('CK-11 "saved" before it is stored, and a journal that lost an edit', () => {
    expect(rulesBroken(written(), saved(), durable(), view('a'))).toEqual(['I11'])
    const journaled: HistoryEvent = { kind: 'journaled', device: 'd0', user: 'p0', markers: [MARKER], at: 3 }
    expect(rulesBroken(written(), journaled, view('a', []))).toEqual(['I11'])
    expect(rulesBroken(written(), journaled, view('a', []), { kind: 'kept', device: 'd0', markers: [MARKER] })).toEqual(
      [],
    )
  })

  it('CK-12 content that was shown before it was stored', () => {
    expect(rulesBroken(written(), shown(), durable(), view('a'))).toEqual(['I1'])
    expect(rulesBroken(written(), durable(), shown({ seq: 2 }), view('a'))).toEqual(['I1'])
  })

  it('CK-13 each kind of damage to the history of a real run', async () => {
    const { history } = await simulate(31)
    const broken = (change: (event: HistoryEvent) => HistoryEvent[]): string[] =>
      rulesBroken(...history.flatMap(change))
    const drop = (kind: HistoryEvent['kind']) => broken((event) => (event.kind === kind ? [] : [event]))
    expect(broken((event) => [event])).toEqual([])
    expect(drop('durable')).toEqual(expect.arrayContaining(['I1', 'I11']))
    expect(drop('written')).toContain('I4')
    expect(drop('view')).toContain('I2')
    const twice = broken((event) =>
      event.kind === 'view' ? [{ ...event, markers: [...event.markers, ...event.markers] }] : [event],
    )
    expect(twice).toContain('I3')
  })
})
