import type { Contender, ContenderName, Host } from '../contenders/contender.ts'
import { fill } from '../crowd.ts'
import { median } from '../statistics.ts'
import { fiveMegabytes, hundredThousand, pasted } from '../traffic.ts'
import type { Author } from '../traffic.ts'
import { settleSnapshot } from './snapshot.ts'
import { shareOfPeer } from './measure.ts'
import type { Measure, Row, Scale } from './measure.ts'

const reader: Author = { clientId: 2, edits: [] }

/** The relay keeps no document that somebody could open. */
const keepers = (contenders: readonly Contender[]): readonly Contender[] =>
  contenders.filter(({ name }) => name !== 'relay')

async function openOneByOne(host: Host, documentId: string, times: number): Promise<{ bytes: number; cpu: number }> {
  const bytes: number[] = []
  const cpu = await host.process.cpuDuring(async () => {
    for (let time = 0; time < times; time++) {
      const bot = await host.join(documentId, reader)
      bytes.push(bot.openedWith)
      bot.close()
    }
  })
  return { bytes: median(bytes), cpu: cpu / times }
}

async function run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const sizes = [
    { title: '100,000-character', author: hundredThousand(), times: 40, cpuPromise: 0.15 },
    // A quick run shows that it works; it need not type twenty papers for that.
    { title: '5 MB', author: scale === 'full' ? fiveMegabytes() : pasted(500_000), times: 10, cpuPromise: 0.05 },
  ] as const
  const rows: Row[] = []
  for (const { title, author, times, cpuPromise } of sizes) {
    const bytes: Partial<Record<ContenderName, number>> = {}
    const cpu: Partial<Record<ContenderName, number>> = {}
    for (const contender of keepers(contenders)) {
      const host = await contender.start(null)
      const { documentId, leave } = await fill(host, author)
      await settleSnapshot(host, documentId)
      const opened = await openOneByOne(host, documentId, scale === 'full' ? times : 3)
      bytes[contender.name] = opened.bytes
      cpu[contender.name] = opened.cpu
      leave()
      await host.stop()
    }
    rows.push(
      {
        label: `open a ${title} document: bytes`,
        unit: 'bytes',
        values: bytes,
        promise: shareOfPeer(0.3),
      },
      { label: `open a ${title} document: server CPU`, unit: 'ms', values: cpu, promise: shareOfPeer(cpuPromise) },
    )
  }
  return rows
}

export const opening: Measure = { name: 'opening', describes: 'opening documents one after the other', run }

async function runCrowd(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const people = scale === 'full' ? 200 : 20
  const author = hundredThousand()
  const last: Partial<Record<ContenderName, number>> = {}
  const cpu: Partial<Record<ContenderName, number>> = {}
  for (const contender of keepers(contenders)) {
    const host = await contender.start(null)
    const { documentId, leave } = await fill(host, author)
    await settleSnapshot(host, documentId)
    const start = performance.now()
    const spent = await host.process.cpuDuring(async () => {
      const bots = await Promise.all(Array.from({ length: people }, async () => host.join(documentId, reader)))
      last[contender.name] = performance.now() - start
      for (const bot of bots) bot.close()
    })
    cpu[contender.name] = spent / people
    leave()
    await host.stop()
  }
  return [
    {
      label: `${people} people open one 100,000-character document at once: until the last one has it`,
      unit: 'ms',
      values: last,
      promise: shareOfPeer(0.25),
    },
    { label: `the same: server CPU for each`, unit: 'ms', values: cpu, promise: shareOfPeer(0.15) },
  ]
}

export const crowding: Measure = { name: 'crowding', describes: 'many people open one document at once', run: runCrowd }
