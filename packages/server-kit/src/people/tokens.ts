import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { SignJWT, decodeProtectedHeader, jwtVerify } from 'jose'
import { SheafServerError } from '../errors.ts'

/** Longest life of an access token: what a stolen one is worth. */
export const MAX_ACCESS_TOKEN_SECONDS = 15 * 60
/** A refresh token that was not used for so long is worthless. */
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 60 * 60
export const MIN_SECRET_BYTES = 32

/** Clocks of servers differ; a token counts as not yet valid, or expired, only beyond this. */
const CLOCK_TOLERANCE_SECONDS = 5
const ALGORITHM = 'HS256'
/** RFC 9068: keeps every other kind of token that the same key may sign from being taken for an access token. */
const TYPE = 'at+jwt'

export interface AccessTokenOptions {
  /** The first one signs, all verify: put a new one in front to change secrets without signing anybody out. */
  readonly secrets: readonly Uint8Array[]
  readonly issuer: string
  readonly audience: string
  /** Seconds an access token lives; at most {@link MAX_ACCESS_TOKEN_SECONDS}, which is the default. */
  readonly lifetimeSeconds?: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface AccessTokenClaims {
  readonly userId: string
  /** The log-in that the token comes from. */
  readonly family: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Signs and checks access tokens: JWTs with one pinned algorithm, from a closed set of keys. */
export class AccessTokens {
  readonly lifetimeSeconds: number
  readonly #keys: ReadonlyMap<string, Uint8Array>
  readonly #signingKey: { readonly kid: string; readonly secret: Uint8Array }
  readonly #issuer: string
  readonly #audience: string
  readonly #now: () => number

  constructor(options: AccessTokenOptions) {
    const keys = options.secrets.map((secret) => ({ kid: keyId(secret), secret }))
    const [signingKey] = keys
    if (signingKey === undefined || keys.some(({ secret }) => secret.length < MIN_SECRET_BYTES))
      throw new SheafServerError('configuration', `a secret for tokens has at least ${MIN_SECRET_BYTES} bytes`)
    this.lifetimeSeconds = Math.min(options.lifetimeSeconds ?? MAX_ACCESS_TOKEN_SECONDS, MAX_ACCESS_TOKEN_SECONDS)
    this.#keys = new Map(keys.map(({ kid, secret }) => [kid, secret]))
    this.#signingKey = signingKey
    this.#issuer = options.issuer
    this.#audience = options.audience
    this.#now = options.now
  }

  sign(userId: string, family: string): Promise<string> {
    const seconds = Math.floor(this.#now() / 1000)
    return new SignJWT({ fam: family })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: this.#signingKey.kid })
      .setIssuer(this.#issuer)
      .setAudience(this.#audience)
      .setSubject(userId)
      .setJti(randomUUID())
      .setIssuedAt(seconds)
      .setNotBefore(seconds)
      .setExpirationTime(seconds + this.lifetimeSeconds)
      .sign(this.#signingKey.secret)
  }

  /** @throws {SheafServerError} `unauthenticated`, with one and the same message whatever is wrong. */
  async verify(token: string): Promise<AccessTokenClaims> {
    try {
      const { kid } = decodeProtectedHeader(token)
      const secret = kid === undefined ? undefined : this.#keys.get(kid)
      if (secret === undefined) throw new Error('the key is not one of ours')
      const { payload } = await jwtVerify(token, secret, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: this.#issuer,
        audience: this.#audience,
        requiredClaims: ['sub', 'iat', 'nbf', 'exp', 'fam'],
        maxTokenAge: MAX_ACCESS_TOKEN_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#now()),
      })
      const { sub, fam, iat, exp } = payload
      if (typeof sub !== 'string' || typeof fam !== 'string' || iat === undefined || exp === undefined)
        throw new Error('a claim has the wrong type')
      return { userId: sub, family: fam, issuedAt: iat * 1000, expiresAt: exp * 1000 }
    } catch (error) {
      throw new SheafServerError('unauthenticated', undefined, { cause: error })
    }
  }
}

/** Derived from the secret, so that nobody has to configure and match names. */
const keyId = (secret: Uint8Array): string =>
  createHash('sha256').update('kid').update(secret).digest('base64url').slice(0, 12)

/** A new refresh token: 256 random bits, and the hash that alone is stored. */
export function mintRefreshToken(): { readonly token: string; readonly tokenHash: string } {
  const token = randomBytes(32).toString('base64url')
  return { token, tokenHash: hashRefreshToken(token) }
}

/** Plain SHA-256: nothing that slows guessing down is needed where there are 256 bits to guess. */
export const hashRefreshToken = (token: string): string => createHash('sha256').update(token).digest('base64url')
