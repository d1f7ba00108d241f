import { it } from 'vitest'
import { RUNS_PER_SHARD, expectSound, onlySeed } from './seeds.ts'

const FIRST_SEED = RUNS_PER_SHARD + 1

it.runIf(onlySeed === null)(
  'SI-1 whatever goes wrong, everybody ends equal, nothing acknowledged is missing and nothing is there twice (runs 2 of 2)',
  async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS_PER_SHARD; seed++) await expectSound(seed)
  },
  180_000,
)
