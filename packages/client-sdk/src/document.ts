import { CONTENT_ROOT, mayEdit } from '@sheaf/protocol'
import type { Role, ServerFrames } from '@sheaf/protocol'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { BatchingPolicy } from './batcher.ts'
import { memoryDeviceStore } from './device/memory.ts'
import { LastState } from './device/last-state.ts'
import { claimReplica, newReplicaId } from './device/replica-claim.ts'
import type { ReplicaClaim, ReplicaClaims } from './device/replica-claim.ts'
import type { KnownState } from './device/store.ts'
import { SheafError } from './errors.ts'
import type { SheafErrorCode } from './errors.ts'
import { DEVICE_ORIGIN, Inbox } from './inbox.ts'
import { changedLength, mergeUpdates } from './merge.ts'
import { editsIn } from './outbox.ts'
import { Presence } from './presence.ts'
import { Replica } from './replica.ts'
import type { PageSignal, Runtime } from './runtime.ts'
import { Session } from './session.ts'
import type { DocumentFrame, SessionOptions } from './session.ts'
import type { SessionState } from './session-state.ts'
import { sameSnapshot, snapshotOf } from './status.ts'
import type { DocumentSnapshot } from './status.ts'
import { Waiters } from './waiters.ts'

export interface CloseOptions {
  /** How long to wait for edits to be committed before the socket is closed. Milliseconds, 5,000 unless told. */
  readonly timeoutMs?: number
}

const CLOSE_TIMEOUT_MS = 5_000
const NOTHING = new Uint8Array(0)

export interface DocumentOptions {
  readonly id: string
  readonly runtime: Runtime
  readonly claims: ReplicaClaims
  /** The replica to go on with; otherwise one is adopted or made. */
  readonly claim?: ReplicaClaim
  /** Whether the content is kept on the device beside the journal. */
  readonly keepState: boolean
  readonly batching: BatchingPolicy
  readonly schemaId: string
  readonly session: Pick<SessionOptions, 'url' | 'token' | 'webSocket'>
  /** Called once, when the last holder has closed the document and it takes no more edits. */
  readonly onClosing: () => void
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
  readonly #listeners = new Set<() => void>()
  readonly #loadedWaiters = new Waiters()
  readonly #durableWaiters = new Waiters()
  #claim: ReplicaClaim | null = null
  #welcome: ServerFrames['welcome'] | null = null
  #role: Role | null = null
  #schemaId = ''
  #loaded = false
  #wasLive = false
  #recovered = 0
  #askedForAll = false
  #errors = new Map<string, SheafError>()
  #warning: SheafError | null = null
  #snapshot: DocumentSnapshot
  #announced: DocumentSnapshot
  #changed = false
  #notifyPlanned = false
  #holders = 0
  #closing: Promise<void> | null = null

