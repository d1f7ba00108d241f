import assert from 'node:assert/strict'
import { isServerError } from '../errors.ts'
import type { PermissionRecord, RefreshTokenRecord, UserRecord } from '../ports.ts'
import { anId, atOnce, walk } from './contract.ts'
import type { ContractCase } from './contract.ts'

const aUser = (change: Partial<UserRecord> = {}): UserRecord => ({
  id: anId(),
  email: `${anId()}@example.com`,
  passwordHash: 'hash',
  displayName: 'Ada',
  canCreateDocuments: true,
  createdAt: 1_000,
  disabledAt: null,
  ...change,
})

/** What every UserStore promises. */
export const userStoreContract: readonly ContractCase[] = [
  {
    name: 'ST-81 a user is found by id and by e-mail in any case, and keeps the spelling',
    async run({ stores: { users } }) {
      const user = aUser({ email: `Ada.${anId()}@Example.com` })
      await users.create(user)
      assert.deepEqual(await users.get(user.id), user)
      assert.deepEqual(await users.findByEmail(user.email.toUpperCase()), user)
      assert.equal(await users.findByEmail(`${anId()}@example.com`), null)
      assert.equal(await users.get(anId()), null)
      assert.deepEqual(await users.getMany([anId(), user.id]), [user])
    },
  },
  {
    name: 'ST-82 of fifty concurrent creations with one e-mail in different cases exactly one succeeds',
    async run({ stores: { users } }) {
      const email = `${anId()}@example.com`
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) =>
          users.create(aUser({ email: index % 2 === 0 ? email : email.toUpperCase() })),
        ),
      )
      assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
      for (const result of results)
        if (result.status === 'rejected') assert.ok(isServerError(result.reason, 'conflict'))
    },
  },
  {
    name: 'ST-83 an update changes the named fields only and survives opening again',
    async run({ stores, reopen }) {
      const user = aUser()
      await stores.users.create(user)
      await Promise.all([
        stores.users.update(user.id, { passwordHash: 'better' }),
        stores.users.update(user.id, { displayName: 'Ada L.' }),
      ])
      assert.equal(await stores.users.update(anId(), { displayName: 'Nobody' }), false)
      const { users } = reopen === null ? stores : await reopen()
      assert.deepEqual(await users.findByEmail(user.email), {
        ...user,
        passwordHash: 'better',
        displayName: 'Ada L.',
      })
    },
  },
  {
    name: 'ST-84 everybody is listed by ascending id, page by page without a gap or a repeat',
    async run({ stores: { users } }) {
      const made = Array.from({ length: 9 }, (_, index) => aUser({ disabledAt: index % 4 === 0 ? 5_000 : null }))
      for (const user of made) await users.create(user)
      const listed = await walk((page) => users.list(page), 4)
      const ids = listed.map(({ id }) => id)
      assert.deepEqual(ids, [...new Set(ids)].sort())
      for (const user of made)
        assert.deepEqual(
          listed.find(({ id }) => id === user.id),
          user,
        )
    },
  },
]

const aPermission = (change: Partial<PermissionRecord> = {}): PermissionRecord => ({
  documentId: anId(),
  userId: anId(),
  role: 'editor',
  grantedBy: 'owner',
  createdAt: 1_000,
  ...change,
})

/** What every PermissionStore promises. */
export const permissionStoreContract: readonly ContractCase[] = [
  {
    name: 'ST-91 a permission is created, replaced and removed, one for each document and user',
    async run({ stores: { permissions } }) {
      const permission = aPermission()
      const { documentId, userId } = permission
      await permissions.put(permission)
      await permissions.put({ ...permission, role: 'viewer', createdAt: 2_000 })
      assert.equal((await permissions.get(documentId, userId))?.role, 'viewer')
      assert.equal((await permissions.listByDocument(documentId)).length, 1)
      assert.equal((await permissions.listByUser(userId, { limit: 10 })).length, 1)
      assert.equal(await permissions.get(anId(), userId), null)
      assert.equal(await permissions.get(documentId, anId()), null)
      assert.equal(await permissions.remove(documentId, userId), true)
      assert.equal(await permissions.remove(documentId, userId), false)
      assert.equal(await permissions.get(documentId, userId), null)
      assert.deepEqual(await permissions.listByUser(userId, { limit: 10 }), [])
    },
  },
  {
    name: 'ST-92 the documents of a user come newest grant first, page by page without a gap or a repeat',
    async run({ stores: { permissions } }) {
      const userId = anId()
      const given = Array.from({ length: 25 }, (_, index) => aPermission({ userId, createdAt: 1_000 + (index % 7) }))
      for (const permission of given) await permissions.put(permission)
      await permissions.put(aPermission())

      const seen: PermissionRecord[] = []
      let before: string | undefined
      for (;;) {
        const page = await permissions.listByUser(userId, { limit: 4, ...(before === undefined ? {} : { before }) })
        seen.push(...page)
        before = page.at(-1)?.documentId
        if (before === undefined) break
      }
      assert.deepEqual(new Set(seen.map(({ documentId }) => documentId)).size, 25)
      assert.equal(seen.length, 25)
      const times = seen.map(({ createdAt }) => createdAt)
      assert.deepEqual(
        times,
        [...times].sort((a, b) => b - a),
      )
    },
  },
  {
    name: 'ST-93 permissions are there after the store was opened again',
    async run({ stores, reopen }) {
      const permission = aPermission()
      await stores.permissions.put(permission)
      if (reopen === null) return
      assert.deepEqual(await (await reopen()).permissions.listByDocument(permission.documentId), [permission])
    },
  },
]

