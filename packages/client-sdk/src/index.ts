// Opening documents
export { createSheafClient, type SheafClient, type SheafClientOptions } from './client.ts'
export type { CloseOptions, SheafDocument } from './document.ts'
export type { TokenRequest, TokenSource } from './token.ts'

// What can be seen of a document
export type { ConnectionStatus, DeviceStatus, DocumentSnapshot, SaveState } from './status.ts'
export { ERRORS, SheafError, type RetryPolicy, type SheafErrorCode } from './errors.ts'
export { presenceColor, type PresenceState, type PresenceUser } from './presence.ts'
export { exportContent } from './export-content.ts'
export { warnBeforeLeaving } from './leave-warning.ts'

// Who is here, what is saved, and what was: for an interface to show
export { initialsOf, peopleOf, type People, type Person } from './people.ts'
export { describeOutboxStep, outboxOf, type OutboxEntry, type OutboxStep, type OutboxView } from './outbox-view.ts'
export { describeSaveStatus, type SaveStatusLine } from './save-status.ts'
export {
  createDocumentVersions,
  type DocumentVersions,
  type DocumentVersionsOptions,
  type Fetch,
  type Version,
  type VersionAuthor,
  type VersionPage,
} from './versions.ts'
export { describeNotice, type DocumentNotice } from './document-notice.ts'
export {
  OUTBOX_COLUMNS,
  describeNoRows,
  describeOutbox,
  documentFacts,
  outboxColumns,
  outboxRow,
  outboxRows,
  type DocumentFact,
  type OutboxRow,
} from './inspection.ts'
export {
  describeMoment,
  describeNames,
  describeRestore,
  versionDetail,
  versionTitle,
  type MomentOptions,
} from './version-words.ts'
export {
  createVersionPanel,
  describeVersionMessage,
  type VersionPanel,
  type VersionPanelDocument,
  type VersionPanelMessage,
  type VersionPanelSnapshot,
  type VersionPreview,
} from './version-panel.ts'
export { describeError } from './error-words.ts'
export { PAGE_ENGLISH, type Counting, type Language, type PageWords, type Plural } from './words.ts'
export { createVersionHistory, type VersionHistory, type VersionHistorySnapshot } from './version-history.ts'

// Sending
export { DEFAULT_BATCHING, type BatchingNumbers, type BatchingPolicy } from './batcher.ts'

// What is kept on the device
export type {
  DeviceStore,
  Journal,
  JournalChange,
  JournaledOperation,
  JournaledUpdate,
  JournalSummary,
  KnownState,
  Reader,
} from './device/store.ts'
export { memoryDeviceStore } from './device/memory.ts'
export { indexedDbDeviceStore } from './device/indexeddb.ts'

// Where it runs
export {
  systemRuntime,
  type Clock,
  type Locks,
  type PageSignal,
  type PageSignals,
  type Random,
  type Runtime,
  type Timer,
  type WebSocketConstructor,
  type WebSocketLike,
} from './runtime.ts'
export { assertOneYjs } from './yjs-identity.ts'

// Words of the protocol that appear in the interface
export { CONTENT_ROOT, DEFAULT_SCHEMA_ID, mayEdit, type RejectionCode, type Role } from '@sheaf/protocol'
