import { expect, it } from 'vitest'
import { liveFuzz } from './live-fuzz.ts'

it('FA-2 10,000 mutated updates and 10,000 mutated frames crash nothing, change nothing when refused, and stop nobody', async () => {
  const report = await liveFuzz({ updates: 10_000, frames: 10_000, seed: 1, server: 'source' })
  console.log(JSON.stringify(report))
  expect(report.crashes).toBe(0)
  expect(report.changedByRefused).toBe(0)
  expect(report.editsArrived).toBe(report.batches)
  expect(report.updates.rejected).toBeGreaterThan(1_000)
  expect(report.grownMegabytes).toBeLessThan(300)
}, 300_000)
