import { decodePresenceEntries, encodePresencePatch, MAX_PRESENCE_DATA_BYTES } from '@sheaf/protocol'
import type { PresenceCursor, PresenceEntry, PresencePatch, Principal } from '@sheaf/protocol'
import { Awareness, removeAwarenessStates } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { SheafError } from './errors.ts'
import type { Runtime, Timer } from './runtime.ts'

/** Whom the server says a presence belongs to. */
export interface PresenceUser {
  readonly id: string
  readonly name: string
  /** `#rrggbb`, computed on this device from the id: nobody else can choose it. */
  readonly color: string
}

/** What `document.awareness` holds for each session. Cursor ends are Yjs relative positions as JSON. */
export interface PresenceState {
  readonly user?: PresenceUser
  readonly cursor?: { readonly anchor: unknown; readonly head: unknown } | null
  readonly data?: unknown
}

// Each has a contrast of at least 4.5 to 1 against white, for the name that is written on it.
const PALETTE = [
  '#b4236b', '#8f3fb0', '#5b4bc4', '#1f63c4', '#0b6f8a', '#0b7360',
  '#2c7431', '#5d6b12', '#8a5a00', '#a8480f', '#b3302b', '#5a6472',
] as const // prettier-ignore

function preferredIndex(userId: string): number {
  let hash = 2_166_136_261
  for (const char of userId) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619)
  return (hash >>> 0) % PALETTE.length
}

const colorAt = (index: number): string => PALETTE[index % PALETTE.length] ?? PALETTE[0]

/**
 * The colour that a user has where nobody else who is here has it too, the same on every device. `#rrggbb`. The colour that
 * is shown is that of the presence state.
 */
export const presenceColor = (userId: string): string => colorAt(preferredIndex(userId))

/**
 * The colours of those who are here, no two alike where the palette is large enough; on every screen the same, whoever came
 * first. The first by id has the colour that several prefer, the others take the next free ones.
 */
export function presenceColors(userIds: Iterable<string>): ReadonlyMap<string, string> {
  const ids = [...new Set(userIds)]
  if (ids.length > PALETTE.length) return new Map(ids.map((id) => [id, presenceColor(id)]))
  const taken = new Map<number, string>()
  const second: string[] = []
  for (const id of ids.sort()) {
    const index = preferredIndex(id)
    if (taken.has(index)) second.push(id)
    else taken.set(index, id)
  }
  for (const id of second) {
    let index = preferredIndex(id)
    while (taken.has(index % PALETTE.length)) index += 1
    taken.set(index % PALETTE.length, id)
  }
  return new Map([...taken].map(([index, id]) => [id, colorAt(index)]))
}

const MAX_NAME_LENGTH = 80
const REMOTE = { sheaf: 'presence' }

const userOf = ({ id, name }: Principal): PresenceUser => ({
  id,
  // Control characters and direction marks can disguise a name.
  name: name.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, MAX_NAME_LENGTH) || 'Anonymous',
  color: presenceColor(id),
})

