import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { setDisabled } from './disabling.ts'
import { SheafServerError, isServerError } from '../errors.ts'
import type { Passwords } from './passwords.ts'
import type { RefreshTokenRecord, Stores, UserRecord } from '../ports.ts'
import { REFRESH_TOKEN_SECONDS, hashRefreshToken, mintRefreshToken } from './tokens.ts'
import type { AccessTokens } from './tokens.ts'

/** How many attempts are answered before `slow-down`; counted by all servers together. */
export interface AttemptLimits {
  /** Log-ins with one e-mail address since the last one that succeeded. Default 10 in 15 minutes. */
  readonly perAccount: number
  /** Log-ins from one network address, the successful ones too: many people may share it. Default 300 in 15 minutes. */
  readonly perAddress: number
  /** Registrations from one network address. Default 100 in an hour. */
  readonly registrationsPerAddress: number
}

export const DEFAULT_ATTEMPT_LIMITS: AttemptLimits = {
  perAccount: 10,
  perAddress: 300,
  registrationsPerAddress: 100,
}

const LOGIN_WINDOW_MS = 15 * 60_000
const REGISTRATION_WINDOW_MS = 60 * 60_000
/**
 * A client whose answer was lost on the way comes again with the token that was rotated; within this time it is given a
 * fresh one instead of being taken for a thief.
 */
const ROTATION_GRACE_MS = 10_000

/** What somebody who signed in holds. */
export interface SignedIn {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  readonly user: UserRecord
}

export interface AccountsOptions {
  readonly stores: Pick<Stores, 'users' | 'refreshTokens' | 'attempts' | 'fanOut'>
  readonly passwords: Passwords
  readonly tokens: AccessTokens
  readonly clock: Clock
  readonly attempts?: Partial<AttemptLimits>
  /** False where accounts are made by the operator only. Default true. */
  readonly registration?: boolean
}

/** Sheaf's own identity: accounts with an e-mail address and a password. */
export class Accounts {
  readonly #stores: AccountsOptions['stores']
  readonly #passwords: Passwords
  readonly #tokens: AccessTokens
  readonly #clock: Clock
  readonly #limits: AttemptLimits
  readonly #registration: boolean

  constructor(options: AccountsOptions) {
    this.#stores = options.stores
    this.#passwords = options.passwords
    this.#tokens = options.tokens
    this.#clock = options.clock
    this.#limits = { ...DEFAULT_ATTEMPT_LIMITS, ...options.attempts }
    this.#registration = options.registration ?? true
  }

