import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Accounts } from '../people/accounts.ts'
import type { Authorize } from '../access.ts'
import type { Clock } from '../clock.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../metrics.ts'
import type { Stores } from '../ports.ts'
import type { PrometheusMetrics } from '../operating/prometheus.ts'
import type { Rooms } from '../rooms.ts'

/** What the routes need. */
export interface RouteContext {
  readonly stores: Stores
  readonly rooms: Rooms
  /** Null where people come from an integrator's identity provider: there is nothing to register or log in to. */
  readonly accounts: Accounts | null
  /** Null where the built-in permissions decide. */
  readonly authorize: Authorize | null
  readonly metrics: PrometheusMetrics
  readonly limits: Limits
  readonly clock: Clock
  readonly log: Log
}

/** A fastify scope whose handlers know the types of their schemas. */
export type Scope = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>
