import { describe, expect, it } from 'vitest'
import { batch, DEFAULT_BATCHING, EMPTY_BATCH, MAX_BATCH_UPDATES } from '../src/batcher.ts'
import type { BatcherDecision, BatcherEvent, BatcherState, BatchingPolicy } from '../src/batcher.ts'

/** Runs events at times; gives the last decision. */
function run(policy: BatchingPolicy, ...events: [at: number, event: BatcherEvent][]): BatcherDecision {
  let state: BatcherState = EMPTY_BATCH
  let decision: BatcherDecision = { kind: 'rest' }
  for (const [at, event] of events) ({ state, decision } = batch(policy, state, event, at))
  return decision
}

const edited = (chars = 1, room = true): BatcherEvent => ({ kind: 'edited', chars, room })
const tick: BatcherEvent = { kind: 'tick' }

describe('the hybrid policy', () => {
  it('BA-1 the defaults are 200 ms of pause, 2 s and 20 characters', () => {
    expect(DEFAULT_BATCHING).toEqual({ pauseMs: 200, intervalMs: 2_000, maxChars: 20 })
  })

  it('BA-2 flushes when typing pauses', () => {
    expect(run(DEFAULT_BATCHING, [0, edited()])).toEqual({ kind: 'wait', until: 200 })
    expect(run(DEFAULT_BATCHING, [0, edited()], [150, edited()])).toEqual({ kind: 'wait', until: 350 })
    expect(run(DEFAULT_BATCHING, [0, edited()], [150, edited()], [200, tick])).toEqual({ kind: 'wait', until: 350 })
    expect(run(DEFAULT_BATCHING, [0, edited()], [150, edited()], [350, tick])).toEqual({
      kind: 'flush',
      reason: 'pause',
    })
  })

  it('BA-3 flushes 2 s after the first unsent change though typing goes on', () => {
    const typing = Array.from({ length: 13 }, (_, index): [number, BatcherEvent] => [index * 150, edited()])
    expect(run(DEFAULT_BATCHING, ...typing)).toEqual({ kind: 'wait', until: 2_000 })
    expect(run(DEFAULT_BATCHING, ...typing, [2_000, tick])).toEqual({ kind: 'flush', reason: 'interval' })
  })

  it('BA-11 a clock that was set while something is gathered holds nothing back', () => {
    const back = -10_000_000
    expect(run(DEFAULT_BATCHING, [0, edited()], [back, tick])).toEqual({ kind: 'flush', reason: 'pause' })
    const typing = Array.from({ length: 13 }, (_, index): [number, BatcherEvent] => [back + index * 155, edited()])
    expect(run(DEFAULT_BATCHING, [0, edited()], ...typing)).toEqual({ kind: 'wait', until: back + 2_000 })
    expect(run(DEFAULT_BATCHING, [0, edited()], [10_000_000, edited()])).toEqual({ kind: 'flush', reason: 'interval' })
  })

  it('BA-4 flushes at 20 characters, however they come', () => {
    expect(run(DEFAULT_BATCHING, [0, edited(20)])).toEqual({ kind: 'flush', reason: 'chars' })
    expect(run(DEFAULT_BATCHING, [0, edited(19)], [10, edited(1)])).toEqual({ kind: 'flush', reason: 'chars' })
    expect(run(DEFAULT_BATCHING, [0, edited(19)])).toEqual({ kind: 'wait', until: 200 })
  })

  it('BA-5 flushes at once when told, and says why', () => {
    for (const reason of ['call', 'blur', 'hidden', 'pagehide', 'close'] as const)
      expect(run(DEFAULT_BATCHING, [0, edited()], [1, { kind: 'flush', reason }])).toEqual({ kind: 'flush', reason })
  })

  it('BA-6 with nothing gathered no event flushes', () => {
    for (const event of [tick, { kind: 'room' }, { kind: 'flush', reason: 'call' }] as BatcherEvent[])
      for (const policy of [DEFAULT_BATCHING, 'immediate'] as const)
        expect(run(policy, [0, event])).toEqual({ kind: 'rest' })
  })

  it('BA-7 after a flush the batch begins anew', () => {
    expect(run(DEFAULT_BATCHING, [0, edited(20)], [1_000, edited()])).toEqual({ kind: 'wait', until: 1_200 })
  })

  it('BA-8 no batch is made of more than 200 updates', () => {
    const policy = { pauseMs: 1e9, intervalMs: 1e9, maxChars: 1e9 }
    const edits = Array.from({ length: MAX_BATCH_UPDATES }, (): [number, BatcherEvent] => [0, edited()])
    expect(run(policy, ...edits.slice(1)).kind).toBe('wait')
    expect(run(policy, ...edits)).toEqual({ kind: 'flush', reason: 'updates' })
  })
})

describe('immediate', () => {
  it('BA-9 flushes at every edit while there is room', () => {
    expect(run('immediate', [0, edited()])).toEqual({ kind: 'flush', reason: 'immediate' })
  })

  it('BA-10 gathers while there is none, and flushes as soon as there is', () => {
    expect(run('immediate', [0, edited(1, false)], [1, edited(1, false)])).toEqual({ kind: 'rest' })
    expect(run('immediate', [0, edited(1, false)], [9_999, tick])).toEqual({ kind: 'rest' })
    expect(run('immediate', [0, edited(1, false)], [5, { kind: 'room' }])).toEqual({
      kind: 'flush',
      reason: 'immediate',
    })
  })
})
