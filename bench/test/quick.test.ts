import { describe, expect, it } from 'vitest'
import { hocuspocus, relay, yWebsocket } from '../src/contenders/peers.ts'
import { fullSpeed } from '../src/measures/full-speed.ts'
import type { Row } from '../src/measures/measure.ts'
import { memory } from '../src/measures/memory.ts'
import { table, verdict } from '../src/report.ts'
import { scriptsOf } from '../src/replay/causality.ts'
import { codeUnits, patchInCodeUnits } from '../src/trace.ts'
import type { Trace } from '../src/trace.ts'
import { gathered, typist } from '../src/traffic.ts'

const row = (change: Partial<Row>): Row => ({
  label: 'a measure',
  unit: 'ms',
  values: { 'y-websocket': 10, hocuspocus: 20, sheaf: 5, relay: 1 },
  promise: { of: 'best peer', atMost: 0.6 },
  ...change,
})

describe('the verdict', () => {
  it('BE-1 compares Sheaf with the best peer of the same run, and never with the relay', () => {
    expect(verdict(row({}))).toEqual({ kind: 'kept', limit: '≤ 0.6×', reached: '0.50×' })
    expect(verdict(row({ values: { hocuspocus: 10, sheaf: 8, relay: 100 } })).kind).toBe('missed')
    expect(verdict(row({ values: { sheaf: 8, relay: 100 } })).kind).toBe('not compared')
    expect(verdict(row({ promise: { of: 'absolute', atMost: 3 } })).kind).toBe('missed')
  })

  it('BE-2 stands in the table, one line for each row', () => {
    expect(table([row({}), row({ promise: null })]).split('\n')).toHaveLength(4)
  })
})

describe('the traffic', () => {
  it('BE-3 is the same in two runs, and gathering it loses no keystroke', () => {
    const [first, second] = [typist(3, 80), typist(3, 80)]
    expect(second).toEqual(first)
    const batches = gathered(first).edits
    expect(batches.reduce((sum, { keystrokes }) => sum + keystrokes, 0)).toBe(81)
    expect(batches.length).toBeLessThan(60)
    expect(Math.max(...batches.map(({ keystrokes }) => keystrokes))).toBeLessThanOrEqual(20)
  })
})

describe('recordings', () => {
  it('BE-4 count in code points, and Yjs in code units', () => {
    expect(codeUnits('a😀b', 2)).toBe(3)
    expect(patchInCodeUnits('a😀b', [1, 1, 'x'])).toEqual([1, 2, 'x'])
  })

  it('BE-5 of two people are split where the other one looked, and say what each transaction has seen', () => {
    const key = (agent: number, parents: number[]) => ({ agent, parents, patches: [] })
    const trace: Trace = {
      name: 'made up',
      agents: 2,
      startContent: '',
      endContent: '',
      transactions: [key(0, []), key(0, [0]), key(1, [0]), key(1, [2]), key(0, [1, 2])],
    }
    const [first, second] = scriptsOf(trace)
    expect(first.steps.map(({ sees }) => sees)).toEqual([0, 0, 1])
    expect(second.steps.map(({ sees }) => sees)).toEqual([1, 1])
    expect(first.cuts).toEqual([1, 3])
    expect(second.cuts).toEqual([1, 2])
  })
})

it('BE-6 the measures run against the peers', async () => {
  const rows = [
    ...(await memory.run([relay], 'quick')),
    ...(await fullSpeed.run([yWebsocket, hocuspocus, relay], 'quick')),
  ]
  for (const { values } of rows) for (const value of Object.values(values)) expect(Number.isFinite(value)).toBe(true)
}, 120_000)
