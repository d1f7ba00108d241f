import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { surroundings } from '../faults/sheaf-command.ts'
import type { StageServer } from './stage-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** How long a server may take until it says its address. */
const START_MS = 20_000

async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** The built demo as a process of its own, on a port and a data folder that stay the same when it is started again. */
export class DemoServer implements StageServer {
  readonly port: number
  readonly #folder: string
  #process: ChildProcess | null = null
  #log = ''

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  /** Starts a server on a fresh data folder, and waits until it serves. */
  static async start(): Promise<DemoServer> {
    const server = new DemoServer(await freePort(), await mkdtemp(join(tmpdir(), 'sheaf-e2e-')))
    await server.startAgain()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Everything that the server printed, over all its starts. */
  get log(): string {
    return this.#log
  }

  /** Starts the process on the same port and data folder, and waits until it serves. */
  async startAgain(): Promise<void> {
    const child = spawn(process.execPath, ['apps/demo/server.mjs'], {
      cwd: root,
      env: { ...surroundings(), SHEAF_PORT: String(this.port), SHEAF_DATA_DIR: this.#folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the demo server ${why}:\n${this.#log}`))
      const late = setTimeout(() => fail(`did not serve within ${START_MS} ms`), START_MS)
      const heard = (chunk: Buffer): void => {
        this.#log += chunk.toString('utf8')
        if (!this.#log.includes(this.url)) return
        clearTimeout(late)
        resolve()
      }
      this.#log = this.#log.replaceAll(this.url, '(an earlier start)')
      child.stdout.on('data', heard)
      child.stderr.on('data', heard)
      child.once('exit', (code, signal) => {
        clearTimeout(late)
        fail(`ended with ${signal ?? code}`)
      })
    })
  }

  /** What a loss of power to the process looks like: no handler runs. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Stops the process politely and removes its data. */
  async close(): Promise<void> {
    await this.#end('SIGTERM')
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#process
    this.#process = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
}