function encodePosition(position: unknown): Uint8Array {
  return Y.encodeRelativePosition(Y.createRelativePositionFromJSON(position))
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/** The cursor as it goes over the wire; null where there is none, or none that can be understood. */
function encodeCursor(cursor: unknown): PresenceCursor | null {
  if (typeof cursor !== 'object' || cursor === null || !('anchor' in cursor) || !('head' in cursor)) return null
  try {
    const anchor = encodePosition(cursor.anchor)
    const head = encodePosition(cursor.head)
    return { anchor, head: sameBytes(anchor, head) ? new Uint8Array(0) : head }
  } catch {
    // An application may put anything into its own awareness state; what is no cursor is not sent.
    return null
  }
}

function decodeCursor({ anchor, head }: PresenceCursor): PresenceState['cursor'] {
  try {
    const position = (bytes: Uint8Array): unknown => Y.relativePositionToJSON(Y.decodeRelativePosition(bytes))
    const start = position(anchor)
    return { anchor: start, head: head.length === 0 ? start : position(head) }
  } catch {
    // Somebody else's bytes: without a cursor they are still here.
    return null
  }
}

function decodeData(json: string): unknown {
  try {
    return JSON.parse(json, (key, value: unknown) => (key === '__proto__' ? undefined : value))
  } catch {
    return undefined
  }
}

const sameCursor = (a: PresenceCursor | null, b: PresenceCursor | null): boolean =>
  a === b || (a !== null && b !== null && sameBytes(a.anchor, b.anchor) && sameBytes(a.head, b.head))

interface Told {
  readonly cursor: PresenceCursor | null
  readonly data: string | null
}

export interface PresenceOptions {
  readonly ydoc: Y.Doc
  readonly runtime: Runtime
  /** Puts off the work to where the screen is drawn. */
  readonly schedule: (work: () => void) => void
  readonly send: (patch: Uint8Array) => boolean
}

/** Who is here and where: awareness on this side, patches on the wire. It is never kept and never in the outbox. */
export class Presence {
  readonly awareness: Awareness
  readonly #options: PresenceOptions
  readonly #clientByKey = new Map<number, number>()
  #told: Told | null = null
  #intervalMs: number | null = null
  #lastSent = -Infinity
  #timer: Timer | null = null
  #entries: PresenceEntry[] = []

  constructor(options: PresenceOptions) {
    this.#options = options
    this.awareness = quietAwareness(options.ydoc)
    this.awareness.on('change', (_change: unknown, origin: unknown) => {
      if (origin === 'local') this.#tellSoon()
    })
  }

  /** Replaces the application's own data. @throws {SheafError} `invalid-option` where it is no JSON or more than 1 KB. */
  setData(data: unknown): void {
    if (data !== null && encodeData(data) === null)
      throw new SheafError('invalid-option', {
        message: `Presence data must be JSON of at most ${MAX_PRESENCE_DATA_BYTES} bytes.`,
      })
    this.awareness.setLocalStateField('data', data)
  }

  welcomed(principal: Principal, intervalMs: number): void {
    this.awareness.setLocalStateField('user', userOf(principal))
    this.#forgetOthers()
    this.#told = null
    this.#intervalMs = intervalMs
  }

  /** The session takes frames now: everything is told anew. */
  attached(): void {
    this.#tellSoon()
  }

  disconnected(): void {
    this.#intervalMs = null
    this.#timer?.cancel()
    this.#timer = null
    this.#forgetOthers()
  }

  received(entries: Uint8Array): void {
    const first = this.#entries.length === 0
    this.#entries.push(...decodePresenceEntries(entries))
    if (first) this.#options.schedule(() => this.#apply())
  }

  destroy(): void {
    this.disconnected()
    this.awareness.destroy()
  }

  #tellSoon(): void {
    if (this.#intervalMs === null || this.#timer !== null) return
    const { clock } = this.#options.runtime
    // No longer than the interval: the clock may have been set back since.
    const delay = Math.min(this.#intervalMs, Math.max(0, this.#lastSent + this.#intervalMs - clock.now()))
    this.#timer = clock.after(delay, () => {
      this.#timer = null
      this.#tell()
    })
  }

  #tell(): void {
    const state = this.awareness.getLocalState() as PresenceState | null
    const next: Told = { cursor: encodeCursor(state?.cursor), data: encodeData(state?.data ?? null) }
    const patch = this.#patchTo(next)
    if (patch === null || !this.#options.send(encodePresencePatch(patch))) return
    this.#told = next
    this.#lastSent = this.#options.runtime.clock.now()
  }

  #patchTo(next: Told): PresencePatch | null {
    const told = this.#told
    if (told === null || told.data !== next.data)
      return { kind: 'full', clientId: this.awareness.clientID, cursor: next.cursor, data: next.data }
    if (sameCursor(told.cursor, next.cursor)) return null
    return next.cursor === null ? { kind: 'hidden' } : { kind: 'cursor', cursor: next.cursor }
  }

  #apply(): void {
    const { states } = this.awareness
    const entries = this.#entries
    this.#entries = []
    const added = new Set<number>()
    const updated = new Set<number>()
    const left: number[] = []
    for (const entry of entries) {
      const clientId = entry.kind === 'full' ? this.#introduce(entry) : this.#clientByKey.get(entry.key)
      if (clientId === undefined) continue
      if (entry.kind === 'left') {
        this.#clientByKey.delete(entry.key)
        left.push(clientId)
        continue
      }
      const known = states.get(clientId)
      if (known === undefined) added.add(clientId)
      else if (!added.has(clientId)) updated.add(clientId)
      this.#put(clientId, stateAfter(known as PresenceState | undefined, entry))
    }
    // Who came back in the same moment, in a new session, is still here.
    const here = new Set(this.#clientByKey.values())
    const gone = left.filter((clientId) => !here.has(clientId))
    if (entries.some(({ kind }) => kind === 'full' || kind === 'left'))
      for (const clientId of this.#recolor(new Set(gone))) if (!added.has(clientId)) updated.add(clientId)
    if (added.size + updated.size > 0) {
      const change = { added: [...added], updated: [...updated], removed: [] }
      this.awareness.emit('change', [change, REMOTE])
      this.awareness.emit('update', [change, REMOTE])
    }
    removeAwarenessStates(this.awareness, gone, REMOTE)
  }

  #put(clientId: number, state: PresenceState): void {
    const clock = (this.awareness.meta.get(clientId)?.clock ?? 0) + 1
    this.awareness.states.set(clientId, state as Record<string, unknown>)
    this.awareness.meta.set(clientId, { clock, lastUpdated: this.#options.runtime.clock.now() })
  }

  /** Gives everybody who stays a colour of their own. Returns whose has changed. */
  #recolor(gone: ReadonlySet<number>): readonly number[] {
    const here = [...(this.awareness.states as Map<number, PresenceState>)].flatMap(([clientId, state]) => {
      // One's own state is the application's to write, whatever the types say.
      const isPerson = typeof state.user?.id === 'string' && !gone.has(clientId)
      return isPerson ? [{ clientId, state, user: state.user }] : []
    })
    const colors = presenceColors(here.map(({ user }) => user.id))
    return here.flatMap(({ clientId, state, user }) => {
      const color = colors.get(user.id) ?? user.color
      if (color === user.color) return []
      this.#put(clientId, { ...state, user: { ...user, color } })
      return [clientId]
    })
  }

  /** The client id that an entry speaks for; nothing where it claims to be this very document. */
  #introduce(entry: Extract<PresenceEntry, { kind: 'full' }>): number | undefined {
    if (entry.clientId === this.awareness.clientID || entry.clientId > 0xff_ff_ff_ff) return undefined
    const before = this.#clientByKey.get(entry.key)
    if (before !== undefined && before !== entry.clientId) removeAwarenessStates(this.awareness, [before], REMOTE)
    this.#clientByKey.set(entry.key, entry.clientId)
    return entry.clientId
  }

  #forgetOthers(): void {
    this.#entries = []
    this.#clientByKey.clear()
    const others = [...this.awareness.states.keys()].filter((clientId) => clientId !== this.awareness.clientID)
    removeAwarenessStates(this.awareness, others, REMOTE)
  }
}

