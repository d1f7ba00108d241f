import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { processEntry } from './process-table.ts'

/**
 * Takes something that only one process may have at a time: a file holds the pid of who has it, and a file whose
 * process is gone counts as none.
 *
 * @returns whether it is this process's now
 */
export function claim(file: string): boolean {
  const holder = holderOf(file)
  if (holder !== null && processEntry(holder) !== null) return false
  if (holder !== null) release(file)
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

export function release(file: string): void {
  rmSync(file, { force: true })
}

function holderOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8')) || null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
