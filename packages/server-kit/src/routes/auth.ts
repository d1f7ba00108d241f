import type { SignedIn } from '../people/accounts.ts'
import { callerOf } from './caller.ts'
import { Credentials, Nothing, PasswordChange, RefreshToken, Registration, Session, User } from './schemas.ts'
import type { SessionBody } from './schemas.ts'
import type { RouteContext, Scope } from './scope.ts'

const isPublic = { sheafAccess: 'public' } as const

/** `/v1/auth/*` where Sheaf keeps the accounts, and `/v1/me`. */
export function authRoutes(scope: Scope, { accounts }: RouteContext): void {
  scope.get(
    '/me',
    { config: { sheafAccess: 'signed-in' }, schema: { tags: ['auth'], summary: 'Who I am', response: { 200: User } } },
    async (request) => {
      const { principal, email, canCreateDocuments } = callerOf(request).identity
      return { id: principal.id, email, displayName: principal.name, canCreateDocuments }
    },
  )
  if (accounts === null) return

  scope.post(
    '/auth/register',
    {
      config: isPublic,
      schema: { tags: ['auth'], summary: 'Make an account', body: Registration, response: { 201: Session } },
    },
    async (request, reply) => {
      const signedIn = await accounts.register(request.body, request.ip)
      return reply.code(201).send(sessionOf(signedIn))
    },
  )
  scope.post(
    '/auth/login',
    { config: isPublic, schema: { tags: ['auth'], summary: 'Sign in', body: Credentials, response: { 200: Session } } },
    async (request) => sessionOf(await accounts.login(request.body, request.ip)),
  )
  scope.post(
    '/auth/refresh',
    {
      config: isPublic,
      schema: { tags: ['auth'], summary: 'A fresh pair of tokens', body: RefreshToken, response: { 200: Session } },
    },
    async (request) => sessionOf(await accounts.refresh(request.body.refreshToken)),
  )
  scope.post(
    '/auth/logout',
    {
      config: isPublic,
      schema: { tags: ['auth'], summary: 'End this log-in everywhere', body: RefreshToken, response: { 204: Nothing } },
    },
    async (request, reply) => {
      await accounts.logout(request.body.refreshToken)
      return reply.code(204).send(null)
    },
  )
  scope.post(
    '/auth/password',
    {
      config: { sheafAccess: 'signed-in' },
      schema: {
        tags: ['auth'],
        summary: 'A new password; ends every other log-in',
        body: PasswordChange,
        response: { 200: Session },
      },
    },
    async (request) => {
      const { principal } = callerOf(request).identity
      return sessionOf(await accounts.changePassword(principal.id, request.body, request.ip))
    },
  )
}

function sessionOf({ user, ...tokens }: SignedIn): SessionBody {
  const { id, email, displayName, canCreateDocuments } = user
  return { ...tokens, user: { id, email, displayName, canCreateDocuments } }
}
