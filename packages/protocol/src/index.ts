export * from './codes.ts'
export * from './codec.ts'
export * from './meanings.ts'
export { isReplicaId, type Field, type ReplicaId, type VersionVector } from './field.ts'
export {
  STATE_ENCODINGS,
  type ClientFrame,
  type ClientFrames,
  type Principal,
  type ServerFrame,
  type ServerFrames,
  type SessionLimits,
  type StatePart,
} from './frames.ts'
export { inspectUpdate } from './inspect.ts'
export { isAllowedLink, isLinkKey } from './update-values.ts'
export {
  decodeOperation,
  decodeOperations,
  encodeOperation,
  encodeOperations,
  type Operation,
  type StoredOperation,
} from './operation.ts'
export {
  MAX_PRESENCE_DATA_BYTES,
  decodePresenceEntries,
  decodePresencePatch,
  encodePresenceEntries,
  encodePresencePatch,
  type PresenceCursor,
  type PresenceEntry,
  type PresencePatch,
} from './presence.ts'
export * from './update.ts'
