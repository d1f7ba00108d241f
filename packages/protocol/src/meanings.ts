import type { CloseReason, RejectionCode } from './codes.ts'

// Apart from the codes: a client acts on these and shows words of its own, and should not carry the sentences.

/** What each close code says, as docs/reference/protocol.md has it. */
export const CLOSE_MEANINGS: Readonly<Record<CloseReason, string>> = {
  malformed: 'A frame did not follow the protocol.',
  unauthenticated: 'The token is missing, expired or not valid.',
  forbidden: 'The principal has no right to this document any more.',
  notFound: 'There is no such document for this principal.',
  helloTimeout: 'No hello frame arrived in time.',
  schemaMismatch: 'The document was written with another schema.',
  tooLarge: 'Something that was sent is over a limit.',
  protocolVersion: 'The two sides speak different protocol versions.',
  slowDown: 'Too many frames, or frames read too slowly.',
  restart: 'The server restarts.',
  tryLater: 'The server cannot serve this document right now.',
}

/** What each rejection code says, as docs/reference/protocol.md has it. */
export const REJECTION_MEANINGS: Readonly<Record<RejectionCode, string>> = {
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
}
