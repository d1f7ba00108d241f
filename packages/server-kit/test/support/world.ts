import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import {
  CONTENT_ROOT,
  DEFAULT_SCHEMA_ID,
  PROTOCOL_VERSION,
  decodeServerFrame,
  encodeClientFrame,
  inspectUpdate,
} from '@sheaf/protocol'
import type { ClientFrame, Role, ServerFrame, ServerFrames, StatePart } from '@sheaf/protocol'
import * as Y from 'yjs'
import { contentOf } from '../../src/content/fragment.ts'
import { createInlineDocumentThread } from '../../src/document/document-thread.ts'
import type { DocumentThread } from '../../src/document/document-thread.ts'
import { SheafServerError } from '../../src/errors.ts'
import { DEFAULT_LIMITS } from '../../src/limits.ts'
import type { Limits } from '../../src/limits.ts'
import type { LogFacts } from '../../src/metrics.ts'
import { createRooms } from '../../src/rooms.ts'
import type { Connection, Rooms, SessionAccess, SessionEnd } from '../../src/rooms.ts'
import { createMemoryStores } from '../../src/testing/memory-stores.ts'
import type { MemoryStores } from '../../src/testing/memory-stores.ts'
import { FakeClock } from './fake-clock.ts'

export const DOC = 'document-1'

export interface WorldOptions {
  readonly limits?: Partial<Limits>
  readonly stores?: MemoryStores
  readonly clock?: FakeClock
  readonly thread?: DocumentThread
  readonly serverId?: string
  /** The people of another server, where both serve the same. */
  readonly people?: Pick<World, 'roles' | 'ended' | 'expiry'>
}

/** One server in memory: injected time, stores with faults, people with roles. */
export class World {
  readonly clock: FakeClock
  readonly stores: MemoryStores
  readonly rooms: Rooms
  readonly limits: Limits
  readonly access: { -readonly [Name in keyof SessionAccess]: SessionAccess[Name] }
  /** By `documentId/userId`. */
  readonly roles: Map<string, Role>
  readonly expiry: Map<string, number>
  /** Log-ins that have ended, as `user:family`. */
  readonly ended: Set<string>
  /** How often somebody's role was looked up. */
  lookups = 0
  readonly counts = new Map<string, number>()
  readonly alarms: (LogFacts & { readonly message: string })[] = []
  accessDown = false
  /** Answers of `authorize` wait for this. */
  authorizeGate: Promise<void> = Promise.resolve()
  /** Answers of `authenticate` wait for this. */
  authenticateGate: Promise<void> | null = null
  #random = 0

  constructor(options: WorldOptions = {}) {
    this.clock = options.clock ?? new FakeClock()
    this.stores = options.stores ?? createMemoryStores()
    this.limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.roles = options.people?.roles ?? new Map()
    this.expiry = options.people?.expiry ?? new Map()
    this.ended = options.people?.ended ?? new Set()
    this.access = {
      authenticate: async (token) => {
        if (this.accessDown) throw new SheafServerError('unavailable')
        const [kind, id, family = null] = token.split(':')
        if (kind !== 'token' || id === undefined) throw new SheafServerError('unauthenticated')
        if (this.authenticateGate !== null) await this.authenticateGate
        return { principal: { id, name: `Name of ${id}` }, expiresAt: this.expiry.get(token) ?? null, family }
      },
      authorize: async ({ id }, documentId) => {
        this.lookups += 1
        if (this.accessDown) throw new SheafServerError('unavailable')
        const role = this.roles.get(`${documentId}/${id}`) ?? null
        await this.authorizeGate
        return role
      },
      hasEnded: async ({ userId, family }) => {
        if (this.accessDown) throw new SheafServerError('unavailable')
        return this.ended.has(`${userId}:${family}`)
      },
    }
    const log = (facts: LogFacts, message: string): void => void this.alarms.push({ ...facts, message })
    this.rooms = createRooms({
      stores: this.stores,
      clock: this.clock,
      access: this.access,
      thread: options.thread ?? createInlineDocumentThread(this.limits),
      limits: this.limits,
      log: { info: () => undefined, warn: () => undefined, error: log },
      metrics: {
        count: (name, by = 1) => void this.counts.set(name, (this.counts.get(name) ?? 0) + by),
        observe: () => undefined,
      },
      serverId: options.serverId ?? 'server-1',
      random: (length) => {
        this.#random += 1
        return createHash('sha256').update(`${options.serverId} ${this.#random}`).digest().subarray(0, length)
      },
    })
  }

