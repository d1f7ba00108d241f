import { CLOSE_CODES, ProtocolError, decodeClientFrame, encodeServerFrame, mayEdit } from '@sheaf/protocol'
import type { ClientFrame, ClientFrames, CloseReason, Principal, RejectionCode, Role } from '@sheaf/protocol'
import type { Clock } from './clock.ts'
import type { Connection, SessionAccess, SessionEnd } from './sessions/connection.ts'
import { ERROR_CODES, SheafServerError, isServerError } from './errors.ts'
import { speaksAnotherVersion } from './sessions/hello-version.ts'
import type { Limits } from './limits.ts'
import { reasonOf } from './metrics.ts'
import type { WatchedSession } from './sessions/lookout.ts'
import { concerns } from './people/login.ts'
import type { LoginEnd, SessionIdentity } from './people/login.ts'
import type { Log, Metrics } from './metrics.ts'
import type { Occupant, Room } from './room.ts'
import { TokenBucket } from './sessions/token-bucket.ts'
import type { Turn, TurnMember } from './writing/turn.ts'

/** What a session needs of its surroundings, shared by all of them. */
export interface SessionHost {
  readonly clock: Clock
  /** When those are told what was received who have waited for the store since. */
  readonly receipts: Turn
  readonly limits: Limits
  readonly access: SessionAccess
  readonly log: Log
  readonly metrics: Metrics
  openRoom(documentId: string): Promise<Room>
  newSessionId(): string
  /** False where its user has as many sessions as one may have. */
  admits(session: Session): boolean
  ended(session: Session): void
}

type SessionState =
  /** Connected, and has said nothing. */
  | { readonly name: 'silent'; readonly since: number }
  /** Said hello; what it says meanwhile waits. */
  | { readonly name: 'joining'; readonly early: Uint8Array[] }
  | { readonly name: 'live'; readonly room: Room; readonly replicaId: string; readonly schemaFits: boolean }
  | { readonly name: 'closed' }

const NO_CHECKS: readonly LoginEnd[][] = []
const PONG = [encodeServerFrame({ kind: 'pong' })]
/** A sync may cost a large answer; it counts as this many frames. */
const SYNC_FRAMES = 50
/** These follow from something else that was refused, or say nothing about the sender's intentions. */
const NO_STRIKE: ReadonlySet<RejectionCode> = new Set(['not-allowed', 'schema-mismatch', 'counter-gap'])
const NOBODY: Principal = { id: '', name: '' }

/** One attachment of a replica to a room. */
export class Session implements SessionEnd, Occupant, TurnMember, WatchedSession {
  readonly documentId: string
  checkedAt: number
  readonly #host: SessionHost
  readonly #connection: Connection
  readonly #frames: TokenBucket
  readonly #operations: TokenBucket
  #state: SessionState
  #identity: SessionIdentity | null = null
  /** Per token that is being checked now: the log-ins that ended meanwhile. */
  #tokenChecks: readonly LoginEnd[][] = NO_CHECKS
  #role: Role | null = null
  /** Grows when rights may have changed: an answer that was asked for before counts for nothing. */
  #accessChanges = 0
  #heardAt: number
  #strikes = 0
  #receivedCounter = 0
  #toldReceived = 0
  /** Bytes of the state frame that may still stand in the connection. */
  #stateBytes = 0

  constructor(documentId: string, connection: Connection, host: SessionHost) {
    const { limits, clock } = host
    const now = clock.now()
    this.documentId = documentId
    this.#host = host
    this.#connection = connection
    this.#frames = new TokenBucket(limits.framesPerSecond, limits.framesBurst, now)
    this.#operations = new TokenBucket(limits.operationsPerSecond, limits.operationsBurst, now)
    this.#state = { name: 'silent', since: now }
    this.#heardAt = now
    this.checkedAt = now
  }

  get principal(): Principal {
    return this.#identity?.principal ?? NOBODY
  }

  get replicaId(): string {
    return this.#state.name === 'live' ? this.#state.replicaId : ''
  }

  get live(): boolean {
    return this.#state.name === 'live'
  }

  get family(): string | null {
    return this.#identity?.family ?? null
  }

  get accessStamp(): number {
    return this.#accessChanges
  }

  // ── what the connection says ─────────────────────────────────────────────────────────────────────────────────────

