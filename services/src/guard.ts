import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ServerProcess } from './process.ts'

const script = fileURLToPath(new URL('../guard.sh', import.meta.url))

/** Ends the servers of this process if it dies before it stopped them, and removes their folder in any case. */
export interface Guard {
  watch(process: ServerProcess): void
  forget(process: ServerProcess): void
  /** Resolves when the folder is removed and all that is watched was killed. */
  close(): Promise<void>
}

export function startGuard(folder: string): Guard {
  const watched = new Set<number>()
  // Detached: what ends a terminal's whole group must not end the one that cleans up after it.
  const guard = spawn('/bin/sh', [script, folder], { stdio: ['pipe', 'ignore', 'inherit'], detached: true, cwd: '/' })
  const ended = new Promise<void>((resolve, reject) => {
    guard.once('close', () => resolve())
    guard.once('error', reject)
  })
  // It must not keep its starter alive: with the starter's end its input ends, and then it does its work.
  guard.unref()
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref()
  const tell = () => guard.stdin.write(`${[...watched].join(' ')}\n`)
  return {
    watch(process) {
      watched.add(process.record.pid)
      tell()
    },
    forget(process) {
      if (watched.delete(process.record.pid)) tell()
    },
    async close() {
      guard.ref()
      guard.stdin.end()
      await ended
    },
  }
}
