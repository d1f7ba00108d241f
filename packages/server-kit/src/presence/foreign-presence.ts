import { readCursor, readShown } from './presence-rules.ts'
import type { Present } from './present.ts'
import { moveCursor, show } from './present.ts'
import type { ForeignEntry, RoomMessage } from './room-message.ts'

/** Sessions of other servers that are shown in one room at most. */
const MAX_FOREIGN = 10_000

/** What a room does for the entries of others. */
export interface ForeignHost {
  readonly maxCursorBytes: number
  newKey(): number
  /**
   * Whether this client id may be shown for it. `news` is what just happened elsewhere and goes before what is known
   * here; what is merely repeated does not.
   */
  admits(present: Present, clientId: number, kind: 'news' | 'repeated'): boolean
  left(present: Present): void
}

interface Source {
  heardAt: number
  /** By the key that the other room gives. */
  readonly present: Map<number, Present>
}

/** Who is there on other servers, as far as they have said. */
export class ForeignPresence {
  readonly #host: ForeignHost
  readonly #sources = new Map<string, Source>()
  #size = 0

  constructor(host: ForeignHost) {
    this.#host = host
  }

  *all(): Iterable<Present> {
    for (const { present } of this.#sources.values()) yield* present.values()
  }

  get size(): number {
    return this.#size
  }

  /** Takes in what another room says. `gap`: something that it said before was lost. */
  hear(message: Extract<RoomMessage, { source: string }>, now: number): 'whole' | 'gap' {
    const { kind, source: name, entries } = message
    const source = this.#sources.get(name) ?? { heardAt: now, present: new Map() }
    source.heardAt = now
    if (kind === 'everybody') {
      const there = new Set(entries.flatMap((entry) => (entry.kind === 'full' ? [entry.key] : [])))
      for (const key of source.present.keys()) if (!there.has(key)) this.#drop(source, key)
    }
    let heard: 'whole' | 'gap' = 'whole'
    for (const entry of entries) if (!this.#take(source, entry, kind === 'changes' ? 'news' : 'repeated')) heard = 'gap'
    if (source.present.size > 0) this.#sources.set(name, source)
    else this.#sources.delete(name)
    return heard
  }

  /** Another session of the same replica takes its place. */
  remove(present: Present): void {
    for (const source of this.#sources.values())
      for (const [key, other] of source.present) if (other === present) this.#drop(source, key)
  }

  /** Takes away what was not heard of since then. */
  expire(heardBefore: number): void {
    for (const [name, source] of this.#sources) {
      if (source.heardAt >= heardBefore && source.present.size > 0) continue
      for (const key of source.present.keys()) this.#drop(source, key)
      this.#sources.delete(name)
    }
  }

  /** False for what follows on something that was not heard. */
  #take(source: Source, entry: ForeignEntry, kind: 'news' | 'repeated'): boolean {
    const { maxCursorBytes } = this.#host
    const known = source.present.get(entry.key)
    switch (entry.kind) {
      case 'left':
        this.#drop(source, entry.key)
        return true
      case 'hidden':
        if (known !== undefined) moveCursor(known, null)
        return known !== undefined
      case 'cursor': {
        const cursor = readCursor(entry.cursor, maxCursorBytes)
        if (known !== undefined && cursor !== null) moveCursor(known, cursor)
        return known !== undefined
      }
      case 'full':
        this.#takeFull(source, entry, kind)
        return true
    }
  }

  #takeFull(source: Source, entry: Extract<ForeignEntry, { kind: 'full' }>, kind: 'news' | 'repeated'): void {
    const { key, user, replicaId, clientId } = entry
    const shown = readShown(entry, this.#host.maxCursorBytes)
    if (shown === null || user.id === '') return
    const before = source.present.get(key)
    const known = before?.user.id === user.id && before.replicaId === replicaId ? before : null
    if (before !== undefined && known === null) this.#drop(source, key)
    if (known === null && this.#size >= MAX_FOREIGN) return
    const present = known ?? { key: this.#host.newKey(), user: { ...user }, replicaId, ...shown, news: 'full' }
    if (!this.#host.admits(present, clientId, kind)) return this.#drop(source, key)
    show(present, shown)
    if (known !== null) return
    source.present.set(key, present)
    this.#size += 1
  }

  #drop(source: Source, key: number): void {
    const present = source.present.get(key)
    if (present === undefined) return
    source.present.delete(key)
    this.#size -= 1
    this.#host.left(present)
  }
}
