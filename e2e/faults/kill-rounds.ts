import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as Y from 'yjs'
import { Chance } from '../simulation/chance.ts'
import { appearance, markersIn, plainText } from '../simulation/marker.ts'
import type { Marker } from '../simulation/marker.ts'
import { SheafApi } from './sheaf-api.ts'
import { SheafProcess } from './sheaf-process.ts'
import { Typist } from './typist.ts'

export interface KillOptions {
  readonly rounds: number
  readonly seed: number
  readonly people: number
  readonly server: 'built' | 'source'
  readonly log: (line: string) => void
}

export interface KillReport {
  readonly rounds: number
  readonly written: number
  readonly acknowledged: number
  readonly seen: number
  readonly acknowledgedAndLost: readonly Marker[]
  readonly seenAndLost: readonly Marker[]
  /** Written by somebody who is still here: after healing nothing of it may be missing, acknowledged or not. */
  readonly writtenAndLost: readonly Marker[]
  readonly doubled: readonly Marker[]
  readonly foreign: readonly Marker[]
  /** Views that differ from the first one. */
  readonly different: readonly string[]
  readonly seconds: number
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
      await process.kill()
      await process.start()
      for (const typist of typists) typist.networkIsBack()
      await Promise.all(typists.map(async (typist) => typist.connected()))
      if (round % 20 === 0) log(`${round} of ${rounds} kills, ${count(typists)} markers acknowledged`)
    }
    typing.goesOn = false
    await Promise.all(keys)
    return await judge(typists, process, api, documentId, rounds, start)
  } finally {
    await Promise.all(typists.map(async (typist) => typist.close()))
    await process.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const count = (typists: readonly Typist[]): number => typists.reduce((sum, typist) => sum + typist.acknowledged.size, 0)

async function judge(
  typists: readonly Typist[],
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

  const present = markersIn(plainText(views.get('a fresh client') ?? new Y.Doc()))
  const there = new Set(present)
  const lost = (markers: Iterable<Marker>): Marker[] => [...markers].filter((marker) => !there.has(marker))
  const union = (pick: (typist: Typist) => ReadonlySet<Marker>): Set<Marker> =>
    new Set(typists.flatMap((typist) => [...pick(typist)]))
  const written = union((typist) => typist.written)
  const acknowledged = union((typist) => typist.acknowledged)
  const seen = union((typist) => typist.seen)
  const shown = [...views].map(([name, doc]) => ({ name, looks: appearance(doc) }))
  const report: KillReport = {
    rounds,
    written: written.size,
    acknowledged: acknowledged.size,
    seen: seen.size,
    acknowledgedAndLost: lost(acknowledged),
    seenAndLost: lost(seen),
    writtenAndLost: lost(written),
    doubled: present.filter((marker, index) => present.indexOf(marker) !== index),
    foreign: present.filter((marker) => !written.has(marker)),
    different: shown.filter(({ looks }) => looks !== shown[0]?.looks).map(({ name }) => name),
    seconds: (performance.now() - start) / 1000,
  }
  await fresh.close()
  return report
}

async function stored(api: SheafApi, documentId: string): Promise<Y.Doc> {
  const doc = new Y.Doc()
  Y.applyUpdateV2(doc, await api.content(documentId))
  return doc
}

/** True where every promise was kept. */
export const isClean = (report: KillReport): boolean =>
  [
    report.acknowledgedAndLost,
    report.seenAndLost,
    report.writtenAndLost,
    report.doubled,
    report.foreign,
    report.different,
  ].every((list) => list.length === 0)

/** The report in lines. */
export function describe(report: KillReport): string {
  const line = (what: string, found: readonly string[]): string =>
    `${what}: ${found.length}${found.length > 0 ? ` (${found.slice(0, 5).join(' ')} …)` : ''}`
  return [
    `${report.rounds} kills -9 in ${report.seconds.toFixed(0)} s, ${report.written} markers written, ${report.acknowledged} acknowledged, ${report.seen} seen by others`,
    line('acknowledged and lost', report.acknowledgedAndLost),
    line('seen by somebody and lost', report.seenAndLost),
    line('written and lost', report.writtenAndLost),
    line('doubled', report.doubled),
    line('written by nobody', report.foreign),
    line('views that differ', report.different),
  ].join('\n')
}
