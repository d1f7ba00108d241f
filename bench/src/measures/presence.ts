import { setTimeout as pause } from 'node:timers/promises'
import type { Contender, ContenderName } from '../contenders/contender.ts'
import { Crowd } from '../crowd.ts'
import { typists } from '../traffic.ts'
import { shareOfPeer } from './measure.ts'
import type { Measure, Row, Scale } from './measure.ts'

const PEOPLE = 20
/** A cursor that follows typing or arrow keys. */
const MOVES_PER_SECOND = 8

async function run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const seconds = scale === 'full' ? 8 : 1
  const authors = typists(PEOPLE, 40)
  const cpu: Partial<Record<ContenderName, number>> = {}
  const up: Partial<Record<ContenderName, number>> = {}
  for (const contender of contenders) {
    const host = await contender.start(null)
    const crowd = await Crowd.gather(host, [await host.createDocument()], authors)
    for (let edit = 0; edit < 30; edit++) await crowd.round(1)
    for (const bot of crowd.bots) bot.moveCursor(0)
    const before = crowd.bots.reduce((sum, bot) => sum + bot.traffic.up, 0)
    const moves = seconds * MOVES_PER_SECOND
    const spent = await host.process.cpuDuring(async () => {
      const start = performance.now()
      for (let move = 0; move < moves; move++)
        for (const [index, bot] of crowd.bots.entries()) {
          const at = ((move + index / PEOPLE) * 1000) / MOVES_PER_SECOND
          const early = at - (performance.now() - start)
          // Sleeping IS the measure here: people move their cursors at different moments.
          if (early > 1) await pause(early)
          bot.moveCursor(move % 30)
        }
    })
    const after = crowd.bots.reduce((sum, bot) => sum + bot.traffic.up, 0)
    cpu[contender.name] = (spent / (moves * PEOPLE)) * 1000
    up[contender.name] = (after - before) / (moves * PEOPLE)
    crowd.close()
    await host.stop()
  }
  return [
    {
      label: `${PEOPLE} moving cursors: server CPU per 1,000 moves`,
      unit: 'ms',
      values: cpu,
      promise: shareOfPeer(0.5),
    },
    { label: `${PEOPLE} moving cursors: bytes up per move`, unit: 'bytes', values: up, promise: shareOfPeer(0.08) },
  ]
}

export const presence: Measure = { name: 'presence', describes: 'moving cursors', run }
