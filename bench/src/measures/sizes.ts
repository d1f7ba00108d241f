import { fileURLToPath } from 'node:url'
import { bundleSize } from '../bundle-size.ts'
import { comparisons } from '../bundles.ts'
import type { Comparison, Vendor } from '../bundles.ts'
import type { ContenderName } from '../contenders/contender.ts'
import { shareOfPeer, upTo } from './measure.ts'
import type { Measure, Row } from './measure.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The columns of the benchmark; Liveblocks has none, `pnpm --filter @sheaf/bench sizes` shows it too. */
const columns: readonly (readonly [Vendor, ContenderName])[] = [
  ['sheaf', 'sheaf'],
  ['tiptap', 'hocuspocus'],
  ['y-websocket', 'y-websocket'],
]

const promises: Readonly<Record<string, Row['promise']>> = {
  'client core': upTo(12),
  'core and editor': shareOfPeer(0.7),
}

async function row({ what, code }: Comparison): Promise<Row> {
  const values: Partial<Record<ContenderName, number>> = {}
  for (const [vendor, column] of columns) {
    const written = code[vendor]
    if (written !== undefined) values[column] = (await bundleSize(written, here)).atOnce / 1024
  }
  return {
    label: `${what}: download, minified, gzip, without yjs`,
    unit: 'KB',
    values,
    promise: promises[what] ?? null,
  }
}

async function run(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const comparison of comparisons) rows.push(await row(comparison))
  return rows
}

export const sizes: Measure = { name: 'sizes', describes: 'what a browser has to download', run }
