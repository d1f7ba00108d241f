import type { Role } from '@sheaf/protocol'
import { SheafServerError } from '../errors.ts'
import { OneAtATime } from '../one-at-a-time.ts'
import type { PermissionRecord, UserRecord } from '../ports.ts'
import { callerOf, roleOf } from './caller.ts'
import { DocumentPath, GivenRole, Nothing, Permission, PermissionPath, SharedWith, listOf } from './schemas.ts'
import type { PermissionBody } from './schemas.ts'
import type { RouteContext, Scope } from './scope.ts'

const tags = ['permissions']

/** `/v1/documents/:documentId/permissions`. Every change is announced, so that open sessions change with it. */
export function permissionRoutes(scope: Scope, { stores, accounts, clock }: RouteContext): void {
  // Two owners who remove each other at the same moment must not both succeed.
  const changes = new OneAtATime()

  const grant = (documentId: string, user: UserRecord | null, userId: string, role: Role, grantedBy: string) =>
    changes.take(documentId, async () => {
      const present = await stores.permissions.get(documentId, userId)
      if (present?.role === 'owner' && role !== 'owner') await keepAnOwner(documentId)
      const permission: PermissionRecord = {
        documentId,
        userId,
        role,
        grantedBy,
        createdAt: present?.createdAt ?? clock.now(),
      }
      await stores.permissions.put(permission)
      await stores.fanOut.announce({ kind: 'access', documentId, userId, role })
      return permissionOf(permission, user, true)
    })

  const keepAnOwner = async (documentId: string): Promise<void> => {
    const permissions = await stores.permissions.listByDocument(documentId)
    if (permissions.filter(({ role }) => role === 'owner').length <= 1) throw new SheafServerError('last-owner')
  }

  scope.get(
    '/documents/:documentId/permissions',
    {
      config: { sheafAccess: 'reader' },
      schema: { tags, summary: 'Who may do what', params: DocumentPath, response: { 200: listOf(Permission) } },
    },
    async (request) => {
      const permissions = await stores.permissions.listByDocument(request.params.documentId)
      const users = await stores.users.getMany(permissions.map(({ userId }) => userId))
      const byId = new Map(users.map((user) => [user.id, user]))
      const self = callerOf(request).identity.principal.id
      const isOwner = roleOf(request) === 'owner'
      const items = permissions.map((permission) =>
        permissionOf(permission, byId.get(permission.userId) ?? null, isOwner || permission.userId === self),
      )
      return { items }
    },
  )

  scope.put(
    '/documents/:documentId/permissions',
    {
      config: { sheafAccess: 'owner' },
      schema: {
        tags,
        summary: 'Share with the owner of an e-mail address',
        params: DocumentPath,
        body: SharedWith,
        response: { 200: Permission },
      },
    },
    async (request) => {
      const user = await stores.users.findByEmail(request.body.email)
      if (user === null || user.disabledAt !== null) throw new SheafServerError('no-such-user')
      const { principal } = callerOf(request).identity
      return grant(request.params.documentId, user, user.id, request.body.role, principal.id)
    },
  )

  scope.put(
    '/documents/:documentId/permissions/:userId',
    {
      config: { sheafAccess: 'owner' },
      schema: {
        tags,
        summary: 'Give somebody a role',
        params: PermissionPath,
        body: GivenRole,
        response: { 200: Permission },
      },
    },
    async (request) => {
      const { documentId, userId } = request.params
      const user = await stores.users.get(userId)
      // People of an integrator's identity provider have no record here; their ids are taken as they are.
      if (user === null && accounts !== null) throw new SheafServerError('no-such-user', 'nobody has this id')
      return grant(documentId, user, userId, request.body.role, callerOf(request).identity.principal.id)
    },
  )

  scope.delete(
    '/documents/:documentId/permissions/:userId',
    {
      // Everybody may leave a document; only owners may send others away.
      config: { sheafAccess: 'reader' },
      schema: { tags, summary: 'Withdraw a role', params: PermissionPath, response: { 204: Nothing } },
    },
    async (request, reply) => {
      const { documentId, userId } = request.params
      const isSelf = callerOf(request).identity.principal.id === userId
      if (!isSelf && roleOf(request) !== 'owner') throw new SheafServerError('forbidden')
      await changes.take(documentId, async () => {
        const present = await stores.permissions.get(documentId, userId)
        if (present === null) throw new SheafServerError('not-found')
        if (present.role === 'owner') await keepAnOwner(documentId)
        await stores.permissions.remove(documentId, userId)
        await stores.fanOut.announce({ kind: 'access', documentId, userId, role: null })
      })
      return reply.code(204).send(null)
    },
  )
}

const permissionOf = (permission: PermissionRecord, user: UserRecord | null, showEmail: boolean): PermissionBody => ({
  userId: permission.userId,
  email: showEmail ? (user?.email ?? null) : null,
  displayName: user?.displayName ?? permission.userId,
  role: permission.role,
  createdAt: new Date(permission.createdAt).toISOString(),
})
