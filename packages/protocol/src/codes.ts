/** The version of the wire protocol that this package speaks. The two sides must speak the same one. */
export const PROTOCOL_VERSION = 1

/** What a principal may do with a document, from most to least. */
export const ROLES = ['owner', 'editor', 'commenter', 'viewer'] as const
/** What a principal may do with a document, most first. */
export type Role = (typeof ROLES)[number]

/** True for the roles that may change a document's content. */
export const mayEdit = (role: Role | null): boolean => role === 'owner' || role === 'editor'

/** What a client does after the server closed the socket with a code. */
export type ClosePolicy =
  /** Connect again, with backoff. */
  | 'reconnect'
  /** Ask the application for a fresh token, then connect again. */
  | 'refresh-token'
  /** Give up: trying again cannot succeed. Unsent edits stay on the device. */
  | 'permanent'

interface CloseCodeEntry {
  readonly code: number
  readonly policy: ClosePolicy
}

/**
 * Every close code that Sheaf itself uses, with what a client does about it.
 * Codes from 4400 to 4499 are permanent unless this table says otherwise; every other code means reconnect.
 */
export const CLOSE_CODES = {
  malformed: { code: 4400, policy: 'permanent' },
  unauthenticated: { code: 4401, policy: 'refresh-token' },
  forbidden: { code: 4403, policy: 'permanent' },
  notFound: { code: 4404, policy: 'permanent' },
  helloTimeout: { code: 4408, policy: 'reconnect' },
  schemaMismatch: { code: 4409, policy: 'permanent' },
  tooLarge: { code: 4413, policy: 'permanent' },
  protocolVersion: { code: 4426, policy: 'permanent' },
  slowDown: { code: 4429, policy: 'reconnect' },
  restart: { code: 1012, policy: 'reconnect' },
  tryLater: { code: 1013, policy: 'reconnect' },
} as const satisfies Record<string, CloseCodeEntry>

export type CloseReason = keyof typeof CLOSE_CODES

const policyByCode = new Map<number, ClosePolicy>(
  Object.values(CLOSE_CODES).map((entry: CloseCodeEntry) => [entry.code, entry.policy]),
)

/** What a client does about a close code, its own table entry or the rule for its range. */
export function closePolicy(code: number): ClosePolicy {
  const known = policyByCode.get(code)
  if (known !== undefined) return known
  return code >= 4400 && code <= 4499 ? 'permanent' : 'reconnect'
}

/**
 * Why the server refuses an operation. A refused operation touched nothing; sending the same one again is refused again,
 * so the client keeps it on the device, becomes read-only and offers it for export.
 */
export const REJECTION_CODES = [
  'not-allowed',
  'malformed',
  'too-large',
  'too-complex',
  'id-conflict',
  'counter-gap',
  'vector-mismatch',
  'foreign-client',
  'clock-gap',
  'clock-ceiling',
  'future-origin',
  'unknown-root',
  'content-type',
  'structure',
  'too-deep',
  'forbidden-key',
  'forbidden-link',
  'schema-mismatch',
] as const

/** Why an operation was rejected. */
export type RejectionCode = (typeof REJECTION_CODES)[number]

/** The one error that decoding throws, whatever the input. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  /** `malformed`: the bytes do not follow the grammar. `protocolVersion`: they may, in another version. */
  readonly code: 'malformed' | 'protocolVersion'
  constructor(code: 'malformed' | 'protocolVersion', message: string) {
    super(message)
    this.code = code
  }
}
