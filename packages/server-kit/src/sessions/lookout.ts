import type { Role } from '@sheaf/protocol'
import type { SessionAccess } from './connection.ts'
import type { Limits } from '../limits.ts'
import { reasonOf } from '../metrics.ts'
import type { Log } from '../metrics.ts'
import type { ControlMessage, FanOut, Stores } from '../ports.ts'
import type { Room } from '../room.ts'

/** A session, as its rights are looked up. */
export interface WatchedSession {
  readonly documentId: string
  readonly principal: { readonly id: string; readonly name: string }
  /** The log-in that its token comes from; null where there is none. */
  readonly family: string | null
  /** True once somebody is behind it. */
  readonly live: boolean
  /** Grows whenever rights were announced: what was looked up before that is not news. */
  readonly accessStamp: number
  /** When its rights were last looked up, or began to hold. */
  checkedAt: number
  roleFound(role: Role | null, stamp: number): void
}

export interface LookoutOptions {
  readonly stores: Pick<Stores, 'documents' | 'fanOut'>
  readonly access: SessionAccess
  readonly limits: Limits
  readonly log: Log
  readonly rooms: () => Iterable<Room>
  readonly sessions: () => Iterable<WatchedSession>
  /** What is found is passed on as what the announcement would have said. */
  readonly found: (message: ControlMessage) => void
}

/** Documents that are asked for in one call. */
const PAGE = 200
/** A round that takes longer than this hangs somewhere, perhaps in an integrator's own rules; the next one begins all the same. */
const STUCK_MS = 30_000

/**
 * Looks up in the stores what other servers would have said: every message between servers is a hint that may be lost,
 * and while they are not heard it is lost. A server that is alone looks nothing up.
 */
export class Lookout {
  readonly #options: LookoutOptions
  readonly #caughtUpAt = new WeakMap<Room, number>()
  #reach: ReturnType<FanOut['reach']> = 'connected'
  /** When the rounds that are under way began. */
  #catchingUpSince = -Infinity
  #checkingSince = -Infinity

  constructor(options: LookoutOptions) {
    this.#options = options
  }

  sweep(now: number): void {
    const { stores, limits } = this.#options
    const reach = stores.fanOut.reach()
    if (reach === 'alone') return
    // It takes a while to notice a cut: everything that was said meanwhile is looked up at once.
    const isNewlyCut = reach === 'cut' && this.#reach !== 'cut'
    this.#reach = reach
    // What falls due between two sweeps is taken with the nearer one.
    const due = (spacing: number): number => (isNewlyCut ? now : now + limits.sweepMs / 2 - spacing)
    if (now - this.#catchingUpSince >= STUCK_MS) {
      const spacing = reach === 'cut' ? limits.catchUpMs : limits.safetyCatchUpMs
      void this.#catchUp(this.#roomsDue(now, due(spacing)), now)
    }
    if (now - this.#checkingSince >= STUCK_MS) {
      const spacing = reach === 'cut' ? limits.accessCheckCutMs : limits.accessCheckMs
      void this.#check(this.#sessionsDue(now, due(spacing)), now)
    }
  }

  /** Other servers are heard again, after messages may have been lost. */
  reconnected(now: number): void {
    const rooms = [...this.#options.rooms()]
    for (const room of rooms) {
      this.#caughtUpAt.set(room, now)
      room.reconnected()
    }
    void this.#catchUp(rooms, now)
    void this.#check(this.#sessionsDue(now, now), now)
  }

  #roomsDue(now: number, before: number): Room[] {
    const due: Room[] = []
    for (const room of this.#options.rooms()) {
      const at = this.#caughtUpAt.get(room)
      if (at !== undefined && at > before) continue
      this.#caughtUpAt.set(room, now)
      // A room that is seen for the first time has just been loaded.
      if (at !== undefined) due.push(room)
    }
    return due
  }

  #sessionsDue(now: number, before: number): WatchedSession[] {
    const due: WatchedSession[] = []
    for (const session of this.#options.sessions()) {
      if (!session.live || session.checkedAt > before) continue
      session.checkedAt = now
      due.push(session)
    }
    return due
  }

  async #catchUp(rooms: readonly Room[], now: number): Promise<void> {
    if (rooms.length === 0) return
    this.#catchingUpSince = now
    await this.#each(rooms, (room) => room.catchUp(), 'documents were not looked up in the log')
    this.#catchingUpSince = -Infinity
  }

  /** In this order: a document that is gone needs no look at roles, nor does somebody whose log-in has ended. */
  async #check(sessions: readonly WatchedSession[], now: number): Promise<void> {
    if (sessions.length === 0) return
    this.#checkingSince = now
    await this.#findDeleted(sessions)
    await this.#findEnded(sessions)
    await this.#findRoles(sessions.filter(({ live }) => live))
    this.#checkingSince = -Infinity
  }

  async #findDeleted(sessions: readonly WatchedSession[]): Promise<void> {
    const { stores, found } = this.#options
    const ids = [...new Set(sessions.map(({ documentId }) => documentId))]
    const pages = Array.from({ length: Math.ceil(ids.length / PAGE) }, (_, page) =>
      ids.slice(page * PAGE, (page + 1) * PAGE),
    )
    const look = async (page: readonly string[]): Promise<void> => {
      for (const { id, deletedAt } of await stores.documents.getMany(page))
        if (deletedAt !== null) found({ kind: 'document-deleted', documentId: id })
    }
    await this.#each(pages, look, 'documents were not looked up')
  }

  async #findEnded(sessions: readonly WatchedSession[]): Promise<void> {
    const { access, found } = this.#options
    const hasEnded = access.hasEnded?.bind(access)
    if (hasEnded === undefined) return
    const logins = groupsOf(sessions, ({ principal, family }) => `${principal.id}\n${family ?? ''}`)
    const look = async ([session]: readonly WatchedSession[]): Promise<void> => {
      if (session === undefined) return
      const login = { userId: session.principal.id, family: session.family }
      if (await hasEnded(login)) found({ kind: 'sessions-ended', ...login })
    }
    await this.#each(logins, look, 'log-ins were not looked up')
  }

  async #findRoles(sessions: readonly WatchedSession[]): Promise<void> {
    const groups = groupsOf(sessions, ({ principal, documentId }) => `${documentId}\n${principal.id}`)
    const look = async (group: readonly WatchedSession[]): Promise<void> => {
      const [first] = group
      if (first === undefined) return
      const stamps = group.map((session) => session.accessStamp)
      const role = await this.#options.access.authorize(first.principal, first.documentId)
      for (const [index, session] of group.entries()) session.roleFound(role, stamps[index] ?? -1)
    }
    await this.#each(groups, look, 'roles were not looked up')
  }

  /** So many at one time, each on its own: one that fails is tried again when it is due again. */
  async #each<T>(items: readonly T[], look: (item: T) => Promise<void>, failure: string): Promise<void> {
    const { limits, log } = this.#options
    const rest = items.values()
    let failed = 0
    let reason = ''
    const work = async (): Promise<void> => {
      for (const item of rest) {
        try {
          await look(item)
        } catch (error) {
          failed += 1
          reason = reasonOf(error)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(limits.parallelChecks, items.length) }, work))
    // One line for all of them: what they ask may be down.
    if (failed > 0) log.warn({ count: failed, reason }, failure)
  }
}

function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()]
}
