import { DEFAULT_UPDATE_LIMITS } from '@sheaf/protocol'
import type { UpdateLimits } from '@sheaf/protocol'
import { DEFAULT_MAX_DEPTH } from './ledger/ledger.ts'

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
  /** Their bytes, of one room. */
  readonly maxPendingBytes: number
  /** Operations of one room that may wait for something that this server does not have yet. */
  readonly maxParked: number
  /** An operation that waited so long for what it builds on ends its session, so that it is sent again. */
  readonly parkedMs: number

  /** Sockets that one address may have open. */
  readonly maxConnectionsPerAddress: number
  /** Sessions that one user may have, from however many addresses. */
  readonly maxSessionsPerUser: number
  /** Documents that one user may own. */
  readonly maxDocumentsPerUser: number
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
  /** Servers tell each other this often who is there; what was not heard of for two and a half times as long is gone. */
  readonly presenceRefreshMs: number
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
  /** How long a server goes on writing while another one wants to write as well. */
  readonly lockTurnMs: number
  /** How long a lock is waited for whose holder does not answer. After that one writes without it, which the log's indexes keep right. */
  readonly lockPatienceMs: number

  /** Open documents are looked up in the log this often while other servers are not heard, */
  readonly catchUpMs: number
  /** and this often while they are: the last message of all may have been lost. */
  readonly safetyCatchUpMs: number
  /** Log-ins and roles of open sessions are looked up this often while other servers are not heard, */
  readonly accessCheckCutMs: number
  /** and this often while they are. */
  readonly accessCheckMs: number
  /** Look-ups of these kinds that are under way at one time. */
  readonly parallelChecks: number
  /** The position of a document is written at most this often. */
  readonly advanceMs: number

  /** Bytes of operations that wait in memory for the feed, of all documents; beyond it they are read from the log again. */
  readonly maxUnpublishedBytes: number
  /** A feed that has not taken operations by then counts as one that does not take any. */
  readonly publishTimeoutMs: number
  /** About how often a server looks for documents that the feed is behind of and that nobody publishes. */
  readonly findUnpublishedMs: number

  /** Bytes of operations that wait in memory to be folded, of all documents; beyond it they are read from the log again. */
  readonly maxHeardBytes: number
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
  maxPendingBytes: 64 * 1024 * 1024,
  maxParked: 256,
  parkedMs: 10_000,
  maxConnectionsPerAddress: 1_000,
  maxSessionsPerUser: 1_000,
  maxDocumentsPerUser: 10_000,
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
  presenceRefreshMs: 10_000,
  maxCursorBytes: 64,
  roomIdleMs: 60_000,
  maxRooms: 10_000,
  maxRoomBytes: 256 * 1024 * 1024,
  lockLeaseMs: 10_000,
  lockIdleMs: 5_000,
  lockTurnMs: 100,
  lockPatienceMs: 1_000,
  catchUpMs: 1_000,
  safetyCatchUpMs: 30_000,
  accessCheckCutMs: 3_000,
  accessCheckMs: 15_000,
  parallelChecks: 8,
  advanceMs: 1_000,
  maxUnpublishedBytes: 16 * 1024 * 1024,
  publishTimeoutMs: 10_000,
  findUnpublishedMs: 30_000,
  maxHeardBytes: 16 * 1024 * 1024,
  foldEveryOperations: 10_000,
  foldMs: 10_000,
  snapshotEveryOperations: 500,
  snapshotQuietMs: 5_000,
  versionSpacingMs: 600_000,
  threadBytes: 64 * 1024 * 1024,
  drainMs: 10_000,
  reconnectInMs: 1_000,
}
