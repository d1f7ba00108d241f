import { expect } from 'vitest'
import { simulate } from './world.ts'

/** Runs of one shard: together they are the thousand that CI asks for. */
export const RUNS_PER_SHARD = 500

/** With `SHEAF_SEED=…` only this run happens, with its whole history printed: the way to look into a failure. */
export const onlySeed = process.env['SHEAF_SEED'] === undefined ? null : Number(process.env['SHEAF_SEED'])

/** Runs one seed and fails with everything that is needed to run it again. */
export async function expectSound(seed: number): Promise<void> {
  const { violations, history } = await simulate(seed)
  if (onlySeed !== null) for (const event of history) console.log(JSON.stringify(event))
  const report = violations.map(({ rule, what }) => `${rule}: ${what}`).join('\n')
  expect(violations.length, `seed ${seed} (SHEAF_SEED=${seed} runs it again):\n${report}`).toBe(0)
}
