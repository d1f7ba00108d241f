import { endOfLog, endedEarly, launch, type Launch, type ProcessRecord, type ServerProcess } from './process.ts'
import { ServiceError } from './service-error.ts'
import { becomesTrue } from './waiting.ts'

export type ServiceName = 'postgres' | 'mongodb' | 'redis' | 'kafka'
export const serviceNames: readonly ServiceName[] = ['postgres', 'mongodb', 'redis', 'kafka']

/** One real server, for tests that break it. */
export interface Service {
  readonly name: ServiceName
  /** The setting of Sheaf that names it, such as `{ SHEAF_REDIS_URL: 'redis://127.0.0.1:21234' }`. */
  readonly settings: Readonly<Record<string, string>>
  /** Starts it on the port and the data that it had before; resolves when it answers. Does nothing where it runs. */
  start(): Promise<void>
  /** Ends it in good order. */
  stop(): Promise<void>
  /**
   * SIGKILL takes it away with all its processes, and resolves when they are gone. SIGSTOP lets it hang: connections
   * stay, and nothing answers until SIGCONT.
   */
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
}

/** A process, and how to see that it serves. */
export interface Stage {
  readonly launch: Launch
  /** Asks it something; fails while it does not answer. */
  ask(): Promise<unknown>
}

/** How a server is made: what has to be there before the first start, and its processes in the order of their start. */
export interface Recipe {
  readonly name: ServiceName
  readonly setting: string
  readonly ports: readonly number[]
  prepare(): Promise<void>
  readonly stages: readonly Stage[]
}

/** Told of each process, so that none stays behind. */
export interface Watch {
  watch(process: ServerProcess): void
  forget(process: ServerProcess): void
}

export const settingNames: Readonly<Record<ServiceName, string>> = {
  postgres: 'SHEAF_POSTGRES_URL',
  mongodb: 'SHEAF_MONGODB_URL',
  redis: 'SHEAF_REDIS_URL',
  kafka: 'SHEAF_KAFKA_BROKERS',
}

/** A machine that is busy with other tests may take twenty times as long as an idle one. */
const startLimitMs = 90_000

export class RunningService implements Service {
  readonly name: ServiceName
  readonly settings: Readonly<Record<string, string>>
  readonly #recipe: Recipe
  readonly #watch: Watch
  #prepared = false
  #processes: ServerProcess[] = []

  constructor(recipe: Recipe, watch: Watch) {
    this.name = recipe.name
    this.settings = { [settingNames[recipe.name]]: recipe.setting }
    this.#recipe = recipe
    this.#watch = watch
  }

  /** Its processes, in the order of their start. */
  get records(): readonly ProcessRecord[] {
    return this.#processes.map((process) => process.record)
  }

  async start(): Promise<void> {
    if (this.#processes.length > 0 && this.#processes.every((process) => process.isAlive())) return
    await this.stop()
    if (!this.#prepared) await this.#recipe.prepare()
    this.#prepared = true
    for (const stage of this.#recipe.stages) await this.#begin(stage)
  }

  async stop(): Promise<void> {
    await this.#end((process) => process.stop())
  }

  async kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    if (signal === 'SIGKILL') {
      // The one in front goes first, but none of the others may use the time to put its things in order.
      for (const process of this.#processes) process.freeze()
      return this.#end((process) => process.kill())
    }
    for (const process of this.#processes.toReversed()) {
      if (signal === 'SIGSTOP') process.freeze()
      else process.thaw()
    }
  }

  async #begin(stage: Stage): Promise<void> {
    const process = await launch(stage.launch)
    this.#processes.push(process)
    this.#watch.watch(process)
    const answered = await becomesTrue(async () => {
      if (!process.isAlive()) throw endedEarly(stage.launch)
      return stage.ask().then(
        () => true,
        () => false,
      )
    }, startLimitMs)
    if (!answered) throw new ServiceError(`${stage.launch.label} does not answer:\n${endOfLog(stage.launch)}`)
    // Whoever answered: if the port was taken in between, it was not the one that was started.
    if (!process.isAlive()) throw endedEarly(stage.launch)
  }

  async #end(how: (process: ServerProcess) => Promise<void>): Promise<void> {
    for (let process = this.#processes.at(-1); process !== undefined; process = this.#processes.at(-1)) {
      await how(process)
      this.#watch.forget(process)
      this.#processes.pop()
    }
  }
}
