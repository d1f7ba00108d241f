/** What a browser has to download for each comparison, as a table in Markdown. */
import { fileURLToPath } from 'node:url'
import { bundleSize } from './bundle-size.ts'
import { comparisons } from './bundles.ts'
import type { Vendor } from './bundles.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const columns: readonly (readonly [Vendor, string])[] = [
  ['sheaf', 'Sheaf'],
  ['tiptap', 'Hocuspocus and Tiptap'],
  ['liveblocks', 'Liveblocks (and Tiptap)'],
  ['y-websocket', 'y-websocket'],
]
const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1)

async function cell(code: string | undefined): Promise<string> {
  if (code === undefined) return ''
  const { atOnce, later } = await bundleSize(code, here)
  return later === 0 ? kilobytes(atOnce) : `${kilobytes(atOnce)} + ${kilobytes(later)} later`
}

console.log(`| KB, minified, gzip | ${columns.map(([, title]) => title).join(' | ')} |`)
console.log(`|---|${columns.map(() => '--:|').join('')}`)
for (const { what, code } of comparisons) {
  const cells: string[] = []
  for (const [vendor] of columns) cells.push(await cell(code[vendor]))
  console.log(`| ${what} | ${cells.join(' | ')} |`)
}
