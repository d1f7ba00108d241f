import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { processEntry, processTree } from './process-table.ts'
import { ServiceError } from './service-error.ts'
import { becomesTrue } from './waiting.ts'

/** How a server is started. */
export interface Launch {
  /** What people call it. */
  readonly label: string
  readonly program: string
  readonly parameters: readonly string[]
  /** Its working folder; what it prints goes to `<label>.log` in it. */
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>>
  /** Who it runs as; default: who starts it. */
  readonly owner?: Owner | null
  /** What makes it end in good order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** What is enough to find a process again, from another process too. */
export interface ProcessRecord {
  readonly label: string
  readonly pid: number
  readonly startedAt: string
  readonly stopSignal: Launch['stopSignal']
}

const stopLimitMs = 20_000
const killLimitMs = 10_000

/** A server's process and all that come from it. It outlives the one that started it, unless a guard is told of it. */
export class ServerProcess {
  readonly record: ProcessRecord

  constructor(record: ProcessRecord) {
    this.record = record
  }

  isAlive(): boolean {
    return processEntry(this.record.pid)?.startedAt === this.record.startedAt
  }

  /** Ends in good order, even what was stopped by SIGSTOP; is killed where that takes more than 20 seconds. */
  async stop(): Promise<void> {
    if (!this.isAlive()) return
    const tree = processTree(this.record.pid)
    send(this.record.pid, this.record.stopSignal)
    for (const pid of tree) send(pid, 'SIGCONT')
    if (!(await becomesTrue(() => !this.isAlive(), stopLimitMs))) await this.kill()
  }

  /** Resolves when it is gone with all that come from it. */
  async kill(): Promise<void> {
    const tree = this.freeze()
    for (const pid of tree) send(pid, 'SIGKILL')
    const gone = () => tree.every((pid) => processEntry(pid) === null)
    if (!(await becomesTrue(gone, killLimitMs))) throw new ServiceError(`${this.record.label} does not end`)
  }

  /**
   * Stops it with SIGSTOP, as if the machine hung. Each look may find a child that was born before its parent stood.
   *
   * @returns the pids
   */
  freeze(): number[] {
    const frozen = new Set<number>()
    if (!this.isAlive()) return []
    for (;;) {
      const moving = processTree(this.record.pid).filter((pid) => !frozen.has(pid))
      if (moving.length === 0) return [...frozen]
      for (const pid of moving) {
        send(pid, 'SIGSTOP')
        frozen.add(pid)
      }
    }
  }

  thaw(): void {
    if (!this.isAlive()) return
    for (const pid of processTree(this.record.pid)) send(pid, 'SIGCONT')
  }
}

/** @throws {ServiceError} where the program cannot be started */
export async function launch(how: Launch): Promise<ServerProcess> {
  const log = openSync(logOf(how), 'a')
  const child = spawn(how.program, how.parameters, {
    cwd: how.folder,
    // Of the starter's environment nothing else: PGPORT and its like would change what is started.
    env: { PATH: process.env['PATH'], HOME: how.folder, LANG: 'C.UTF-8', ...how.environment },
    stdio: ['ignore', log, log],
    // A process group of its own: Ctrl-C is for the one who started it, and that one stops it in good order.
    detached: true,
    ...how.owner,
  })
  closeSync(log)
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => reject(new ServiceError(`${how.label} cannot be started: ${error.message}`)))
  })
  child.unref()
  const { pid } = child
  const entry = pid === undefined ? null : processEntry(pid)
  if (pid === undefined || entry === null) throw endedEarly(how)
  return new ServerProcess({ label: how.label, pid, startedAt: entry.startedAt, stopSignal: how.stopSignal })
}

/** Says that the process ended where it should have begun to serve, with the end of what it printed. */
export function endedEarly(how: Launch): ServiceError {
  return new ServiceError(`${how.label} ended before it answered:\n${endOfLog(how)}`)
}

export function endOfLog(how: Launch): string {
  return readFileSync(logOf(how), 'utf8').trimEnd().split('\n').slice(-15).join('\n')
}

const logOf = (how: Launch) => `${how.folder}/${how.label}.log`

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It ended in between, which is what most signals are for.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return
    throw error
  }
}
