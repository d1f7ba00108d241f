import { DEFAULT_UPDATE_LIMITS } from '@sheaf/protocol'
import type { UpdateLimits } from '@sheaf/protocol'
import { DEFAULT_MAX_DEPTH } from './ledger.ts'

/** Every bound of the real-time core. Times are in milliseconds. */
export interface Limits {
  /** What one operation may hold. */
  readonly update: UpdateLimits
  /** Levels of nodes inside each other. */
  readonly maxDepth: number
  /** Operations that one session may have on their way at one time. */
  readonly maxInFlight: number
  /** Operations that go into one append at most; the rest goes into the next one. */
  readonly maxBatch: number
  /** How long a receipt waits for the acknowledgement, to travel with it in one write; after that it goes alone. */
  readonly receiptMs: number
  /** Operations of one room that may wait for the store; more are sent back for later. */
  readonly maxPending: number
  /** Operations of one room that may wait for something that this server does not have yet. */
  readonly maxParked: number
  /** An operation that waited so long for what it builds on ends its session, so that it is sent again. */
  readonly parkedMs: number

  /** Sockets that one address may have open. */
  readonly maxConnectionsPerAddress: number
  /** Sessions that one user may have, from however many addresses. */
  readonly maxSessionsPerUser: number
  /** Sustained operations per second of one session, and how many may come at once. */
  readonly operationsPerSecond: number
  readonly operationsBurst: number
  /** The same for frames of every kind. */
  readonly framesPerSecond: number
  readonly framesBurst: number
  /** Malformed operations after which a session ends. */
  readonly strikes: number
  /** Frames that a session may send between its hello and the welcome. */
  readonly maxEarlyFrames: number

  /** Unsent bytes of one connection, beyond a state frame, after which it counts as a slow reader. */
  readonly maxBufferedBytes: number
  /** A connection that has not said hello by then is closed. */
  readonly helloTimeoutMs: number
  /** Clients ping this often; a session that was silent for two and a half times as long is dead. */
  readonly heartbeatMs: number
  /** How often the one timer looks after sessions and rooms. */
  readonly sweepMs: number

  /** Presence of a room is sent at most this often. */
  readonly presenceIntervalMs: number
  /** Largest encoded end of a cursor. */
  readonly maxCursorBytes: number

  /** A room without sessions is unloaded after this time, */
  readonly roomIdleMs: number
  /** or sooner, oldest first, when more rooms than this, or more bytes than this, are held. */
  readonly maxRooms: number
  readonly maxRoomBytes: number

  /** Validity of a lock, renewed while there is something to write. */
  readonly lockLeaseMs: number
  /** A lock that was not needed for so long is given back. */
  readonly lockIdleMs: number
  /** The position of a document is written at most this often. */
  readonly advanceMs: number

  /** The materializer folds when so many operations wait, or the oldest one waits for so long. */
  readonly foldEveryOperations: number
  readonly foldMs: number
  /** A snapshot is made after so many operations, or when the document has been quiet for so long. */
  readonly snapshotEveryOperations: number
  readonly snapshotQuietMs: number
  /** An automatic version replaces the one before it when that is younger than this. */
  readonly versionSpacingMs: number
  /** Most bytes of documents that the document thread keeps open, as the size of their encoded states. */
  readonly threadBytes: number

  /** How long a drain may take before sockets are closed anyway. */
  readonly drainMs: number
  /** What clients are told to wait before they come back, before jitter. */
  readonly reconnectInMs: number
}

export const DEFAULT_LIMITS: Limits = {
  update: DEFAULT_UPDATE_LIMITS,
  maxDepth: DEFAULT_MAX_DEPTH,
  maxInFlight: 64,
  maxBatch: 512,
  receiptMs: 20,
  maxPending: 20_000,
  maxParked: 256,
  parkedMs: 10_000,
  maxConnectionsPerAddress: 1_000,
  maxSessionsPerUser: 1_000,
  operationsPerSecond: 1_000,
  operationsBurst: 4_000,
  framesPerSecond: 2_000,
  framesBurst: 8_000,
  strikes: 3,
  maxEarlyFrames: 128,
  maxBufferedBytes: 8 * 1024 * 1024,
  helloTimeoutMs: 5_000,
  heartbeatMs: 15_000,
  sweepMs: 1_000,
  presenceIntervalMs: 50,
  maxCursorBytes: 64,
  roomIdleMs: 60_000,
  maxRooms: 10_000,
  maxRoomBytes: 256 * 1024 * 1024,
  lockLeaseMs: 10_000,
  lockIdleMs: 5_000,
  advanceMs: 1_000,
  foldEveryOperations: 10_000,
  foldMs: 10_000,
  snapshotEveryOperations: 500,
  snapshotQuietMs: 5_000,
  versionSpacingMs: 600_000,
  threadBytes: 64 * 1024 * 1024,
  drainMs: 10_000,
  reconnectInMs: 1_000,
}