  receive(bytes: Uint8Array): void {
    const state = this.#state
    if (state.name === 'closed') return
    const now = this.#host.clock.now()
    this.#heardAt = now
    if (!this.#frames.take(now, 1)) return this.close('slowDown', 'too many frames')
    if (state.name === 'joining') {
      if (state.early.length >= this.#host.limits.maxEarlyFrames)
        return this.close('slowDown', 'too many frames before the welcome')
      state.early.push(bytes)
      return
    }
    const frame = this.#decode(bytes)
    if (frame === null) return
    if (state.name === 'live') return this.#handle(frame, state.room, now)
    if (frame.kind !== 'hello') return this.close('unauthenticated', 'say hello first')
    this.#state = { name: 'joining', early: [] }
    void this.#join(frame)
  }

  closed(): void {
    this.#end()
  }

  #decode(bytes: Uint8Array): ClientFrame | null {
    try {
      if (speaksAnotherVersion(bytes)) throw new ProtocolError('protocolVersion', 'another protocol version')
      return decodeClientFrame(bytes)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.close(error.code, error.message)
      return null
    }
  }

  #handle(frame: ClientFrame, room: Room, now: number): void {
    switch (frame.kind) {
      case 'operation':
        if (!this.#operations.take(now, 1)) return this.close('slowDown', 'too many operations')
        return this.#submit(frame, room)
      case 'presence':
        return room.takePresence(this, frame.patch)
      case 'ping':
        return this.send(PONG)
      case 'token':
        void this.#renew(frame.token)
        return
      case 'sync':
        if (!this.#frames.take(now, SYNC_FRAMES)) return this.close('slowDown', 'too many syncs')
        void this.#sync(room, frame.lastSeq)
        return
      case 'hello':
        return this.close('malformed', 'hello is said once')
    }
  }

  #submit({ counter, baseSeq, versionVector, update }: ClientFrames['operation'], room: Room): void {
    if (this.#state.name !== 'live') return
    if (!mayEdit(this.#role)) return this.rejected(counter, 'not-allowed', 'Your role does not allow edits.')
    if (!this.#state.schemaFits)
      return this.rejected(counter, 'schema-mismatch', 'The document was written with another schema.')
    // The update is a view of what the socket read; what is kept must not keep all of that.
    const operation = { replicaId: this.#state.replicaId, counter, baseSeq, versionVector, update: update.slice() }
    room.submit({ operation, authorId: this.principal.id, submitter: this })
  }

  // ── joining and identity ─────────────────────────────────────────────────────────────────────────────────────────

  async #join(hello: ClientFrames['hello']): Promise<void> {
    try {
      const { limits } = this.#host
      this.#identity = await this.#authenticate(hello.token)
      if (this.#state.name !== 'joining') return
      if (!this.#host.admits(this)) return this.close('slowDown', 'too many sessions of one user')
      await this.#authorize()
      let room: Room
      let older
      do {
        room = await this.#host.openRoom(this.documentId)
        await room.comeUpTo(hello.lastSeq)
        older = await room.olderOperations(hello.lastSeq)
        if (this.#role === null) await this.#authorize()
      } while (room.dropped || this.#role === null)
      if (this.#state.name !== 'joining') return
      const { early } = this.#state
      const schemaFits = room.admitSchema(hello.schemaId, this.#role)
      this.#state = { name: 'live', room, replicaId: hello.replicaId, schemaFits }
      const state = room.stateSince(hello.lastSeq, older)
      const welcome = encodeServerFrame({
        kind: 'welcome',
        sessionId: this.#host.newSessionId(),
        principal: this.principal,
        role: this.#role,
        seq: room.seq,
        committedCounter: room.committedCounter(hello.replicaId),
        limits: {
          maxUpdateBytes: limits.update.maxBytes,
          maxInFlight: limits.maxInFlight,
          presenceIntervalMs: limits.presenceIntervalMs,
        },
        heartbeatMs: limits.heartbeatMs,
        schemaId: room.schemaId,
      })
      room.attach(this)
      const presence = room.presenceOfAll()
      this.send(presence === null ? [welcome, state] : [welcome, state, presence])
      this.#stateBytes = state.length
      for (const frame of early) this.receive(frame)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Sets the role, as of no earlier than the last change that was announced. */
  async #authorize(): Promise<void> {
    let asked: number
    let role: Role | null
    do {
      asked = this.#accessChanges
      role = await this.#host.access.authorize(this.principal, this.documentId)
    } while (asked !== this.#accessChanges && this.#state.name !== 'closed')
    if (role === null) {
      // Whether there is such a document is nobody's business who may not see it.
      this.close(this.live ? 'forbidden' : 'notFound', ERROR_CODES['not-found'].title)
      throw CLOSED
    }
    this.#role = role
  }

  /** Who the token speaks for. A log-in that ended while it was being checked has ended. */
  async #authenticate(token: string): Promise<SessionIdentity> {
    const ended: LoginEnd[] = []
    this.#tokenChecks = [...this.#tokenChecks, ended]
    try {
      const identity = await this.#host.access.authenticate(token)
      if (ended.some((end) => concerns(end, identity))) throw new SheafServerError('unauthenticated')
      return identity
    } finally {
      this.#tokenChecks = this.#tokenChecks.length === 1 ? NO_CHECKS : this.#tokenChecks.filter((one) => one !== ended)
    }
  }

  async #renew(token: string): Promise<void> {
    try {
      const identity = await this.#authenticate(token)
      if (identity.principal.id !== this.principal.id)
        return this.close('unauthenticated', 'the token is for somebody else')
      this.#identity = identity
      const before = this.#role
      await this.#authorize()
      if (this.#role !== before) this.send([encodeServerFrame({ kind: 'access', role: this.#role })])
    } catch (error) {
      // A token that cannot be checked now changes nothing: the old one is good until it expires.
      if (!isServerError(error, 'unavailable')) this.#fail(error)
    }
  }

  async #sync(room: Room, lastSeq: number): Promise<void> {
    try {
      const older = await room.olderOperations(lastSeq)
      if (!this.live || room.dropped) return
      const state = room.stateSince(lastSeq, older)
      this.send([state])
      this.#stateBytes += state.length
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (error === CLOSED || this.#state.name === 'closed') return
    if (isServerError(error)) return this.close(ERROR_CODES[error.code].close, ERROR_CODES[error.code].title)
    this.#host.log.warn({ documentId: this.documentId, reason: reasonOf(error) }, 'a session could not go on')
    this.close('tryLater', ERROR_CODES.unavailable.title)
  }

  // ── what became of its operations ────────────────────────────────────────────────────────────────────────────────

  accepted(counter: number): void {
    if (counter <= this.#receivedCounter) return
    this.#receivedCounter = counter
    this.#host.receipts.join(this)
  }

  receipt(): Uint8Array | null {
    if (this.#receivedCounter <= this.#toldReceived) return null
    this.#toldReceived = this.#receivedCounter
    return encodeServerFrame({ kind: 'received', counter: this.#receivedCounter })
  }

  /** The store is slow: what was received is told alone. */
  endTurn(): void {
    const receipt = this.receipt()
    if (receipt !== null) this.send([receipt])
  }

  committed(): void {
    // The room tells every session of the replica, in the order of the document.
  }

  committedBefore(counter: number, seq: number): void {
    this.send([encodeServerFrame({ kind: 'committed', counter, seq })])
  }

  rejected(counter: number, code: RejectionCode, message: string): void {
    this.send([encodeServerFrame({ kind: 'rejected', counter, code, message })])
    if (NO_STRIKE.has(code)) return
    this.#strikes += 1
    if (this.#strikes >= this.#host.limits.strikes) this.close('malformed', 'too many malformed operations')
  }

  deferred(): void {
    this.close('tryLater', 'an operation cannot be taken now')
  }

  // ── what happens around it ───────────────────────────────────────────────────────────────────────────────────────

  /** Sends frames in one write, unless too much of what was sent before has not been read. */
  send(frames: readonly Uint8Array[]): void {
    if (this.#state.name === 'closed') return
    const buffered = this.#connection.bufferedBytes()
    if (buffered === 0) this.#stateBytes = 0
    // A state frame may be larger than any bound; only what piles up beyond it is held against the reader.
    if (buffered > this.#host.limits.maxBufferedBytes + this.#stateBytes)
      return this.close('slowDown', 'frames are read too slowly')
    this.#connection.send(frames)
  }

  /** Rights on the document were changed by somebody. */
  accessChanged(userId: string, role: Role | null): void {
    this.#accessChanges += 1
    if (this.principal.id !== userId) return
    if (!this.live) {
      this.#role = null
      return
    }
    this.#takeRole(role)
  }

  roleFound(role: Role | null, stamp: number): void {
    if (this.live && stamp === this.#accessChanges) this.#takeRole(role)
  }

  #takeRole(role: Role | null): void {
    if (role === this.#role) return
    this.#role = role
    this.send([encodeServerFrame({ kind: 'access', role })])
    if (role === null) this.close('forbidden', 'every right on the document was withdrawn')
  }

  /** Log-ins of a user ended; null stands for all of them. */
  loginEnded(userId: string, family: string | null): void {
    for (const ended of this.#tokenChecks) ended.push({ userId, family })
    if (this.#identity === null || !concerns({ userId, family }, this.#identity)) return
    this.close('unauthenticated', 'the log-in has ended')
  }

  sweep(now: number): void {
    const { limits } = this.#host
    const state = this.#state
    if (state.name === 'silent' && now - state.since >= limits.helloTimeoutMs)
      return this.close('helloTimeout', 'no hello in time')
    if (now - this.#heardAt > limits.heartbeatMs * 2.5) return this.close('tryLater', 'nothing was heard for long')
    const expiresAt = this.#identity?.expiresAt ?? null
    if (expiresAt !== null && now >= expiresAt) this.close('unauthenticated', 'the token has expired')
  }

  close(reason: CloseReason, message: string): void {
    if (this.#state.name === 'closed') return
    this.#host.metrics.count('sessions_closed_total', 1, reason)
    this.#end()
    this.#connection.close(CLOSE_CODES[reason].code, message)
  }

  #end(): void {
    const state = this.#state
    if (state.name === 'closed') return
    this.#state = { name: 'closed' }
    if (state.name === 'live') state.room.detach(this)
    this.#host.ended(this)
  }
}

/** Thrown to leave an async path whose session was closed with its reason already. */
const CLOSED = new Error('the session is closed')
