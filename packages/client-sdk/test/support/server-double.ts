import { decodeClientFrame, decodePresencePatch, encodePresenceEntries, encodeServerFrame } from '@sheaf/protocol'
import type { ClientFrame, ClientFrames, PresencePatch, RejectionCode, Role, ServerFrame } from '@sheaf/protocol'
import { deflateRawSync } from 'node:zlib'
import * as Y from 'yjs'
import type { FakeNetwork, ServerSocket } from '../../src/testing/index.ts'

interface StoredOperation {
  readonly seq: number
  readonly replicaId: string
  readonly counter: number
  readonly versionVector: ClientFrames['operation']['versionVector']
  readonly update: Uint8Array
}

interface Attached {
  readonly key: number
  readonly socket: ServerSocket
  hello: ClientFrames['hello'] | null
  presence: Extract<PresencePatch, { kind: 'full' }> | null
}

/** A server of one document in memory: speaks the real frames, keeps the operations, and does what a test tells it. */
export class ServerDouble {
  readonly operations: StoredOperation[] = []
  /** Frames as they came in, without pings. */
  readonly heard: ClientFrame[] = []
  readonly sessions = new Set<Attached>()
  pings = 0
  role: Role = 'editor'
  schemaId = ''
  principals = new Map<string, { id: string; name: string }>()
  limits = { maxUpdateBytes: 1_000_000, maxInFlight: 8, presenceIntervalMs: 100 }
  deflate = false
  /** Answers with this in place of a welcome. */
  refuseWith: number | null = null
  /** Operations are received but not committed while this is true. */
  holdCommits = false
  rejectWith: RejectionCode | null = null
  silent = false
  #held: (() => void)[] = []
  #nextKey = 1

  constructor(network: FakeNetwork) {
    this.attach(network)
  }

  /** Serves one more network too. */
  attach(network: FakeNetwork): void {
    network.serve((socket) => this.#accept(socket))
  }

  get seq(): number {
    return this.operations.at(-1)?.seq ?? 0
  }

  /** What somebody has who opens the document now. */
  content(): Y.Doc {
    const doc = new Y.Doc()
    for (const { update } of this.operations) Y.applyUpdateV2(doc, update)
    return doc
  }

  heardOf<Kind extends ClientFrame['kind']>(kind: Kind): ClientFrames[Kind][] {
    return this.heard.filter((frame): frame is ClientFrames[Kind] => frame.kind === kind)
  }

  /** Commits what was held. */
  release(): void {
    this.holdCommits = false
    const held = this.#held
    this.#held = []
    for (const commit of held) commit()
  }

  /** Forgets what it received and did not commit, as a server that is killed does. */
  forgetHeld(): void {
    this.#held = []
  }

  tell(frame: ServerFrame): void {
    for (const session of this.sessions) if (session.hello !== null) session.socket.send(encodeServerFrame(frame))
  }

  /** An operation of somebody who is not here. */
  write(update: Uint8Array, tell = true): void {
    const operation = {
      seq: this.seq + 1,
      replicaId: 'f'.repeat(32),
      counter: this.seq + 1,
      versionVector: [],
      update,
    }
    this.operations.push(operation)
    if (tell) this.tell({ kind: 'operation', ...operation })
  }

  committedCounter(replicaId: string): number {
    return Math.max(0, ...this.operations.filter((one) => one.replicaId === replicaId).map(({ counter }) => counter))
  }

  #accept(socket: ServerSocket): void {
    const session: Attached = { key: this.#nextKey++, socket, hello: null, presence: null }
    this.sessions.add(session)
    socket.onClose = () => {
      this.sessions.delete(session)
      if (session.presence !== null) this.#spread(session, [{ kind: 'left', key: session.key }])
    }
    socket.onMessage = (bytes) => this.#hear(session, decodeClientFrame(bytes))
  }

  #hear(session: Attached, frame: ClientFrame): void {
    if (this.silent) return
    if (frame.kind === 'ping') {
      this.pings += 1
      return session.socket.send(encodeServerFrame({ kind: 'pong' }))
    }
    this.heard.push(frame)
    if (frame.kind === 'hello') return this.#welcome(session, frame)
    if (frame.kind === 'sync') return this.#sendState(session, frame.lastSeq)
    if (frame.kind === 'operation') return this.#receive(session, frame)
    if (frame.kind === 'presence') this.#presence(session, decodePresencePatch(frame.patch))
  }

