import './node-version.mjs'
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { CommandError, environment, root } from './command.mjs'
import { build, install } from './workspace.mjs'

try {
  await install()
  await build('@sheaf/demo')
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  if (error.output) console.error(error.output.trimEnd())
  console.error(`Sheaf did not start: ${error.message}.`)
  process.exit(1)
}

// The server refuses settings that it does not know, and this one is for the tests.
const { SHEAF_CHROMIUM: _, ...settings } = environment
const server = spawn(process.execPath, ['apps/demo/server.mjs', ...process.argv.slice(2)], {
  cwd: root,
  env: settings,
  stdio: 'inherit',
})

// The terminal sends Ctrl-C to the whole group; the server drains, and this process waits for its end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal))

// `kill` ends npm and its shell, and neither tells this process: it notices that it has another parent.
const parent = process.ppid
const orphaned = () => {
  if (process.ppid !== parent) server.kill('SIGTERM')
}
if (process.env.npm_lifecycle_event !== undefined) setInterval(orphaned, 500).unref()

server.once('error', (error) => {
  console.error(`Sheaf did not start: ${error.message}`)
  process.exit(1)
})
server.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
