import { CLOSE_CODES, decodeServerFrame, encodeClientFrame, PROTOCOL_VERSION } from '@sheaf/protocol'
import type { ClientFrame, ClientFrames, ServerFrame, ServerFrames } from '@sheaf/protocol'
import { ABNORMAL_CLOSE, Connection } from './connection.ts'
import type { Runtime, Timer, WebSocketConstructor } from './runtime.ts'
import { transition } from './session-state.ts'
import type { SessionEffect, SessionEvent, SessionState } from './session-state.ts'
import { askToken, tokenEnd } from './token.ts'
import type { TokenRequest, TokenSource } from './token.ts'

const RENEW_BEFORE_END_MS = 60_000
/** An application whose sign-in hangs must not keep a document from ever connecting. */
const TOKEN_LIMIT_MS = 30_000
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** While a large state is on its way, pongs wait behind it. */
const MISSABLE_WHILE_SYNCING = 12
const MISSABLE = 2
const PING = encodeClientFrame({ kind: 'ping' })

type Hello = Omit<ClientFrames['hello'], 'kind' | 'protocolVersion' | 'token'>
type Sync = Omit<ClientFrames['sync'], 'kind'>

/** Frames that concern the document rather than the session. */
export type DocumentFrame = ServerFrames[
  'operation' | 'received' | 'committed' | 'rejected' | 'presence' | 'access' | 'versionCreated']

/** Whose session it is. Everything is called in the order of the frames, never inside a call of the owner. */
export interface SessionOwner {
  hello(): Hello
  /** What to say when something is missing. */
  sync(): Sync
  welcomed(frame: ServerFrames['welcome']): void
  /** All that was missing up to `seq`, unpacked. */
  stateArrived(seq: number, updates: readonly Uint8Array[]): void
  received(frame: DocumentFrame): void
  changed(state: SessionState, before: SessionState): void
}

export interface SessionOptions {
  readonly runtime: Runtime
  readonly webSocket: WebSocketConstructor | null
  readonly url: string
  readonly token: TokenSource
  readonly owner: SessionOwner
}