function stateAfter(known: PresenceState | undefined, entry: Exclude<PresenceEntry, { kind: 'left' }>): PresenceState {
  if (entry.kind === 'cursor') return { ...known, cursor: decodeCursor(entry.cursor) ?? null }
  if (entry.kind === 'hidden') return { ...known, cursor: null }
  return {
    user: userOf(entry.user),
    cursor: entry.cursor === null ? null : (decodeCursor(entry.cursor) ?? null),
    ...(entry.data === null ? {} : { data: decodeData(entry.data) }),
  }
}

/** The data as it goes over the wire; nothing where it is none, no JSON, or too large. */
function encodeData(data: unknown): string | null {
  const json = data === null ? undefined : (JSON.stringify(data) as string | undefined)
  return json === undefined || new TextEncoder().encode(json).length > MAX_PRESENCE_DATA_BYTES ? null : json
}

/** Without the timer of y-protocols that drops whoever was silent for 30 s: here the server says who has left. */
function quietAwareness(ydoc: Y.Doc): Awareness {
  const awareness = new Awareness(ydoc)
  stopInterval(awareness._checkInterval)
  return awareness
}

function stopInterval(interval: unknown): void {
  // oxlint-disable-next-line no-restricted-globals -- it was started by y-protocols, not through the clock
  clearInterval(interval as number)
}
