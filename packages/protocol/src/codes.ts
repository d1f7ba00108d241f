/** The version of the wire protocol that this package speaks. The two sides must speak the same one. */
export const PROTOCOL_VERSION = 1

/** What a principal may do with a document, from most to least. */
export const ROLES = ['owner', 'editor', 'commenter', 'viewer'] as const
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
  readonly meaning: string
}

/**
 * Every close code that Sheaf itself uses, with what a client does about it.
 * Codes from 4400 to 4499 are permanent unless this table says otherwise; every other code means reconnect.
 */
export const CLOSE_CODES = {
  malformed: { code: 4400, policy: 'permanent', meaning: 'A frame did not follow the protocol.' },
  unauthenticated: { code: 4401, policy: 'refresh-token', meaning: 'The token is missing, expired or not valid.' },
  forbidden: { code: 4403, policy: 'permanent', meaning: 'The principal has no right to this document any more.' },
  notFound: { code: 4404, policy: 'permanent', meaning: 'There is no such document for this principal.' },
  helloTimeout: { code: 4408, policy: 'reconnect', meaning: 'No hello frame arrived in time.' },
  schemaMismatch: { code: 4409, policy: 'permanent', meaning: 'The document was written with another schema.' },
  tooLarge: { code: 4413, policy: 'permanent', meaning: 'Something that was sent is over a limit.' },
  protocolVersion: { code: 4426, policy: 'permanent', meaning: 'The two sides speak different protocol versions.' },
  slowDown: { code: 4429, policy: 'reconnect', meaning: 'Too many frames, or frames read too slowly.' },
  restart: { code: 1012, policy: 'reconnect', meaning: 'The server restarts.' },
  tryLater: { code: 1013, policy: 'reconnect', meaning: 'The server cannot serve this document right now.' },
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
export const REJECTION_CODES = {
  'not-allowed': 'The role on this document does not allow edits.',
  malformed: 'The update cannot be decoded, or carries trailing bytes.',
  'too-large': 'The update is larger than the limit that the welcome frame states.',
  'too-complex': 'The update holds more structs or delete ranges than one operation may.',
  'id-conflict': 'Other bytes were committed under the same unique id.',
  'counter-gap': 'The counter does not follow the last one of this replica.',
  'vector-mismatch': 'The stated version vector differs from what the update advances.',
  'foreign-client': 'The update writes under a Yjs client id that another replica claimed.',
  'clock-gap': 'The clocks of the update are not contiguous with what is stored.',
  'clock-ceiling': 'A clock is beyond the largest one allowed.',
  'future-origin': 'A struct refers to a later struct of the same client.',
  'unknown-root': 'The update writes to a root type that the document does not have.',
  'content-type': 'The update holds a kind of content that documents do not hold.',
  structure: 'The update puts content where it cannot stand.',
  'too-deep': 'The update nests content deeper than the limit.',
  'forbidden-key': 'The update holds a key that could change a prototype.',
  'forbidden-link': 'The update holds a link or an image whose scheme is not allowed.',
  'schema-mismatch': 'The session uses another schema than the document.',
} as const

export type RejectionCode = keyof typeof REJECTION_CODES

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
