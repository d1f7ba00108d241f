import { CONTENT_ROOT } from '@sheaf/protocol'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { BatchingPolicy } from './batcher.ts'
import { Collaboration } from './collaboration.ts'
import { DocumentDevice } from './device/document-device.ts'
import { LastState } from './device/last-state.ts'
import { newReplicaId, tellOf } from './device/replica-claim.ts'
import type { ReplicaClaim, ReplicaClaims } from './device/replica-claim.ts'
import type { SheafErrorCode } from './errors.ts'
import { mergeUpdates } from './merge.ts'
import { Milestones } from './milestones.ts'
import type { OutboxSource } from './outbox-view.ts'
import type { Clock, PageSignal, Runtime } from './runtime.ts'
import type { SessionOptions } from './session.ts'
import type { SessionState } from './session-state.ts'
import { SnapshotFeed } from './snapshot-feed.ts'
import { blockedBy, snapshotOf } from './status.ts'
import type { DocumentFacts, DocumentSnapshot } from './status.ts'

/** How a document is closed. */
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
const mayStillSend: ReadonlySet<SessionState['kind']> = new Set(['connecting', 'authenticating', 'syncing', 'live'])
const FORGET_STATE_AFTER: ReadonlySet<SheafErrorCode> = new Set([
  'forbidden',
  'not-found',
  'document-deleted',
  'document-damaged',
])

export interface DocumentOptions {
  readonly id: string
  readonly runtime: Runtime
  readonly claims: ReplicaClaims
  /** The replica to go on with, for no other purpose than to send what is in it; otherwise one is adopted or made. */
  readonly claim?: ReplicaClaim
  /** When the device may be asked for a replica. At once unless told. */
  readonly ready?: Promise<void>
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
  readonly #work: Collaboration
  readonly #device: DocumentDevice
  readonly #lastState: LastState
  readonly #feed: SnapshotFeed
  readonly #milestones = new Milestones()
  readonly #started: Promise<void>
  #claim: ReplicaClaim | null = null
  #recovered = 0
  #holders = 0
  #ending: Promise<void> | null = null
  /** Whether what is not committed leaves the device too when the document ends. */
  #forgets = false

