import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const CHILD = fileURLToPath(new URL('store-child.mjs', import.meta.url))

export type ChildEvent = Record<string, unknown> & { event: string }

export interface Child {
  readonly process: ChildProcess
  readonly events: ChildEvent[]
  /** Resolves with the first event of this name, also one that is past; rejects when the process ends without it. */
  until(event: string): Promise<ChildEvent>
  /** The same, of the events behind the first `count` ones. */
  untilAfter(count: number, event: string): Promise<ChildEvent>
  /** Resolves with the exit code, or the signal. */
  ended(): Promise<number | string>
}

/** Starts a process that works on a store. `maxFileKiB` makes writes beyond that size of a file fail, as a full disk does. */
export function storeChild(args: readonly string[], maxFileKiB?: number): Child {
  const node = [process.execPath, '--import', 'tsx', '--conditions=@sheaf/source', CHILD, ...args]
  const limit = maxFileKiB === undefined ? '' : `ulimit -S -f ${maxFileKiB}; `
  // The shell ignores the signal of the limit, so that the write fails with an error instead of ending the process.
  const child = spawn('/bin/sh', ['-c', `trap '' XFSZ; ${limit}exec "$@"`, 'sh', ...node], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const events: ChildEvent[] = []
  const waiting: (() => void)[] = []
  let exit: number | string | null = null
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const wake = (): void => waiting.splice(0).forEach((resolve) => resolve())
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      events.push(JSON.parse(line) as ChildEvent)
      wake()
    })
  child.on('close', (code, signal) => {
    exit = code ?? signal ?? 'unknown'
    wake()
  })
  const untilAfter = async (count: number, event: string): Promise<ChildEvent> => {
    for (;;) {
      const found = events.slice(count).find((candidate) => candidate.event === event)
      if (found !== undefined) return found
      if (exit !== null) throw new Error(`the process ended (${exit}) without "${event}": ${stderr}`)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  return {
    process: child,
    events,
    until: (event) => untilAfter(0, event),
    untilAfter,
    ended: async () => {
      for (;;) {
        if (exit !== null) return exit
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
  }
}
