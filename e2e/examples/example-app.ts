import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort, surroundings } from '../faults/sheaf-command.ts'

const START_MS = 30_000

/** How the build of an example is served. */
export interface ServedExample {
  /** Relative to the folder `examples`. */
  readonly folder: string
  /** What a build leaves behind, relative to its folder. */
  readonly built: string
  /** For Node, with the port that it shall listen on. */
  parameters(port: number): readonly string[]
  environment(sheafUrl: string): NodeJS.ProcessEnv
}

/** A built example as a process of its own. */
export class ExampleApp {
  readonly url: string
  readonly #port: number
  readonly #example: ServedExample
  #child: ChildProcess | null = null
  #log = ''

  private constructor(example: ServedExample, port: number) {
    this.#example = example
    this.#port = port
    this.url = `http://127.0.0.1:${port}`
  }

  static async on(example: ServedExample): Promise<ExampleApp> {
    return new ExampleApp(example, await freePort())
  }

  /** What it printed. */
  get log(): string {
    return this.#log
  }

  async start(sheafUrl: string): Promise<void> {
    const { folder, built, parameters, environment } = this.#example
    const cwd = fileURLToPath(new URL(`../../examples/${folder}/`, import.meta.url))
    if (!existsSync(new URL(`../../examples/${folder}/${built}`, import.meta.url)))
      throw new Error(`the example ${folder} is not built: run the build first`)
    const child = spawn(process.execPath, parameters(this.#port), {
      cwd,
      env: { ...surroundings(), NODE_ENV: 'production', PORT: String(this.#port), ...environment(sheafUrl) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const end = (): void => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.#log += chunk.toString('utf8')))
    const deadline = Date.now() + START_MS
    while (!(await this.#answers())) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`the example ${folder} did not start:\n${this.#log}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async #answers(): Promise<boolean> {
    return fetch(this.url).then(
      () => true,
      () => false,
    )
  }
}
