import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const probe = fileURLToPath(new URL('servers/probe.mjs', import.meta.url))

type Question = 'cpu' | 'memory' | 'watchLoop' | 'worstStall'

/** What a server that was written for the benchmark tells of itself. */
export type ServerNews = { readonly port: number } | { readonly event: 'stored'; readonly bytes: number }

/** A server under test: a Node process of its own, with the probe loaded into it. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: number) => void>()
  readonly #listeners = new Set<(news: ServerNews) => void>()
  readonly #output: string[] = []
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>
  #lastId = 0

  constructor(nodeArguments: readonly string[], env: NodeJS.ProcessEnv) {
    // For looking into a figure: where the profile of a server that ends by itself is put.
    const profile = process.env['BENCH_PROFILE']
    const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    this.#child = spawn(process.execPath, [...profiling, '--import', probe, ...nodeArguments], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const keep = (chunk: Buffer): void => {
      this.#output.push(chunk.toString())
    }
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
    // A run that is given up must not leave a server behind.
    const end = (): void => void this.#child.kill('SIGKILL')
    process.once('exit', end)
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        process.off('exit', end)
        resolve()
      })
    })
    this.#child.on('message', (message: { id: number; answer: number } | ServerNews) => {
      if ('id' in message) {
        this.#waiting.get(message.id)?.(message.answer)
        this.#waiting.delete(message.id)
      } else for (const listener of this.#listeners) listener(message)
    })
  }

  /** Everything that the process printed so far. */
  get output(): string {
    return this.#output.join('')
  }

  /** Resolves with the first news that `pick` takes; rejects when the process ends before. */
  async next<T>(pick: (news: ServerNews) => T | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = (news: ServerNews): void => {
        const picked = pick(news)
        if (picked === null) return
        this.#listeners.delete(listener)
        resolve(picked)
      }
      this.#listeners.add(listener)
      void this.exited.then(() => reject(new Error(`the server ended early:\n${this.output}`)))
    })
  }

  /** Resolves with the first match in what the process prints on its standard output. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.output)
        if (match === null) return
        this.#child.stdout?.off('data', look)
        resolve(match)
      }
      this.#child.stdout?.on('data', look)
      void this.exited.then(() => reject(new Error(`the server ended early:\n${this.output}`)))
      look()
    })
  }

  async ask(question: Question): Promise<number> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve)
      void this.exited.then(() => reject(new Error(`the server ended early:\n${this.output}`)))
      this.#child.send({ id, question })
    })
  }

  /** Milliseconds of processor time that the server spends while `work` runs. */
  async cpuDuring(work: () => Promise<void>): Promise<number> {
    const before = await this.ask('cpu')
    await work()
    return (await this.ask('cpu')) - before
  }

  /** Ends the process and waits until it is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal)
    await this.exited
  }
}
