import { mayEdit } from '@sheaf/protocol'
import type { Role, ServerFrames } from '@sheaf/protocol'
import * as Y from 'yjs'
import type { BatchingPolicy } from './batcher.ts'
import type { ReplicaClaim } from './device/replica-claim.ts'
import type { KnownState } from './device/store.ts'
import type { SheafErrorCode } from './errors.ts'
import { DEVICE_ORIGIN, Inbox } from './inbox.ts'
import { changedLength, versionVectorOf } from './merge.ts'
import { Presence } from './presence.ts'
import { CLOSED_GATE, Replica } from './replica.ts'
import type { Gate } from './replica.ts'
import type { Runtime } from './runtime.ts'
import { Session } from './session.ts'
import type { DocumentFrame, SessionOptions } from './session.ts'
import type { SessionState } from './session-state.ts'

const NOTHING = new Uint8Array(0)

/** What a document is told of the work on it. */
export interface CollaborationListener {
  /** Something that can be seen has changed. */
  changed(): void
  /** The committed content has changed, or everything is committed now. */
  contentChanged(): void
  welcomed(principalId: string): void
  live(): void
  /** The session is over for good. */
  ended(error: SheafErrorCode | null): void
  /** The device fails, or works again. */
  journalProblem(): void
}

export interface CollaborationOptions {
  readonly ydoc: Y.Doc
  readonly documentId: string
  readonly replicaId: string
  readonly runtime: Runtime
  readonly batching: BatchingPolicy
  readonly schemaId: string
  /** Whether the device store outlives this page or process. */
  readonly lasting: boolean
  readonly session: Pick<SessionOptions, 'url' | 'token' | 'webSocket'>
  readonly listener: CollaborationListener
}

/** Keeps one Y.Doc equal to everybody else's: joins the replica, which sends, the inbox, which receives, and the session. */
export class Collaboration {
  readonly replica: Replica
  readonly presence: Presence
  readonly session: Session
  readonly #inbox: Inbox
  readonly #options: CollaborationOptions
  readonly #ownClients = new Set<number>()
  #principalId: string | null = null
  #limits: Gate = CLOSED_GATE
  #role: Role | null = null
  #schemaId = ''
  #loaded = false
  #wasLive = false
  #askedForAll = false
  #cause: unknown

