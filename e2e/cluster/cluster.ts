import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startGateway } from '@sheaf/services'
import type { Services } from '@sheaf/services'
import { freePort, sheafCommand, surroundings } from '../faults/sheaf-command.ts'
import { gatewayConfiguration } from './gateway.ts'
import { Member } from './member.ts'
import { ownCorner, sharedStores } from './stores.ts'

const run = promisify(execFile)
const demo = fileURLToPath(new URL('../../apps/demo/server.mjs', import.meta.url))

export interface ClusterOptions {
  /** Default 3. */
  readonly servers?: number
  /** Default 1. */
  readonly workers?: number
  /** What a server runs: the bare command, or the demo around it. Default the command. */
  readonly program?: 'serve' | 'demo'
  /** Whether the command is run as it ships, after a build, or from its sources. Default source. */
  readonly from?: 'built' | 'source'
  /** Real servers of its own, for a test that breaks them. Default those that are shared. */
  readonly services?: Services
  /** Settings besides those of the stores. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Several servers behind the gateway and workers beside them, on all the real stores. */
export class Cluster {
  /** What people use: the gateway. */
  readonly origin: string
  readonly servers: readonly Member[]
  readonly workers: readonly Member[]
  /** The settings that all of them share. */
  readonly settings: Readonly<Record<string, string>>
  readonly #gateway: { stop(): Promise<void> }

  private constructor(parts: {
    readonly origin: string
    readonly servers: readonly Member[]
    readonly workers: readonly Member[]
    readonly settings: Readonly<Record<string, string>>
    readonly gateway: { stop(): Promise<void> }
  }) {
    this.origin = parts.origin
    this.servers = parts.servers
    this.workers = parts.workers
    this.settings = parts.settings
    this.#gateway = parts.gateway
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const { from = 'source', program = 'serve' } = options
    const settings = {
      ...common,
      ...(await ownCorner(options.services?.settings ?? sharedStores())),
      ...options.settings,
    }
    const environment = { ...surroundings(), ...settings }
    await run(process.execPath, [...sheafCommand(from), 'migrate'], { env: environment })

    const make = async (kind: 'server' | 'worker', index: number): Promise<Member> => {
      const port = await freePort()
      const command = kind === 'worker' ? 'worker' : 'serve'
      const parameters = kind === 'server' && program === 'demo' ? [demo] : [...sheafCommand(from), command]
      return new Member({
        label: `${kind} ${index + 1}`,
        parameters,
        environment: { ...environment, [kind === 'worker' ? 'SHEAF_WORKER_PORT' : 'SHEAF_PORT']: String(port) },
        origin: `http://127.0.0.1:${port}`,
      })
    }
    const several = (kind: 'server' | 'worker', count: number): Promise<Member[]> =>
      Promise.all(Array.from({ length: count }, (_, index) => make(kind, index)))
    const servers = await several('server', options.servers ?? 3)
    const workers = await several('worker', options.workers ?? 1)
    const members = [...servers, ...workers]
    try {
      await Promise.all(members.map((member) => member.start()))
      const gateway = await startGateway(await gatewayConfiguration(servers.map(({ origin }) => origin)))
      return new Cluster({ origin: `http://127.0.0.1:${gateway.port}`, servers, workers, settings, gateway })
    } catch (error) {
      await Promise.all(members.map((member) => member.kill('SIGKILL')))
      throw error
    }
  }

  /** Everything that its processes printed. */
  get log(): string {
    return [...this.servers, ...this.workers].map(({ label, log }) => `── ${label}\n${log}`).join('\n')
  }

  /** Runs a command of Sheaf with the settings of the cluster; resolves with what it printed. */
  async command(...parameters: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [...sheafCommand('source'), ...parameters], {
      env: { ...surroundings(), ...this.settings },
      maxBuffer: 256 * 1024 * 1024,
    })
    return stdout
  }

  async stop(): Promise<void> {
    await this.#gateway.stop()
    await Promise.all([...this.servers, ...this.workers].map((member) => member.kill('SIGKILL')))
  }
}

/** What all processes of a test cluster share besides the stores. */
const common: Readonly<Record<string, string>> = {
  NODE_ENV: 'production',
  SHEAF_HOST: '127.0.0.1',
  SHEAF_JWT_SECRET: 'a secret for tests only: thirty-two bytes and more',
  SHEAF_REQUESTS_PER_MINUTE: '1000000',
  SHEAF_TRUSTED_PROXIES: '1',
  SHEAF_KAFKA_PARTITIONS: '4',
  SHEAF_LOG_LEVEL: 'warn',
}