  /** A document with an owner `ada`, an editor `bob` and a viewer `vic`. */
  async create(content?: unknown, schemaId = DEFAULT_SCHEMA_ID): Promise<void> {
    await this.rooms.createDocument({ id: DOC, title: 'Minutes', schemaId, content, createdBy: 'ada' })
    this.admit()
  }

  admit(): void {
    this.roles.set(`${DOC}/ada`, 'owner')
    this.roles.set(`${DOC}/bob`, 'editor')
    this.roles.set(`${DOC}/vic`, 'viewer')
  }

  /** Lets everything happen that is at hand, and time pass. */
  pass(ms = 0): Promise<void> {
    return this.clock.pass(ms)
  }

  connect(documentId = DOC): Wire {
    return new Wire(this, documentId)
  }

  /** A replica that has joined. */
  async join(user: string, options: Partial<Replica> = {}): Promise<Replica> {
    const replica = new Replica(this, user, options)
    replica.hello()
    await this.pass()
    return replica
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0
  }
}

/** One raw connection and what came out of it. */
export class Wire implements Connection {
  readonly remoteAddress = '127.0.0.1'
  readonly frames: ServerFrame[] = []
  /** How many frames each write held. */
  readonly writes: number[] = []
  /** The arrays as they were given. */
  readonly raw: (readonly Uint8Array[])[] = []
  closedWith: { code: number; reason: string } | null = null
  buffered = 0
  onFrame: (frame: ServerFrame) => void = () => undefined
  readonly world: World
  readonly #end: SessionEnd

  constructor(world: World, documentId: string) {
    this.world = world
    this.#end = world.rooms.connect(documentId, this)
  }

  send(frames: readonly Uint8Array[]): void {
    if (this.closedWith !== null) throw new Error('sent after the close')
    this.writes.push(frames.length)
    this.raw.push(frames)
    for (const bytes of frames) {
      const frame = decodeServerFrame(bytes.slice())
      this.frames.push(frame)
      this.onFrame(frame)
    }
  }

  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason }
  }

  bufferedBytes(): number {
    return this.buffered
  }

  say(frame: ClientFrame | Uint8Array): void {
    this.#end.receive(frame instanceof Uint8Array ? frame : encodeClientFrame(frame))
  }

  /** The pipe breaks. */
  cut(): void {
    this.closedWith ??= { code: 1006, reason: '' }
    this.#end.closed()
  }

  of<K extends ServerFrame['kind']>(kind: K): ServerFrames[K][] {
    return this.frames.filter((frame) => frame.kind === kind) as unknown as ServerFrames[K][]
  }
}

let replicas = 0

/** A small honest client: a Y.Doc, its operations, and what the server said. */
export class Replica {
  readonly user: string
  readonly world: World
  readonly ydoc: Y.Doc
  replicaId: string
  schemaId = DEFAULT_SCHEMA_ID
  lastSeq = 0
  counter = 0
  committed = 0
  wire: Wire
  /** What was sent and is not committed. */
  unsettled: ClientFrame[] = []
  rejected: ServerFrames['rejected'][] = []
  #pending: Uint8Array[] = []

