import { encodeServerFrame } from '@sheaf/protocol'
import type { ServerFrame } from '@sheaf/protocol'
import type { Clock } from './clock.ts'
import type { Connection, SessionAccess, SessionEnd } from './sessions/connection.ts'
import type { ContentFormat, Rendered } from './content/content.ts'
import type { DocumentThread } from './document/document-thread.ts'
import { Downstream } from './feed/downstream.ts'
import { SheafServerError } from './errors.ts'
import { createIdentifiers } from './identifiers.ts'
import type { Identifiers } from './identifiers.ts'
import type { Limits } from './limits.ts'
import { Lookout } from './sessions/lookout.ts'
import { reasonOf } from './metrics.ts'
import type { Log, Metrics } from './metrics.ts'
import type { ControlMessage, DocumentRecord, Stores, VersionRecord } from './ports.ts'
import { recover } from './recovery.ts'
import { Room } from './room.ts'
import { seedDocument } from './writing/seeding.ts'
import { ServerWriter } from './writing/server-writer.ts'
import { Session } from './session.ts'
import type { SessionHost } from './session.ts'
import { decodeSnapshot } from './document/snapshot.ts'
import { Turn } from './writing/turn.ts'
import { createVersions } from './versions.ts'
import type { Versions } from './versions.ts'

export type { Connection, SessionAccess, SessionEnd } from './sessions/connection.ts'
export type { Versions } from './versions.ts'

export interface RoomsOptions {
  readonly stores: Stores
  readonly clock: Clock
  readonly access: SessionAccess
  readonly thread: DocumentThread
  readonly limits: Limits
  readonly log: Log
  readonly metrics: Metrics
  /** Owner of the locks that this process takes; another one for each process and start. */
  readonly serverId: string
  /** Random bytes: ids of sessions, of versions and of the server's own replica. */
  readonly random: (length: number) => Uint8Array
}

export interface RoomsStats {
  readonly rooms: number
  readonly sessions: number
  /** Operations that were accepted and are not durable yet. */
  readonly pendingOperations: number
  /** Operations of open documents that the materializer has not folded yet. */
  readonly unfoldedOperations: number
  /** Operations that are durable and not in the feed, where there is one. */
  readonly unpublishedOperations: number
  /** 1 while the feed does not take operations, else 0. */
  readonly feedShut: number
  readonly bytes: number
}

/** All open documents of this process. */
export interface Rooms {
  /** A connection to the document with this id was opened; it has said nothing yet. */
  connect(documentId: string, connection: Connection): SessionEnd
  /**
   * Makes a document durable, with its initial version. `content` is the JSON of a document from outside: it is checked,
   * and refused with `bad-content`. Nobody else ever seeds.
   */
  createDocument(document: {
    readonly id: string
    readonly title: string
    readonly schemaId: string
    readonly content: unknown
    readonly createdBy: string
  }): Promise<DocumentRecord>
  /** The committed content as of now. */
  content(documentId: string, format: ContentFormat): Promise<{ readonly seq: number; readonly rendered: Rendered }>
  readonly versions: Versions
  stats(): RoomsStats
  /** True while new connections are taken: false from the beginning of a drain. */
  accepting(): boolean
  /** Tells everybody, finishes what is queued, folds what is left, closes all sockets, gives the locks back. Idempotent. */
  drain(): Promise<void>
}

export const createRooms = (options: RoomsOptions): Rooms => new RoomRegistry(options)

interface Entry {
  readonly loading: Promise<Room>
  room: Room | null
  /** The document changed under the load: what was read counts for nothing. */
  stale: boolean
}

class RoomRegistry implements Rooms, SessionHost {
  readonly clock: Clock
  readonly turn: Turn
  readonly receipts: Turn
  readonly limits: Limits
  readonly access: SessionAccess
  readonly log: Log
  readonly metrics: Metrics
  readonly versions: Versions
  readonly #options: RoomsOptions
  readonly #ids: Identifiers
  readonly #downstream: Downstream
  /** In the order of their loading. */
  readonly #entries = new Map<string, Entry>()
  readonly #sessions = new Set<Session>()
  /** Those whose user is known, by that user. */
  readonly #sessionsOfUser = new Map<string, Set<Session>>()
  readonly #lookout: Lookout
  readonly #stopListening: (() => void)[]
  #loads = 0
  #sweeping = false
  #draining: Promise<void> | null = null

