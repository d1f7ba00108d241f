import type { RejectionCode } from '@sheaf/protocol'

/** What happens after an error without anybody doing anything. */
export type RetryPolicy =
  /** Sheaf tries again by itself. */
  | 'automatic'
  /** Sheaf tries again when something changes: a fresh token, a role, the network. */
  | 'when-changed'
  /** Trying again cannot succeed; unsent edits stay on the device. */
  | 'never'

interface ErrorEntry {
  readonly message: string
  readonly retry: RetryPolicy
}

/** Every error of the client, with what it means to a person and what Sheaf does about it. */
export const ERRORS = {
  'not-authenticated': {
    message: 'The server does not accept the token. Sign in again.',
    retry: 'when-changed',
  },
  'token-unavailable': {
    message: 'The application could not provide a token.',
    retry: 'automatic',
  },
  forbidden: { message: 'You have no access to this document any more.', retry: 'never' },
  'not-found': { message: 'There is no such document, or you have no access to it.', retry: 'never' },
  'document-deleted': { message: 'This document was deleted.', retry: 'never' },
  'schema-mismatch': {
    message: 'This document was written with another version of the editor. It is read-only here.',
    retry: 'never',
  },
  'too-large': { message: 'Something that was sent is larger than the server accepts.', retry: 'never' },
  'protocol-version': { message: 'This client and the server speak different protocol versions.', retry: 'never' },
  protocol: { message: 'The server did not understand this client.', retry: 'never' },
  refused: {
    message: 'The server refused an edit. It stays on this device and can be exported.',
    retry: 'when-changed',
  },
  'journal-unavailable': {
    message: 'This device cannot store unsent edits. Keep this page open until they are saved.',
    retry: 'never',
  },
  'other-user': {
    message: 'This device holds unsent edits of another user in this document. Open the document again.',
    retry: 'never',
  },
  'server-behind': {
    message:
      'The server was set back and lacks edits that this device has. Export what you need, discard the rest and open the document again.',
    retry: 'never',
  },
  'document-damaged': {
    message: 'What the server sent could not be applied on this device. Open the document again.',
    retry: 'never',
  },
  'unsaved-edits': {
    message: 'This device holds edits that are not saved. Wait until they are, or export them.',
    retry: 'when-changed',
  },
  closed: { message: 'The document is closed.', retry: 'never' },
  'no-websocket': {
    message: "This runtime has no WebSocket. Pass one as the option webSocket, for example that of the package 'ws'.",
    retry: 'never',
  },
  unavailable: { message: 'The server could not be reached, or could not answer. Try again.', retry: 'when-changed' },
  'duplicate-yjs': {
    message: 'Two copies of yjs are loaded, which loses text silently. Deduplicate the dependency yjs.',
    retry: 'never',
  },
  'invalid-option': { message: 'An option of the client is not valid.', retry: 'never' },
} as const satisfies Record<string, ErrorEntry>

/** What went wrong: a key of `ERRORS`. */
export type SheafErrorCode = keyof typeof ERRORS

interface SheafErrorDetails {
  /** Replaces the message of the table where more is known. */
  readonly message?: string
  /** Why the server refused an operation; only with the code `refused`. */
  readonly rejection?: RejectionCode
  readonly cause?: unknown
}

/** The one error that the client throws, rejects with and shows in its snapshot. */
export class SheafError extends Error {
  override readonly name = 'SheafError'
  readonly code: SheafErrorCode
  /** What happens next by itself. */
  readonly retry: RetryPolicy
  /** Why the server refused an operation; null for every code but `refused`. */
  readonly rejection: RejectionCode | null

  constructor(code: SheafErrorCode, details: SheafErrorDetails = {}) {
    super(details.message ?? ERRORS[code].message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.retry = ERRORS[code].retry
    this.rejection = details.rejection ?? null
  }
}
