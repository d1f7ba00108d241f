import { absences, sharedSetting, startServices } from '@sheaf/services'
import type { Service, Services } from '@sheaf/services'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { migratePostgres, openPostgres } from '../src/adapters/postgres/index.ts'
import { isServerError } from '../src/errors.ts'
import { noLog } from '../src/metrics.ts'
import type { PermissionRecord, RefreshTokenRecord, UserRecord } from '../src/ports.ts'
import { anId } from '../src/testing/contract.ts'
import { aDatabase, aMigratedDatabase, run } from './support/postgres-under-test.ts'
import type { PostgresAdapter, TestDatabase } from './support/postgres-under-test.ts'

const aUser = (change: Partial<UserRecord> = {}): UserRecord => ({
  id: anId(),
  email: `${anId()}@example.com`,
  passwordHash: 'hash',
  displayName: 'Ada',
  canCreateDocuments: true,
  createdAt: 1_700_000_000_123,
  disabledAt: null,
  ...change,
})
const aPermission = (change: Partial<PermissionRecord> = {}): PermissionRecord => ({
  documentId: anId(),
  userId: anId(),
  role: 'editor',
  grantedBy: 'owner',
  createdAt: 1_700_000_000_123,
  ...change,
})
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

/** The error of a call that has to fail, and how long it took. */
async function failureOf(call: Promise<unknown>): Promise<{ readonly error: unknown; readonly milliseconds: number }> {
  const begun = performance.now()
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  return { error, milliseconds: performance.now() - begun }
}

async function isUnavailableWithin(milliseconds: number, call: Promise<unknown>): Promise<void> {
  const failure = await failureOf(call)
  if (!isServerError(failure.error, 'unavailable')) throw new Error('not unavailable', { cause: failure.error })
  expect(failure.milliseconds).toBeLessThan(milliseconds)
}

const shared = sharedSetting('postgres')
if (shared === null) console.warn('What PostgreSQL stores is not tested: no TEST_POSTGRES_URL, no `pnpm services up`.')