  constructor(options: RoomsOptions) {
    const { stores, thread, clock, limits, log, metrics } = options
    this.#options = options
    this.clock = clock
    this.limits = limits
    this.access = options.access
    this.log = log
    this.metrics = metrics
    this.turn = new Turn(clock)
    this.receipts = new Turn(clock, limits.receiptMs)
    this.#ids = createIdentifiers(options.random)
    this.#downstream = new Downstream({
      stores,
      thread,
      clock,
      limits,
      log,
      metrics,
      newId: () => this.#ids.next(),
      stored: (version, snapshot) => this.#versionStored(version, snapshot),
      chance: () => (options.random(1)[0] ?? 0) / 255,
      openDocuments: () => this.#openRooms(),
    })
    this.versions = createVersions({
      stores,
      thread,
      materializer: this.#downstream.materializer,
      writer: new ServerWriter(thread, limits, this.#ids),
      openRoom: (documentId) => this.openRoom(documentId),
      log,
      metrics,
    })
    this.#lookout = new Lookout({
      stores,
      access: options.access,
      limits,
      log,
      rooms: () => this.#openRooms(),
      sessions: () => this.#sessions,
      found: (message) => this.#hear(message),
    })
    this.#stopListening = [
      stores.fanOut.onAnnouncement((message) => this.#hear(message)),
      stores.fanOut.onReconnected(() => this.#lookout.reconnected(clock.now())),
    ]
  }

  // ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  connect(documentId: string, connection: Connection): SessionEnd {
    const session = new Session(documentId, connection, this)
    this.#sessions.add(session)
    this.#sweepLater()
    if (!this.accepting()) session.close('restart', 'the server restarts')
    return session
  }

  newSessionId(): string {
    return this.#ids.next()
  }

  admits(session: Session): boolean {
    const { id } = session.principal
    const others = this.#sessionsOfUser.get(id) ?? new Set()
    if (others.size >= this.limits.maxSessionsPerUser) return false
    this.#sessionsOfUser.set(id, others.add(session))
    return true
  }

  ended(session: Session): void {
    this.#sessions.delete(session)
    const { id } = session.principal
    const others = this.#sessionsOfUser.get(id)
    if (others?.delete(session) === true && others.size === 0) this.#sessionsOfUser.delete(id)
  }

  // ── rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async openRoom(documentId: string): Promise<Room> {
    const known = this.#entries.get(documentId)
    if (known !== undefined) return known.loading
    if (!this.accepting()) throw new SheafServerError('draining')
    const entry: Entry = { loading: this.#load(documentId, () => entry.stale), room: null, stale: false }
    this.#entries.set(documentId, entry)
    this.#sweepLater()
    try {
      entry.room = await entry.loading
      return entry.room
    } catch (error) {
      this.#entries.delete(documentId)
      throw error
    }
  }

  async #load(documentId: string, isStale: () => boolean): Promise<Room> {
    const { stores, clock, limits, log, metrics, serverId } = this.#options
    const startedAt = clock.now()
    let recovered = await recover(documentId, { stores, limits, log, metrics })
    while (isStale()) recovered = await recover(documentId, { stores, limits, log, metrics })
    const room = new Room(recovered, {
      stores,
      clock,
      turn: this.turn,
      limits,
      log,
      metrics,
      serverId,
      name: `${serverId}/${++this.#loads}`,
      publisher: this.#downstream.publisher,
      advanced: (id, operations) => this.#downstream.committed(id, operations),
      lost: (lost) => this.#take(lost),
    })
    await room.listen().catch((error: unknown) => {
      log.warn({ documentId, reason: reasonOf(error) }, 'other servers are not heard')
    })
    if (room.dropped) throw new SheafServerError('unavailable')
    this.#downstream.opened(room, recovered.tail.at(-1))
    metrics.observe('room_load_milliseconds', clock.now() - startedAt)
    return room
  }

  /** Takes a room out of the registry: whoever comes next loads it anew. */
  #take(room: Room): void {
    const { documentId } = room
    if (this.#entries.get(documentId)?.room === room) this.#entries.delete(documentId)
    this.#downstream.closed(documentId)
  }

  #dropDocument(documentId: string, reason: 'restart' | 'notFound', message: string): void {
    const entry = this.#entries.get(documentId)
    if (entry === undefined) return
    if (entry.room === null) {
      entry.stale = true
      return
    }
    this.#take(entry.room)
    entry.room.drop(reason, message)
  }

  // ── content ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async createDocument(document: Parameters<Rooms['createDocument']>[0]): Promise<DocumentRecord> {
    const { stores, thread, clock } = this.#options
    return seedDocument(document, { stores, thread, ids: this.#ids, now: clock.now() })
  }

  async content(documentId: string, format: ContentFormat): Promise<{ seq: number; rendered: Rendered }> {
    const { seq, parts } = (await this.openRoom(documentId)).committed()
    return { seq, rendered: await this.#options.thread.render(parts, format) }
  }

  #versionStored({ documentId, id }: VersionRecord, snapshot: Uint8Array): void {
    this.#entries.get(documentId)?.room?.swapSnapshot(decodeSnapshot(snapshot))
    this.#options.stores.fanOut
      .announce({ kind: 'version-created', documentId, versionId: id })
      .catch((error: unknown) => this.log.warn({ documentId, reason: reasonOf(error) }, 'a version was not announced'))
  }

  // ── what other parts and other servers say ───────────────────────────────────────────────────────────────────────

  #hear(message: ControlMessage): void {
    switch (message.kind) {
      case 'access':
        for (const session of this.#sessions)
          if (session.documentId === message.documentId) session.accessChanged(message.userId, message.role)
        return
      case 'sessions-ended':
        for (const session of this.#sessions) session.loginEnded(message.userId, message.family)
        return
      case 'document-deleted':
        this.#notify(message.documentId, { kind: 'documentDeleted' })
        return this.#dropDocument(message.documentId, 'notFound', 'the document was deleted')
      case 'version-created':
        this.#downstream.versionCreated(this.#entries.get(message.documentId)?.room, message.versionId)
        return this.#notify(message.documentId, { kind: 'versionCreated', versionId: message.versionId })
      case 'document-reset':
        return this.#dropDocument(message.documentId, 'restart', 'the document is loaded anew')
    }
  }

  #notify(documentId: string, frame: ServerFrame): void {
    this.#entries.get(documentId)?.room?.notify(encodeServerFrame(frame))
  }

  // ── looking after everything ─────────────────────────────────────────────────────────────────────────────────────

  #sweepLater(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    this.clock.after(this.limits.sweepMs, () => {
      this.#sweeping = false
      this.#sweep(this.clock.now())
      if (this.#entries.size > 0 || this.#sessions.size > 0 || this.#downstream.isBusy) this.#sweepLater()
    })
  }

  #sweep(now: number): void {
    for (const session of this.#sessions) session.sweep(now)
    this.#lookout.sweep(now)
    let bytes = 0
    for (const { room } of this.#entries.values()) {
      room?.sweep(now)
      bytes += room?.bytes ?? 0
    }
    let count = this.#entries.size
    for (const { room } of this.#entries.values()) {
      if (room === null || room.occupied || room.pending > 0) continue
      const tooMuch = count > this.limits.maxRooms || bytes > this.limits.maxRoomBytes
      if (!tooMuch && now - room.usedAt < this.limits.roomIdleMs) continue
      count -= 1
      bytes -= room.bytes
      void this.#unload(room)
    }
    this.#downstream.sweep(now, (documentId) => this.#entries.has(documentId))
  }

  async #unload(room: Room): Promise<void> {
    const { usedAt } = room
    await room.settle()
    // Somebody may have come in meanwhile.
    if (room.dropped || room.occupied || room.pending > 0 || room.usedAt !== usedAt) return
    this.#take(room)
    room.drop('restart', 'the room was unloaded')
  }

  stats(): RoomsStats {
    let [rooms, pendingOperations, bytes] = [0, 0, 0]
    for (const room of this.#openRooms()) {
      rooms += 1
      pendingOperations += room.pending
      bytes += room.bytes
    }
    return { rooms, sessions: this.#sessions.size, pendingOperations, ...this.#downstream.stats(), bytes }
  }

  #openRooms(): Room[] {
    return [...this.#entries.values()].flatMap(({ room }) => (room === null ? [] : [room]))
  }

  accepting(): boolean {
    return this.#draining === null
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain()
    return this.#draining
  }

  async #drain(): Promise<void> {
    const { reconnectInMs } = this.limits
    const rooms = (): Room[] => this.#openRooms()
    const notice = encodeServerFrame({ kind: 'draining', reconnectInMs })
    for (const room of rooms()) room.notify(notice)
    // What was accepted is finished before the sockets close, and what came in meanwhile after it.
    await this.#within(Promise.all(rooms().map((room) => room.settle())))
    for (const session of this.#sessions) session.close('restart', 'the server restarts')
    await this.#within(Promise.all(rooms().map((room) => room.settle())))
    // Other servers write these documents from now on, and need not wait for what is published and folded here.
    await this.#within(Promise.all(rooms().map((room) => room.giveLockBack())))
    await this.#within(this.#downstream.publisher?.close() ?? Promise.resolve())
    // The records tell what was published.
    await this.#within(Promise.all(rooms().map((room) => room.settle())))
    await this.#within(this.#downstream.materializer.settle())
    this.#downstream.stop()
    for (const stop of this.#stopListening) stop()
    await this.#within(Promise.all(rooms().map((room) => room.close())))
    this.#entries.clear()
  }

  async #within(work: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const cancel = this.clock.after(this.limits.drainMs, () => {
        this.log.warn({}, 'a step of the drain took too long and was left')
        resolve()
      })
      work.then(() => resolve(), reject).finally(cancel)
    })
  }
}