const aToken = (change: Partial<RefreshTokenRecord> = {}): RefreshTokenRecord => ({
  id: anId(),
  userId: anId(),
  family: anId(),
  tokenHash: anId(),
  expiresAt: 9_000_000_000_000,
  rotatedAt: null,
  revokedAt: null,
  ...change,
})

/** What every RefreshTokenStore promises. */
export const refreshTokenStoreContract: readonly ContractCase[] = [
  {
    name: 'ST-101 a token is found by its hash',
    async run({ stores: { refreshTokens } }) {
      const token = aToken()
      await refreshTokens.create(token)
      assert.deepEqual(await refreshTokens.findByHash(token.tokenHash), token)
      assert.equal(await refreshTokens.findByHash(anId()), null)
    },
  },
  {
    name: 'ST-102 of fifty concurrent rotations of one token exactly one is true',
    async run({ stores: { refreshTokens } }) {
      const token = aToken()
      await refreshTokens.create(token)
      const results = await atOnce(50, (index) => refreshTokens.rotate(token.id, 1_000 + index))
      assert.equal(results.filter(Boolean).length, 1)
      assert.equal(await refreshTokens.rotate(token.id, 2_000), false)
      const rotatedAt = (await refreshTokens.findByHash(token.tokenHash))?.rotatedAt
      assert.equal(rotatedAt, 1_000 + results.indexOf(true))
    },
  },
  {
    name: 'ST-103 revoking a family ends all its tokens and no other; a revoked token does not rotate',
    async run({ stores: { refreshTokens } }) {
      const [first, other] = [aToken(), aToken()]
      const second = aToken({ family: first.family })
      for (const token of [first, second, other]) await refreshTokens.create(token)
      assert.equal(await refreshTokens.isFamilyRevoked(first.family), false)
      assert.equal(await refreshTokens.isFamilyRevoked(anId()), false)
      await refreshTokens.revokeFamily(first.family, 5_000)
      assert.equal(await refreshTokens.isFamilyRevoked(first.family), true)
      assert.equal(await refreshTokens.isFamilyRevoked(other.family), false)
      await refreshTokens.revokeFamily(first.family, 6_000)
      assert.equal((await refreshTokens.findByHash(first.tokenHash))?.revokedAt, 5_000)
      assert.equal((await refreshTokens.findByHash(second.tokenHash))?.revokedAt, 5_000)
      assert.equal((await refreshTokens.findByHash(other.tokenHash))?.revokedAt, null)
      assert.equal(await refreshTokens.rotate(first.id, 7_000), false)
      assert.equal(await refreshTokens.rotate(other.id, 7_000), true)
    },
  },
  {
    name: 'ST-104 revoking a user ends all tokens of all log-ins, and that survives opening again',
    async run({ stores, reopen }) {
      const userId = anId()
      const tokens = [aToken({ userId }), aToken({ userId })]
      for (const token of tokens) await stores.refreshTokens.create(token)
      await stores.refreshTokens.revokeUser(userId, 5_000)
      const { refreshTokens } = reopen === null ? stores : await reopen()
      for (const token of tokens) assert.equal(await refreshTokens.isFamilyRevoked(token.family), true)
      for (const token of tokens) assert.equal((await refreshTokens.findByHash(token.tokenHash))?.revokedAt, 5_000)
    },
  },
  {
    name: 'ST-105 tokens that expired are removed and counted, however they ended, and no others',
    async run({ stores: { refreshTokens } }) {
      const gone = [
        aToken({ expiresAt: 10 }),
        aToken({ expiresAt: 19, rotatedAt: 5 }),
        aToken({ expiresAt: 1, revokedAt: 5 }),
      ]
      const kept = [aToken(), aToken({ rotatedAt: 5 }), aToken({ revokedAt: 5 })]
      for (const token of [...kept, ...gone]) await refreshTokens.create(token)
      // A store may have removed some by itself, and other cases leave none that are so old.
      assert.ok((await refreshTokens.removeExpired(20)) <= gone.length)
      assert.equal(await refreshTokens.removeExpired(20), 0)
      for (const token of gone) assert.equal(await refreshTokens.findByHash(token.tokenHash), null)
      for (const token of kept) assert.deepEqual(await refreshTokens.findByHash(token.tokenHash), token)
    },
  },
]
