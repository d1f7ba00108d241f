import type { Principal, Role } from '@sheaf/protocol'
import { LRUCache } from 'lru-cache'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { SheafServerError, isServerError } from './errors.ts'
import type { Stores } from './ports.ts'
import type { SessionAccess } from './rooms.ts'
import { MAX_ACCESS_TOKEN_SECONDS } from './people/tokens.ts'
import type { AccessTokens } from './people/tokens.ts'

/** Who a token speaks for. */
export interface Identity {
  readonly principal: Principal
  /** Milliseconds since 1970; null for a token that does not expire. */
  readonly expiresAt: number | null
  /** The log-in that the token comes from; null where there is no such thing. */
  readonly family: string | null
  readonly email: string | null
  readonly canCreateDocuments: boolean
}

/** What an integrator's own check of a token gives. */
export interface VerifiedToken {
  /** Never changes for a person, and is never given to another one. */
  readonly id: string
  /** Shown to others beside the caret. */
  readonly name: string
  /** Milliseconds since 1970. Without it a session ends only when the person is refused. */
  readonly expiresAt?: number
  /** Default true. */
  readonly canCreateDocuments?: boolean
}

/** Where people come from. Without any of it: Sheaf's own accounts. */
export type AuthOptions =
  | {
      /** Resolves with who the token speaks for, or null where it is not valid. A rejection means: ask again later. */
      readonly verifyToken: (token: string) => Promise<VerifiedToken | null>
    }
  | {
      /** Where an identity provider publishes its keys. Tokens must carry `sub` and `exp`; `name` is shown to others. */
      readonly jwksUrl: string
      readonly issuer: string
      readonly audience: string
      /** Default RS256, ES256 and EdDSA. Algorithms with a shared secret are refused. */
      readonly algorithms?: readonly string[]
    }

/** The integrator's own rights: the role of a principal on a document, or null for none. Replaces the built-in permissions. */
export type Authorize = (principal: Principal, documentId: string) => Promise<Role | null>

/** Both halves of access, for HTTP and for sessions. */
export interface Access extends SessionAccess {
  authenticate(token: string): Promise<Identity>
  /** As `authorize`, also on a document that is in the trash. */
  authorizeInTrash(principal: Principal, documentId: string): Promise<Role | null>
  close(): void
}

/** A log-out of which nobody told this server counts after this time, at the latest. */
const LOGIN_CHECK_MS = 5_000

const ASYMMETRIC = ['RS256', 'ES256', 'EdDSA']

/** Accounts of Sheaf: the token says who, the user record says whether still. */
export function accountsAccess(options: {
  readonly stores: Pick<Stores, 'users' | 'fanOut' | 'documents' | 'permissions' | 'refreshTokens'>
  readonly tokens: AccessTokens
  readonly authorize: Authorize | null
}): Access {
  const { stores, tokens } = options
  // Log-ins that ended: their access tokens are refused at once, not only when they expire.
  const ended = new LRUCache<string, true>({ max: 100_000, ttl: MAX_ACCESS_TOKEN_SECONDS * 1000 })
  // Announcements are hints, and a server that has just started has heard none: the store is asked, now and then.
  const going = new LRUCache<string, true>({ max: 100_000, ttl: LOGIN_CHECK_MS })
  const stopListening = stores.fanOut.onAnnouncement((message) => {
    if (message.kind !== 'sessions-ended') return
    if (message.family !== null) ended.set(message.family, true)
    // Which log-ins that were is known to the store.
    else going.clear()
  })
  const hasEnded = async (family: string): Promise<boolean> => {
    if (ended.has(family)) return true
    if (going.has(family)) return false
    if (await available(() => stores.refreshTokens.isFamilyRevoked(family))) ended.set(family, true)
    else going.set(family, true)
    return ended.has(family)
  }
  return {
    authenticate: async (token) => {
      const { userId, family, expiresAt } = await tokens.verify(token)
      if (await hasEnded(family)) throw new SheafServerError('unauthenticated')
      const user = await available(() => stores.users.get(userId))
      if (user === null || user.disabledAt !== null) {
        // Whoever disables an account ends its log-ins, too: that one went on a moment ago says nothing any more.
        going.delete(family)
        throw new SheafServerError('unauthenticated')
      }
      return {
        principal: { id: user.id, name: user.displayName },
        expiresAt,
        family,
        email: user.email,
        canCreateDocuments: user.canCreateDocuments,
      }
    },
    ...authorizeWith(stores, options.authorize),
    hasEnded: async ({ userId, family }) => {
      const user = await available(() => stores.users.get(userId))
      if (user === null || user.disabledAt !== null) return true
      if (family === null || !(await available(() => stores.refreshTokens.isFamilyRevoked(family)))) return false
      ended.set(family, true)
      return true
    },
    close: stopListening,
  }
}