  constructor(options: DocumentOptions) {
    const { runtime, batching } = options
    const { clock } = runtime
    const schedule = batching === 'immediate' ? clock.microtask : clock.frame
    this.#options = options
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
    this.#snapshot = this.#project()
    this.#announced = this.#snapshot
    this.ydoc.on('updateV2', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (transaction.local) this.#replica.edited(update, changedLength(transaction))
    })
    void this.#start()
  }

  /** y-protocols' awareness: cursors and who is here, filled from the server. Set `cursor` on the local state to tell yours. */
  get awareness(): Awareness {
    return this.#presence.awareness
  }

  /** Calls after every change of the snapshot, once for all changes of the running code. Returns the end of it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The same object until something changes. */
  getSnapshot(): DocumentSnapshot {
    if (this.#changed) {
      this.#changed = false
      const next = this.#project()
      if (!sameSnapshot(this.#snapshot, next)) this.#snapshot = next
    }
    return this.#snapshot
  }

  /** Resolves once there is content to show. Rejects with a {@link SheafError} where there will be none. */
  whenLoaded(): Promise<void> {
    const waiting = this.#loadedWaiters.wait()
    this.#settleWaiters()
    return waiting
  }

  /** Makes an operation of what is gathered now; resolves when it is on the device and, if there is a connection, sent. */
  async flush(): Promise<void> {
    this.#replica.flush('call')
    await this.#replica.settle()
  }

  /** Resolves when every edit made so far is committed. Rejects with a {@link SheafError} where it cannot be. */
  async whenDurable(): Promise<void> {
    await this.flush()
    const waiting = this.#durableWaiters.wait()
    this.#settleWaiters()
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
  async discardUnsaved(): Promise<void> {
    this.#session.dispatch({ kind: 'close' })
    await this.#shutDown(0)
    await this.#options.claims.store.forget(this.id, this.#replica.id)
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
    this.#replica.flush('close')
    return new Promise((resolve, reject) => {
      // React mounts, unmounts and mounts again in one go: only a close that is not taken back in that time is one.
      this.#options.runtime.clock.after(0, () => {
        if (this.#holders > 0) return resolve()
        this.#shutDown(options.timeoutMs ?? CLOSE_TIMEOUT_MS).then(resolve, reject)
      })
    })
  }

  /** @internal One more holder. False where the document is closing: it cannot be held any more. */
  hold(): boolean {
    if (this.#closing !== null) return false
    this.#holders += 1
    return true
  }

  /** @internal A hint from the page or the client. */
  hint(signal: PageSignal | 'renew'): void {
    switch (signal) {
      case 'blur':
      case 'hidden':
      case 'pagehide':
        this.#replica.flush(signal)
        void this.#replica.settle()
        return
      case 'online':
      case 'offline':
      case 'visible':
      case 'renew':
        this.#session.dispatch({ kind: signal })
    }
  }

  // ── start ────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #start(): Promise<void> {
    const { claims, keepState } = this.#options
    try {
      this.#claim = this.#options.claim ?? (await claimReplica(claims, this.id))
      const state = keepState ? await claims.store.readState(this.id) : null
      if (this.#closing !== null) return
      this.#recover(this.#claim, state)
    } catch (error) {
      this.#deviceFailed(error)
      this.#replica.open(memoryDeviceStore(), this.id, this.#replica.id, null)
    }
    this.#session.dispatch({ kind: 'start' })
  }

  #recover({ replicaId, journal }: ReplicaClaim, state: KnownState | null): void {
    const { claims } = this.#options
    if (state !== null) {
      this.#schemaId = state.schemaId
      this.#inbox.state(state.lastSeq, [state.update], DEVICE_ORIGIN)
      this.#loaded = true
    }
    this.#replica.open(claims.store, this.id, replicaId, journal)
    if (journal !== null) {
      this.#recovered = editsIn(journal)
      this.#inbox.state(
        0,
        [...journal.operations, ...journal.updates].map(({ update }) => update),
        DEVICE_ORIGIN,
      )
    }
    this.#touch()
  }

  // ── session ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #position(): { lastSeq: number; stateVector: Uint8Array } {
    const empty = this.ydoc.store.clients.size === 0
    return { lastSeq: this.#inbox.appliedSeq, stateVector: empty ? NOTHING : Y.encodeStateVector(this.ydoc) }
  }

  #welcomed(frame: ServerFrames['welcome']): void {
    const { store } = this.#options.claims
    const owner = this.#claim?.journal?.principalId ?? null
    store.rememberPrincipal(frame.principal.id).catch((error: unknown) => this.#deviceFailed(error))
    if (owner !== null && owner !== frame.principal.id && this.#recovered > 0) return this.#fail('other-user')
    this.#replica.belongsTo(frame.principal.id)
    this.#welcome = frame
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
    if (open && this.#welcome !== null) this.#replica.openGate(this.#welcome.limits)
    else this.#replica.closeGate()
  }

  #sessionChanged(state: SessionState, before: SessionState): void {
    if (before.kind === 'live' && state.kind !== 'live') {
      this.#inbox.disconnected()
      this.#replica.disconnected()
      this.#presence.disconnected()
    }
    if (state.kind === 'live' && before.kind !== 'live') {
      this.#wasLive = true
      if (mayEdit(this.#role)) this.#replica.allowed()
      this.#setGate()
      this.#presence.attached()
    }
    this.#touch()
  }

  #fail(error: SheafErrorCode, cause?: unknown): void {
    this.#errors.set(error, new SheafError(error, { cause }))
    this.#session.dispatch({ kind: 'failed', error })
  }

  #deviceFailed(cause: unknown): void {
    this.#warning ??= new SheafError('journal-unavailable', { cause })
    this.#touch()
  }

  /** What the device may keep: committed content only, since edits of its own are the journal's. */
  #committedState(): KnownState | null {
    const { claims, keepState } = this.#options
    const { pendingStructs, pendingDs } = this.ydoc.store
    const whole = this.#loaded && pendingStructs === null && pendingDs === null
    if (!keepState || !whole || this.#replica.unsaved > 0 || claims.store === null) return null
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

  /** One object per code: a snapshot is compared by identity. */
  #error(code: SheafErrorCode, details: ConstructorParameters<typeof SheafError>[1] = {}): SheafError {
    const key = `${code} ${details.rejection ?? ''}`
    const error = this.#errors.get(code) ?? this.#errors.get(key) ?? new SheafError(code, details)
    this.#errors.set(key, error)
    return error
  }

  #blockedBy(): SheafError | null {
    const state = this.#session.state
    if (state.kind === 'closed' && state.error !== null) return this.#error(state.error)
    const refusal = this.#replica.refusal
    if (refusal !== null) return this.#error('refused', { message: refusal.message, rejection: refusal.code })
    if (this.#schemaDiffers()) return this.#error('schema-mismatch')
    const mayNot = this.#role !== null && !mayEdit(this.#role)
    return mayNot && this.#replica.unsaved > 0 ? this.#error('refused', { rejection: 'not-allowed' }) : null
  }

  #warned(): SheafError | null {
    const state = this.#session.state
    if (state.kind === 'waiting' && state.error !== null) return this.#error(state.error)
    return this.#warning
  }

  #project(): DocumentSnapshot {
    return snapshotOf({
      session: this.#session.state,
      wasLive: this.#wasLive,
      unsavedChanges: this.#replica.unsaved,
      role: this.#role,
      loaded: this.#loaded,
      recovered: this.#recovered,
      blocked: this.#blockedBy(),
      warning: this.#warned(),
    })
  }

  #touch(): void {
    this.#changed = true
    if (this.#notifyPlanned) return
    this.#notifyPlanned = true
    this.#options.runtime.clock.microtask(() => {
      this.#notifyPlanned = false
      this.#settleWaiters()
      const before = this.#announced
      this.#announced = this.getSnapshot()
      if (before !== this.#announced) for (const listener of this.#listeners) listener()
    })
  }

  #settleWaiters(): void {
    const blocked = this.#blockedBy()
    const closed = this.#session.state.kind === 'closed' ? (blocked ?? this.#error('closed')) : null
    if (this.#loaded) this.#loadedWaiters.resolve()
    else if (closed !== null) this.#loadedWaiters.reject(closed)
    if (this.#replica.unsaved === 0) this.#durableWaiters.resolve()
    else if (blocked !== null || closed !== null) this.#durableWaiters.reject(blocked ?? this.#error('closed'))
  }

  // ── end ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #shutDown(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#end(timeoutMs)
    return this.#closing
  }

  async #end(timeoutMs: number): Promise<void> {
    this.#options.onClosing()
    await this.#replica.settle()
    if (this.#session.state.kind === 'live') await this.#durableOrTimeout(timeoutMs)
    await this.#lastState.save()
    this.#session.dispatch({ kind: 'close' })
    await this.#replica.settle()
    this.#replica.end()
    this.#presence.destroy()
    this.ydoc.destroy()
    if (this.#replica.unsaved === 0 && this.#claim !== null) await this.#forgetReplica(this.#claim)
    this.#claim?.release()
  }

  #durableOrTimeout(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.runtime.clock.after(timeoutMs, resolve)
      const done = (): void => {
        timer.cancel()
        resolve()
      }
      // A refusal is shown and kept; it is no reason not to close.
      this.whenDurable().then(done, done)
    })
  }

  /** A journal with nothing in it is of no use to the next visit. */
  async #forgetReplica({ replicaId }: ReplicaClaim): Promise<void> {
    try {
      await this.#options.claims.store.forget(this.id, replicaId)
    } catch (error) {
      this.#deviceFailed(error)
    }
  }
}
