import type { Contender, ContenderName } from '../contenders/contender.ts'
import { Crowd } from '../crowd.ts'
import { typists } from '../traffic.ts'
import { shareOfPeer } from './measure.ts'
import type { Measure, Row, Scale } from './measure.ts'

/** Edits that each person sends in one go; all of them have arrived everywhere before the next go. */
const EDITS_PER_ROUND = 20

const shapes = [
  { documents: 1, people: 20, rounds: 15, promise: 0.6 },
  { documents: 1, people: 100, rounds: 5, promise: 0.5 },
  { documents: 100, people: 2, rounds: 10, promise: 0.65 },
] as const

/** Enough people to show that it works. */
const quickShapes = [
  { documents: 1, people: 4, rounds: 2, promise: 0.6 },
  { documents: 3, people: 2, rounds: 2, promise: 0.65 },
] as const

async function run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const { documents, people, rounds, promise } of scale === 'full' ? shapes : quickShapes) {
    // One round beforehand, for the code to be compiled, and the edit that makes the paragraph.
    const authors = typists(documents * people, (rounds + 1) * EDITS_PER_ROUND)
    const cpu: Partial<Record<ContenderName, number>> = {}
    const perSecond: Partial<Record<ContenderName, number>> = {}
    for (const contender of contenders) {
      const host = await contender.start(null)
      const ids: string[] = []
      for (let index = 0; index < documents; index++) ids.push(await host.createDocument())
      const crowd = await Crowd.gather(host, ids, authors)
      await crowd.round(EDITS_PER_ROUND)
      let delivered = 0
      const start = performance.now()
      const spent = await host.process.cpuDuring(async () => {
        for (let round = 0; round < rounds; round++) delivered += await crowd.round(EDITS_PER_ROUND)
      })
      cpu[contender.name] = (spent / delivered) * 1000
      perSecond[contender.name] = delivered / ((performance.now() - start) / 1000)
      crowd.close()
      await host.stop()
    }
    const shape = `${documents}×${people}`
    rows.push(
      {
        label: `server CPU per 1,000 delivered operations at full speed, ${shape}`,
        unit: 'ms',
        values: cpu,
        promise: shareOfPeer(promise),
      },
      {
        label: `operations delivered per second at full speed, ${shape}`,
        unit: '1/s',
        values: perSecond,
        promise: null,
      },
    )
  }
  return rows
}

export const fullSpeed: Measure = {
  name: 'full-speed',
  describes: 'server CPU per delivered operation when everybody sends as fast as the server takes it',
  run,
}
