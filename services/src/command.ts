import { serviceNames, type ServiceName } from './service.ts'
import { provide } from './provide.ts'
import { ask } from './question.ts'
import {
  defaultStateFile,
  exportLine,
  isRunning,
  serviceNameOf,
  type SharedService,
  sharedServices,
  startShared,
  stopShared,
} from './shared.ts'
import { ServiceError } from './service-error.ts'

/** Where the command writes. */
export interface Terminal {
  /** What was asked for: settings that a shell can take, and states. */
  print(line: string): void
  /** What else people want to know. */
  say(line: string): void
}

const usage = 'pnpm services up [names…] | down [names…] | status'

/**
 * `pnpm services`.
 *
 * @returns the exit code
 */
export async function servicesCommand(
  parameters: readonly string[],
  terminal: Terminal,
  stateFile = defaultStateFile,
): Promise<number> {
  const [verb, ...rest] = parameters
  try {
    const names = rest.length === 0 ? serviceNames : rest.map((name) => serviceNameOf(name))
    if (verb === 'up') return await up(names, terminal, stateFile)
    if (verb === 'down') return await down(names, terminal, stateFile)
    if (verb === 'status') return await status(names, terminal, stateFile)
    throw new ServiceError(usage)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    terminal.say(error.message)
    return 2
  }
}

async function up(names: readonly ServiceName[], { print, say }: Terminal, stateFile: string): Promise<number> {
  const running = sharedServices(stateFile).filter((service) => names.includes(service.name) && isRunning(service))
  const missing = names.filter((name) => !running.some((service) => service.name === name))
  const absent = missing.length === 0 ? [] : await provide(missing, say)
  for (const { name, reason, remedy } of absent) say(`${name}: ${reason}. Bring it: ${remedy}`)
  const started: SharedService[] = []
  // One after the other: each writes itself into the same file.
  for (const name of missing)
    if (!absent.some((other) => other.name === name)) started.push(await startShared(name, stateFile))
  if (running.length > 0) say(`${running.map(({ name }) => name).join(', ')}: running already`)
  if (started.length > 0)
    say(`${started.map(({ name }) => name).join(', ')}: started; \`pnpm services down\` ends them`)
  for (const service of [...running, ...started]) print(exportLine(service))
  return absent.length === 0 ? 0 : 1
}

async function down(names: readonly ServiceName[], { say }: Terminal, stateFile: string): Promise<number> {
  const stopped: ServiceName[] = []
  for (const name of names) if (await stopShared(name, stateFile)) stopped.push(name)
  say(stopped.length === 0 ? 'Nothing is running.' : `${stopped.join(', ')}: stopped`)
  return 0
}

async function status(names: readonly ServiceName[], { print }: Terminal, stateFile: string): Promise<number> {
  const states = await Promise.all(
    names.map(async (name) => {
      const service = sharedServices(stateFile).find((other) => other.name === name)
      if (service === undefined) return { name, good: false, state: 'not started' }
      const answer = await ask(name, service.setting).then(
        (version) => ({ good: true, state: `answers as ${version}` }),
        (error: Error) => ({
          good: false,
          state: `${isRunning(service) ? 'does not answer' : 'died'}: ${error.message}`,
        }),
      )
      return { name, good: answer.good, state: `${answer.state}, ${service.setting}, ${service.folder}` }
    }),
  )
  for (const { name, state } of states) print(`${name.padEnd(9)} ${state}`)
  return states.every(({ good }) => good) ? 0 : 1
}
