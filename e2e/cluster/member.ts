import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** How long a process may take until it is ready. */
const START_MS = 60_000
const ASK_AGAIN_MS = 20

/** How a process of a cluster is started. */
export interface MemberLaunch {
  /** What people call it in messages. */
  readonly label: string
  /** Arguments for Node. */
  readonly parameters: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Where it serves HTTP, its health among it. */
  readonly origin: string
}

/** A server or worker of a cluster, as a process that can be broken in every way. */
export class Member {
  readonly label: string
  readonly origin: string
  readonly #launch: MemberLaunch
  #process: ChildProcess | null = null
  #printed: string[] = []

  constructor(launch: MemberLaunch) {
    this.label = launch.label
    this.origin = launch.origin
    this.#launch = launch
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get running(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Everything that it printed, over all its starts. */
  get log(): string {
    return this.#printed.join('')
  }

  /** Starts it on the same port as before; resolves when it says that it is ready. */
  async start(): Promise<void> {
    const { parameters, environment, label } = this.#launch
    const child = spawn(process.execPath, [...parameters], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    // Whoever gives a test up must not leave processes behind.
    const end = (): void => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => this.#printed.push(chunk.toString('utf8')))
    const late = performance.now() + START_MS
    while (!(await this.isReady())) {
      if (!this.running) throw new Error(`${label} ended before it was ready:\n${this.log.slice(-4_000)}`)
      if (performance.now() > late)
        throw new Error(`${label} is not ready after ${START_MS} ms:\n${this.log.slice(-4_000)}`)
      await new Promise((resolve) => {
        setTimeout(resolve, ASK_AGAIN_MS)
      })
    }
  }

  /** Whether its health says that it can work. */
  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.origin}/readyz`, { signal: AbortSignal.timeout(3_000) }).catch(() => null)
    return answer?.ok === true
  }

  /** A figure that it tells of itself, summed over its labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.origin}/metrics`)).text()
    const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  /** SIGKILL: it is gone when this resolves. SIGSTOP: it hangs until SIGCONT, and its connections stay. */
  async kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#process
    if (child === null || !this.running) return
    if (signal !== 'SIGKILL') return void child.kill(signal)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Asks it to finish; resolves with its exit code, or null where a signal ended it. */
  async stop(): Promise<number | null> {
    const child = this.#process
    if (child === null || !this.running) return child?.exitCode ?? null
    const ended = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    const [code] = (await ended) as [number | null]
    return code
  }
}
