import { describe, expect, it } from 'vitest'
import { countsOfPlaywright, countsOfVitest, lineOf, nothing, sum } from '../summary.mjs'

const vitestFile = (status: string, ...tests: [name: string, status: string][]) => ({
  status,
  assertionResults: tests.map(([fullName, state]) => ({ fullName, status: state })),
})

describe('the counts of a run', () => {
  it('are those of vitest, with the names of what was skipped', () => {
    const file = vitestFile('failed', ['a', 'passed'], ['b', 'failed'], ['c', 'pending'], ['d', 'todo'])
    expect(countsOfVitest({ testResults: [file] })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 2,
      skippedNames: ['c', 'd'],
    })
  })

  it('count a file that could not be loaded as a failure', () => {
    const files = [vitestFile('failed'), vitestFile('failed', ['a', 'passed']), vitestFile('passed', ['b', 'passed'])]
    expect(countsOfVitest({ testResults: files })).toMatchObject({ passed: 2, failed: 2 })
  })

  it('are those of Playwright, where a flaky test failed', () => {
    const suite = {
      specs: [{ title: 'one', tests: [{ status: 'skipped' }] }],
      suites: [{ specs: [{ title: 'two', tests: [{ status: 'expected' }] }] }],
    }
    const report = { stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 1 }, suites: [suite], errors: [] }
    expect(countsOfPlaywright(report)).toEqual({ passed: 3, failed: 2, skipped: 1, skippedNames: ['one'] })
  })

  it('count an error outside of every test as a failure', () => {
    const report = {
      stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 0 },
      suites: [],
      errors: [{ message: 'x' }],
    }
    expect(countsOfPlaywright(report).failed).toBe(1)
  })

  it('end in one plain line', () => {
    const all = sum({ ...nothing, passed: 2, skippedNames: ['a'] }, { ...nothing, passed: 1, failed: 1, skipped: 1 })
    expect(lineOf(all)).toBe('3 passed, 1 failed, 1 skipped')
  })
})
