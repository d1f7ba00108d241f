import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './cache.ts'
import { type ProcessRecord, ServerProcess } from './process.ts'
import { ServiceError } from './service-error.ts'
import { RunningService, serviceNames, type ServiceName, settingNames } from './service.ts'
import { newFolder, recipeOf } from './services.ts'

/** A server that `pnpm services up` started, and that outlives the command. */
export interface SharedService {
  readonly name: ServiceName
  readonly setting: string
  /** Its data and logs. */
  readonly folder: string
  /** In the order of their start. */
  readonly processes: readonly ProcessRecord[]
}

/** Where `pnpm services` writes down what it started. */
export const defaultStateFile = join(root, '.services', 'shared.json')

/** The variables that tell tests where servers are. Not those of Sheaf: a test starts commands that would read them. */
export const testVariables: Readonly<Record<ServiceName, string>> = {
  postgres: 'TEST_POSTGRES_URL',
  mongodb: 'TEST_MONGODB_URL',
  redis: 'TEST_REDIS_URL',
  kafka: 'TEST_KAFKA_BROKERS',
}

/**
 * Where the server is that tests share: what the environment says, else what `pnpm services up` started; null where
 * there is none. It may hold what others put there, so each test file makes its own database, prefix or topic.
 */
export function sharedSetting(name: ServiceName, stateFile = defaultStateFile): string | null {
  const given = process.env[testVariables[name]]
  if (given !== undefined && given !== '') return given
  return sharedServices(stateFile).find((service) => service.name === name && isRunning(service))?.setting ?? null
}

/** The shared servers that were started and not yet stopped; whether they live still is another question. */
export function sharedServices(stateFile: string): SharedService[] {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

export function isRunning(service: SharedService): boolean {
  return service.processes.every((record) => new ServerProcess(record).isAlive())
}

/**
 * Starts a server that outlives this process, and writes it down. The port is as good as its own from then on.
 *
 * @throws {ServiceError} where it does not start; then nothing of it is left
 */
export async function startShared(name: ServiceName, stateFile: string): Promise<SharedService> {
  await stopShared(name, stateFile)
  const folder = newFolder()
  const recipe = await recipeOf(name, folder)
  const service = new RunningService(recipe, { watch: () => undefined, forget: () => undefined })
  try {
    await service.start()
  } catch (error) {
    await service.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const started = { name, setting: recipe.setting, folder, processes: service.records }
  write(stateFile, [...sharedServices(stateFile), started])
  return started
}

/** @returns whether there was one to stop */
export async function stopShared(name: ServiceName, stateFile: string): Promise<boolean> {
  const service = sharedServices(stateFile).find((other) => other.name === name)
  if (service === undefined) return false
  for (const record of service.processes.toReversed()) await new ServerProcess(record).stop()
  rmSync(service.folder, { recursive: true, force: true })
  write(
    stateFile,
    sharedServices(stateFile).filter((other) => other.name !== name),
  )
  return true
}

/** @throws {ServiceError} where it is none of the names */
export function serviceNameOf(text: string): ServiceName {
  const name = serviceNames.find((known) => known === text)
  if (name === undefined) throw new ServiceError(`there is no server "${text}"; there are ${serviceNames.join(', ')}`)
  return name
}

/** The line that gives the setting to a shell. */
export const exportLine = ({ name, setting }: SharedService) => `export ${settingNames[name]}='${setting}'`

function write(stateFile: string, services: readonly SharedService[]): void {
  mkdirSync(dirname(stateFile), { recursive: true })
  writeFileSync(stateFile, `${JSON.stringify(services, null, 2)}\n`)
}
