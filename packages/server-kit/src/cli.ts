#!/usr/bin/env node
import { Command, Option } from 'commander'
import { SETTINGS, processEnvironment, readSettings } from './config.ts'
import type { SettingName } from './config.ts'
import { isServerError } from './errors.ts'

/** Options of the commands, each another way to say a setting. */
const OPTIONS: Readonly<Record<string, SettingName>> = {
  port: 'SHEAF_PORT',
  host: 'SHEAF_HOST',
  dataDir: 'SHEAF_DATA_DIR',
  allowedOrigins: 'SHEAF_ALLOWED_ORIGINS',
  logLevel: 'SHEAF_LOG_LEVEL',
  registration: 'SHEAF_REGISTRATION',
  trustedProxies: 'SHEAF_TRUSTED_PROXIES',
  requestsPerMinute: 'SHEAF_REQUESTS_PER_MINUTE',
}

const FOLDER_ONLY = ['dataDir']

function command(name: string, description: string, optionNames: readonly string[]): Command {
  const built = new Command(name).description(description)
  for (const optionName of optionNames) {
    const setting = OPTIONS[optionName]
    if (setting === undefined) continue
    const flag = optionName.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const { fallback, meaning } = SETTINGS[setting]
    built.addOption(new Option(`--${flag} <value>`, `${meaning} (${setting}, default ${fallback || 'none'})`))
  }
  return built
}

/** Settings of the environment, with the options of the command line in front of them. */
function settingsWith(options: Readonly<Record<string, string>>) {
  const given = Object.entries(options).map(([name, value]) => [OPTIONS[name] ?? name, value])
  return readSettings({ ...processEnvironment(), ...Object.fromEntries(given) })
}

/** Loaded when the settings are known to be right: a wrong one is said at once. */
const server = () => import('./server.ts')

async function serve(options: Readonly<Record<string, string>>): Promise<void> {
  const settings = settingsWith(options)
  const { createSheafServer } = await server()
  const sheafServer = createSheafServer(settings)
  const address = await sheafServer.start()
  console.log(`Sheaf serves at ${address}`)

  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // The second signal is somebody who does not want to wait; what is acknowledged is on disk either way.
    if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    isStopping = true
    sheafServer.stop().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function fail(error: unknown): never {
  if (isServerError(error)) console.error(`sheaf: ${error.message}`)
  else console.error('sheaf: an error of Sheaf itself:', error)
  process.exit(1)
}

const program = new Command('sheaf')
  .description('The Sheaf backend: documents that many people write at the same time.')
  .addCommand(command('serve', 'Start the server.', Object.keys(OPTIONS)).action(serve))
  .addCommand(
    command('migrate', 'Bring the stored data to the format of this version.', FOLDER_ONLY).action(async (options) => {
      const settings = settingsWith(options)
      console.log(await (await server()).migrate(settings))
    }),
  )
  .addCommand(
    command('doctor', 'Check the settings and the data folder, and change nothing.', FOLDER_ONLY).action(
      async (options) => {
        const settings = settingsWith(options)
        for (const line of await (await server()).doctor(settings)) console.log(line)
      },
    ),
  )

program.parseAsync().catch(fail)
