import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Backend, BackendOptions } from './backend.ts'
import type { Log } from './metrics.ts'
import { originPolicy } from './routes/origins.ts'
import { answerWithProblems } from './routes/problem.ts'
import { apiRoutes } from './routes/api.ts'
import { healthRoutes } from './routes/health.ts'
import { guardRoutes } from './routes/caller.ts'
import { attachSocketServer } from './sessions/socket.ts'
import type { StoreChoice } from './store-choice.ts'

export interface SheafOptions extends BackendOptions {
  /** Folder that everything is kept in which has no store of its own. Default `./.sheaf`. */
  readonly dataDir?: string
  /** Real servers in place of the folder, each on its own. Default none. */
  readonly stores?: Partial<Omit<StoreChoice, 'dataDir'>>
  /** Secrets that tokens are signed with; the first signs, all are accepted. Default: one that is kept in the folder. */
  readonly secrets?: readonly Uint8Array[]
  /** Exact origins of pages that may call, besides the server's own. Default none. */
  readonly allowedOrigins?: readonly string[]
  /** Proxies in front of the server whose word about the address behind a socket is taken. Default 0: nobody's. */
  readonly trustedProxies?: number
  /** HTTP requests per minute from one address, and of one user. Default 1200. */
  readonly requestsPerMinute?: number
  /** Whether `/livez`, `/readyz` and `/metrics` are added. Default true. */
  readonly health?: boolean
}

/** Chooses the stores and assembles what is behind them; `server.ts` has the one that is used. */
export type OpenBackend = (options: SheafOptions, log: Log) => Promise<Backend>

const DEFAULT_REQUESTS_PER_MINUTE = 1_200

/**
 * The Fastify plugin: HTTP under `/v1`, the socket of each document, and the health routes. It opens the backend when the
 * application starts and drains it when the application closes.
 */
export function createPlugin(openBackend: OpenBackend): FastifyPluginAsync<SheafOptions> {
  const plugin: FastifyPluginAsync<SheafOptions> = async (app, options) => {
    const backend = await openBackend(options, app.log)
    const origins = originPolicy(options.allowedOrigins ?? [])
    const requestsPerMinute = options.requestsPerMinute ?? DEFAULT_REQUESTS_PER_MINUTE

    const detach = attachSocketServer(app.server, {
      rooms: backend.rooms,
      limits: backend.limits,
      log: backend.log,
      mayConnect: origins.mayConnect,
      trustedProxies: options.trustedProxies ?? 0,
    })

    // Sockets are drained before the HTTP server waits for its connections to end.
    app.addHook('preClose', () => backend.rooms.drain())
    app.addHook('onClose', async () => {
      detach()
      await backend.close()
    })

    await app.register(async (scope) => apiRoutes(scope, { ...backend, origins, requestsPerMinute }), { prefix: '/v1' })
    if (options.health !== false) await app.register(async (scope) => healthScope(scope, backend))
  }
  return fastifyPlugin(plugin, { name: '@sheaf/server-kit', fastify: '5.x' })
}

function healthScope(scope: FastifyInstance, backend: Backend): void {
  answerWithProblems(scope)
  guardRoutes(scope, backend.access)
  const { stores, rooms, metrics, clock, log } = backend
  healthRoutes(scope, { dependencies: stores.dependencies, accepting: () => rooms.accepting(), metrics, clock, log })
}

/** For servers of our own: an id that a caller cannot choose. */
export const newRequestId = (): string => randomUUID()
