import * as Y from 'yjs'
import { appearance, markersIn, plainText } from '../simulation/marker.ts'
import type { Marker } from '../simulation/marker.ts'
import type { Typist } from './typist.ts'

/** What was promised in a run with real processes, and what of it is there after everything healed. */
export interface Verdict {
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
}

/**
 * Compares what typists were told with what views of their document show. The last view decides what is there.
 * @param views by what people call them
 */
export function judge(typists: readonly Typist[], views: ReadonlyMap<string, Y.Doc>): Verdict {
  const present = markersIn(plainText([...views.values()].at(-1) ?? new Y.Doc()))
  const there = new Set(present)
  const lost = (markers: Iterable<Marker>): Marker[] => [...markers].filter((marker) => !there.has(marker))
  const union = (pick: (typist: Typist) => ReadonlySet<Marker>): Set<Marker> =>
    new Set(typists.flatMap((typist) => [...pick(typist)]))
  const written = union((typist) => typist.written)
  const acknowledged = union((typist) => typist.acknowledged)
  const seen = union((typist) => typist.seen)
  const shown = [...views].map(([name, doc]) => ({ name, looks: appearance(doc) }))
  const counted = new Set<Marker>()
  const doubled = present.filter((marker) => counted.size === counted.add(marker).size)
  return {
    written: written.size,
    acknowledged: acknowledged.size,
    seen: seen.size,
    acknowledgedAndLost: lost(acknowledged),
    seenAndLost: lost(seen),
    writtenAndLost: lost(written),
    doubled,
    foreign: present.filter((marker) => !written.has(marker)),
    different: shown.filter(({ looks }) => looks !== shown[0]?.looks).map(({ name }) => name),
  }
}

/** True where every promise was kept. */
export const isClean = (verdict: Verdict): boolean =>
  [
    verdict.acknowledgedAndLost,
    verdict.seenAndLost,
    verdict.writtenAndLost,
    verdict.doubled,
    verdict.foreign,
    verdict.different,
  ].every((list) => list.length === 0)

/** The verdict in lines. */
export function describe(verdict: Verdict): string {
  const line = (what: string, found: readonly string[]): string =>
    `${what}: ${found.length}${found.length > 0 ? ` (${found.slice(0, 5).join(' ')} …)` : ''}`
  return [
    `${verdict.written} markers written, ${verdict.acknowledged} acknowledged, ${verdict.seen} seen by others`,
    line('acknowledged and lost', verdict.acknowledgedAndLost),
    line('seen by somebody and lost', verdict.seenAndLost),
    line('written and lost', verdict.writtenAndLost),
    line('doubled', verdict.doubled),
    line('written by nobody', verdict.foreign),
    line('views that differ', verdict.different),
  ].join('\n')
}