  constructor(world: World, user: string, options: Partial<Replica> = {}) {
    replicas += 1
    this.world = world
    this.user = user
    this.replicaId = createHash('sha256').update(`replica ${replicas}`).digest('hex').slice(0, 32)
    this.ydoc = new Y.Doc()
    this.ydoc.clientID = replicas
    if (options.replicaId !== undefined) this.replicaId = options.replicaId
    if (options.schemaId !== undefined) this.schemaId = options.schemaId
    if (options.lastSeq !== undefined) this.lastSeq = options.lastSeq
    this.wire = world.connect()
    this.wire.onFrame = (frame) => this.#hear(frame)
    this.ydoc.on('updateV2', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (transaction.local) this.#pending.push(update)
    })
  }

  hello(token = `token:${this.user}`): void {
    this.wire.say({
      kind: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      token,
      replicaId: this.replicaId,
      lastSeq: this.lastSeq,
      stateVector: new Uint8Array(),
      schemaId: this.schemaId,
    })
  }

  /** Connects again, and sends what is not committed once it is welcome. */
  async reconnect(world: World = this.world): Promise<void> {
    this.wire.cut()
    this.wire = world.connect()
    this.wire.onFrame = (frame) => this.#hear(frame)
    this.hello()
    await world.pass()
    for (const frame of this.unsettled) this.wire.say(frame)
    await world.pass()
  }

  get fragment(): Y.XmlFragment {
    return this.ydoc.getXmlFragment(CONTENT_ROOT)
  }

  /** Makes one operation out of a change, and sends it unless told otherwise. */
  edit(change: (fragment: Y.XmlFragment) => void, send = true): ClientFrame {
    const frame = this.tryEdit(change, send)
    if (frame === null) throw new Error('the change changed nothing')
    return frame
  }

  /** The same for a change that may turn out to change nothing. */
  tryEdit(change: (fragment: Y.XmlFragment) => void, send = true): ClientFrame | null {
    this.ydoc.transact(() => change(this.fragment))
    return this.flush(send)
  }

  /** Sends what Yjs changed by itself: it removes redundant format marks after changes of others. */
  flush(send = true): ClientFrame | null {
    if (this.#pending.length === 0) return null
    const update = this.#pending.length === 1 ? (this.#pending[0] as Uint8Array) : Y.mergeUpdatesV2(this.#pending)
    this.#pending = []
    const frame = operationFrame(++this.counter, this.lastSeq, update)
    this.unsettled.push(frame)
    if (send) this.wire.say(frame)
    return frame
  }

  /** Appends a paragraph. */
  write(text: string, send = true): ClientFrame {
    return this.edit((fragment) => {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(text)])
      fragment.insert(fragment.length, [paragraph])
    }, send)
  }

  get text(): string {
    return JSON.stringify(contentOf(this.fragment))
  }

  #hear(frame: ServerFrame): void {
    switch (frame.kind) {
      case 'state':
        for (const part of frame.parts) Y.applyUpdateV2(this.ydoc, updateOf(part))
        this.lastSeq = frame.seq
        return
      case 'operation':
        if (frame.seq !== this.lastSeq + 1) throw new Error(`seq ${frame.seq} after ${this.lastSeq}`)
        this.lastSeq = frame.seq
        Y.applyUpdateV2(this.ydoc, frame.update)
        return
      case 'welcome':
        this.#settle(frame.committedCounter)
        return
      case 'committed': {
        const added = frame.counter - this.committed
        if (added > 0) {
          if (frame.seq - added !== this.lastSeq) throw new Error(`committed up to ${frame.seq} after ${this.lastSeq}`)
          this.lastSeq = frame.seq
        }
        this.#settle(frame.counter)
        return
      }
      case 'rejected':
        this.rejected.push(frame)
        return
      default:
    }
  }

  #settle(counter: number): void {
    this.committed = Math.max(this.committed, counter)
    this.unsettled = this.unsettled.filter((frame) => frame.kind !== 'operation' || frame.counter > this.committed)
  }
}

export function operationFrame(counter: number, baseSeq: number, update: Uint8Array): ClientFrame {
  const inspection = inspectUpdate(update, DEFAULT_LIMITS.update)
  const versionVector = inspection.status === 'sound' ? inspection.facts.versionVector : []
  return { kind: 'operation', counter, baseSeq, versionVector, update }
}

export const updateOf = ({ encoding, update }: StatePart): Uint8Array =>
  encoding === 'deflate' ? inflateRawSync(update) : update

/** The document that a fresh client is sent. */
export async function freshText(world: World): Promise<string> {
  const fresh = await world.join('ada')
  const { text } = fresh
  fresh.wire.cut()
  return text
}

export const paragraph = (text: string): unknown => ({ type: 'paragraph', content: [{ type: 'text', text }] })
export const docOf = (...texts: string[]): unknown => ({ type: 'doc', content: texts.map(paragraph) })
