import type { Contender, ContenderName } from '../contenders/contender.ts'
import { shareOfPeer } from './measure.ts'
import type { Measure, Row, Scale } from './measure.ts'

async function run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const connections = scale === 'full' ? 400 : 50
  const bytes: Partial<Record<ContenderName, number>> = {}
  for (const contender of contenders) {
    const host = await contender.start(null)
    const documentId = await host.createDocument()
    // The first ones bring the document and the compiled code with them; they are not what one connection more costs.
    const first = []
    for (let index = 0; index < 20; index++) first.push(await host.join(documentId, { clientId: index + 1, edits: [] }))
    const before = await host.process.ask('memory')
    const bots = []
    for (let index = 0; index < connections; index++)
      bots.push(await host.join(documentId, { clientId: 100 + index, edits: [] }))
    bytes[contender.name] = ((await host.process.ask('memory')) - before) / connections / 1024
    for (const bot of [...first, ...bots]) bot.close()
    await host.stop()
  }
  return [
    {
      label: 'memory of an idle connection (objects and buffers after a collection)',
      unit: 'KB',
      values: bytes,
      promise: shareOfPeer(0.85),
    },
  ]
}

export const memory: Measure = { name: 'memory', describes: 'memory of an idle connection', run }