  /** @throws {SheafServerError} `forbidden` where registration is closed, `email-taken`, or `slow-down`. */
  async register(person: { email: string; password: string; displayName: string }, address: string): Promise<SignedIn> {
    if (!this.#registration) throw new SheafServerError('forbidden', 'accounts are made by the operator of this server')
    await this.#count(`register:${address}`, REGISTRATION_WINDOW_MS, this.#limits.registrationsPerAddress)
    // Before anything is looked up, so that a taken address takes as long as a free one.
    const passwordHash = await this.#passwords.hash(person.password)
    const user: UserRecord = {
      id: randomUUID(),
      email: person.email,
      passwordHash,
      displayName: person.displayName,
      canCreateDocuments: true,
      createdAt: this.#clock.now(),
      disabledAt: null,
    }
    try {
      await this.#stores.users.create(user)
    } catch (error) {
      throw isServerError(error, 'conflict') ? new SheafServerError('email-taken') : error
    }
    return this.#signIn(user, randomUUID())
  }

  /** @throws {SheafServerError} `wrong-credentials` whatever is wrong, in the same time, or `slow-down`. */
  async login(credentials: { email: string; password: string }, address: string): Promise<SignedIn> {
    const account = accountKey(credentials.email)
    await this.#countGuess(account, address)

    const user = await this.#stores.users.findByEmail(credentials.email)
    const matches = await this.#passwords.matches(user?.passwordHash ?? null, credentials.password)
    if (user === null || !matches || user.disabledAt !== null) throw new SheafServerError('wrong-credentials')

    await this.#stores.attempts.clear(account)
    const signedIn = await this.#signIn(user, randomUUID())
    // A new password, or the end of the account, may have come between the look at it and the new log-in.
    const after = await this.#stores.users.get(user.id)
    if (after?.passwordHash !== user.passwordHash || after.disabledAt !== null) {
      await this.logout(signedIn.refreshToken)
      throw new SheafServerError('wrong-credentials')
    }
    if (this.#passwords.isOutdated(user.passwordHash)) {
      const passwordHash = await this.#passwords.hash(credentials.password)
      await this.#stores.users.update(user.id, { passwordHash })
    }
    return signedIn
  }

  /**
   * Gives a fresh pair for a refresh token, which is used up by it. A token that was used up before ends the whole
   * log-in, since one of its two holders is a thief.
   * @throws {SheafServerError} `unauthenticated`
   */
  async refresh(refreshToken: string): Promise<SignedIn> {
    const now = this.#clock.now()
    const token = await this.#stores.refreshTokens.findByHash(hashRefreshToken(refreshToken))
    if (token === null || token.revokedAt !== null || token.expiresAt <= now)
      throw new SheafServerError('unauthenticated')
    if (token.rotatedAt !== null && now - token.rotatedAt > ROTATION_GRACE_MS) {
      await this.#endLogin(token)
      throw new SheafServerError('unauthenticated')
    }
    const user = await this.#stores.users.get(token.userId)
    if (user === null || user.disabledAt !== null) throw new SheafServerError('unauthenticated')

    // False where a concurrent call was first, which is the grace again, or where the log-in ended just now: see below.
    await this.#stores.refreshTokens.rotate(token.id, now)
    const signedIn = await this.#signIn(user, token.family)
    const after = await this.#stores.refreshTokens.findByHash(token.tokenHash)
    if (after !== null && after.revokedAt === null) return signedIn
    await this.#endLogin(token)
    throw new SheafServerError('unauthenticated')
  }

  /** Ends the log-in that a refresh token belongs to, on every server. Says nothing about tokens that are not known. */
  async logout(refreshToken: string): Promise<void> {
    const token = await this.#stores.refreshTokens.findByHash(hashRefreshToken(refreshToken))
    if (token !== null) await this.#endLogin(token)
  }

  /**
   * Gives a person a new password. Every log-in of theirs ends, on every server; the caller is given a fresh one.
   * @throws {SheafServerError} `wrong-credentials` where the current password is another one, or `slow-down`.
   */
  async changePassword(
    userId: string,
    { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
    address: string,
  ): Promise<SignedIn> {
    const user = await this.#stores.users.get(userId)
    if (user === null || user.disabledAt !== null) throw new SheafServerError('unauthenticated')
    // Guesses count together with those at the log-in: whoever stole a session must not have more of them.
    const account = accountKey(user.email)
    await this.#countGuess(account, address)
    if (!(await this.#passwords.matches(user.passwordHash, currentPassword)))
      throw new SheafServerError('wrong-credentials')
    await this.#stores.attempts.clear(account)
    const passwordHash = await this.#passwords.hash(newPassword)
    await this.#stores.users.update(userId, { passwordHash })
    await this.#endAllLogins(userId)
    return this.#signIn({ ...user, passwordHash }, randomUUID())
  }

  /**
   * An operator's act: whoever is disabled is signed out everywhere and cannot sign in until it is taken back.
   * Resolves with the account, and rejects with `not-found` where there is none.
   */
  async setDisabled(userId: string, disabled: boolean): Promise<UserRecord> {
    const isKnown = await setDisabled(this.#stores, userId, disabled, this.#clock.now())
    const user = isKnown ? await this.#stores.users.get(userId) : null
    if (user === null) throw new SheafServerError('not-found')
    return user
  }

  async #endAllLogins(userId: string): Promise<void> {
    await this.#stores.refreshTokens.revokeUser(userId, this.#clock.now())
    await this.#stores.fanOut.announce({ kind: 'sessions-ended', userId, family: null })
  }

  async #endLogin(token: RefreshTokenRecord): Promise<void> {
    await this.#stores.refreshTokens.revokeFamily(token.family, this.#clock.now())
    await this.#stores.fanOut.announce({ kind: 'sessions-ended', userId: token.userId, family: token.family })
  }

  async #signIn(user: UserRecord, family: string): Promise<SignedIn> {
    const { token, tokenHash } = mintRefreshToken()
    const accessToken = await this.#tokens.sign(user.id, family)
    await this.#stores.refreshTokens.create({
      id: randomUUID(),
      userId: user.id,
      family,
      tokenHash,
      expiresAt: this.#clock.now() + REFRESH_TOKEN_SECONDS * 1000,
      rotatedAt: null,
      revokedAt: null,
    })
    return { accessToken, expiresIn: this.#tokens.lifetimeSeconds, refreshToken: token, user }
  }

  async #countGuess(account: string, address: string): Promise<void> {
    await this.#count(`login:address:${address}`, LOGIN_WINDOW_MS, this.#limits.perAddress)
    await this.#count(account, LOGIN_WINDOW_MS, this.#limits.perAccount)
  }

  async #count(key: string, windowMs: number, limit: number): Promise<void> {
    const now = this.#clock.now()
    const { count, resetsAt } = await this.#stores.attempts.hit(key, windowMs, now)
    if (count <= limit) return
    throw new SheafServerError('slow-down', undefined, { retryAfterSeconds: Math.ceil((resetsAt - now) / 1000) })
  }
}

const accountKey = (email: string): string =>
  `login:account:${createHash('sha256').update(email.toLowerCase()).digest('base64url')}`
