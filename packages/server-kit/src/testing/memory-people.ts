import { SheafServerError } from '../errors.ts'
import type { AttemptCounter, PermissionStore, RefreshTokenStore, UserStore } from '../ports.ts'
import type { Durable, MemoryProcess } from './memory-process.ts'
import { pageById } from './memory-page.ts'

export const memoryUsers = (durable: Durable, process: MemoryProcess): UserStore => ({
  create: (user) =>
    process.write('users.create', () => {
      const email = user.email.toLowerCase()
      for (const other of durable.users.values())
        if (other.id === user.id || other.email.toLowerCase() === email) throw new SheafServerError('conflict')
      durable.users.set(user.id, user)
    }),
  get: (id) => process.read(() => durable.users.get(id) ?? null),
  getMany: (ids) => process.read(() => ids.flatMap((id) => durable.users.get(id) ?? [])),
  list: ({ limit, after }) => process.read(() => pageById(durable.users, limit, after)),
  findByEmail: (email) =>
    process.read(() => [...durable.users.values()].find((u) => u.email.toLowerCase() === email.toLowerCase()) ?? null),
  update: (id, change) =>
    process.write('users.update', () => {
      const user = durable.users.get(id)
      if (user === undefined) return false
      durable.users.set(id, { ...user, ...change })
      return true
    }),
})

export const memoryPermissions = (durable: Durable, process: MemoryProcess): PermissionStore => ({
  get: (documentId, userId) => process.read(() => durable.permissions.get(`${documentId}/${userId}`) ?? null),
  put: (permission) =>
    process.write('permissions.put', () => {
      durable.permissions.set(`${permission.documentId}/${permission.userId}`, permission)
    }),
  remove: (documentId, userId) =>
    process.write('permissions.remove', () => durable.permissions.delete(`${documentId}/${userId}`)),
  listByDocument: (documentId) =>
    process.read(() => [...durable.permissions.values()].filter((permission) => permission.documentId === documentId)),
  listByUser: (userId, { limit, before }) =>
    process.read(() => {
      const all = [...durable.permissions.values()]
        .filter((permission) => permission.userId === userId)
        .sort((a, b) => b.createdAt - a.createdAt || (a.documentId < b.documentId ? -1 : 1))
      const start = before === undefined ? 0 : all.findIndex(({ documentId }) => documentId === before) + 1
      return before !== undefined && start === 0 ? [] : all.slice(start, start + limit)
    }),
})

export const memoryRefreshTokens = (durable: Durable, process: MemoryProcess): RefreshTokenStore => ({
  create: (token) =>
    process.write('refreshTokens.create', () => {
      durable.refreshTokens.set(token.id, token)
    }),
  findByHash: (hash) =>
    process.read(() => [...durable.refreshTokens.values()].find(({ tokenHash }) => tokenHash === hash) ?? null),
  rotate: (id, rotatedAt) =>
    process.write('refreshTokens.rotate', () => {
      const token = durable.refreshTokens.get(id)
      if (token === undefined || token.rotatedAt !== null || token.revokedAt !== null) return false
      durable.refreshTokens.set(id, { ...token, rotatedAt })
      return true
    }),
  revokeFamily: (family, revokedAt) =>
    process.write('refreshTokens.revokeFamily', () => {
      for (const token of durable.refreshTokens.values())
        if (token.family === family && token.revokedAt === null)
          durable.refreshTokens.set(token.id, { ...token, revokedAt })
    }),
  isFamilyRevoked: (family) =>
    process.read(() =>
      [...durable.refreshTokens.values()].some((token) => token.family === family && token.revokedAt !== null),
    ),
  revokeUser: (userId, revokedAt) =>
    process.write('refreshTokens.revokeUser', () => {
      for (const token of durable.refreshTokens.values())
        if (token.userId === userId && token.revokedAt === null)
          durable.refreshTokens.set(token.id, { ...token, revokedAt })
    }),
  removeExpired: (now) =>
    process.write('refreshTokens.removeExpired', () => {
      const expired = [...durable.refreshTokens.values()].filter(({ expiresAt }) => expiresAt < now)
      for (const { id } of expired) durable.refreshTokens.delete(id)
      return expired.length
    }),
})

export const memoryAttempts = (durable: Durable, process: MemoryProcess): AttemptCounter => ({
  hit: (key, windowMs, now) =>
    process.read(() => {
      const known = durable.attempts.get(key)
      const window = known === undefined || known.resetsAt <= now ? { count: 0, resetsAt: now + windowMs } : known
      const counted = { count: window.count + 1, resetsAt: window.resetsAt }
      durable.attempts.set(key, counted)
      return counted
    }),
  clear: async (key) => {
    durable.attempts.delete(key)
  },
})
