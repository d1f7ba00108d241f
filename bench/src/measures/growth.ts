import type { Contender, ContenderName } from '../contenders/contender.ts'
import { Crowd, fill } from '../crowd.ts'
import { fiveMegabytes, hundredThousand, pasted, typists } from '../traffic.ts'
import { settleSnapshot } from './snapshot.ts'
import type { Measure, Row, Scale } from './measure.ts'

const PEOPLE = 5
const EDITS_PER_ROUND = 20

/** Server CPU for one operation, in microseconds, while five people type in a document as fast as it goes. */
async function costOfOperation(
  host: Awaited<ReturnType<Contender['start']>>,
  documentId: string,
  scale: Scale,
): Promise<number> {
  const rounds = scale === 'full' ? 20 : 2
  const crowd = await Crowd.gather(host, [documentId], typists(PEOPLE, (rounds + 3) * EDITS_PER_ROUND))
  for (let warm = 0; warm < 3; warm++) await crowd.round(EDITS_PER_ROUND)
  const cpu = await host.process.cpuDuring(async () => {
    for (let round = 1; round < rounds; round++) await crowd.round(EDITS_PER_ROUND)
  })
  crowd.close()
  return (cpu / ((rounds - 1) * EDITS_PER_ROUND * PEOPLE)) * 1000
}

async function run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const sizes = [
    { title: '1 KB', author: pasted(1_000) },
    { title: '100,000 characters', author: hundredThousand() },
    { title: '5 MB', author: scale === 'full' ? fiveMegabytes() : pasted(500_000) },
  ]
  const rows: Row[] = []
  for (const { title, author } of sizes) {
    const values: Partial<Record<ContenderName, number>> = {}
    for (const contender of contenders.filter(({ name }) => name !== 'relay')) {
      const host = await contender.start(null)
      const { documentId, leave } = await fill(host, author)
      await settleSnapshot(host, documentId)
      values[contender.name] = await costOfOperation(host, documentId, scale)
      leave()
      await host.stop()
    }
    rows.push({
      label: `growth: server CPU per operation, 1×${PEOPLE}, in a document of ${title}`,
      unit: 'µs',
      values,
      promise: null,
    })
  }
  const sheaf = contenders.find(({ name }) => name === 'sheaf')
  if (sheaf === undefined) return rows
  const counts = scale === 'full' ? [1, 100, 10_000] : [1, 10]
  const host = await sheaf.start(null)
  let documents = 0
  for (const count of counts) {
    let documentId = ''
    for (; documents < count; documents++) documentId = await host.createDocument()
    rows.push({
      label: `growth: server CPU per operation, 1×${PEOPLE}, with ${count.toLocaleString('en')} documents in the store`,
      unit: 'µs',
      values: { sheaf: await costOfOperation(host, documentId, scale) },
      promise: null,
    })
  }
  await host.stop()
  return rows
}

export const growth: Measure = { name: 'growth', describes: 'the cost of an operation as everything grows', run }
