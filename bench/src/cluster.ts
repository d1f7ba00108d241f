import { Cluster } from '@sheaf/e2e/cluster'
import { SheafApi } from '@sheaf/e2e/sheaf-api'
import { Command } from 'commander'
import { join } from './contenders/sheaf.ts'
import type { Bot } from './contenders/contender.ts'
import { quantile, short } from './statistics.ts'
import { typist } from './traffic.ts'
import type { Author } from './traffic.ts'

/** What one run does to a cluster. */
interface Load {
  readonly servers: number
  readonly documents: number
  /** Edits that each document gets, */
  readonly edits: number
  /** so many at a time: all at once would wait longer for a slow store than a call may take. */
  readonly wave: number
  /** Edits that each document gets one after the other, each waiting for its acknowledgement. */
  readonly singles: number
}

interface Line {
  readonly load: Load
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly batch: number
  readonly steps: ReadonlyMap<string, number>
}

/** Where time goes, as the servers tell it: sums and counts of histograms, in milliseconds. */
const STEPS = ['append', 'commit', 'room_load']

const options = new Command('cluster')
  .description('Measures committed operations on servers, gateway and worker with all the real stores.')
  .option('--quick', 'little work: shows that it works, gives no figures to quote')
  .parse()
  .opts<{ quick?: true }>()
const few = options.quick === true

const loads: readonly Load[] = [1, 3].flatMap((servers) => [
  { servers, documents: 1, edits: few ? 200 : 4_000, wave: 200, singles: few ? 20 : 300 },
  { servers, documents: 100, edits: few ? 5 : 60, wave: 4, singles: few ? 2 : 10 },
])

async function measure(load: Load): Promise<Line> {
  const cluster = await Cluster.start({ servers: load.servers, from: 'built' })
  try {
    const api = await SheafApi.register(cluster.origin, 'load')
    const authors = Array.from({ length: load.documents }, (_, index) =>
      typist(index + 1, 1 + load.edits + load.singles),
    )
    const bots = await Promise.all(authors.map((author) => sit(api, author)))
    // The first edit makes the paragraph, and takes the lock.
    await everybody(bots, authors, 0, 1)

    const begin = performance.now()
    const before = await figures(cluster)
    for (let sent = 1; sent <= load.edits; sent += load.wave)
      await everybody(bots, authors, sent, Math.min(sent + load.wave, 1 + load.edits))
    const seconds = (performance.now() - begin) / 1000
    const after = await figures(cluster)

    const samples = (await Promise.all(bots.map((bot, index) => oneByOne(bot, authors[index]!, 1 + load.edits)))).flat()
    for (const bot of bots) bot.close()
    const count = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    return {
      load,
      perSecond: (load.documents * load.edits) / seconds,
      p50: quantile(samples, 0.5),
      p99: quantile(samples, 0.99),
      batch: count('sheaf_operations_committed_total') / count('sheaf_append_milliseconds_count'),
      steps: new Map(
        STEPS.map((step) => [
          step,
          count(`sheaf_${step}_milliseconds_sum`) / count(`sheaf_${step}_milliseconds_count`),
        ]),
      ),
    }
  } finally {
    await cluster.stop()
  }
}

async function sit(api: SheafApi, author: Author): Promise<Bot> {
  return join(api.socketOrigin, api.token, await api.createDocument(), author)
}

async function everybody(bots: readonly Bot[], authors: readonly Author[], from: number, to: number): Promise<void> {
  for (const [index, bot] of bots.entries()) for (const edit of authors[index]!.edits.slice(from, to)) bot.send(edit)
  await Promise.all(bots.map((bot) => bot.whenAcknowledged(to)))
}

async function oneByOne(bot: Bot, author: Author, from: number): Promise<number[]> {
  const samples: number[] = []
  for (const [index, edit] of author.edits.slice(from).entries()) {
    const start = performance.now()
    bot.send(edit)
    await bot.whenAcknowledged(from + index + 1)
    samples.push(performance.now() - start)
  }
  return samples
}

/** What all servers of a cluster tell of themselves, added up. */
async function figures(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  const sum = new Map<string, number>()
  for (const { origin } of cluster.servers)
    for (const line of (await (await fetch(`${origin}/metrics`)).text()).split('\n')) {
      const [, name, value] = /^(sheaf_\w+|process_resident_memory_bytes)(?:\{[^}]*\})? ([\d.e+]+)$/.exec(line) ?? []
      if (name !== undefined) sum.set(name, (sum.get(name) ?? 0) + Number(value))
    }
  return sum
}

/** What an idle connection and an open document take, in kilobytes of resident memory. */
async function memory(): Promise<{ readonly connection: number; readonly room: number }> {
  const cluster = await Cluster.start({ servers: 1, from: 'built' })
  try {
    const api = await SheafApi.register(cluster.origin, 'load')
    const people = few ? 50 : 200
    const resident = async (): Promise<number> => (await figures(cluster)).get('process_resident_memory_bytes') ?? 0
    const documentId = await api.createDocument()
    const author = typist(1, 1)
    const bots = [await join(api.socketOrigin, api.token, documentId, author)]
    const start = await resident()
    for (let one = 0; one < people; one++) bots.push(await join(api.socketOrigin, api.token, documentId, author))
    const connected = await resident()
    for (const bot of bots) bot.close()

    const ids: string[] = []
    for (let one = 0; one < people; one++) ids.push(await api.createDocument())
    const closed = await resident()
    const writers: Bot[] = []
    for (const id of ids) writers.push(await join(api.socketOrigin, api.token, id, author))
    const open = await resident()
    for (const writer of writers) writer.close()
    const connection = (connected - start) / people / 1024
    return { connection, room: (open - closed) / people / 1024 - connection }
  } finally {
    await cluster.stop()
  }
}

const lines: Line[] = []
for (const load of loads) lines.push(await measure(load))
console.log(
  '| servers | documents | committed operations/s | operations per append | ack p50 ms | ack p99 ms | mean ms: append | commit | room load |',
)
console.log('|--:|--:|--:|--:|--:|--:|--:|--:|--:|')
for (const { load, perSecond, batch, p50, p99, steps } of lines) {
  const [append, commit, roomLoad] = ['append', 'commit', 'room_load'].map((step) =>
    short(steps.get(step) ?? Number.NaN),
  )
  console.log(
    `| ${load.servers} | ${load.documents} | ${short(perSecond)} | ${short(batch)} | ${short(p50)} | ${short(p99)} | ${append} | ${commit} | ${roomLoad} |`,
  )
}
const { connection, room } = await memory()
console.log(
  `\nMemory of one server: ${short(connection)} KB for an idle connection, ${short(room)} KB for an open document, without its connection.`,
)
process.exit(0)
