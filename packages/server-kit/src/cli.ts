#!/usr/bin/env node
import { Command, Option } from 'commander'
import { SETTINGS, processEnvironment, readSettings } from './config.ts'
import type { SettingName, Settings } from './config.ts'
import { isServerError } from './errors.ts'

/** Options of `serve`, each another way to say a setting. */
const SERVE_OPTIONS: Readonly<Record<string, SettingName>> = {
  port: 'SHEAF_PORT',
  host: 'SHEAF_HOST',
  dataDir: 'SHEAF_DATA_DIR',
  allowedOrigins: 'SHEAF_ALLOWED_ORIGINS',
  logLevel: 'SHEAF_LOG_LEVEL',
  registration: 'SHEAF_REGISTRATION',
  trustedProxies: 'SHEAF_TRUSTED_PROXIES',
  requestsPerMinute: 'SHEAF_REQUESTS_PER_MINUTE',
}
const WORKER_OPTIONS: Readonly<Record<string, SettingName>> = {
  port: 'SHEAF_WORKER_PORT',
  host: 'SHEAF_HOST',
  logLevel: 'SHEAF_LOG_LEVEL',
}
const STORE_OPTIONS: Readonly<Record<string, SettingName>> = { dataDir: 'SHEAF_DATA_DIR', logLevel: 'SHEAF_LOG_LEVEL' }

type Given = Readonly<Record<string, string>>
type Action = (settings: Settings, ...parameters: string[]) => Promise<void>

/** A command whose options are settings: of the environment, with those of the command line in front of them. */
function command(
  usage: string,
  description: string,
  options: Readonly<Record<string, SettingName>>,
  action: Action,
): Command {
  const [name = '', ...parameters] = usage.split(' ')
  const built = new Command(name).description(description)
  for (const parameter of parameters) built.argument(parameter)
  for (const [optionName, setting] of Object.entries(options)) {
    const flag = optionName.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const { fallback, meaning } = SETTINGS[setting]
    built.addOption(new Option(`--${flag} <value>`, `${meaning} (${setting}, default ${fallback || 'none'})`))
  }
  return built.action(async (...all: unknown[]) => {
    const texts = all.slice(0, parameters.length) as string[]
    const given = Object.entries(all[parameters.length] as Given).flatMap(([optionName, value]) => {
      const setting = options[optionName]
      return setting === undefined ? [] : [[setting, value] as const]
    })
    await action(readSettings({ ...processEnvironment(), ...Object.fromEntries(given) }), ...texts)
  })
}

// Loaded when the settings are known to be right: a wrong one is said at once.
const operating = () => import('./operating/operating.ts')

interface Running {
  start(): Promise<string>
  stop(): Promise<void>
}

/** Runs until a signal. */
async function run(running: Running, whatItDoes: string): Promise<void> {
  const address = await running.start()
  console.log(`${whatItDoes} ${address}`)

  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // The second signal is somebody who does not want to wait; what is acknowledged is on disk either way.
    if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    isStopping = true
    running.stop().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

const BEFORE = { good: '', hint: 'HINT: ', bad: 'WRONG: ' } as const

async function doctor(settings: Settings): Promise<void> {
  const findings = await (await operating()).doctor(settings)
  for (const { status, line } of findings) console.log(`${BEFORE[status]}${line}`)
  if (findings.some(({ status }) => status === 'bad')) process.exitCode = 1
}

const printing =
  (lines: (settings: Settings, ...parameters: string[]) => Promise<readonly string[]>): Action =>
  async (settings, ...parameters) => {
    // On standard error, since an export may go to standard output.
    for (const line of await lines(settings, ...parameters)) console.error(line)
  }

function fail(error: unknown): never {
  if (isServerError(error)) console.error(`sheaf: ${error.message}`)
  else console.error('sheaf: an error of Sheaf itself:', error)
  process.exit(1)
}

const program = new Command('sheaf')
  .description('The Sheaf backend: documents that many people write at the same time.')
  .addCommand(
    command('serve', 'Start a server.', SERVE_OPTIONS, async (settings) =>
      run((await import('./operating/standalone.ts')).createSheafServer(settings), 'Sheaf serves at'),
    ),
  )
  .addCommand(
    command(
      'worker',
      'Start a worker, which folds operations from Kafka into versions.',
      WORKER_OPTIONS,
      async (settings) =>
        run(
          (await import('./operating/standalone-worker.ts')).createSheafWorker(settings),
          'A worker of Sheaf tells of its health at',
        ),
    ),
  )
  .addCommand(
    command('migrate', 'Bring all that is stored to the format of this version.', STORE_OPTIONS, async (settings) => {
      for (const line of await (await operating()).migrate(settings)) console.log(line)
    }),
  )
  .addCommand(
    command(
      'doctor',
      'Check the settings and every store, say what is wrong, and change nothing.',
      STORE_OPTIONS,
      doctor,
    ),
  )
  .addCommand(
    command(
      'compact',
      'Give up old operations that versions hold, and thin out old automatic versions.',
      {
        ...STORE_OPTIONS,
        keepDays: 'SHEAF_KEEP_DAYS',
      },
      printing(async (settings) => (await operating()).compact(settings)),
    ),
  )
  .addCommand(
    command(
      'export <file>',
      'Write everything to a file; - is standard output, and .gz compresses.',
      STORE_OPTIONS,
      printing(async (settings, file = '') => (await operating()).exportTo(settings, file)),
    ),
  )
  .addCommand(
    command(
      'import <file>',
      'Bring in what was exported; - is standard input.',
      STORE_OPTIONS,
      printing(async (settings, file = '') => (await operating()).importFrom(settings, file)),
    ),
  )
  .addCommand(
    command(
      'disable <email>',
      'Keep a person out, on every server, from now on.',
      STORE_OPTIONS,
      printing(async (settings, email = '') => (await operating()).setDisabled(settings, email, true)),
    ),
  )
  .addCommand(
    command(
      'enable <email>',
      'Let a person in again.',
      STORE_OPTIONS,
      printing(async (settings, email = '') => (await operating()).setDisabled(settings, email, false)),
    ),
  )

program.parseAsync().catch(fail)
