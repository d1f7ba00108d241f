import type { Principal, Role } from '@sheaf/protocol'

/** What the core asks about people. Both calls reject with a SheafServerError: `unauthenticated` or `unavailable`. */
export interface SessionAccess {
  authenticate(token: string): Promise<{
    readonly principal: Principal
    /** Milliseconds since 1970; null for a token that does not expire. */
    readonly expiresAt: number | null
    /** The log-in that the token comes from, so that a log-out can end its sessions. */
    readonly family: string | null
  }>
  /** The role on the document; null where there is none, or no such document. */
  authorize(principal: Principal, documentId: string): Promise<Role | null>
  /**
   * Whether a log-in has ended that `authenticate` accepted, or its user was disabled, as the stores know it now.
   * Left out where nobody can be asked: there a session goes on to the end of its token.
   */
  hasEnded?(login: { readonly userId: string; readonly family: string | null }): Promise<boolean>
}

/** The pipe of one session, as the socket layer or a simulation provides it. */
export interface Connection {
  /**
   * Sends protocol frames, each as one binary message, in one write. The array and the bytes are shared between
   * connections and never change: a connection may remember what it built for an array by its identity.
   */
  send(frames: readonly Uint8Array[]): void
  /** Ends it. Nothing is sent afterwards; calling it again does nothing. */
  close(code: number, reason: string): void
  /** Bytes that were given to `send` and have not left yet. */
  bufferedBytes(): number
  readonly remoteAddress: string
}

/** What the socket layer tells the core about one connection. */
export interface SessionEnd {
  receive(frame: Uint8Array): void
  /** The pipe is gone, whoever ended it. */
  closed(): void
}