  constructor(options: DocumentOptions) {
    const { claims, runtime } = options
    this.#options = options
    this.id = options.id
    this.undoManager = new Y.UndoManager(this.ydoc.getXmlFragment(CONTENT_ROOT))
    this.#device = new DocumentDevice(options)
    this.#lastState = new LastState({
      store: claims.store,
      documentId: options.id,
      clock: runtime.clock,
      current: () => (options.lasting ? this.#work.committedState() : null),
    })
    this.#work = new Collaboration({
      ...options,
      ydoc: this.ydoc,
      documentId: options.id,
      replicaId: options.claim?.replicaId ?? newReplicaId(runtime.random),
      listener: {
        changed: () => this.#touch(),
        contentChanged: () => this.#contentChanged(),
        welcomed: (principalId) => this.#remember(claims.store.rememberPrincipal(principalId)),
        live: () => options.onLive?.(),
        ended: (error) => this.#sessionEnded(error),
        journalProblem: () => this.#journalProblem(),
      },
    })
    this.#feed = new SnapshotFeed(runtime.clock, () => snapshotOf(this.#facts()))
    this.#started = this.#start()
  }

  /** y-protocols' awareness: cursors and who is here, filled from the server. Set `cursor` on the local state to tell yours. */
  get awareness(): Awareness {
    return this.#work.presence.awareness
  }

  /**
   * Whether one has written under this client id of Yjs, in this visit or in an earlier one whose unsent edits were taken up. The
   * editor saves only one's own words from blocks that somebody else replaces.
   */
  isOwn(clientId: number): boolean {
    return this.#work.isOwn(clientId)
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
    const waiting = this.#milestones.whenLoaded()
    this.#touch()
    return waiting
  }

  /** Makes an operation of what is gathered now; resolves when it is on the device and, if there is a connection, sent. */
  async flush(): Promise<void> {
    await this.#started
    await this.#work.replica.flush('call')
  }

  /** Resolves when every edit made so far is committed. Rejects with a {@link SheafError} where it cannot be. */
  async whenDurable(): Promise<void> {
    await this.flush()
    const waiting = this.#milestones.whenDurable(this.#work.replica.made)
    this.#touch()
    await waiting
  }

  /** All edits that are not committed, as one Yjs V2 update: for a download, or to paste them into another document. */
  exportUnsaved(): Promise<Uint8Array> {
    return Promise.resolve(mergeUpdates(this.#work.replica.unsavedUpdates))
  }

  /**
   * Gives up edits that are not committed: they leave the device, and the document closes. Meant for edits that were
   * refused. Export them before, and open the document again after. After `server-behind` the content that the device kept
   * leaves it too.
   */
  discardUnsaved(): Promise<void> {
    this.#work.session.dispatch({ kind: 'close' })
    return this.end({ timeoutMs: 0, journal: 'forget' })
  }

  /** Own free data for the others' `awareness` states, or null for none. JSON of at most 1 KB. @throws {SheafError} */
  setPresenceData(data: unknown): void {
    this.#work.presence.setData(data)
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

  /** @internal What the server does not have yet; for `outboxOf`. */
  get outboxSource(): { readonly source: OutboxSource; readonly clock: Clock } {
    return { source: this.#work.replica, clock: this.#options.runtime.clock }
  }

  /**
   * @internal Has what others write wait, in its order, while an input method composes a word: whatever changes the text around it
   * would break it. To be ended soon with the returned function, which is idempotent; all that waits is applied when the last one
   * ends. The document ends it by itself when it closes, when the page is hidden and when a megabyte waits.
   */
  pauseRemoteEdits(): () => void {
    return this.#ending === null ? this.#work.pauseRemote() : () => undefined
  }

  /** @internal One more holder. False where the document is closing: it cannot be held any more. */
  hold(): boolean {
    if (this.#ending !== null) return false
    this.#holders += 1
    return true
  }

  /** @internal One more journal of an earlier visit belongs to what is shown here. */
  found(claim: ReplicaClaim): void {
    this.#recovered += tellOf(this.#options.claims, claim)
    this.#touch()
  }

  /** @internal Closes for all holders. */
  end(options: EndOptions = {}): Promise<void> {
    this.#forgets ||= options.journal === 'forget'
    if (this.#ending !== null) return this.#ending
    this.#ending = this.#end(options)
    this.#options.onEnding?.(this.#ending)
    return this.#ending
  }

  /** @internal A hint from the page or the client. */
  hint(signal: PageSignal | 'renew'): void {
    switch (signal) {
      case 'hidden':
      case 'pagehide':
        this.#work.resumeRemote()
        return void this.#work.replica.flush(signal)
      case 'blur':
        return void this.#work.replica.flush(signal)
      case 'online':
      case 'offline':
      case 'visible':
      case 'renew':
        this.#work.session.dispatch({ kind: signal })
    }
  }

  async #start(): Promise<void> {
    await this.#options.ready
    const claim = this.#options.claim ?? (await this.#device.claim(this.#work.replica.id))
    this.#claim = claim
    // A session that only sends leaves it to the open document to tell of what it sends.
    if (this.#options.claim === undefined) this.found(claim)
    const [state, problem] = await this.#device.readState(claim)
    if (state !== null) this.#lastState.found(state)
    this.#work.recover(claim, state)
    if (problem !== null) this.#deviceFailed(problem)
    this.#touch()
    this.#work.session.dispatch({ kind: 'start' })
  }

  #contentChanged(): void {
    if (this.#options.lasting) this.#lastState.touch()
  }

  /** Content that one has no right to any more does not stay on the device either; one's own unsent edits do. */
  #sessionEnded(error: SheafErrorCode | null): void {
    if (error === null || !FORGET_STATE_AFTER.has(error)) return
    this.#lastState.forget()
    this.#remember(this.#options.claims.store.forgetState(this.id))
  }

  #remember(writing: Promise<void>): void {
    writing.catch((error: unknown) => this.#deviceFailed(error))
  }

  /** What comes of it is tried with the journal, until it works. */
  #deviceFailed(cause: unknown): void {
    this.#work.replica.journalFailed(cause)
  }

  #journalProblem(): void {
    const { principalId, replica } = this.#work
    this.#touch()
    if (replica.journalProblem !== null) return
    // A device that was emptied has lost these too.
    if (principalId !== null) this.#remember(this.#options.claims.store.rememberPrincipal(principalId))
    if (this.#options.lasting) this.#lastState.lost()
  }

  #facts(): DocumentFacts {
    const { session, replica, role, loaded, wasLive, schemaDiffers, cause } = this.#work
    const { lasting, runtime } = this.#options
    return {
      session: session.state,
      wasLive,
      unsavedChanges: replica.unsaved,
      role,
      loaded,
      recovered: this.#recovered,
      refusal: replica.refusal,
      schemaDiffers,
      cause,
      lasting,
      inPage: runtime.page.exists,
      online: runtime.page.isOnline(),
      journalProblem: replica.journalProblem,
    }
  }

  #touch(): void {
    this.#feed.touch()
    if (this.#milestones.isAwaited) this.#milestones.look(this.#facts(), this.#work.replica.made)
  }

  async #end({ timeoutMs = CLOSE_TIMEOUT_MS }: EndOptions): Promise<void> {
    await this.#started
    this.#work.resumeRemote()
    await this.#work.replica.flush('close')
    if (this.#work.replica.unsaved > 0 && mayStillSend.has(this.#work.session.state.kind))
      await this.#durableWithin(timeoutMs)
    await this.#lastState.save()
    this.#work.session.dispatch({ kind: 'close' })
    this.#lastState.cancel()
    await this.#work.replica.end()
    if (this.#forgets) await this.#discard()
    this.#touch()
    this.#work.presence.destroy()
    this.ydoc.destroy()
    if (this.#claim !== null) await this.#device.leave(this.#claim, this.#work.replica)
  }

  async #discard(): Promise<void> {
    this.#work.replica.discard()
    if (blockedBy(this.#facts())?.code === 'server-behind')
      await this.#options.claims.store.forgetState(this.id).catch(() => undefined)
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
