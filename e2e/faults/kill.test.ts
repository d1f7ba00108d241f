import { expect, it } from 'vitest'
import { describe as describeReport, isClean, killRounds } from './kill-rounds.ts'

it('FA-1 five kills -9 under load lose nothing that was acknowledged or seen, double nothing, and everybody ends equal', async () => {
  const report = await killRounds({ rounds: 5, seed: 1, people: 3, server: 'source', log: () => {} })
  expect(isClean(report), describeReport(report)).toBe(true)
  expect(report.acknowledged).toBeGreaterThan(20)
}, 150_000)
