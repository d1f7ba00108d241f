import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createChecker } from '@sheaf/client-sdk/testing'
import type { BrokenPromise, Checker } from '@sheaf/client-sdk/testing'
import * as Y from 'yjs'
import { Chance } from '../simulation/chance.ts'
import { SheafApi } from './sheaf-api.ts'
import { SheafProcess } from './sheaf-process.ts'
import { Typist } from './typist.ts'
import { describe as describeVerdict, isClean as isCleanVerdict, judge } from './verdict.ts'
import type { Verdict } from './verdict.ts'

export interface KillOptions {
  readonly rounds: number
  readonly seed: number
  readonly people: number
  readonly server: 'built' | 'source'
  readonly log: (line: string) => void
}

export interface KillReport extends Verdict {
  readonly rounds: number
  readonly seconds: number
  /** What the checker that applications get found in any view, by what their clients showed them. */
  readonly broken: readonly BrokenPromise[]
}

/** How long the server lives in a round, in milliseconds: under load, and long enough for some edits to be committed. */
const LIFE = { least: 60, most: 500 }
/** Time between two markers of one person. */
const KEYS = { least: 5, most: 60 }

/**
 * People type while the server is killed at random moments and started again on the same folder, so many times; then
 * everything may heal, and what they were told is compared with what is there.
 */
export async function killRounds({ rounds, seed, people, server, log }: KillOptions): Promise<KillReport> {
  const start = performance.now()
  const chance = new Chance(seed)
  const folder = await mkdtemp(join(tmpdir(), 'sheaf-kill-'))
  const process = await SheafProcess.start(folder, server)
  const api = await SheafApi.register(process.origin, 'typist')
  const documentId = await api.createDocument('Killed while written')
  const typists = Array.from(
    { length: people },
    (_, index) =>
      new Typist(`t${index}`, api, documentId, index % 2 === 0 ? 'immediate' : { pauseMs: 40, intervalMs: 150 }),
  )
  const checker = createChecker()
  for (const typist of typists) checker.watch(typist.document, typist.name)
  try {
    await Promise.all(typists.map(async (typist) => typist.connected()))
    const typing = { goesOn: true }
    const keys = typists.map(async (typist, index) => {
      const own = new Chance(seed * 1_000 + index)
      while (typing.goesOn) {
        typist.type()
        // Sleeping IS the load here: people pause between keys, also while the server is away.
        await pause(own.between(KEYS.least, KEYS.most))
      }
    })
    for (let round = 1; round <= rounds; round++) {
      // Sleeping IS the fault here: the server is killed at a moment that nothing else decides.
      await pause(chance.between(LIFE.least, LIFE.most))
      disturb(chance.pick(typists), chance)
      await process.kill()
      await process.start()
      for (const typist of typists) typist.networkIsBack()
      await Promise.all(typists.map(async (typist) => typist.connected()))
      if (round % 20 === 0) log(`${round} of ${rounds} kills, ${count(typists)} markers acknowledged`)
    }
    typing.goesOn = false
    await Promise.all(keys)
    for (const typist of typists) typist.network.heal()
    return await heal(typists, checker, process, api, documentId, rounds, start)
  } finally {
    await Promise.all(typists.map(async (typist) => typist.close()))
    await process.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The network of somebody does not wait for the server to be killed. */
function disturb({ network }: Typist, chance: Chance): void {
  network.heal()
  const fault = chance.pick(['drop', 'drop', 'duplicate', 'delay', 'cut'] as const)
  if (fault === 'drop')
    network.dropNext(chance.pick(['committed', 'received', 'operation', 'state', 'welcome'] as const))
  if (fault === 'duplicate') network.duplicate()
  if (fault === 'delay') network.delay(chance.between(1, 40))
  if (fault === 'cut') network.cut()
}

const count = (typists: readonly Typist[]): number => typists.reduce((sum, typist) => sum + typist.acknowledged.size, 0)

async function heal(
  typists: readonly Typist[],
  checker: Checker,
  process: SheafProcess,
  api: SheafApi,
  documentId: string,
  rounds: number,
  start: number,
): Promise<KillReport> {
  await Promise.all(typists.map(async (typist) => typist.document.whenDurable()))
  // Whoever has everybody's last marker has all that came before it: the order of the document is one.
  const last = typists.flatMap((typist) => [...typist.written].at(-1) ?? [])
  await Promise.all(typists.flatMap((typist) => last.map(async (marker) => typist.sees(marker))))
  const views = new Map<string, Y.Doc>(typists.map((typist) => [typist.name, typist.document.ydoc]))
  views.set('the server', await stored(api, documentId))
  await process.kill()
  await process.start()
  views.set('the server after one more kill', await stored(api, documentId))
  const fresh = new Typist('fresh', api, documentId, 'immediate')
  await fresh.document.whenLoaded()
  views.set('a fresh client', fresh.document.ydoc)

  const broken = [...views.values()].flatMap((view) => checker.judge(view))
  const report = { ...judge(typists, views), rounds, seconds: (performance.now() - start) / 1000, broken }
  await fresh.close()
  return report
}

async function stored(api: SheafApi, documentId: string): Promise<Y.Doc> {
  const doc = new Y.Doc()
  Y.applyUpdateV2(doc, await api.content(documentId))
  return doc
}

/** True where every promise was kept. */
export const isClean = (report: KillReport): boolean => isCleanVerdict(report) && report.broken.length === 0

/** The report in lines. */
export const describe = (report: KillReport): string =>
  [
    `${report.rounds} kills -9 in ${report.seconds.toFixed(0)} s, ${describeVerdict(report)}`,
    ...report.broken.map(({ kind, what }) => `${kind}: ${what}`),
  ].join('\n')