  #welcome(session: Attached, hello: ClientFrames['hello']): void {
    if (this.refuseWith !== null) return session.socket.close(this.refuseWith)
    session.hello = hello
    session.socket.send(
      encodeServerFrame({
        kind: 'welcome',
        sessionId: String(session.key),
        principal: this.principals.get(hello.token) ?? { id: hello.token, name: hello.token },
        role: this.role,
        seq: this.seq,
        committedCounter: this.committedCounter(hello.replicaId),
        limits: this.limits,
        heartbeatMs: 10_000,
        schemaId: this.schemaId,
      }),
    )
    this.#sendState(session, hello.lastSeq)
    for (const other of this.sessions)
      if (other !== session && other.presence !== null)
        session.socket.send(
          encodeServerFrame({
            kind: 'presence',
            entries: encodePresenceEntries([this.#introduction(other, other.presence)]),
          }),
        )
  }

  #sendState(session: Attached, lastSeq: number): void {
    const parts = this.operations
      .filter(({ seq }) => seq > lastSeq)
      .map(({ update }) =>
        this.deflate
          ? { encoding: 'deflate' as const, update: new Uint8Array(deflateRawSync(update)) }
          : { encoding: 'plain' as const, update },
      )
    session.socket.send(encodeServerFrame({ kind: 'state', seq: this.seq, parts }))
  }

  #receive(session: Attached, frame: ClientFrames['operation']): void {
    if (session.hello === null) throw new Error('an operation before hello')
    const { replicaId } = session.hello
    if (this.rejectWith !== null)
      return session.socket.send(
        encodeServerFrame({ kind: 'rejected', counter: frame.counter, code: this.rejectWith, message: 'no' }),
      )
    session.socket.send(encodeServerFrame({ kind: 'received', counter: frame.counter }))
    const commit = (): void => this.#commit(session, replicaId, frame)
    if (this.holdCommits) this.#held.push(commit)
    else commit()
  }

  #commit(session: Attached, replicaId: string, frame: ClientFrames['operation']): void {
    const known = this.operations.find((one) => one.replicaId === replicaId && one.counter === frame.counter)
    if (known === undefined) {
      if (frame.counter !== this.committedCounter(replicaId) + 1) throw new Error(`a gap before ${frame.counter}`)
      const operation = {
        seq: this.seq + 1,
        replicaId,
        counter: frame.counter,
        versionVector: frame.versionVector,
        update: frame.update,
      }
      this.operations.push(operation)
      for (const other of this.sessions)
        if (other !== session && other.hello !== null)
          other.socket.send(encodeServerFrame({ kind: 'operation', ...operation }))
    } else if (!Buffer.from(known.update).equals(frame.update)) throw new Error('other bytes under the same id')
    session.socket.send(encodeServerFrame({ kind: 'committed', counter: frame.counter, seq: known?.seq ?? this.seq }))
  }

  #presence(session: Attached, patch: PresencePatch): void {
    if (patch.kind === 'full') {
      session.presence = patch
      return this.#spread(session, [this.#introduction(session, patch)])
    }
    this.#spread(session, [{ ...patch, key: session.key }])
  }

  #introduction(session: Attached, { clientId, cursor, data }: Extract<PresencePatch, { kind: 'full' }>) {
    const token = session.hello?.token ?? ''
    const user = this.principals.get(token) ?? { id: token, name: token }
    return { kind: 'full' as const, key: session.key, clientId, user, cursor, data }
  }

  #spread(from: Attached, entries: Parameters<typeof encodePresenceEntries>[0]): void {
    for (const other of this.sessions)
      if (other !== from && other.hello !== null)
        other.socket.send(encodeServerFrame({ kind: 'presence', entries: encodePresenceEntries(entries) }))
  }
}
