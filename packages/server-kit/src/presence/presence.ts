import type { PresenceEntry, Principal } from '@sheaf/protocol'
import type { Clock } from '../clock.ts'
import { ForeignPresence } from './foreign-presence.ts'
import type { FanOut } from '../ports.ts'
import { readPatch } from './presence-rules.ts'
import { fullEntry, isSameReplica, moveCursor, newsOf, presenceFrame } from './present.ts'
import type { Present } from './present.ts'
import type { ForeignEntry, RoomMessage } from './room-message.ts'

/** Who is in the room, as the presence sees it. */
export interface PresenceMember {
  readonly principal: Principal
  readonly replicaId: string
}

export interface PresenceOptions {
  readonly clock: Clock
  readonly limits: {
    readonly presenceIntervalMs: number
    readonly presenceRefreshMs: number
    readonly maxCursorBytes: number
  }
  /** Names this room, as opposed to every other one on any server at any time. */
  readonly source: string
  readonly broadcast: (frame: Uint8Array) => void
  readonly reach: FanOut['reach']
  /** To the rooms of this document on other servers. */
  readonly tell: (message: RoomMessage) => void
}

/** A server that was not heard of for so many refreshes is gone, and so is everybody who was there. */
const REFRESHES_TO_EXPIRE = 2.5

/**
 * Who is here and where, rebuilt from what each session says of itself: the server adds the key and the identity, and
 * passes nothing on that it does not understand. What happened within a tick goes to everybody as one frame, and to the
 * other servers as one message; what these say is merged under keys of this room.
 */
