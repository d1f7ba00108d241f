/**
 * @typedef {{passed: number, failed: number, skipped: number, skippedNames: string[]}} Counts
 */

/** @type {Counts} */
export const nothing = { passed: 0, failed: 0, skipped: 0, skippedNames: [] }

/** @returns {Counts} */
export const sum = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  skippedNames: [...a.skippedNames, ...b.skippedNames],
})

/**
 * Counts of vitest's JSON report. A file that could not even be loaded has no test that failed, so it counts as one.
 *
 * @returns {Counts}
 */
export function countsOfVitest(report) {
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter((test) => test.status === 'failed').length + broken.length,
    skipped: skipped.length,
    skippedNames: skipped.map((test) => test.fullName),
  }
}

/**
 * Counts of Playwright's JSON report. A test that passed only when it was tried again counts as failed.
 *
 * @returns {Counts}
 */
export function countsOfPlaywright(report) {
  const { expected, unexpected, flaky, skipped } = report.stats
  const specs = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specs)]
  const skippedNames = report.suites
    .flatMap(specs)
    .filter((spec) => spec.tests.some((test) => test.status === 'skipped'))
    .map((spec) => spec.title)
  // Errors outside a test (a worker that could not start) are in no count.
  const outside = unexpected === 0 ? report.errors.length : 0
  return { passed: expected, failed: unexpected + flaky + outside, skipped, skippedNames }
}

/** The last line of a run. */
export const lineOf = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`
