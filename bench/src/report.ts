import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { ContenderName } from './contenders/contender.ts'
import type { Row } from './measures/measure.ts'
import { short } from './statistics.ts'

const results = fileURLToPath(new URL('../results/', import.meta.url))

/** The peers that a promise compares Sheaf with. The relay is no peer: it is what sockets alone cost. */
const peers: readonly ContenderName[] = ['y-websocket', 'hocuspocus']

export type Verdict =
  | { readonly kind: 'kept' | 'missed'; readonly limit: string; readonly reached: string }
  | { readonly kind: 'not compared' }

/** Whether a row keeps its promise. A peer that was not measured in this run cannot be compared with. */
export function verdict({ values, promise, unit }: Row): Verdict {
  const own = values.sheaf
  if (promise === null || own === undefined) return { kind: 'not compared' }
  if (promise.of === 'absolute')
    return {
      kind: own <= promise.atMost ? 'kept' : 'missed',
      limit: `≤ ${promise.atMost} ${unit}`,
      reached: `${short(own)} ${unit}`,
    }
  const measured = peers.flatMap((peer) => values[peer] ?? [])
  if (measured.length === 0) return { kind: 'not compared' }
  const ratio = own / Math.min(...measured)
  return {
    kind: ratio <= promise.atMost ? 'kept' : 'missed',
    limit: `≤ ${promise.atMost}×`,
    reached: `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}×`,
  }
}

const cell = (value: number | undefined): string => (value === undefined ? '' : short(value))

/** The table in Markdown. */
export function table(rows: readonly Row[]): string {
  const lines = [
    '| measure | unit | y-websocket | Hocuspocus | Sheaf | floor (relay) | promised | reached | |',
    '|---|---|--:|--:|--:|--:|--:|--:|---|',
  ]
  for (const row of rows) {
    const judged = verdict(row)
    const [promised, reached, word] =
      judged.kind === 'not compared' ? ['', '', ''] : [judged.limit, judged.reached, judged.kind]
    const values = (['y-websocket', 'hocuspocus', 'sheaf', 'relay'] as const).map((name) => cell(row.values[name]))
    lines.push(`| ${row.label} | ${row.unit} | ${values.join(' | ')} | ${promised} | ${reached} | ${word} |`)
  }
  const notes = rows.flatMap((row) => (row.note === undefined ? [] : [`- ${row.label}: ${row.note}`]))
  return [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

/** Writes the run as JSON beside the earlier ones, and returns where. */
export function keepResults(rows: readonly Row[], scale: string, startedAt: Date): string {
  mkdirSync(results, { recursive: true })
  const path = `${results}${startedAt.toISOString().replaceAll(':', '-').slice(0, 19)}.json`
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' }
  const judged = rows.map((row) => ({ ...row, verdict: verdict(row) }))
  writeFileSync(path, `${JSON.stringify({ startedAt, scale, machine, rows: judged }, null, 2)}\n`)
  return path
}
