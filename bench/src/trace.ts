import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** Position in Unicode code points, how many of them go, and what comes in their place. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

export interface Transaction {
  readonly agent: number
  /** Indexes of the transactions whose merge this one starts from. */
  readonly parents: readonly number[]
  readonly patches: readonly Patch[]
}

/** A recording of people typing, in an order in which every transaction stands behind its parents. */
export interface Trace {
  readonly name: string
  readonly agents: number
  readonly startContent: string
  readonly endContent: string
  readonly transactions: readonly Transaction[]
}

interface TraceFile {
  readonly startContent?: string
  readonly endContent: string
  readonly numAgents?: number
  readonly txns: readonly { agent?: number; parents?: readonly number[]; patches: readonly Patch[] }[]
}

const beside = fileURLToPath(new URL('../../../shared/traces', import.meta.url))

/** Where recordings are looked for: `SHEAF_TRACES`, else `shared/traces` beside the project. Null where neither exists. */
export function traceFolder(): string | null {
  const folder = process.env['SHEAF_TRACES'] ?? beside
  return existsSync(folder) ? folder : null
}

/** Null where there is no such recording. */
export function loadTrace(name: string): Trace | null {
  const folder = traceFolder()
  if (folder === null) return null
  const path = join(folder, `${name}.json.gz`)
  if (!existsSync(path)) return null
  const file = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as TraceFile
  return {
    name,
    agents: file.numAgents ?? 1,
    startContent: file.startContent ?? '',
    endContent: file.endContent,
    transactions: file.txns.map((transaction, index) => ({
      agent: transaction.agent ?? 0,
      // A sequential recording has no parents: each transaction follows the one before it.
      parents: transaction.parents ?? (index === 0 ? [] : [index - 1]),
      patches: transaction.patches,
    })),
  }
}

const ASTRAL = /[\uD800-\uDFFF]/

/** True where a position in code points is a position in UTF-16 code units too, all through the recording. */
export function positionsAreCodeUnits(trace: Trace): boolean {
  return (
    !ASTRAL.test(trace.startContent) &&
    trace.transactions.every(({ patches }) => patches.every(([, , inserted]) => !ASTRAL.test(inserted)))
  )
}

/** The position in UTF-16 code units, which Yjs counts in, of a position in code points. */
export function codeUnits(text: string, position: number): number {
  let units = 0
  for (let left = position; left > 0; left--) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1
  return units
}

/** What Yjs is to do for a patch on this text: all numbers in code units. */
export function patchInCodeUnits(text: string, [position, deleted, inserted]: Patch): Patch {
  const at = codeUnits(text, position)
  return [at, codeUnits(text.slice(at, at + 2 * deleted), deleted), inserted]
}
