import { expect, it } from 'vitest'
import { expectSound, onlySeed } from './seeds.ts'
import { simulate } from './world.ts'

// Seeds that once failed, by what they showed.
it.each([
  [484, 'Yjs tidied formats away in the snapshot, and no operation said so'],
  [247, 'the same, seen by clients that had caught up by different ways'],
  [540, 'the same, seen only by somebody who had nothing'],
])('SI-2 seed %d stays sound: %s', async (seed) => expectSound(seed))

// Not there without a seed, so that nothing counts as skipped.
const named = onlySeed
if (named !== null) it('SI-3 the seed that SHEAF_SEED names', async () => expectSound(named))

it('SI-4 a seed decides everything: two runs of it have the same history', async () => {
  const [first, second] = [await simulate(31), await simulate(31)]
  expect(second.history).toEqual(first.history)
  expect(first.edits).toBeGreaterThan(10)
})
