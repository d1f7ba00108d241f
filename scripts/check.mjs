import './node-version.mjs'
import { CommandError, run } from './command.mjs'
import { build, install } from './workspace.mjs'

const script = (name) => ['node', [`scripts/check-${name}.mjs`]]

/** Everything that is true of the repository beside its tests. The slow ones first, so that two at a time end together. */
const checks = {
  types: ['turbo', ['run', 'typecheck', '--output-logs=errors-only', '--continue']],
  'package manifests': script('packages'),
  'package sizes': script('sizes'),
  'unused code': ['knip', []],
  'code in the docs': script('snippets'),
  'reference of the API': script('api'),
  format: ['prettier', ['--check', '.', '--log-level=warn']],
  lint: ['oxlint', ['--deny-warnings']],
  'links in the docs': script('links'),
  'rules and tests': script('rules'),
  lockfile: script('lockfile'),
  words: script('words'),
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !Object.hasOwn(checks, name))
if (unknown.length > 0) {
  console.error(`There is no check "${unknown[0]}". There are: ${Object.keys(checks).join(', ')}.`)
  process.exit(2)
}

/** @returns {Promise<boolean>} whether it passed */
async function check([name, [program, parameters]]) {
  const start = performance.now()
  try {
    await run(program, parameters, { show: 'on-failure' })
    console.log(`ok      ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
    return true
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    console.log(`FAILED  ${name}\n${error.output.trimEnd().replaceAll(/^/gm, '        ')}\n        ${error.message}`)
    return false
  }
}

await install()
await build()
const waiting = Object.entries(checks).filter(([name]) => chosen.length === 0 || chosen.includes(name))
const total = waiting.length
let failed = 0
async function lane() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) if (!(await check(next))) failed += 1
}
await Promise.all([lane(), lane()])
console.log(failed === 0 ? `All ${total} checks are good.` : `${failed} of ${total} checks failed.`)
process.exitCode = failed === 0 ? 0 : 1
