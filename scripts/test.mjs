import './node-version.mjs'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChromiumError, chromiumCommand, provideChromium } from './chromium.mjs'
import { CommandError, run } from './command.mjs'
import { countsOfPlaywright, countsOfVitest, lineOf, nothing, sum } from './summary.mjs'
import { build, install } from './workspace.mjs'

const reports = mkdtempSync(join(tmpdir(), 'sheaf-test-'))
process.once('exit', () => rmSync(reports, { recursive: true, force: true }))

/** Runs a test program that writes a JSON report, and counts that. No report means that it broke: one failure. */
async function tested(name, report, program, parameters, env, countsOf) {
  let broke = null
  await run(program, parameters, { env }).catch((error) => {
    if (!(error instanceof CommandError)) throw error
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

function vitest() {
  const report = join(reports, 'vitest.json')
  const parameters = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return tested('vitest', report, 'vitest', parameters, {}, countsOfVitest)
}

function playwright(chromium) {
  const report = join(reports, 'playwright.json')
  const parameters = ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json']
  const env = { SHEAF_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report }
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

async function everything() {
  await install()
  await build()
  const chromium = await provideChromium()
  const units = await vitest()
  const stories = chromium === undefined ? await playwrightWithoutBrowser() : await playwright(chromium)
  return sum(units, stories)
}

const counts = await everything().catch((error) => {
  if (error.output) console.error(error.output.trimEnd())
  console.error(error instanceof CommandError || error instanceof ChromiumError ? error.message : error)
  return { ...nothing, failed: 1 }
})
for (const name of counts.skippedNames) console.log(`skipped: ${name}`)
const incomplete = process.env.CI === 'true' && counts.skipped > 0
if (incomplete) console.error('Something was skipped, and with CI=true nothing may be.')
console.log(lineOf(counts))
process.exitCode = counts.failed > 0 || incomplete ? 1 : 0