  constructor(options: CollaborationOptions) {
    const { ydoc, runtime, batching, listener } = options
    const { clock } = runtime
    const schedule = batching === 'immediate' ? clock.microtask : clock.frame
    this.#options = options
    this.replica = new Replica({
      clock,
      batching,
      replicaId: options.replicaId,
      lasting: options.lasting,
      baseSeq: () => this.#inbox.appliedSeq,
      send: ({ counter, baseSeq, versionVector, update }) =>
        this.session.send({ kind: 'operation', counter, baseSeq, versionVector, update }),
      onChanged: () => listener.changed(),
      onJournalProblem: () => listener.journalProblem(),
    })
    this.presence = new Presence({
      ydoc,
      runtime,
      schedule,
      send: (patch) => this.session.state.kind === 'live' && this.session.send({ kind: 'presence', patch }),
    })
    this.#inbox = new Inbox({
      ydoc,
      schedule,
      onGap: () => this.session.dispatch({ kind: 'gap' }),
      onApplied: () => this.#applied(),
      onFailed: (cause) => this.#fail('document-damaged', cause),
    })
    this.session = new Session({
      ...options.session,
      runtime,
      owner: {
        hello: () => ({ replicaId: this.replica.id, schemaId: options.schemaId, ...this.#position() }),
        sync: () => ({ ...this.#position(), ...(this.#askedForAll ? { lastSeq: 0 } : {}) }),
        welcomed: (frame) => this.#welcomed(frame),
        stateArrived: (seq, updates) => this.#stateArrived(seq, updates),
        received: (frame) => this.#received(frame),
        changed: (state, before) => this.#sessionChanged(state, before),
      },
    })
    ydoc.on('updateV2', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (!transaction.local) return
      this.#ownClients.add(ydoc.clientID)
      this.replica.edited(update, changedLength(transaction))
    })
  }

  /** Who was welcomed last, here or by another document of this device; null where nobody knows. */
  get principalId(): string | null {
    return this.#principalId
  }

  get role(): Role | null {
    return this.#role
  }

  /** True once there is content to show. */
  get loaded(): boolean {
    return this.#loaded
  }

  get wasLive(): boolean {
    return this.#wasLive
  }

  /** Why the session failed, where more is known than a code. */
  get cause(): unknown {
    return this.#cause
  }

  get schemaDiffers(): boolean {
    const { schemaId } = this.#options
    return this.#schemaId !== '' && schemaId !== '' && this.#schemaId !== schemaId
  }

  /** Whether edits of this replica were written under this client id of Yjs: in this visit, or in one that left them unsent. */
  isOwn(clientId: number): boolean {
    return this.#ownClients.has(clientId)
  }

  /** Until the returned function is called, what others write is taken in but not applied. */
  pauseRemote(): () => void {
    return this.#inbox.pause()
  }

  resumeRemote(): void {
    this.#inbox.resume()
  }

  /** Takes up what the device has, before the session starts. */
  recover({ replicaId, journal, user, store, problem }: ReplicaClaim, state: KnownState | null): void {
    // What somebody else was shown on this device is not for whoever uses it now.
    const mayShow = user === null || (state?.reader?.principalId ?? user) === user
    if (state !== null && mayShow) {
      this.#role = state.reader?.role ?? null
      this.#schemaId = state.schemaId
      this.#inbox.state(state.lastSeq, [state.update], DEVICE_ORIGIN)
      this.#loaded = true
    }
    this.#principalId = journal?.principalId ?? user
    if (this.#principalId !== null) this.replica.belongsTo(this.#principalId)
    this.replica.open(store, this.#options.documentId, replicaId, journal)
    if (problem !== null) this.replica.journalFailed(problem.cause)
    if (journal === null) return
    const left = [...journal.operations, ...journal.updates].map(({ update }) => update)
    for (const [client] of left.flatMap(versionVectorOf)) this.#ownClients.add(client)
    this.#inbox.state(0, left, DEVICE_ORIGIN)
  }

  /** What the device may keep: committed content only, since edits of its own are the journal's. Null where there is none. */
  committedState(): KnownState | null {
    if (!this.#loaded || this.#isIncomplete() || this.replica.unsaved > 0) return null
    return {
      update: Y.encodeStateAsUpdateV2(this.#options.ydoc),
      lastSeq: this.#inbox.appliedSeq,
      schemaId: this.#schemaId,
      ...(this.#principalId === null || this.#role === null
        ? {}
        : { reader: { principalId: this.#principalId, role: this.#role } }),
    }
  }

  #position(): { lastSeq: number; stateVector: Uint8Array } {
    const { ydoc } = this.#options
    const empty = ydoc.store.clients.size === 0
    return { lastSeq: this.#inbox.appliedSeq, stateVector: empty ? NOTHING : Y.encodeStateVector(ydoc) }
  }

  #isIncomplete(): boolean {
    const { pendingStructs, pendingDs } = this.#options.ydoc.store
    return pendingStructs !== null || pendingDs !== null
  }

  #welcomed(frame: ServerFrames['welcome']): void {
    const { listener } = this.#options
    const { id } = frame.principal
    listener.welcomed(id)
    // What somebody else wrote on this device is not sent in this one's name, and this one's edits would stand on it.
    if (this.replica.unsaved > 0 && this.#principalId !== null && this.#principalId !== id)
      return this.#fail('other-user')
    // It was restored from a backup. What is written on what it lacks could never be committed.
    if (frame.seq < this.#inbox.arrivedSeq) return this.#fail('server-behind')
    this.#principalId = id
    this.replica.belongsTo(id)
    this.#limits = frame.limits
    this.#role = frame.role
    this.#schemaId = frame.schemaId
    this.#askedForAll = false
    this.#inbox.hold()
    this.replica.welcomed(frame.committedCounter)
    this.presence.welcomed(frame.principal, frame.limits.presenceIntervalMs)
    listener.changed()
  }

  #stateArrived(seq: number, updates: readonly Uint8Array[]): void {
    const { listener } = this.#options
    this.#inbox.state(seq, updates)
    this.#loaded = true
    listener.contentChanged()
    listener.changed()
    this.#askForAll()
  }

  #applied(): void {
    this.#options.listener.contentChanged()
    // A state that had to wait has shown only now whether it is whole.
    if (this.session.state.kind === 'live') this.#askForAll()
  }

  /** What was kept and what came do not fit together: everything is asked for, once in a session. */
  #askForAll(): void {
    if (!this.#isIncomplete() || this.#askedForAll) return
    this.#askedForAll = true
    // The session takes the state for taken in only after this call.
    this.#options.runtime.clock.microtask(() => this.session.dispatch({ kind: 'gap' }))
  }

  #received(frame: DocumentFrame): void {
    switch (frame.kind) {
      case 'operation':
        return this.#inbox.operation(frame.seq, frame.update)
      case 'received':
        return this.replica.received(frame.counter)
      case 'committed':
        return this.#committed(frame)
      case 'rejected':
        return this.replica.rejected(frame.counter, frame.code, frame.message)
      case 'presence':
        return this.presence.received(frame.entries)
      case 'access':
        return this.#accessChanged(frame.role)
      case 'versionCreated':
        return
    }
  }

  #committed({ counter, seq }: ServerFrames['committed']): void {
    const added = this.replica.committed(counter, seq)
    if (added > 0) this.#inbox.ownCommitted(seq - added + 1, seq)
    if (this.replica.unsaved === 0) this.#options.listener.contentChanged()
  }

  #accessChanged(role: Role | null): void {
    this.#role = role
    if (mayEdit(role)) this.replica.allowed()
    this.#setGate()
    this.#options.listener.contentChanged()
    this.#options.listener.changed()
  }

  #setGate(): void {
    const open = this.session.state.kind === 'live' && mayEdit(this.#role) && !this.schemaDiffers
    if (open) this.replica.openGate(this.#limits)
    else this.replica.closeGate()
  }

  #sessionChanged(state: SessionState, before: SessionState): void {
    const { listener } = this.#options
    if (before.kind === 'live' && state.kind !== 'live') {
      this.#inbox.disconnected()
      this.replica.disconnected()
      this.presence.disconnected()
    }
    if (before.kind !== 'live' && state.kind === 'live') {
      this.#wasLive = true
      if (mayEdit(this.#role)) this.replica.allowed()
      this.#setGate()
      this.presence.attached()
      listener.live()
    }
    if (state.kind === 'closed') listener.ended(state.error)
    listener.changed()
  }

  #fail(error: SheafErrorCode, cause?: unknown): void {
    this.#cause = cause
    this.session.dispatch({ kind: 'failed', error })
  }
}
