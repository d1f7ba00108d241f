import type { Contender, ContenderName, Host } from '../contenders/contender.ts'
import { Crowd } from '../crowd.ts'
import { gathered, typists } from '../traffic.ts'
import type { Author } from '../traffic.ts'
import { shareOfPeer } from './measure.ts'
import type { Measure, Row, Scale } from './measure.ts'

interface Shape {
  readonly documents: number
  readonly people: number
}

const shapes: readonly Shape[] = [
  { documents: 1, people: 20 },
  { documents: 100, people: 2 },
]

interface Figures {
  readonly cpuPerThousand: number
  readonly upPerEdit: number
  readonly downPerDelivered: number
}

async function typeOn(
  host: Host,
  { documents, people }: Shape,
  authors: readonly Author[],
  seconds: number,
): Promise<Figures> {
  const ids: string[] = []
  for (let index = 0; index < documents; index++) ids.push(await host.createDocument())
  const crowd = await Crowd.gather(host, ids, authors)
  const before = total(crowd)
  let delivered = 0
  const cpu = await host.process.cpuDuring(async () => {
    delivered = await crowd.type(seconds)
  })
  const after = total(crowd)
  crowd.close()
  return {
    cpuPerThousand: (cpu / delivered) * 1000,
    upPerEdit: (after.up - before.up) / (delivered / (people - 1)),
    downPerDelivered: (after.down - before.down) / delivered,
  }
}

function total(crowd: Crowd): { up: number; down: number } {
  let up = 0
  let down = 0
  for (const { traffic } of crowd.bots) {
    up += traffic.up
    down += traffic.down
  }
  return { up, down }
}

async function run(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const seconds = scale === 'full' ? 12 : 2
  const rows: Row[] = []
  for (const shape of shapes) {
    const title = `${shape.documents}×${shape.people}`
    const keyByKey = typists(shape.documents * shape.people, seconds * 8)
    const asShipped = keyByKey.map(gathered)
    const each: Partial<Record<ContenderName, Figures>> = {}
    for (const contender of contenders) {
      const host = await contender.start(null)
      each[contender.name] = await typeOn(host, shape, keyByKey, seconds)
      await host.stop()
    }
    const peers = { ...each }
    const sheaf = contenders.find(({ name }) => name === 'sheaf')
    if (sheaf !== undefined) {
      const host = await sheaf.start(null)
      each.sheaf = await typeOn(host, shape, asShipped, seconds)
      await host.stop()
    }
    const values = (from: typeof each, pick: (figures: Figures) => number): Row['values'] =>
      Object.fromEntries(Object.entries(from).map(([name, figures]) => [name, pick(figures)]))
    rows.push(
      {
        label: `server CPU per 1,000 delivered edits, people typing ${title}, every contender's own client's batching`,
        unit: 'ms',
        values: values(each, (figures) => figures.cpuPerThousand),
        promise: shareOfPeer(0.6),
      },
      {
        label: `the same ${title}, Sheaf sending each key by itself too`,
        unit: 'ms',
        values: values(peers, (figures) => figures.cpuPerThousand),
        promise: null,
      },
    )
    if (shape.documents === 1)
      rows.push(
        {
          label: `bytes per edit up, people typing ${title}`,
          unit: 'bytes',
          values: values(each, (figures) => figures.upPerEdit),
          promise: shareOfPeer(0.45),
        },
        {
          label: `bytes per delivered edit down, people typing ${title}`,
          unit: 'bytes',
          values: values(each, (figures) => figures.downPerDelivered),
          promise: shareOfPeer(0.35),
        },
      )
  }
  return rows
}

export const typing: Measure = {
  name: 'typing',
  describes: 'server CPU and bytes while people type at human pace',
  run,
}
