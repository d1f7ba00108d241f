import type { Role } from '@sheaf/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Access, Identity } from '../access.ts'
import { SheafServerError } from '../errors.ts'

/** Who may call a route. Every route states it; one that does not stops the start. */
export type RouteAccess =
  /** Everybody, without a token. */
  | 'public'
  /** Everybody with a valid token. */
  | 'signed-in'
  /** Who has a role on the document that the path names: any role, */
  | 'reader'
  /** one that may change the content, */
  | 'editor'
  /** or that of an owner. Everybody without a role is told that there is no such document. */
  | 'owner'
  /** An owner, also of a document in the trash, which for everybody else does not exist. */
  | 'owner-in-trash'

declare module 'fastify' {
  interface FastifyContextConfig {
    sheafAccess?: RouteAccess
  }
  interface FastifyRequest {
    sheafCaller: Caller | null
  }
}

interface Caller {
  readonly identity: Identity
  /** Role on the document of the path. */
  readonly role: Role | null
}

const ROLES_OF: Readonly<Record<Exclude<RouteAccess, 'public' | 'signed-in'>, readonly Role[]>> = {
  reader: ['owner', 'editor', 'commenter', 'viewer'],
  editor: ['owner', 'editor'],
  owner: ['owner'],
  'owner-in-trash': ['owner'],
}

/** Guards every route of the scope that is added after this call. */
export function guardRoutes(scope: FastifyInstance, access: Access): void {
  scope.decorateRequest('sheafCaller', null)
  scope.addHook('onRoute', (route) => {
    // Preflights are added by the CORS plugin and answered by it.
    if (route.method === 'OPTIONS') return
    if (route.config?.sheafAccess === undefined)
      throw new Error(`the route ${String(route.method)} ${route.url} does not say who may call it`)
  })
  // Before the body is read: strangers cannot make the server parse anything.
  scope.addHook('onRequest', async (request) => {
    if (accessOf(request) === 'public') return
    request.sheafCaller = { identity: await access.authenticate(bearerToken(request)), role: null }
  })
  scope.addHook('preHandler', async (request) => {
    const needed = accessOf(request)
    if (needed === 'public' || needed === 'signed-in') return
    const { identity } = callerOf(request)
    const { documentId = '' } = request.params as { documentId?: string }
    if (needed === 'owner-in-trash') {
      const role = await access.authorizeInTrash(identity.principal, documentId)
      if (role === 'owner') {
        request.sheafCaller = { identity, role }
        return
      }
    }
    const role = await access.authorize(identity.principal, documentId)
    if (role === null) throw new SheafServerError('not-found')
    if (!ROLES_OF[needed].includes(role)) throw new SheafServerError('forbidden')
    request.sheafCaller = { identity, role }
  })
}

/** The caller of a route that is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.sheafCaller === null) throw new SheafServerError('unauthenticated')
  return request.sheafCaller
}

/** The caller's role, on a route whose path names a document. */
export function roleOf(request: FastifyRequest): Role {
  const { role } = callerOf(request)
  if (role === null) throw new SheafServerError('not-found')
  return role
}

/** A route without a statement is nobody's: `guardRoutes` refuses it at the start, and this at every request. */
const accessOf = (request: FastifyRequest): RouteAccess => request.routeOptions.config?.sheafAccess ?? 'owner'

function bearerToken(request: FastifyRequest): string {
  const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '' || rest.length > 0)
    throw new SheafServerError('unauthenticated')
  return token
}
