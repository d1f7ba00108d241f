import { fullSpeed } from './full-speed.ts'
import { growth } from './growth.ts'
import { latency } from './latency.ts'
import type { Measure } from './measure.ts'
import { memory } from './memory.ts'
import { crowding, opening } from './opening.ts'
import { presence } from './presence.ts'
import { sizes } from './sizes.ts'
import { restarting, storing } from './storing.ts'
import { typing } from './typing.ts'

/** In the order in which they run. */
export const measures: readonly Measure[] = [
  typing,
  fullSpeed,
  latency,
  storing,
  presence,
  opening,
  restarting,
  crowding,
  sizes,
  memory,
  growth,
]
