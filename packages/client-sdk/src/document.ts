import { CONTENT_ROOT, mayEdit } from '@sheaf/protocol'
import type { Role, ServerFrames } from '@sheaf/protocol'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { BatchingPolicy } from './batcher.ts'
import { within } from './device/deadline.ts'
import { LastState } from './device/last-state.ts'
import { memoryDeviceStore } from './device/memory.ts'
import { claimReplica, newReplicaId } from './device/replica-claim.ts'
import type { ReplicaClaim, ReplicaClaims } from './device/replica-claim.ts'
import type { KnownState } from './device/store.ts'
import { SheafError } from './errors.ts'
import type { SheafErrorCode } from './errors.ts'
import { DEVICE_ORIGIN, Inbox } from './inbox.ts'
import { changedLength, mergeUpdates } from './merge.ts'
import { editsIn } from './outbox.ts'
import { Presence } from './presence.ts'
import { CLOSED_GATE, Replica } from './replica.ts'
import type { Gate } from './replica.ts'
import type { PageSignal, Runtime } from './runtime.ts'
import { Session } from './session.ts'
import type { DocumentFrame, SessionOptions } from './session.ts'
import type { SessionState } from './session-state.ts'
import { SnapshotFeed } from './snapshot-feed.ts'
import { blockedBy, snapshotOf } from './status.ts'
import type { DocumentFacts, DocumentSnapshot } from './status.ts'
import { Waiters } from './waiters.ts'

export interface CloseOptions {
  /** How long to wait for edits to be committed before the socket is closed. Milliseconds, 5,000 unless told. */
  readonly timeoutMs?: number
}

/** @internal */
export interface EndOptions extends CloseOptions {
  /** `forget`: unsent edits leave the device too. */
  readonly journal?: 'keep' | 'forget'
}

const CLOSE_TIMEOUT_MS = 5_000
const DEVICE_LIMIT_MS = 5_000
const mayStillSend: ReadonlySet<SessionState['kind']> = new Set(['connecting', 'authenticating', 'syncing', 'live'])
const FORGET_STATE_AFTER: ReadonlySet<SheafErrorCode> = new Set([
  'forbidden',
  'not-found',
  'document-deleted',
  'document-damaged',
])
const NOTHING = new Uint8Array(0)

export interface DocumentOptions {
  readonly id: string
  readonly runtime: Runtime
  readonly claims: ReplicaClaims
  /** The replica to go on with; otherwise one is adopted or made. */
  readonly claim?: ReplicaClaim
  /** Whether the device store outlives this page or process: only then is the content kept in it beside the journal. */
  readonly lasting: boolean
  readonly batching: BatchingPolicy
  readonly schemaId: string
  readonly session: Pick<SessionOptions, 'url' | 'token' | 'webSocket'>
  /** Called once, when the last holder has closed the document: it cannot be held any more, and is gone when `done` is. */
  readonly onEnding?: (done: Promise<void>) => void
  /** Called each time a session is live. */
  readonly onLive?: () => void
}

/**
 * One document that is open on this device: a Y.Doc that keeps itself equal to everybody else's, and a journal of what the
 * server does not have yet. Made by `client.open`.
 */
export class SheafDocument {
  readonly id: string
  /** Change it like any Y.Doc. Changes of local transactions are sent; updates that are applied to it are not. */
  readonly ydoc: Y.Doc = new Y.Doc()
  /** Undoes local edits only, and outlives every view. A view registers its origin with `addTrackedOrigin`. */
  readonly undoManager: Y.UndoManager

  readonly #options: DocumentOptions
  readonly #session: Session
  readonly #replica: Replica
  readonly #inbox: Inbox
  readonly #presence: Presence
  readonly #lastState: LastState
  readonly #feed: SnapshotFeed
  readonly #loadedWaiters = new Waiters()
  readonly #durableWaiters = new Waiters()
  readonly #started: Promise<void>
  #claim: ReplicaClaim | null = null
  #principalId: string | null = null
  #limits: Gate = CLOSED_GATE
  #role: Role | null = null
  #schemaId = ''
  #loaded = false
  #wasLive = false
  #recovered = 0
  #askedForAll = false
  #journalFailed = false
  #cause: unknown
  #holders = 0
  #ending: Promise<void> | null = null

