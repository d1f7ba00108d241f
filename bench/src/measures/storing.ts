import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contender, ContenderName, Host } from '../contenders/contender.ts'
import { startSheaf } from '../contenders/sheaf.ts'
import type { SheafHost } from '../contenders/sheaf.ts'
import { fill } from '../crowd.ts'
import type { Filled } from '../crowd.ts'
import { fiveMegabytes, pasted, typist } from '../traffic.ts'
import type { Author } from '../traffic.ts'
import type { Measure, Row, Scale } from './measure.ts'
import { shareOfPeer, upTo } from './measure.ts'
import { settleSnapshot } from './snapshot.ts'

const large = (scale: Scale): Author => (scale === 'full' ? fiveMegabytes() : pasted(500_000))

/** Those that keep documents at all. */
const durable = (contenders: readonly Contender[]): readonly Contender[] =>
  contenders.filter(({ name }) => name === 'sheaf' || name === 'hocuspocus')

/** Fills a document and resolves when the server has stored all of it. */
async function fillAndStore(host: Host, name: ContenderName, author: Author): Promise<Filled> {
  if (name !== 'hocuspocus') {
    const filled = await fill(host, author)
    await settleSnapshot(host, filled.documentId)
    return filled
  }
  const whole = author.edits.reduce((sum, edit) => sum + edit.v1.length, 0)
  // A document is stored more than once while it is filled; only the last time it is whole.
  const stored = host.process.next((news) => ('event' in news && news.bytes > 0.98 * whole ? true : null))
  const filled = await fill(host, author)
  await stored
  return filled
}

/** One more edit in the large document, and the storing of the document that follows from it. */
async function editAndStore(host: Host, name: ContenderName, documentId: string, author: Author): Promise<void> {
  const bot = await host.join(documentId, author)
  const stored =
    name === 'hocuspocus' ? host.process.next((news) => ('event' in news ? true : null)) : Promise.resolve(true)
  for (const edit of author.edits) bot.send(edit)
  await bot.whenAcknowledged(author.edits.length)
  await settleSnapshot(host, documentId)
  await stored
  bot.close()
}

async function runStall(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const author = large(scale)
  const stall: Partial<Record<ContenderName, number>> = {}
  for (const contender of durable(contenders)) {
    const folder = await mkdtemp(join(tmpdir(), 'sheaf-bench-'))
    const host = await contender.start(folder)
    const { documentId, leave } = await fillAndStore(host, contender.name, author)
    const worst: number[] = []
    for (let time = 0; time < (scale === 'full' ? 3 : 1); time++) {
      await host.process.ask('watchLoop')
      await editAndStore(host, contender.name, documentId, typist(100 + time, 20))
      worst.push(await host.process.ask('worstStall'))
    }
    stall[contender.name] = Math.max(...worst)
    leave()
    await host.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return [
    {
      label: 'worst stall of the event loop while a 5 MB document is stored',
      unit: 'ms',
      values: stall,
      promise: upTo(10),
      note: 'Hocuspocus stores into one file by rename, which is less work than its SQLite extension does.',
    },
  ]
}

export const storing: Measure = { name: 'storing', describes: 'stalls while a large document is stored', run: runStall }

async function runRestart(contenders: readonly Contender[], scale: Scale): Promise<readonly Row[]> {
  const author = large(scale)
  const editable: Partial<Record<ContenderName, number>> = {}
  for (const contender of durable(contenders)) {
    const folder = await mkdtemp(join(tmpdir(), 'sheaf-bench-'))
    const before = await contender.start(folder)
    const { documentId, leave } = await fillAndStore(before, contender.name, author)
    leave()
    await before.stop()

    const start = performance.now()
    const known = 'api' in before ? (before as SheafHost).api : null
    const host = await (known === null ? contender.start(folder) : startSheaf(folder, known))
    const typing = typist(100, 1)
    const bot = await host.join(documentId, typing)
    bot.send(typing.edits[0]!)
    await bot.whenAcknowledged(1)
    editable[contender.name] = (performance.now() - start) / 1000
    bot.close()
    await host.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return [
    {
      label: '5 MB document editable after a restart: process started, document sent, one edit acknowledged',
      unit: 's',
      values: editable,
      promise: shareOfPeer(0.45),
      note: 'an acknowledgement of Hocuspocus means that the edit is in memory, one of Sheaf that it is on disk.',
    },
  ]
}

export const restarting: Measure = {
  name: 'restarting',
  describes: 'a large document after a restart',
  run: runRestart,
}
