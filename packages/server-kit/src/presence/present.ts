import { encodePresenceEntries, encodeServerFrame } from '@sheaf/protocol'
import type { PresenceCursor, PresenceEntry } from '@sheaf/protocol'
import { sameBytes } from '../ledger/judgement.ts'
import type { Shown } from './presence-rules.ts'

/** One session that is there, of this server or of another one, under a key of this room. */
export interface Present {
  readonly key: number
  readonly user: { readonly id: string; readonly name: string }
  readonly replicaId: string
  clientId: number
  cursor: PresenceCursor | null
  data: string | null
  /** What others have not been told yet. */
  news: 'nothing' | 'cursor' | 'full'
}

/** Whether one and the same replica of a person is behind both: it may come back over another connection. */
export const isSameReplica = (
  a: Pick<Present, 'replicaId' | 'user'>,
  b: Pick<Present, 'replicaId' | 'user'>,
): boolean => a.replicaId === b.replicaId && a.user.id === b.user.id

export const fullEntry = ({
  key,
  clientId,
  user,
  cursor,
  data,
}: Present): Extract<PresenceEntry, { kind: 'full' }> => ({
  kind: 'full',
  key,
  clientId,
  user,
  cursor,
  data,
})

const cursorEntry = ({ key, cursor }: Present): Exclude<PresenceEntry, { kind: 'full' }> =>
  cursor === null ? { kind: 'hidden', key } : { kind: 'cursor', key, cursor }

/** What is new of it; null where nothing is. */
export function newsOf<Full>(
  present: Present,
  full: (present: Present) => Full,
): Full | ReturnType<typeof cursorEntry> | null {
  if (present.news === 'nothing') return null
  return present.news === 'full' ? full(present) : cursorEntry(present)
}

export const presenceFrame = (entries: readonly PresenceEntry[]): Uint8Array =>
  encodeServerFrame({ kind: 'presence', entries: encodePresenceEntries(entries) })

export function moveCursor(present: Present, cursor: PresenceCursor | null): void {
  present.cursor = cursor
  if (present.news === 'nothing') present.news = 'cursor'
}

/** Takes over what is shown; news only where it differs. */
export function show(present: Present, { clientId, cursor, data }: Shown): void {
  if (present.clientId !== clientId || present.data !== data) present.news = 'full'
  else if (!sameCursor(present.cursor, cursor)) moveCursor(present, cursor)
  Object.assign(present, { clientId, cursor, data })
}

const sameCursor = (a: PresenceCursor | null, b: PresenceCursor | null): boolean =>
  a === null || b === null ? a === b : sameBytes(a.anchor, b.anchor) && sameBytes(a.head, b.head)