  constructor(options: DocumentOptions) {
    const { runtime, batching } = options
    const { clock } = runtime
    const schedule = batching === 'immediate' ? clock.microtask : clock.frame
    this.#options = options
    this.#journalFailed = runtime.page.exists && !options.lasting
    this.id = options.id
    this.undoManager = new Y.UndoManager(this.ydoc.getXmlFragment(CONTENT_ROOT))
    this.#replica = new Replica({
      clock,
      batching,
      replicaId: options.claim?.replicaId ?? newReplicaId(runtime.random),
      baseSeq: () => this.#inbox.appliedSeq,
      send: ({ counter, baseSeq, versionVector, update }) =>
        this.#session.send({ kind: 'operation', counter, baseSeq, versionVector, update }),
      onChanged: () => this.#touch(),
      onJournalUnavailable: (cause) => this.#deviceFailed(cause),
    })
    this.#presence = new Presence({
      ydoc: this.ydoc,
      runtime,
      schedule,
      send: (patch) => this.#session.state.kind === 'live' && this.#session.send({ kind: 'presence', patch }),
    })
    this.#inbox = new Inbox({
      ydoc: this.ydoc,
      schedule,
      onGap: () => this.#session.dispatch({ kind: 'gap' }),
      onApplied: () => this.#lastState.touch(),
      onFailed: (cause) => this.#fail('document-damaged', cause),
    })
    this.#lastState = new LastState({
      store: options.claims.store,
      documentId: options.id,
      clock,
      current: () => this.#committedState(),
      onFailed: (cause) => this.#deviceFailed(cause),
    })
    this.#session = new Session({
      ...options.session,
      runtime,
      owner: {
        hello: () => ({ replicaId: this.#replica.id, schemaId: options.schemaId, ...this.#position() }),
        sync: () => ({ ...this.#position(), ...(this.#askedForAll ? { lastSeq: 0 } : {}) }),
        welcomed: (frame) => this.#welcomed(frame),
        stateArrived: (seq, updates) => this.#stateArrived(seq, updates),
        received: (frame) => this.#received(frame),
        changed: (state, before) => this.#sessionChanged(state, before),
      },
    })
    this.#feed = new SnapshotFeed(clock, () => snapshotOf(this.#facts()))
    this.ydoc.on('updateV2', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (transaction.local) this.#replica.edited(update, changedLength(transaction))
    })
    this.#started = this.#start()
  }

  /** y-protocols' awareness: cursors and who is here, filled from the server. Set `cursor` on the local state to tell yours. */
  get awareness(): Awareness {
    return this.#presence.awareness
  }

  /** Calls after every change of the snapshot, once for all changes of the running code. Returns the end of it. */
  subscribe(listener: () => void): () => void {
    return this.#feed.subscribe(listener)
  }

  /** The same object until something changes. */
  getSnapshot(): DocumentSnapshot {
    return this.#feed.get()
  }

  /** Resolves once there is content to show. Rejects with a {@link SheafError} where there will be none. */
  whenLoaded(): Promise<void> {
    const waiting = this.#loadedWaiters.wait()
    this.#touch()
    return waiting
  }

  /** Makes an operation of what is gathered now; resolves when it is on the device and, if there is a connection, sent. */
  async flush(): Promise<void> {
    await this.#started
    await this.#replica.flush('call')
  }

  /** Resolves when every edit made so far is committed. Rejects with a {@link SheafError} where it cannot be. */
  async whenDurable(): Promise<void> {
    await this.flush()
    const waiting = this.#durableWaiters.wait()
    this.#touch()
    await waiting
  }

  /** All edits that are not committed, as one Yjs V2 update: for a download, or to paste them into another document. */
  exportUnsaved(): Promise<Uint8Array> {
    return Promise.resolve(mergeUpdates(this.#replica.unsavedUpdates))
  }

  /**
   * Gives up edits that are not committed: they leave the device, and the document closes. Meant for edits that were
   * refused. Export them before, and open the document again after.
   */
  discardUnsaved(): Promise<void> {
    this.#session.dispatch({ kind: 'close' })
    return this.end({ timeoutMs: 0, journal: 'forget' })
  }

  /** Own free data for the others' `awareness` states, or null for none. JSON of at most 1 KB. @throws {SheafError} */
  setPresenceData(data: unknown): void {
    this.#presence.setData(data)
  }

  /**
   * Ends one `open`. After the last one, edits are flushed and, if there is a connection, waited for; then the socket is
   * closed and the Y.Doc destroyed. What could not be sent stays on the device. Opening again in the same moment goes on
   * with the same document.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#holders = Math.max(0, this.#holders - 1)
    if (this.#holders > 0) return Promise.resolve()
    const { clock } = this.#options.runtime
    return new Promise((resolve, reject) => {
      // React mounts, unmounts and mounts again in one go: only a close that is not taken back in that time is one.
      clock.after(0, () => {
        if (this.#holders > 0) return resolve()
        this.end(options).then(resolve, reject)
      })
    })
  }

  /** @internal One more holder. False where the document is closing: it cannot be held any more. */
  hold(): boolean {
    if (this.#ending !== null) return false
    this.#holders += 1
    return true
  }

  /** @internal Closes for all holders. */
  end(options: EndOptions = {}): Promise<void> {
    if (this.#ending !== null) return this.#ending
    this.#ending = this.#end(options)
    this.#options.onEnding?.(this.#ending)
    return this.#ending
  }

  /** @internal A hint from the page or the client. */
  hint(signal: PageSignal | 'renew'): void {
    switch (signal) {
      case 'blur':
      case 'hidden':
      case 'pagehide':
        return void this.#replica.flush(signal)
      case 'online':
      case 'offline':
      case 'visible':
      case 'renew':
        this.#session.dispatch({ kind: signal })
    }
  }

  // ── start ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #start(): Promise<void> {
    const { claims, lasting, runtime } = this.#options
    try {
      const claiming = this.#options.claim ?? claimReplica(claims, this.id)
      this.#claim = await within(runtime.clock, DEVICE_LIMIT_MS, Promise.resolve(claiming))
      const reading = lasting ? claims.store.readState(this.id) : null
      this.#recover(this.#claim, await within(runtime.clock, DEVICE_LIMIT_MS, Promise.resolve(reading)))
    } catch (error) {
      this.#deviceFailed(error)
      this.#replica.open(memoryDeviceStore(), this.id, this.#replica.id, null)
    }
    this.#session.dispatch({ kind: 'start' })
  }

  #recover({ replicaId, journal, user }: ReplicaClaim, state: KnownState | null): void {
    if (state !== null) {
      this.#schemaId = state.schemaId
      this.#inbox.state(state.lastSeq, [state.update], DEVICE_ORIGIN)
      this.#loaded = true
    }
    this.#principalId = journal?.principalId ?? user
    if (this.#principalId !== null) this.#replica.belongsTo(this.#principalId)
    this.#replica.open(this.#options.claims.store, this.id, replicaId, journal)
    if (journal !== null) {
      const left = [...journal.operations, ...journal.updates].map(({ update }) => update)
      this.#recovered = editsIn(journal)
      this.#inbox.state(0, left, DEVICE_ORIGIN)
    }
    this.#touch()
  }

  // ── session ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #position(): { lastSeq: number; stateVector: Uint8Array } {
    const empty = this.ydoc.store.clients.size === 0
    return { lastSeq: this.#inbox.appliedSeq, stateVector: empty ? NOTHING : Y.encodeStateVector(this.ydoc) }
  }

  #welcomed(frame: ServerFrames['welcome']): void {
    const { id } = frame.principal
    this.#remember(this.#options.claims.store.rememberPrincipal(id))
    // What somebody else wrote on this device is not sent in this one's name, and this one's edits would stand on it.
    if (this.#replica.unsaved > 0 && this.#principalId !== null && this.#principalId !== id)
      return this.#fail('other-user')
    this.#principalId = id
    this.#replica.belongsTo(id)
    this.#limits = frame.limits
    this.#role = frame.role
    this.#schemaId = frame.schemaId
    this.#askedForAll = false
    this.#inbox.hold()
    this.#replica.welcomed(frame.committedCounter)
    this.#presence.welcomed(frame.principal, frame.limits.presenceIntervalMs)
    this.#touch()
  }

  #stateArrived(seq: number, updates: readonly Uint8Array[]): void {
    this.#inbox.state(seq, updates)
    this.#loaded = true
    this.#lastState.touch()
    this.#touch()
    const incomplete = this.ydoc.store.pendingStructs !== null || this.ydoc.store.pendingDs !== null
    if (!incomplete || this.#askedForAll) return
    this.#askedForAll = true
    // The state is taken in only after this call.
    this.#options.runtime.clock.microtask(() => this.#session.dispatch({ kind: 'gap' }))
  }

  #received(frame: DocumentFrame): void {
    switch (frame.kind) {
      case 'operation':
        return this.#inbox.operation(frame.seq, frame.update)
      case 'received':
        return this.#replica.received(frame.counter)
      case 'committed':
        return this.#committed(frame)
      case 'rejected':
        return this.#replica.rejected(frame.counter, frame.code, frame.message)
      case 'presence':
        return this.#presence.received(frame.entries)
      case 'access':
        return this.#accessChanged(frame.role)
      case 'versionCreated':
        return
    }
  }

  #committed({ counter, seq }: ServerFrames['committed']): void {
    const added = this.#replica.committed(counter)
    if (added > 0) this.#inbox.ownCommitted(seq - added + 1, seq)
    if (this.#replica.unsaved === 0) this.#lastState.touch()
  }

  #accessChanged(role: Role | null): void {
    this.#role = role
    if (mayEdit(role)) this.#replica.allowed()
    this.#setGate()
    this.#touch()
  }

  #setGate(): void {
    const open = this.#session.state.kind === 'live' && mayEdit(this.#role) && !this.#schemaDiffers()
    if (open) this.#replica.openGate(this.#limits)
    else this.#replica.closeGate()
  }

  #sessionChanged(state: SessionState, before: SessionState): void {
    if (before.kind === 'live' && state.kind !== 'live') {
      this.#inbox.disconnected()
      this.#replica.disconnected()
      this.#presence.disconnected()
    }
    if (before.kind !== 'live' && state.kind === 'live') {
      this.#wasLive = true
      if (mayEdit(this.#role)) this.#replica.allowed()
      this.#setGate()
      this.#presence.attached()
      this.#options.onLive?.()
    }
    // Content that one has no right to any more does not stay on the device either; one's own unsent edits do.
    if (state.kind === 'closed' && state.error !== null && FORGET_STATE_AFTER.has(state.error))
      this.#remember(this.#options.claims.store.forgetState(this.id))
    this.#touch()
  }

  #fail(error: SheafErrorCode, cause?: unknown): void {
    this.#cause = cause
    this.#session.dispatch({ kind: 'failed', error })
  }

  #remember(writing: Promise<void>): void {
    writing.catch((error: unknown) => this.#deviceFailed(error))
  }

  #deviceFailed(cause: unknown): void {
    if (!this.#journalFailed) this.#cause ??= cause
    this.#journalFailed = true
    this.#touch()
  }

  /** What the device may keep: committed content only, since edits of its own are the journal's. */
  #committedState(): KnownState | null {
    const { pendingStructs, pendingDs } = this.ydoc.store
    const whole = this.#loaded && pendingStructs === null && pendingDs === null
    if (!this.#options.lasting || !whole || this.#replica.unsaved > 0) return null
    return {
      update: Y.encodeStateAsUpdateV2(this.ydoc),
      lastSeq: this.#inbox.appliedSeq,
      schemaId: this.#schemaId,
    }
  }

  // ── what can be seen ─────────────────────────────────────────────────────────────────────────────────────────────

  #schemaDiffers(): boolean {
    const { schemaId } = this.#options
    return this.#schemaId !== '' && schemaId !== '' && this.#schemaId !== schemaId
  }

  #facts(): DocumentFacts {
    return {
      session: this.#session.state,
      wasLive: this.#wasLive,
      unsavedChanges: this.#replica.unsaved,
      role: this.#role,
      loaded: this.#loaded,
      recovered: this.#recovered,
      refusal: this.#replica.refusal,
      schemaDiffers: this.#schemaDiffers(),
      cause: this.#cause,
      journalFailed: this.#journalFailed,
    }
  }

  #touch(): void {
    this.#feed.touch()
    if (this.#loadedWaiters.size + this.#durableWaiters.size > 0) this.#settleWaiters()
  }

  #settleWaiters(): void {
    const blocked = blockedBy(this.#facts())
    const ended = this.#session.state.kind === 'closed' ? (blocked ?? new SheafError('closed')) : null
    if (this.#loaded) this.#loadedWaiters.resolve()
    else if (ended !== null) this.#loadedWaiters.reject(ended)
    const never = blocked ?? ended
    if (this.#replica.unsaved === 0) this.#durableWaiters.resolve()
    else if (never !== null) this.#durableWaiters.reject(never)
  }

  // ── end ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #end({ timeoutMs = CLOSE_TIMEOUT_MS, journal = 'keep' }: EndOptions): Promise<void> {
    await this.#started
    await this.#replica.flush('close')
    if (this.#replica.unsaved > 0 && mayStillSend.has(this.#session.state.kind)) await this.#durableWithin(timeoutMs)
    await this.#lastState.save()
    this.#session.dispatch({ kind: 'close' })
    await this.#replica.end()
    this.#presence.destroy()
    this.ydoc.destroy()
    if (this.#claim === null) return
    // A journal with nothing in it is of no use to the next visit.
    if (this.#replica.unsaved === 0 || journal === 'forget')
      await this.#options.claims.store
        .forget(this.id, this.#replica.id)
        .catch((error: unknown) => this.#deviceFailed(error))
    this.#claim.release()
  }

  #durableWithin(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.runtime.clock.after(timeoutMs, resolve)
      const settled = (): void => {
        timer.cancel()
        resolve()
      }
      // A refusal is shown and kept; it is no reason not to close.
      void this.whenDurable().then(settled, settled)
    })
  }
}
