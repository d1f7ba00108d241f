import { CLOSE_CODES } from '@sheaf/protocol'
import type { CloseReason } from '@sheaf/protocol'

interface ErrorEntry {
  /** HTTP status of the answer. */
  readonly status: number
  /** How a socket closes for it. */
  readonly close: CloseReason
  /** One sentence for people, always the same for a code: what differs goes into the detail. */
  readonly title: string
  /** True where the same request may succeed later without a change. */
  readonly retry: boolean
}

/**
 * Every error that leaves the server, by its code. The code is the contract; the title may be reworded.
 * docs/reference/errors.md shows this table, and a test compares the two.
 */
export const ERROR_CODES = {
  'bad-request': { status: 400, close: 'malformed', title: 'The request is not valid.', retry: false },
  unauthenticated: { status: 401, close: 'unauthenticated', title: 'Sign in first.', retry: false },
  'wrong-credentials': {
    status: 401,
    close: 'unauthenticated',
    title: 'The e-mail address or the password is wrong.',
    retry: false,
  },
  forbidden: { status: 403, close: 'forbidden', title: 'Your role does not allow this.', retry: false },
  'too-many-documents': {
    status: 403,
    close: 'forbidden',
    title: 'You own as many documents as one person may; delete some first.',
    retry: false,
  },
  'not-found': { status: 404, close: 'notFound', title: 'There is no such thing here.', retry: false },
  'no-such-user': {
    status: 404,
    close: 'notFound',
    title: 'Nobody with this e-mail address has an account.',
    retry: false,
  },
  conflict: { status: 409, close: 'tryLater', title: 'Something with this identity exists already.', retry: false },
  'email-taken': {
    status: 409,
    close: 'forbidden',
    title: 'There is an account with this e-mail address.',
    retry: false,
  },
  'last-owner': { status: 409, close: 'forbidden', title: 'A document keeps at least one owner.', retry: false },
  'schema-mismatch': {
    status: 409,
    close: 'schemaMismatch',
    title: 'The document was written with another schema.',
    retry: false,
  },
  'too-large': { status: 413, close: 'tooLarge', title: 'The request is larger than the server takes.', retry: false },
  'unsupported-media-type': {
    status: 415,
    close: 'malformed',
    title: 'The body must be JSON (application/json).',
    retry: false,
  },
  'bad-content': {
    status: 422,
    close: 'malformed',
    title: 'The content is no document that this server can hold.',
    retry: false,
  },
  'slow-down': { status: 429, close: 'slowDown', title: 'Too many requests; wait and try again.', retry: true },
  internal: { status: 500, close: 'tryLater', title: 'The server made a mistake; it has been logged.', retry: true },
  'document-damaged': {
    status: 500,
    close: 'tryLater',
    title: 'The stored document is damaged; it is left as it is until an operator has looked at it.',
    retry: false,
  },
  'store-damaged': { status: 500, close: 'tryLater', title: 'Stored data is damaged.', retry: false },
  draining: { status: 503, close: 'restart', title: 'The server restarts; try again in a moment.', retry: true },
  unavailable: {
    status: 503,
    close: 'tryLater',
    title: 'Something that the server needs does not answer.',
    retry: true,
  },
  /** These four stop the start of a server; nobody sees them over the network. */
  configuration: { status: 500, close: 'tryLater', title: 'A setting is wrong.', retry: false },
  'folder-in-use': {
    status: 500,
    close: 'tryLater',
    title: 'The data folder belongs to a running server.',
    retry: false,
  },
  'folder-unusable': { status: 500, close: 'tryLater', title: 'The data folder cannot be used.', retry: false },
  'format-unknown': {
    status: 500,
    close: 'tryLater',
    title: 'The data was written by a newer version of Sheaf.',
    retry: false,
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERROR_CODES

interface ErrorOptions {
  readonly cause?: unknown
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number
}

/**
 * The one error that the server throws on purpose. Its message is shown to the caller as `detail`, so it holds no
 * content, no token and no name that the caller does not know already.
 */
export class SheafServerError extends Error {
  override readonly name = 'SheafServerError'
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | null

  constructor(code: ErrorCode, message: string = ERROR_CODES[code].title, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }

  get status(): number {
    return ERROR_CODES[this.code].status
  }

  get title(): string {
    return ERROR_CODES[this.code].title
  }

  /** Number of the close frame that a socket gets for this error. */
  get closeCode(): number {
    return CLOSE_CODES[ERROR_CODES[this.code].close].code
  }
}

/** True for an error of ours, with this code where one is given. */
export const isServerError = (error: unknown, code?: ErrorCode): error is SheafServerError =>
  error instanceof SheafServerError && (code === undefined || error.code === code)