/** An integrator's identity provider. */
export function externalAccess(options: {
  readonly stores: Pick<Stores, 'documents' | 'permissions'>
  readonly auth: AuthOptions
  readonly authorize: Authorize | null
}): Access {
  const verifyToken = 'verifyToken' in options.auth ? options.auth.verifyToken : jwksVerifier(options.auth)
  return {
    authenticate: async (token) => {
      const verified = await available(() => verifyToken(token))
      if (verified === null) throw new SheafServerError('unauthenticated')
      return {
        principal: { id: verified.id, name: verified.name },
        expiresAt: verified.expiresAt ?? null,
        family: null,
        email: null,
        canCreateDocuments: verified.canCreateDocuments ?? true,
      }
    },
    ...authorizeWith(options.stores, options.authorize),
    close: () => undefined,
  }
}

function authorizeWith(
  stores: Pick<Stores, 'documents' | 'permissions'>,
  authorize: Authorize | null,
): Pick<Access, 'authorize' | 'authorizeInTrash'> {
  const roleOf = async (principal: Principal, documentId: string): Promise<Role | null> => {
    if (authorize !== null) return available(() => authorize(principal, documentId))
    const permission = await available(() => stores.permissions.get(documentId, principal.id))
    return permission?.role ?? null
  }
  const find = (documentId: string) => available(() => stores.documents.get(documentId))
  return {
    authorize: async (principal, documentId) => {
      const document = await find(documentId)
      return document === null || document.deletedAt !== null ? null : roleOf(principal, documentId)
    },
    authorizeInTrash: async (principal, documentId) =>
      (await find(documentId)) === null ? null : roleOf(principal, documentId),
  }
}

function jwksVerifier(
  options: Extract<AuthOptions, { jwksUrl: string }>,
): (token: string) => Promise<VerifiedToken | null> {
  const algorithms = [...(options.algorithms ?? ASYMMETRIC)]
  if (algorithms.length === 0 || algorithms.some((algorithm) => algorithm.startsWith('HS') || algorithm === 'none'))
    throw new SheafServerError('configuration', 'tokens of a JWKS URL are signed with an asymmetric algorithm')
  const keys = createRemoteJWKSet(new URL(options.jwksUrl))
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms,
        issuer: options.issuer,
        audience: options.audience,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: 5,
      })
      const { sub, exp, name } = payload
      if (sub === undefined || exp === undefined) return null
      return { id: sub, name: typeof name === 'string' ? name : sub, expiresAt: exp * 1000 }
    } catch (error) {
      // jose's own errors with these codes are about the token; all else is about reaching the provider.
      const { code } = error as { code?: string }
      if (code === 'ERR_JWKS_TIMEOUT' || code === undefined || code === 'ERR_JOSE_GENERIC') throw error
      return null
    }
  }
}

/** What a store or an identity provider throws is `unavailable` to the caller: it may be asked again. */
async function available<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (isServerError(error)) throw error
    throw new SheafServerError('unavailable', undefined, { cause: error, retryAfterSeconds: 2 })
  }
}
