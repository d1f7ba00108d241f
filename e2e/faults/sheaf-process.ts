import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { SheafApi } from './sheaf-api.ts'
import { freePort, sheafEnvironment, sheafServe } from './sheaf-command.ts'

/** `sheaf serve` as a process of its own, on one folder and one port that outlive it. */
export class SheafProcess {
  readonly origin: string
  readonly #folder: string
  readonly #port: number
  readonly #from: 'built' | 'source'
  #child: ChildProcess | null = null
  #output: string[] = []
  #exited: Promise<number | null> = Promise.resolve(null)

  private constructor(folder: string, port: number, from: 'built' | 'source') {
    this.#folder = folder
    this.#port = port
    this.#from = from
    this.origin = `http://127.0.0.1:${port}`
  }

  static async start(folder: string, from: 'built' | 'source'): Promise<SheafProcess> {
    const process = new SheafProcess(folder, await freePort(), from)
    await process.start()
    return process
  }

  /** What the present process has printed. */
  get output(): string {
    return this.#output.join('')
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Starts it again, on the same folder and port; resolves when it is ready. */
  async start(): Promise<void> {
    this.#output = []
    const child = spawn(process.execPath, sheafServe(this.#from), {
      env: sheafEnvironment(this.#folder, this.#port),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    // A test that is given up must not leave a server behind.
    const end = (): void => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    child.stdout.on('data', (chunk: Buffer) => this.#output.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => this.#output.push(chunk.toString()))
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code) => resolve(code))
    })
    await SheafApi.ready(this.origin, () => !this.running).catch((error: unknown) => {
      throw new Error(`the server did not start:\n${this.output}`, { cause: error })
    })
  }

  /** Ends it without a chance to finish anything; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#exited
  }

  /** Asks it to finish; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#child?.kill('SIGTERM')
    return this.#exited
  }
}
