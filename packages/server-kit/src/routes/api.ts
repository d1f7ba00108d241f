import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Access } from '../access.ts'
import { SheafServerError } from '../errors.ts'
import type { OriginPolicy } from './origins.ts'
import { answerUnknownPaths, answerWithProblems } from './problem.ts'
import { authRoutes } from './auth.ts'
import { guardRoutes } from './caller.ts'
import { documentRoutes } from './documents.ts'
import { permissionRoutes } from './permissions.ts'
import type { RouteContext } from './scope.ts'
import { versionRoutes } from './versions.ts'

export interface ApiOptions extends RouteContext {
  readonly access: Access
  readonly origins: OriginPolicy
  readonly requestsPerMinute: number
}

/** Largest body of a request that carries no content. */
const MAX_BODY_BYTES = 64 * 1024
/** Addresses and users whose requests are counted at one time; beyond that the counts longest untouched are forgotten. */
const MAX_COUNTED = 50_000

/** Everything under `/v1`, in a scope of its own: nothing in here changes a route of the application around it. */
export async function apiRoutes(scope: FastifyInstance, options: ApiOptions): Promise<void> {
  // Set here and not left to the application: its parser may accept prototypes, its validator may turn an object into
  // a string or take unknown fields away.
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
    scope.getDefaultJsonParser('error', 'error'),
  )
  scope.setValidatorCompiler(TypeBoxValidatorCompiler)
  answerWithProblems(scope)
  answerUnknownPaths(scope)

  scope.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id).header('cache-control', 'no-store')
  })
  scope.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    options.metrics.observeRequest({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime)
  })
  await scope.register(cors, {
    delegator: async (request: FastifyRequest) => ({
      origin: options.origins.isListed(request.headers.origin) ? (request.headers.origin ?? false) : false,
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type'],
      exposedHeaders: ['x-request-id', 'x-sheaf-seq', 'retry-after'],
      maxAge: 600,
    }),
  })
  await limitRequests(scope, options.requestsPerMinute)
  await scope.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sheaf', version: '1', description: 'Documents that many people write at the same time.' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
  })
  guardRoutes(scope, options.access)
  limitRequestsOfUsers(scope, options.requestsPerMinute)

  const typed = scope.withTypeProvider<TypeBoxTypeProvider>()
  authRoutes(typed, options)
  documentRoutes(typed, options)
  versionRoutes(typed, options)
  // Where the integrator's own rules decide, there is nothing here to grant.
  if (options.authorize === null) permissionRoutes(typed, options)
  scope.get('/openapi.json', { config: { sheafAccess: 'public' }, schema: { hide: true } }, async () => scope.swagger())
}

const slowDown = (ttl: number): SheafServerError =>
  new SheafServerError('slow-down', undefined, { retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)) })

/** By address, before anything is checked: guessing tokens is limited like everything else. */
async function limitRequests(scope: FastifyInstance, max: number): Promise<void> {
  await scope.register(rateLimit, {
    // Limits of routes come after the hooks of their scope, and who calls is looked up in one of these.
    global: false,
    max,
    timeWindow: 60_000,
    cache: MAX_COUNTED,
    errorResponseBuilder: (_request, { ttl }) => slowDown(ttl),
  })
  scope.addHook('onRequest', scope.rateLimit())
}

/** By user, from however many addresses. */
function limitRequestsOfUsers(scope: FastifyInstance, max: number): void {
  const count = scope.createRateLimit({
    max,
    keyGenerator: (request) => `user:${request.sheafCaller?.identity.principal.id ?? ''}`,
  })
  scope.addHook('onRequest', async (request) => {
    if (request.sheafCaller === null) return
    const result = await count(request)
    if (!result.isAllowed && result.isExceeded) throw slowDown(result.ttl)
  })
}
