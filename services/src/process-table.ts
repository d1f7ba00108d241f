import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** One line of the system's list of processes. */
export interface ProcessEntry {
  readonly parent: number
  /** When it was started, in the system's own writing. With the pid it names a process for good: pids come again. */
  readonly startedAt: string
}

const hasProc = existsSync('/proc/self/stat')

/** The process of this pid; null where there is none, or only the entry that waits for its parent to look at it. */
export function processEntry(pid: number): ProcessEntry | null {
  return hasProc ? entryOfProc(pid) : (entriesOfPs(['-p', String(pid)]).get(pid) ?? null)
}

/** All processes that live, by their pid. */
function processTable(): Map<number, ProcessEntry> {
  if (!hasProc) return entriesOfPs(['-A'])
  const table = new Map<number, ProcessEntry>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const entry = Number.isInteger(pid) ? entryOfProc(pid) : null
    if (entry !== null) table.set(pid, entry)
  }
  return table
}

/** The process and all that come from it, itself first. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const [child, { parent }] of processTable()) children.set(parent, [...(children.get(parent) ?? []), child])
  const tree = [pid]
  for (const member of tree) tree.push(...(children.get(member) ?? []))
  return tree
}

function entryOfProc(pid: number): ProcessEntry | null {
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended: there is nothing to read, and that is the answer.
    return null
  }
  // The name, in parentheses, may hold anything; the fields begin after it. See proc(5).
  const [state, parent, , , , , , , , , , , , , , , , , , startedAt] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X' || startedAt === undefined) return null
  return { parent: Number(parent), startedAt }
}

function entriesOfPs(which: string[]): Map<number, ProcessEntry> {
  const table = new Map<number, ProcessEntry>()
  for (const line of outputOfPs(which).split('\n')) {
    const [, pid, parent, state, startedAt] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? []
    if (pid === undefined || startedAt === undefined || state?.startsWith('Z')) continue
    table.set(Number(pid), { parent: Number(parent), startedAt })
  }
  return table
}

function outputOfPs(which: string[]): string {
  try {
    return execFileSync('ps', [...which, '-o', 'pid=,ppid=,stat=,lstart='], { encoding: 'utf8' })
  } catch (error) {
    // `ps -p` ends with 1 where there is no such process.
    if (error instanceof Error && 'status' in error && error.status === 1) return ''
    throw error
  }
}
