import { randomBytes } from 'node:crypto'
import { accountsAccess, externalAccess } from './access.ts'
import type { Access, AuthOptions, Authorize } from './access.ts'
import { Accounts } from './people/accounts.ts'
import type { AttemptLimits } from './people/accounts.ts'
import type { Clock } from './clock.ts'
import type { DocumentThread } from './document/document-thread.ts'
import { createDocumentThread } from './document/document-thread.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { Limits } from './limits.ts'
import type { Log } from './metrics.ts'
import { Passwords } from './people/passwords.ts'
import type { PasswordOptions } from './people/passwords.ts'
import type { Stores } from './ports.ts'
import { PrometheusMetrics } from './operating/prometheus.ts'
import { createRooms } from './rooms.ts'
import type { Rooms } from './rooms.ts'
import { AccessTokens } from './people/tokens.ts'

/** What an application may decide about its backend. Everything has a default. */
export interface BackendOptions {
  /** Whose people they are. Default: accounts with e-mail and password, kept by Sheaf. */
  readonly auth?: AuthOptions
  /** Who may do what. Default: the permissions that owners give. */
  readonly authorize?: Authorize
  /** Whether anybody may make an account. Default `open`. */
  readonly registration?: 'open' | 'closed'
  /** Bounds of the real-time part. */
  readonly limits?: Partial<Limits>
  /** Bounds of log-ins and registrations. */
  readonly attempts?: Partial<AttemptLimits>
  /** Cost of password hashes. */
  readonly passwords?: PasswordOptions
}

/** Everything behind the routes and the socket. */
export interface Backend {
  readonly stores: Stores
  readonly rooms: Rooms
  readonly access: Access
  readonly accounts: Accounts | null
  readonly authorize: Authorize | null
  readonly metrics: PrometheusMetrics
  readonly limits: Limits
  readonly clock: Clock
  readonly log: Log
  /** Drains the rooms, then lets go of everything. Idempotent. */
  close(): Promise<void>
}

/** Says in every token who made it and for whom: tokens of other systems with the same secret are not ours. */
const ISSUER = 'sheaf'

export function assembleBackend(parts: {
  readonly stores: Stores
  /** Names this process among those that share the stores. */
  readonly serverId: string
  /** The first signs, all verify. */
  readonly secrets: readonly Uint8Array[]
  readonly options: BackendOptions
  readonly clock: Clock
  readonly log: Log
}): Backend {
  const { stores, serverId, secrets, options, clock, log } = parts
  const { auth, authorize = null } = options
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  const metrics = new PrometheusMetrics()
  const thread: DocumentThread = createDocumentThread(limits)

  let access: Access
  let accounts: Accounts | null = null
  if (auth === undefined) {
    const tokens = new AccessTokens({ secrets, issuer: ISSUER, audience: ISSUER, now: clock.now })
    accounts = new Accounts({
      stores,
      tokens,
      clock,
      passwords: new Passwords(options.passwords),
      registration: options.registration !== 'closed',
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    })
    access = accountsAccess({ stores, tokens, authorize })
  } else {
    access = externalAccess({ stores, auth, authorize })
  }

  const random = (length: number): Uint8Array => randomBytes(length)
  const rooms = createRooms({ stores, clock, access, thread, limits, log, metrics, serverId, random })
  metrics.showRooms(() => rooms.stats())

  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    try {
      await rooms.drain()
    } finally {
      access.close()
      await thread.close()
      await stores.close()
    }
  }
  return {
    stores,
    rooms,
    access,
    accounts,
    authorize,
    metrics,
    limits,
    clock,
    log,
    close: () => (closing ??= close()),
  }
}
