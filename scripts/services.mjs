import './node-version.mjs'
import { CommandError } from './command.mjs'
import { install } from './workspace.mjs'

// Only settings go to the standard output: `eval "$(npx pnpm --silent services up)"` takes them.
const say = console.error
console.log = say

try {
  await install()
  // What runs TypeScript may have been installed only now.
  const { tsImport } = await import('tsx/esm/api')
  const { servicesCommand } = await tsImport('../services/src/command.ts', import.meta.url)
  const print = (settings) => process.stdout.write(`${settings}\n`)
  process.exitCode = await servicesCommand(process.argv.slice(2), { print, say })
} catch (error) {
  if (!(error instanceof CommandError)) throw error
  if (error.output) say(error.output.trimEnd())
  say(error.message)
  process.exitCode = 1
}
