import './node-version.mjs'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChromiumError, chromiumCommand, provideChromium } from './chromium.mjs'
import { CommandError, run } from './command.mjs'
import { countsOfPlaywright, countsOfVitest, lineOf, nothing, sum } from './summary.mjs'
import { build, install } from './workspace.mjs'

const reports = mkdtempSync(join(tmpdir(), 'sheaf-test-'))
process.once('exit', () => rmSync(reports, { recursive: true, force: true }))

/** Ends the tests that are running, when this run is to end before they are through. */
const interruption = new AbortController()

/** Runs a test program that writes a JSON report, and counts that. No report means that it broke: one failure. */
async function tested(name, report, program, parameters, env, countsOf) {
  let broke = null
  await run(program, parameters, { env, signal: interruption.signal }).catch((error) => {
    if (!(error instanceof CommandError) || interruption.signal.aborted) throw error
    broke = error
  })
  try {
    const counts = countsOf(JSON.parse(readFileSync(report, 'utf8')))
    // It may fail although every test passed: an error that no test caught, a snapshot that is not written.
    if (broke === null || counts.failed > 0) return counts
    return { ...counts, failed: 1 }
  } catch (error) {
    console.error(`${name} left no report: ${broke?.message ?? error.message}`)
    return { ...nothing, failed: 1 }
  }
}

function vitest(environment) {
  const report = join(reports, 'vitest.json')
  const parameters = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return tested('vitest', report, 'vitest', parameters, environment, countsOfVitest)
}

function playwright(environment, chromium) {
  const report = join(reports, 'playwright.json')
  const parameters = ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json']
  const env = { ...environment, SHEAF_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  return tested('Playwright', report, 'playwright', parameters, env, countsOfPlaywright)
}

/** How many tests Playwright would run, all of them skipped. */
async function playwrightWithoutBrowser() {
  const listed = await run(
    'playwright',
    ['test', '--config', 'e2e/playwright.config.ts', '--list', '--reporter=json'],
    {
      show: 'on-failure',
    },
  )
  const specs = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specs)]
  const number = JSON.parse(listed).suites.flatMap(specs).length
  return {
    ...nothing,
    skipped: number,
    skippedNames: [`${number} browser tests: no Chromium. Bring it: ${chromiumCommand}`],
  }
}

/** Builds, and brings what the tests need; the servers are made beside the rest, because that takes longest. */
async function prepare() {
  await install()
  // What runs TypeScript was just installed.
  const { tsImport } = await import('tsx/esm/api')
  const servers = await tsImport('../services/src/test-servers.ts', import.meta.url)
  await servers.installTestPackages(console.log)
  const made = servers.makeTestServers(console.log)
  const browser = build().then(provideChromium)
  // Both come to their end, whatever happens to the other: nothing is left running in the background.
  await Promise.allSettled([made, browser])
  return { chromium: await browser, servers: await servers.startTestServers(await made) }
}

/** With the servers that could not be had, and what would bring them; on a CI machine each of them is a failure. */
function countsOfAbsent(absent) {
  for (const { name, reason, remedy } of absent) console.log(`no ${name}: ${reason}. Bring it: ${remedy}`)
  return { ...nothing, failed: process.env.CI === 'true' ? absent.length : 0 }
}

async function everything() {
  const { chromium, servers } = await prepare()
  // Ctrl-C and `kill` end the tests, and then the servers; if this process itself is killed, the servers notice it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interruption.abort(signal))
  try {
    const units = await vitest(servers.environment)
    const stories =
      chromium === undefined ? await playwrightWithoutBrowser() : await playwright(servers.environment, chromium)
    return sum(sum(units, stories), countsOfAbsent(servers.absent))
  } finally {
    await servers.stop()
  }
}

const counts = await everything().catch((error) => {
  const { aborted, reason } = interruption.signal
  if (aborted) process.exit(128 + constants.signals[reason])
  if (error.output) console.error(error.output.trimEnd())
  const told = [CommandError, ChromiumError].some((kind) => error instanceof kind) || error.name === 'ServiceError'
  console.error(told ? error.message : error)
  return { ...nothing, failed: 1 }
})
for (const name of counts.skippedNames) console.log(`skipped: ${name}`)
const incomplete = process.env.CI === 'true' && counts.skipped > 0
if (incomplete) console.error('Something was skipped, and with CI=true nothing may be.')
console.log(lineOf(counts))
process.exitCode = counts.failed > 0 || incomplete ? 1 : 0
