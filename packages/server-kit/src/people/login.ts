import type { Principal } from '@sheaf/protocol'

/** Who is behind a session, as the last token said. */
export interface SessionIdentity {
  readonly principal: Principal
  readonly expiresAt: number | null
  readonly family: string | null
}

export interface LoginEnd {
  readonly userId: string
  /** Null stands for all of them. */
  readonly family: string | null
}

export const concerns = ({ userId, family }: LoginEnd, identity: SessionIdentity): boolean =>
  identity.principal.id === userId && (family === null || family === identity.family)