/** Runs what the state machine decides: tokens, socket, hello, sync, timers. */
export class Session {
  readonly #options: SessionOptions
  readonly #connection: Connection
  #state: SessionState = { kind: 'idle' }
  #token = ''
  #tokenReason: TokenRequest['reason'] = 'connect'
  #wake: Timer | null = null
  #renewal: Timer | null = null
  #heartbeatMs = 0
  #frames: ServerFrame[] = []
  #unpacking = false
  /** The last operation that was sent over this connection, and the last one that something was said about. */
  #sentCounter = 0
  #answeredCounter = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#connection = new Connection(options.runtime, options.webSocket, {
      opened: () => this.dispatch({ kind: 'opened' }),
      message: (bytes) => this.#read(bytes),
      closed: (code) => this.#closed(code),
    })
  }

  get state(): SessionState {
    return this.#state
  }

  dispatch(event: SessionEvent): void {
    const { clock, random } = this.#options.runtime
    const before = this.#state
    const step = transition(before, event, { now: clock.now(), jitter: random.fraction() })
    this.#state = step.state
    if (step.state !== before) this.#armWake()
    for (const effect of step.effects) this.#run(effect)
    if (step.state !== before) this.#options.owner.changed(this.#state, before)
  }

  /** False where the session is not attached; the frame is not kept. */
  send(frame: ClientFrame): boolean {
    const isSent = this.#connection.send(encodeClientFrame(frame))
    if (isSent && frame.kind === 'operation') {
      this.#sentCounter = frame.counter
      this.#expectAnswer()
    }
    return isSent
  }

  /** Somebody is waiting to see an edit saved: a dead connection should not be found out by the heartbeat alone. */
  #expectAnswer(): void {
    if (this.#sentCounter > this.#answeredCounter) this.#connection.expectAnswer(PING)
  }

  #armWake(): void {
    this.#wake?.cancel()
    const state = this.#state
    if (state.kind !== 'waiting' && state.kind !== 'offline') return
    const { clock } = this.#options.runtime
    this.#wake = clock.after(Math.max(0, state.until - clock.now()), () => this.dispatch({ kind: 'wake' }))
  }

  #run(effect: SessionEffect): void {
    switch (effect) {
      case 'fetch-token':
        return void this.#fetchToken()
      case 'open-socket':
        this.#sentCounter = this.#answeredCounter = 0
        return this.#connection.open(this.#options.url)
      case 'send-hello':
        this.send({
          kind: 'hello',
          protocolVersion: PROTOCOL_VERSION,
          token: this.#token,
          ...this.#options.owner.hello(),
        })
        return
      case 'ask-sync':
        this.send({ kind: 'sync', ...this.#options.owner.sync() })
        return
      case 'probe':
        return this.#connection.probe(PING)
      case 'renew-token':
        return void this.#renewToken()
      case 'close-socket':
        return this.#detach()
    }
  }

  #detach(): void {
    this.#connection.close()
    this.#renewal?.cancel()
    // Frames of a session that is over mean nothing to the next one.
    this.#frames = []
    this.#unpacking = false
  }

  #closed(code: number): void {
    // A token that the server did not accept must not come out of a cache again.
    this.#tokenReason = code === CLOSE_CODES.unauthenticated.code ? 'refused' : 'connect'
    this.dispatch({ kind: 'socket-closed', code, online: this.#options.runtime.page.isOnline() })
  }

  async #fetchToken(): Promise<void> {
    const { page, clock } = this.#options.runtime
    const asking = this.#state
    // What went wrong is the application's to report; here it is a failed attempt, shown as `token-unavailable`.
    const fail = (): void => {
      if (this.#state === asking) this.dispatch({ kind: 'token-failed', online: page.isOnline() })
    }
    const limit = clock.after(TOKEN_LIMIT_MS, fail)
    try {
      const token = await askToken(this.#options.token, { reason: this.#tokenReason })
      if (this.#state !== asking) return
      this.#token = token
      this.#tokenReason = 'connect'
      this.dispatch({ kind: 'token' })
    } catch {
      fail()
    } finally {
      limit.cancel()
    }
  }

  async #renewToken(): Promise<void> {
    try {
      const token = await askToken(this.#options.token, { reason: 'renew' })
      if (this.#state.kind !== 'live') return
      this.#token = token
      this.send({ kind: 'token', token })
      this.#armRenewal()
    } catch {
      // The session goes on until the old token ends; the server then closes it and a token is asked for again.
      return
    }
  }

  #armRenewal(): void {
    this.#renewal?.cancel()
    const { clock } = this.#options.runtime
    const end = tokenEnd(this.#token)
    const left = (end ?? 0) - clock.now()
    if (left <= 0) return
    const delay = Math.max(left - RENEW_BEFORE_END_MS, left / 2)
    if (delay < LONGEST_TIMER_MS) this.#renewal = clock.after(delay, () => void this.#renewToken())
  }

  #read(bytes: Uint8Array): void {
    let frame: ServerFrame
    try {
      frame = decodeServerFrame(bytes)
    } catch {
      return this.#beginAgain()
    }
    if (frame.kind === 'received' || frame.kind === 'committed' || frame.kind === 'rejected')
      this.#answeredCounter = frame.counter
    // What was heard may have been on its way since before the edit.
    this.#expectAnswer()
    if (frame.kind === 'pong') return
    this.#frames.push(frame)
    this.#handleFrames()
  }

  /** One frame after the other, also where one must be unpacked first. */
  #handleFrames(): void {
    while (!this.#unpacking) {
      const frame = this.#frames.shift()
      if (frame === undefined) return
      if (frame.kind !== 'state') this.#handle(frame)
      else if (frame.parts.some(({ encoding }) => encoding === 'deflate')) void this.#unpack(frame)
      else
        this.#stateArrived(
          frame.seq,
          frame.parts.map(({ update }) => update),
        )
    }
  }

  async #unpack(frame: ServerFrames['state']): Promise<void> {
    this.#unpacking = true
    // The queue is replaced when the session ends: a result that comes later than that belongs to nobody.
    const frames = this.#frames
    const updates = await unpackedParts(frame, this.#options.runtime.inflate)
    if (this.#frames !== frames) return
    if (updates === null) return this.#beginAgain()
    this.#unpacking = false
    this.#stateArrived(frame.seq, updates)
    this.#handleFrames()
  }

  /** Bytes were damaged on the way, or the server is not what it seems. */
  #beginAgain(): void {
    this.#connection.close()
    this.#closed(ABNORMAL_CLOSE)
  }

  #stateArrived(seq: number, updates: readonly Uint8Array[]): void {
    this.#options.owner.stateArrived(seq, updates)
    if (this.#state.kind === 'syncing') this.#connection.startHeartbeat(this.#heartbeatMs, PING, MISSABLE)
    this.dispatch({ kind: 'synced' })
  }

  #handle(frame: Exclude<ServerFrame, ServerFrames['state']>): void {
    switch (frame.kind) {
      case 'welcome':
        this.#options.owner.welcomed(frame)
        // The owner may have refused to go on, for it knows whose edits it holds.
        if (this.#state.kind !== 'authenticating') return
        this.#heartbeatMs = frame.heartbeatMs
        this.#connection.startHeartbeat(frame.heartbeatMs, PING, MISSABLE_WHILE_SYNCING)
        this.#armRenewal()
        return this.dispatch({ kind: 'welcomed' })
      case 'draining':
        return this.dispatch({ kind: 'draining', reconnectInMs: frame.reconnectInMs })
      case 'documentDeleted':
        return this.dispatch({ kind: 'failed', error: 'document-deleted' })
      case 'access':
        this.#options.owner.received(frame)
        if (frame.role === null) this.dispatch({ kind: 'failed', error: 'forbidden' })
        return
      case 'pong':
        return
      default:
        return this.#options.owner.received(frame)
    }
  }
}

/** The parts as updates; null where one cannot be unpacked. */
async function unpackedParts(
  { parts }: ServerFrames['state'],
  inflate: Runtime['inflate'],
): Promise<readonly Uint8Array[] | null> {
  try {
    return await Promise.all(parts.map(({ encoding, update }) => (encoding === 'deflate' ? inflate(update) : update)))
  } catch {
    // Whatever is wrong with the bytes, the remedy is the same: get them again.
    return null
  }
}