describe.skipIf(shared === null)('what PostgreSQL stores', () => {
  let database: TestDatabase
  let adapter: PostgresAdapter

  beforeAll(async () => {
    database = await aMigratedDatabase(shared!)
    adapter = await openPostgres({ url: database.url, log: noLog })
  })
  afterAll(async () => {
    await adapter.close()
    await database.drop()
  })

  it('PG-21 times come back to the millisecond', async () => {
    const { users } = adapter.ports
    const user = aUser({ createdAt: 8_640_000_000_000_000, disabledAt: 1 })
    await users.create(user)
    expect(await users.get(user.id)).toEqual(user)
    await users.update(user.id, { disabledAt: null })
    expect(await users.get(user.id)).toEqual({ ...user, disabledAt: null })
  })

  it('PG-22 an address is compared as in every store, whatever the locale of the database', async () => {
    const plain = await aDatabase(shared!, "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    onTestFinished(() => plain.drop())
    await migratePostgres({ url: plain.url, log: noLog })
    const inPlain = await openPostgres({ url: plain.url, log: noLog })
    for (const { ports } of [inPlain, adapter]) {
      for (const [written, asked] of [
        ['Ärger.ÖL@example.com', 'äRGER.öl@EXAMPLE.com'],
        ['ΑΣΑ@example.com', 'ασα@example.com'],
        ['İ@example.com', 'i\u0307@example.com'],
      ] as const) {
        const user = aUser({ email: written })
        await ports.users.create(user)
        expect(await ports.users.findByEmail(asked)).toEqual(user)
        const { error } = await failureOf(ports.users.create(aUser({ email: asked })))
        expect(isServerError(error, 'conflict')).toBe(true)
      }
      expect(await ports.users.findByEmail('i@example.com')).toBeNull()
    }
    await inPlain.close()
  })

  it.each(['a\0b', '\ud800', '', 'x'.repeat(513)])('PG-23 %j is no identifier', async (odd) => {
    const { users, permissions, refreshTokens } = adapter.ports
    expect(await users.get(odd)).toBeNull()
    expect(await users.getMany([odd])).toEqual([])
    expect(await users.findByEmail(odd)).toBeNull()
    expect(await users.update(odd, { displayName: 'x' })).toBe(false)
    expect(await permissions.get(odd, 'x')).toBeNull()
    expect(await permissions.remove('x', odd)).toBe(false)
    expect(await permissions.listByDocument(odd)).toEqual([])
    expect(await permissions.listByUser(odd, { limit: 1 })).toEqual([])
    expect(await permissions.listByUser('x', { limit: 1, before: odd })).toEqual([])
    expect(await refreshTokens.findByHash(odd)).toBeNull()
    expect(await refreshTokens.rotate(odd, 1)).toBe(false)
    expect(await refreshTokens.isFamilyRevoked(odd)).toBe(false)
    await refreshTokens.revokeFamily(odd, 1)
    await refreshTokens.revokeUser(odd, 1)
    for (const call of [
      users.create(aUser({ id: odd })),
      users.create(aUser({ email: odd })),
      permissions.put(aPermission({ documentId: odd })),
      refreshTokens.create(aToken({ family: odd })),
    ])
      expect(isServerError((await failureOf(call)).error, 'bad-request')).toBe(true)
  })

  it('PG-23 a text that would come back as another one is refused, any other comes back as it is', async () => {
    const { users } = adapter.ports
    const user = aUser({ displayName: `'; DROP TABLE users; -- \\ $1 "\u{1f600}\n` })
    await users.create(user)
    expect(await users.get(user.id)).toEqual(user)
    for (const displayName of ['a\0b', '\udc00']) {
      expect(isServerError((await failureOf(users.create(aUser({ displayName })))).error, 'bad-request')).toBe(true)
      expect(isServerError((await failureOf(users.update(user.id, { displayName }))).error, 'bad-request')).toBe(true)
    }
  })

  it('PG-24 a role that does not exist is refused by the database itself', async () => {
    const permission = aPermission({ role: 'god' as 'owner' })
    expect((await failureOf(adapter.ports.permissions.put(permission))).error).toMatchObject({ code: '23514' })
  })

  it('PG-25 a token that is created after its family was revoked counts as revoked', async () => {
    const { refreshTokens } = adapter.ports
    const first = aToken({ expiresAt: 1_000 })
    await refreshTokens.create(first)
    await refreshTokens.revokeFamily(first.family, 5_000)
    const late = aToken({ family: first.family })
    await refreshTokens.create(late)
    expect(await refreshTokens.findByHash(late.tokenHash)).toEqual({ ...late, revokedAt: 5_000 })
    expect(await refreshTokens.rotate(late.id, 6_000)).toBe(false)

    // One whose creation and the revocation did not see each other.
    const unseen = aToken({ family: first.family })
    await database.run(
      'INSERT INTO refresh_tokens (id, user_id, family, token_hash, expires_at) VALUES ($1, $2, $3, $4, $5)',
      [unseen.id, unseen.userId, unseen.family, unseen.tokenHash, unseen.expiresAt],
    )
    await database.run('DELETE FROM refresh_tokens WHERE id = $1', [late.id])
    expect(await refreshTokens.findByHash(unseen.tokenHash)).toEqual({ ...unseen, revokedAt: 5_000 })
    expect(await refreshTokens.rotate(unseen.id, 6_000)).toBe(false)

    // Nor does it become good when the one that carries the revocation is removed.
    expect(await refreshTokens.removeExpired(2_000)).toBe(1)
    expect(await refreshTokens.findByHash(unseen.tokenHash)).toEqual({ ...unseen, revokedAt: 5_000 })
    expect(await refreshTokens.isFamilyRevoked(unseen.family)).toBe(true)
  })

  it('PG-26 revocations and rotations that meet all come to an end', async () => {
    const { refreshTokens } = adapter.ports
    const userId = anId()
    const tokens = Array.from({ length: 30 }, (_, index) => aToken({ userId, family: `${userId}-${index % 3}` }))
    for (const token of tokens) await refreshTokens.create(token)
    await Promise.all([
      ...tokens.map((token) => refreshTokens.rotate(token.id, 1_000)),
      ...[0, 1, 2].flatMap((n) => [
        refreshTokens.revokeFamily(`${userId}-${n}`, 2_000 + n),
        refreshTokens.revokeUser(userId, 3_000 + n),
      ]),
    ])
    for (const token of tokens) expect((await refreshTokens.findByHash(token.tokenHash))?.revokedAt).not.toBeNull()
  })

  it('PG-27 many expired tokens are removed, by several servers at once, each counted once', async () => {
    const { refreshTokens } = adapter.ports
    const family = anId()
    await database.run(
      `INSERT INTO refresh_tokens (id, user_id, family, token_hash, expires_at)
        SELECT $1 || n, 'u', $1, $1 || n, n FROM generate_series(1, 3500) n`,
      [family],
    )
    const counts = await Promise.all([1, 2, 3].map(() => refreshTokens.removeExpired(3_001)))
    expect(counts.reduce((a, b) => a + b)).toBe(3_000)
    expect(await refreshTokens.removeExpired(3_001)).toBe(0)
    expect(await refreshTokens.findByHash(`${family}3001`)).not.toBeNull()
  })

  it('PG-28 pages of one user are read from an index, without sorting', async () => {
    await database.run(
      `INSERT INTO permissions SELECT 'd' || n, 'u' || n % 50, 'viewer', 'x', n / 100 FROM generate_series(1, 20000) n`,
    )
    await database.run('ANALYZE permissions')
    const { rows } = await database.run(
      `EXPLAIN SELECT document_id FROM permissions WHERE user_id = 'u7' AND (created_at, document_id) <
        (SELECT created_at, document_id FROM permissions WHERE user_id = 'u7' AND document_id = 'd10007')
        ORDER BY created_at DESC, document_id DESC LIMIT 20`,
    )
    const plan = rows.map((row) => row['QUERY PLAN'] as string).join('\n')
    expect(plan).toMatch(/Scan Backward using permissions_of_user[^]*Index Cond: .*ROW\(created_at, document_id\) </)
    expect(plan).not.toContain('Sort')

    const seen: string[] = []
    let before: string | undefined
    for (;;) {
      const options = before === undefined ? {} : { before }
      const page = await adapter.ports.permissions.listByUser('u7', { limit: 37, ...options })
      if (page.length === 0) break
      seen.push(...page.map(({ documentId }) => documentId))
      before = page.at(-1)?.documentId
    }
    expect(new Set(seen).size).toBe(400)
    expect(seen).toHaveLength(400)
  })

  it('PG-29 a conflict costs no connection, and more calls than connections wait for their turn', async () => {
    const { users } = adapter.ports
    const user = aUser()
    await users.create(user)
    const connections = async (): Promise<number[]> => {
      const { rows } = await database.run(
        `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'sheaf' ORDER BY pid`,
        [database.name],
      )
      return rows.map(({ pid }: { pid: number }) => pid)
    }
    const found = await Promise.all(Array.from({ length: 300 }, () => users.get(user.id)))
    expect(found.every((one) => one?.id === user.id)).toBe(true)
    const before = await connections()
    expect(before.length).toBeLessThanOrEqual(10)
    await Promise.allSettled(Array.from({ length: 50 }, () => users.create(user)))
    expect(await connections()).toEqual(before)
  })
})

const absence = (await absences()).find(({ name }) => name === 'postgres')
if (absence !== undefined) console.warn(`Faults of PostgreSQL are not tested: ${absence.reason}; ${absence.remedy}`)

// A server that starts after a crash takes its time on a busy machine.
describe.skipIf(absence !== undefined)('faults of PostgreSQL', { timeout: 60_000 }, () => {
  let services: Services
  let postgres: Service
  let server: string

  beforeAll(async () => {
    services = await startServices(['postgres'])
    postgres = services.get('postgres')
    server = services.settings['SHEAF_POSTGRES_URL']!
  }, 60_000)
  afterAll(() => services.stop())

  async function opened(): Promise<{
    database: TestDatabase
    adapter: PostgresAdapter
    user: UserRecord
    log: string[]
  }> {
    const database = await aMigratedDatabase(server)
    const log: string[] = []
    const at = (facts: object, message: string): unknown => log.push(`${message} ${JSON.stringify(facts)}`)
    const adapter = await openPostgres({ url: database.url, log: { info: at, warn: at, error: at } })
    onTestFinished(() => adapter.close())
    const user = aUser()
    await adapter.ports.users.create(user)
    return { database, adapter, user, log }
  }

  it('PG-31 while the server is stopped calls are refused at once, and they work again when it is back', async () => {
    const { adapter, user, log } = await opened()
    const { users, permissions } = adapter.ports
    await adapter.dependency.check()
    await postgres.stop()
    onTestFinished(() => postgres.start())
    await isUnavailableWithin(2_000, users.get(user.id))
    await isUnavailableWithin(2_000, permissions.put(aPermission()))
    const { error } = await failureOf(adapter.dependency.check())
    expect(String(error)).toMatch(/PostgreSQL at 127\.0\.0\.1:\d+\/sheaf_test_\w+ does not answer: nothing listens/)
    expect(log.join('\n')).toContain('an idle connection was lost')
    await postgres.start()
    expect(await users.get(user.id)).toEqual(user)
    await permissions.put(aPermission())
    await adapter.dependency.check()
  })

  it('PG-32 what resolved is there after kill -9; what was under way is refused, and asked again where that is harmless', async () => {
    const { database, adapter, user } = await opened()
    const { users } = adapter.ports
    const blocker = new Client({ connectionString: database.url })
    blocker.on('error', () => undefined)
    await blocker.connect()
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE')
    const waiting = [users.get(user.id), users.update(user.id, { displayName: 'Other' })]
    const failures = Promise.all(waiting.map(failureOf))
    await expect
      .poll(async () => (await run(server, 'SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount, { timeout: 2_000 })
      .toBe(2)
    await postgres.kill('SIGKILL')
    onTestFinished(() => postgres.start())
    for (const { error, milliseconds } of await failures) {
      expect(isServerError(error, 'unavailable')).toBe(true)
      expect(milliseconds).toBeLessThan(3_000)
    }
    await postgres.start()
    expect(await users.get(user.id)).toEqual(user)
  })

  it('PG-33 a server that hangs keeps calls waiting for their time limits and no longer', async () => {
    const { adapter, user } = await opened()
    const { users } = adapter.ports
    // So that there are connections that hang, and not only ones that cannot be made.
    await Promise.all(Array.from({ length: 40 }, () => users.get(user.id)))
    await postgres.kill('SIGSTOP')
    onTestFinished(() => postgres.kill('SIGCONT'))
    const check = failureOf(adapter.dependency.check())
    const calls = Promise.all(Array.from({ length: 40 }, () => isUnavailableWithin(8_500, users.get(user.id))))
    const { error, milliseconds } = await check
    expect(String(error)).toContain('does not answer within 2 seconds')
    expect(milliseconds).toBeLessThan(2_500)
    await calls
    await postgres.kill('SIGCONT')
    expect(await users.get(user.id)).toEqual(user)
    await adapter.dependency.check()

    await postgres.kill('SIGSTOP')
    const begun = performance.now()
    await adapter.close()
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it('PG-34 a read whose connection is ended is answered over another one, a write is refused', async () => {
    const { database, adapter, user } = await opened()
    const { users } = adapter.ports
    const blocker = new Client({ connectionString: database.url })
    await blocker.connect()
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE')
    const reading = users.get(user.id)
    const writing = failureOf(users.update(user.id, { displayName: 'Other' }))
    const waiting = `FROM pg_locks WHERE NOT granted`
    await expect.poll(async () => (await run(server, `SELECT 1 ${waiting}`)).rowCount, { timeout: 2_000 }).toBe(2)
    await run(server, `SELECT pg_terminate_backend(pid) ${waiting}`)
    expect(isServerError((await writing).error, 'unavailable')).toBe(true)
    await blocker.query('COMMIT')
    await blocker.end()
    expect(await reading).toEqual(user)
  })

  it('PG-35 a statement that takes too long is given up, and others go on', async () => {
    const { database, adapter, user } = await opened()
    const blocker = new Client({ connectionString: database.url })
    await blocker.connect()
    await blocker.query('BEGIN')
    await blocker.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE')
    const slow = isUnavailableWithin(4_500, adapter.ports.users.get(user.id))
    await adapter.ports.permissions.put(aPermission())
    await slow
    await blocker.end()
    expect(await adapter.ports.users.get(user.id)).toEqual(user)
  })

  it('PG-36 a database that takes no writes any more is unavailable to them, and not ready', async () => {
    const { database, adapter, user } = await opened()
    const setReadOnly = (how: string) => run(server, `ALTER DATABASE ${database.name} ${how}`)
    const endSessions = () =>
      run(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}'`)
    await setReadOnly('SET default_transaction_read_only = on')
    await endSessions()
    await isUnavailableWithin(2_000, adapter.ports.permissions.put(aPermission()))
    expect(String((await failureOf(adapter.dependency.check())).error)).toContain('takes no writes')
    expect(await adapter.ports.users.get(user.id)).toEqual(user)
    await setReadOnly('RESET default_transaction_read_only')
    await endSessions()
    await adapter.ports.permissions.put(aPermission())
    await adapter.dependency.check()
  })

  it('PG-37 closing waits for what is under way, may be done twice, and refuses what comes after', async () => {
    const { adapter, user } = await opened()
    const calls = Promise.all(Array.from({ length: 30 }, () => adapter.ports.users.get(user.id)))
    await Promise.all([adapter.close(), adapter.close()])
    expect(await calls).toEqual(Array.from({ length: 30 }, () => user))
    await adapter.close()
    await isUnavailableWithin(1_000, adapter.ports.users.get(user.id))
  })
})
