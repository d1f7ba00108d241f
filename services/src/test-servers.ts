import type { Absence } from './absence.ts'
import { installPackages } from './debian.ts'
import { makeParts } from './provide.ts'
import { ask } from './question.ts'
import { ServiceError } from './service-error.ts'
import { serviceNames, type ServiceName, settingNames } from './service.ts'
import { startServices } from './services.ts'
import { testVariables } from './shared.ts'

/** The servers of a run of all tests. */
export interface TestServers {
  /**
   * What the environment of the tests is to say. The caller's settings of Sheaf are not in it (undefined takes them
   * out): tests start commands, which would use them.
   */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Those that cannot be had; tests that need them skip themselves. */
  readonly absent: readonly Absence[]
  stop(): Promise<void>
}

/** Installs the packages of what the environment does not name, where that is allowed. */
export async function installTestPackages(say: (line: string) => void): Promise<void> {
  await installPackages([...toStart(), 'nginx'], say).catch((error: unknown) => {
    // What is missing is told by name when the servers are started; why apt did not bring it is told here.
    if (!(error instanceof ServiceError)) throw error
    say(error.message)
  })
}

/** Downloads and builds what the environment does not name. */
export async function makeTestServers(say: (line: string) => void): Promise<readonly Absence[]> {
  return makeParts([...toStart(), 'nginx'], say)
}

/**
 * Uses the servers that `SHEAF_POSTGRES_URL`, `SHEAF_MONGODB_URL`, `SHEAF_REDIS_URL` and `SHEAF_KAFKA_BROKERS` name, and
 * starts the others.
 *
 * @param absent what `makeTestServers` could not make
 * @throws {ServiceError} where one that is named does not answer, or one that is there does not start
 */
export async function startTestServers(absent: readonly Absence[]): Promise<TestServers> {
  const given = serviceNames.filter((name) => setting(name) !== null)
  await Promise.all(given.map((name) => askGiven(name, setting(name) ?? '')))
  const services = await startServices(toStart().filter((name) => !absent.some((missing) => missing.name === name)))
  const found = (name: ServiceName) => setting(name) ?? services.settings[settingNames[name]]
  return {
    environment: Object.fromEntries(
      serviceNames.flatMap((name) => [
        [settingNames[name], undefined],
        [testVariables[name], found(name)],
      ]),
    ),
    absent,
    stop: () => services.stop(),
  }
}

const toStart = (): ServiceName[] => serviceNames.filter((name) => setting(name) === null)

const setting = (name: ServiceName): string | null => process.env[settingNames[name]] || null

async function askGiven(name: ServiceName, url: string): Promise<void> {
  await ask(name, url).catch((error: Error) => {
    throw new ServiceError(`${settingNames[name]} names a server that does not answer: ${error.message}`)
  })
}
