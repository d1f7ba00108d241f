import { bytes, list, oneOf, optional, record, replicaId, role, text, varuint, versionVector } from './field.ts'
import type { AnyFields, RecordOf } from './field.ts'
import { REJECTION_CODES } from './codes.ts'

interface FrameSchema<F extends AnyFields> {
  /** The first varuint of the frame. */
  readonly type: number
  readonly fields: F
}

const frame = <F extends AnyFields>(type: number, fields: F): FrameSchema<F> => ({ type, fields })

const token = text(16_384)

/** Who a session speaks for, as the server knows it. */
export const principal = record({ id: text(256), name: text(256) })

const limits = record({
  /** Largest update of one operation, in bytes. */
  maxUpdateBytes: varuint,
  /** Operations that may be on their way (sent, not committed) at one time. */
  maxInFlight: varuint,
  /** Shortest time between two presence frames of one session, in milliseconds. */
  presenceIntervalMs: varuint,
})

/** How the bytes of one part of a state frame stand: a Yjs V2 update as it is, or raw-deflated (RFC 1951). */
export const STATE_ENCODINGS = ['plain', 'deflate'] as const

const statePart = record({ encoding: oneOf(STATE_ENCODINGS), update: bytes })

/** What a client says. The types and the order of the fields are the contract; see docs/reference/protocol.md. */
export const clientFrames = {
  hello: frame(1, {
    protocolVersion: varuint,
    token,
    replicaId,
    /** The highest seq up to which this replica has everything; 0 for nothing. */
    lastSeq: varuint,
    /** Yjs state vector of what the replica has; empty where it has nothing. */
    stateVector: bytes,
    /** Schema of the editor; empty for a client that does not interpret the content. */
    schemaId: text(128),
  }),
  operation: frame(2, { counter: varuint, baseSeq: varuint, versionVector, update: bytes }),
  /** A presence patch, see presence.ts. */
  presence: frame(3, { patch: bytes }),
  token: frame(4, { token }),
  sync: frame(5, { lastSeq: varuint, stateVector: bytes }),
  ping: frame(6, {}),
} as const

/** What a server says. */
export const serverFrames = {
  welcome: frame(16, {
    sessionId: text(64),
    principal,
    role,
    /** The document's seq that the state frame behind this one leads up to. */
    seq: varuint,
    /** The highest counter of this replica that is committed; 0 for none. */
    committedCounter: varuint,
    limits,
    /** The client pings this often, and takes two missed pongs for a dead connection. Milliseconds. */
    heartbeatMs: varuint,
    /** The document's schema; empty where it has none. */
    schemaId: text(128),
  }),
  /** Everything the client misses up to `seq`: parts to apply in order. */
  state: frame(17, { seq: varuint, parts: list(statePart, 1_000_000) }),
  /** All operations of this replica up to `counter` were accepted and wait for the store. */
  received: frame(18, { counter: varuint }),
  /**
   * All operations of this replica up to `counter` are durable. Those that this frame adds to the last one have
   * consecutive seqs that end with `seq`.
   */
  committed: frame(19, { counter: varuint, seq: varuint }),
  rejected: frame(20, {
    counter: varuint,
    code: oneOf(REJECTION_CODES),
    message: text(1024),
  }),
  operation: frame(21, { seq: varuint, replicaId, counter: varuint, versionVector, update: bytes }),
  /** A list of presence entries, see presence.ts. */
  presence: frame(22, { entries: bytes }),
  /** The role from now on; nothing where every right was withdrawn. */
  access: frame(23, { role: optional(role) }),
  /** The server restarts: reconnect after about this many milliseconds. */
  draining: frame(24, { reconnectInMs: varuint }),
  versionCreated: frame(25, { versionId: text(128) }),
  documentDeleted: frame(26, {}),
  pong: frame(27, {}),
} as const

type FramesOf<S extends Readonly<Record<string, FrameSchema<AnyFields>>>> = {
  [K in keyof S]: { readonly kind: K } & RecordOf<S[K]['fields']>
}

export type ClientFrames = FramesOf<typeof clientFrames>
export type ServerFrames = FramesOf<typeof serverFrames>
/** A frame that a client sends. */
export type ClientFrame = ClientFrames[keyof ClientFrames]
/** A frame that a server sends. */
export type ServerFrame = ServerFrames[keyof ServerFrames]
/** Who a token speaks for, as others see them. */
export type Principal = ServerFrames['welcome']['principal']
export type SessionLimits = ServerFrames['welcome']['limits']
export type StatePart = ServerFrames['state']['parts'][number]