export class RoomPresence<Member extends PresenceMember> {
  readonly #options: PresenceOptions
  readonly #own = new Map<Member, Present>()
  readonly #foreign: ForeignPresence
  /** A Yjs client id belongs to one session at a time. */
  readonly #claims = new Map<number, { readonly present: Present; readonly member: Member | null }>()
  #left: PresenceEntry[] = []
  #ownLeft: ForeignEntry[] = []
  #nextKey = 1
  #ticking = false
  #closed = false
  #full: Uint8Array | null = null
  /** Somebody asked who is here. */
  #asked = false
  /** Something that others said was lost. */
  #gap = false
  /** Others know of somebody here. */
  #told = false
  #toldAllAt = -Infinity

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#foreign = new ForeignPresence({
      maxCursorBytes: options.limits.maxCursorBytes,
      newKey: () => this.#nextKey++,
      admits: (present, clientId, kind) => this.#admitForeign(present, clientId, kind),
      left: (present) => this.#forget(present),
    })
  }

  /** Takes in what a session says of itself. False where it was not sound and is not passed on. */
  patch(member: Member, bytes: Uint8Array): boolean {
    const patch = readPatch(bytes, this.#options.limits.maxCursorBytes)
    if (patch === null) return false
    const known = this.#own.get(member)
    if (patch.kind !== 'full') {
      if (known === undefined) return false
      moveCursor(known, patch.kind === 'hidden' ? null : patch.cursor)
      this.#changed()
      return true
    }
    const { clientId, cursor, data } = patch
    const { principal, replicaId } = member
    const key = known?.key ?? this.#nextKey++
    const user = { id: principal.id, name: principal.name }
    const present: Present = { key, user, replicaId, clientId, cursor, data, news: 'full' }
    const holder = this.#claims.get(clientId)
    if (holder !== undefined && holder.present !== known) {
      // The same replica takes it with it from a dead connection, also from one to another server.
      if (!isSameReplica(holder.present, present)) return false
      this.#evict(holder)
    }
    if (known !== undefined) this.#claims.delete(known.clientId)
    this.#claims.set(clientId, { present, member })
    this.#own.set(member, present)
    this.#changed()
    return true
  }

  leave(member: Member): void {
    const present = this.#own.get(member)
    if (present === undefined) return
    this.#own.delete(member)
    this.#ownLeft.push({ kind: 'left', key: present.key })
    this.#forget(present)
  }

  /** The frame that tells a joiner of everybody; null where nobody is here. */
  everybody(): Uint8Array | null {
    if (this.#own.size + this.#foreign.size === 0) return null
    this.#full ??= presenceFrame(Array.from(this.#all(), fullEntry))
    return this.#full
  }

  // ── other servers ────────────────────────────────────────────────────────────────────────────────────────────────

  hear(message: Exclude<RoomMessage, { kind: 'lock' }>): void {
    if (this.#closed) return
    if (message.kind === 'ask') {
      if (!this.#told && this.#own.size === 0) return
      this.#asked = true
      return this.#tickLater()
    }
    if (this.#foreign.hear(message, this.#options.clock.now()) === 'gap') this.#gap = true
    this.#changed()
  }

  /** Messages may have been missed: asks everybody, and says who is here. */
  ask(): void {
    if (this.#options.reach() === 'alone') return
    this.#options.tell({ kind: 'ask' })
    if (this.#own.size > 0) this.#tellEverybody()
  }

  sweep(now: number): void {
    if (this.#options.reach() === 'alone') return
    const { presenceRefreshMs } = this.#options.limits
    this.#foreign.expire(now - REFRESHES_TO_EXPIRE * presenceRefreshMs)
    if (this.#gap) this.#options.tell({ kind: 'ask' })
    this.#gap = false
    if (this.#told && now - this.#toldAllAt >= presenceRefreshMs) this.#tellEverybody()
  }

  /** Says good-bye to the other servers. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#own.clear()
    if (this.#told) this.#tellEverybody()
  }

  #tellEverybody(): void {
    const { source, clock, tell } = this.#options
    this.#toldAllAt = clock.now()
    this.#told = this.#own.size > 0
    tell({ kind: 'everybody', source, entries: Array.from(this.#own.values(), foreignEntry) })
  }

  #admitForeign(present: Present, clientId: number, kind: 'news' | 'repeated'): boolean {
    const holder = this.#claims.get(clientId)
    if (holder !== undefined && holder.present !== present) {
      if (!isSameReplica(holder.present, present)) return false
      if (kind === 'repeated') {
        // The other server has not noticed that its connection is dead: it is told once more who is here.
        if (holder.member !== null) holder.present.news = 'full'
        return false
      }
      this.#evict(holder)
    }
    if (this.#claims.get(present.clientId)?.present === present) this.#claims.delete(present.clientId)
    this.#claims.set(clientId, { present, member: null })
    return true
  }

  #evict({ present, member }: { readonly present: Present; readonly member: Member | null }): void {
    if (member === null) this.#foreign.remove(present)
    else this.leave(member)
  }

  #forget(present: Present): void {
    if (this.#claims.get(present.clientId)?.present === present) this.#claims.delete(present.clientId)
    this.#left.push({ kind: 'left', key: present.key })
    this.#changed()
  }

  // ── ticks ────────────────────────────────────────────────────────────────────────────────────────────────────────

  *#all(): Iterable<Present> {
    yield* this.#own.values()
    yield* this.#foreign.all()
  }

  #changed(): void {
    this.#full = null
    this.#tickLater()
  }

  #tickLater(): void {
    if (this.#ticking || this.#closed) return
    this.#ticking = true
    this.#options.clock.after(this.#options.limits.presenceIntervalMs, () => this.#tick())
  }

  #tick(): void {
    this.#ticking = false
    if (this.#closed) return
    if (this.#options.reach() !== 'alone') this.#tellChanges()
    const entries = this.#left
    this.#left = []
    this.#ownLeft = []
    for (const present of this.#all()) {
      const news = newsOf(present, fullEntry)
      if (news !== null) entries.push(news)
      present.news = 'nothing'
    }
    if (entries.length > 0) this.#options.broadcast(presenceFrame(entries))
  }

  #tellChanges(): void {
    const { source, tell } = this.#options
    const entries = this.#ownLeft
    for (const present of this.#own.values()) {
      const news = newsOf(present, foreignEntry)
      if (news !== null) entries.push(news)
    }
    if (entries.length > 0) tell({ kind: 'changes', source, entries })
    if (this.#own.size > 0) this.#told = true
    if (this.#asked) this.#tellEverybody()
    this.#asked = false
  }
}

const foreignEntry = (present: Present): ForeignEntry => ({ ...fullEntry(present), replicaId: present.replicaId })
