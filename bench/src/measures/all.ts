import { fullSpeed } from './full-speed.ts'
import type { Measure } from './measure.ts'
import { memory } from './memory.ts'
import { crowding, opening } from './opening.ts'
import { presence } from './presence.ts'
import { typing } from './typing.ts'

/** In the order in which they run. */
export const measures: readonly Measure[] = [typing, fullSpeed, presence, opening, crowding, memory]
