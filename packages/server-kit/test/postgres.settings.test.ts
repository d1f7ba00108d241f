import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { absences, startServices } from '@sheaf/services'
import type { Services } from '@sheaf/services'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { inspectPostgres, migratePostgres, openPostgres } from '../src/adapters/postgres/index.ts'
import type { PostgresOptions } from '../src/adapters/postgres/index.ts'
import { judgeServer } from '../src/adapters/postgres/inspection.ts'
import { KNOWN_MIGRATION } from '../src/adapters/postgres/migrations.ts'
import { isServerError } from '../src/errors.ts'
import type { ErrorCode } from '../src/errors.ts'
import { noLog } from '../src/metrics.ts'
import { aDatabase, aMigratedDatabase, changed, run } from './support/postgres-under-test.ts'
import type { TestDatabase } from './support/postgres-under-test.ts'

const PASSWORD = 'correct-horse-4711'

/** What opening says: one line that names the setting, without the password. */
async function refusal(
  url: string,
  how: (options: PostgresOptions) => Promise<unknown> = openPostgres,
  code: ErrorCode = 'configuration',
): Promise<string> {
  const error: unknown = await how({ url, log: noLog }).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isServerError(error, code)) throw new Error('it was not refused as expected', { cause: error })
  expect(error.message).toMatch(/^SHEAF_POSTGRES_URL: [^\n]+$/)
  expect(error.message).not.toContain(PASSWORD)
  return error.message
}

/** A server on this machine that is not PostgreSQL; resolves with its port. */
async function aServer(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    answer(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

describe('an address of PostgreSQL', () => {
  it.each([
    '',
    'localhost',
    'mysql://user@host/db',
    'http://host:5432/db',
    `postgres://user:${PASSWORD}#1@host:5432/db`,
    'postgres://host:99999/db',
    'postgres:///db',
    'postgres://host/db?sslrootcert=/no/such/file',
  ])('PG-1 %j is refused', async (url) => {
    expect(await refusal(url)).toMatch(/write postgres:\/\/|\/no\/such\/file/)
  })

  it('PG-2 a port where nothing listens is named', async () => {
    expect(await refusal(`postgres://u:${PASSWORD}@127.0.0.1:1/db`)).toContain('nothing listens at 127.0.0.1:1')
    expect(await refusal(`postgres://u:${PASSWORD}@localhost:1/db`)).toContain('nothing listens at localhost:1')
    expect(await refusal(`postgres://u:${PASSWORD}@%2Fno%2Fsuch/db`)).toContain('nothing listens at /no/such')
  })

  it('PG-2 so is a host that nobody knows', async () => {
    expect(await refusal(`postgres://u:${PASSWORD}@no-such-host.invalid/db`)).toContain('no-such-host.invalid')
  })

  it('PG-2 so is a server that is silent, within the time of a connection', async () => {
    const port = await aServer(() => undefined)
    const begun = performance.now()
    expect(await refusal(`postgres://u:${PASSWORD}@127.0.0.1:${port}/db`)).toContain('within 3 seconds')
    expect(performance.now() - begun).toBeLessThan(4500)
  })

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['speaks HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['speaks Redis', (socket: Socket) => socket.end("-ERR unknown command 'x'\r\n")],
  ])('PG-2 so is one that %s', async (_what, answer) => {
    const port = await aServer((socket) => socket.once('data', () => answer(socket)))
    expect(await refusal(`postgres://u:${PASSWORD}@127.0.0.1:${port}/db`)).toContain('check that it is a PostgreSQL')
  })

  it('PG-6 a server that is too old is refused with its version', () => {
    const found = { serverVersion: 12, encoding: 'UTF8', isStandby: false, isReadOnly: false }
    const nothing = { migration: 0, missingTables: [], missingRights: [] }
    expect(() => judgeServer({ ...found, ...nothing }, { shown: 'db:5432/sheaf' })).toThrow(
      /^SHEAF_POSTGRES_URL: db:5432\/sheaf is PostgreSQL 12; Sheaf needs 13 or newer$/,
    )
    judgeServer({ ...found, ...nothing, serverVersion: 13 }, { shown: 'db:5432/sheaf' })
  })
})

const absence = (await absences()).find(({ name }) => name === 'postgres')
if (absence !== undefined)
  console.warn(`The settings of a PostgreSQL of one's own are not tested: ${absence.reason}; ${absence.remedy}`)

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) console.warn('TLS to PostgreSQL is not tested: openssl, which makes a certificate, is not installed.')

// A server that starts after a crash takes its time on a busy machine.
describe.skipIf(absence !== undefined)('a PostgreSQL server', { timeout: 60_000 }, () => {
  let services: Services
  let server: string
  const databases: TestDatabase[] = []

  beforeAll(async () => {
    services = await startServices(['postgres'])
    server = services.settings['SHEAF_POSTGRES_URL']!
  }, 60_000)
  afterAll(() => services.stop())
  afterEach(async () => {
    for (const database of databases.splice(0)) await database.drop()
  })

  const kept = async (making: Promise<TestDatabase>): Promise<TestDatabase> => {
    const database = await making
    databases.push(database)
    return database
  }
  const empty = (options?: string) => kept(aDatabase(server, options))
  const migrated = () => kept(aMigratedDatabase(server))
  const as = (url: string, user: string, password = PASSWORD): string =>
    changed(url, (parsed) => {
      parsed.username = user
      parsed.password = password
    })
  /** Has the server read its files again: it does so when it gets to it. */
  async function reload(): Promise<void> {
    const loaded = async (): Promise<number> =>
      (await run(server, 'SELECT extract(epoch FROM pg_conf_load_time())::float8 AS at')).rows[0].at
    const before = await loaded()
    await run(server, 'SELECT pg_reload_conf()')
    await expect.poll(loaded, { timeout: 10_000 }).toBeGreaterThan(before)
  }
  /** Rules for who is let in, before the one that lets everybody in. */
  async function letIn(...rules: string[]): Promise<void> {
    const { rows } = await run(server, 'SHOW hba_file')
    const before = await readFile(rows[0].hba_file, 'utf8')
    await writeFile(rows[0].hba_file, `${rules.join('\n')}\n${before}`)
    await reload()
    onTestFinished(async () => {
      await writeFile(rows[0].hba_file, before)
      await reload()
    })
  }
  const tablesOf = async (database: TestDatabase): Promise<string[]> => {
    const { rows } = await database.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return rows.map((row: { tablename: string }) => row.tablename)
  }

  it('PG-3 a password that is wrong or missing, a role and a database that are not there are named', async () => {
    await run(server, `CREATE ROLE secretive LOGIN PASSWORD '${PASSWORD}'`)
    await letIn('host all secretive 127.0.0.1/32 scram-sha-256')
    const database = await migrated()
    await database.run('GRANT ALL ON ALL TABLES IN SCHEMA public TO secretive')
    const good = as(database.url, 'secretive')
    expect(await inspectPostgres({ url: good, log: noLog })).not.toContain(PASSWORD)
    expect(await refusal(as(database.url, 'secretive', `${PASSWORD}x`))).toContain('refuses the password of secretive')
    expect(await refusal(as(database.url, 'secretive', ''))).toContain('wants a password of secretive')
    expect(await refusal(as(database.url, 'nobody'))).toContain('role "nobody" does not exist')
    expect(await refusal(changed(database.url, (url) => (url.pathname = '/nowhere')))).toContain('no database nowhere')
  })

  it('PG-4 a role without the rights is named with what it lacks', async () => {
    await run(server, `CREATE ROLE poor LOGIN PASSWORD '${PASSWORD}'`)
    const unmigrated = await empty()
    expect(await refusal(as(unmigrated.url, 'poor'), migratePostgres)).toContain('may not create tables')
    const database = await migrated()
    expect(await refusal(as(database.url, 'poor'))).toContain('permission denied for table sheaf_migrations')
    await database.run('GRANT SELECT ON ALL TABLES IN SCHEMA public TO poor')
    expect(await refusal(as(database.url, 'poor'))).toContain('lacks rights')
    expect(await refusal(as(database.url, 'poor'))).toContain('DELETE on refresh_tokens')
    await database.run('GRANT INSERT, UPDATE, DELETE ON users, permissions, refresh_tokens TO poor')
    await inspectPostgres({ url: as(database.url, 'poor'), log: noLog })
    await database.run(`REVOKE CONNECT ON DATABASE ${database.name} FROM PUBLIC`)
    expect(await refusal(as(database.url, 'poor'))).toContain('has not the rights')
  })

  it('PG-5 a database that takes no writes is refused', async () => {
    const database = await migrated()
    await run(server, `ALTER DATABASE ${database.name} SET default_transaction_read_only = on`)
    expect(await refusal(database.url)).toContain('default_transaction_read_only')
    expect(await refusal(database.url, migratePostgres)).toContain('default_transaction_read_only')
  })

  it('PG-6 so is one that is not in UTF-8', async () => {
    const latin = await empty("TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    expect(await refusal(latin.url)).toContain("in LATIN1; create one with ENCODING 'UTF8'")
  })

  it('PG-7 TLS that one side wants and the other has not is said', async () => {
    const database = await migrated()
    const withTls = (mode: string) => changed(database.url, (url) => url.searchParams.set('sslmode', mode))
    expect(await refusal(withTls('verify-full'))).toContain('has no TLS')
    await run(server, 'CREATE ROLE careful LOGIN')
    await letIn('hostssl all careful 127.0.0.1/32 trust')
    await letIn('hostnossl all careful 127.0.0.1/32 reject')
    expect(await refusal(as(database.url, 'careful'))).toContain('only with TLS, or not at all')
  })

  it.skipIf(!hasOpenssl)('PG-7 TLS is used where the URL asks for it, and its certificate is checked', async () => {
    const database = await migrated()
    const withTls = (mode: string) => changed(database.url, (url) => url.searchParams.set('sslmode', mode))
    const { rows } = await run(server, 'SHOW data_directory')
    const folder = dirname(rows[0].data_directory as string)
    const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
    const made = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate}`
    execFileSync('openssl', made.split(' '), { stdio: 'ignore' })
    const owner = await stat(rows[0].data_directory as string)
    await chown(key, owner.uid, owner.gid)
    await chmod(key, 0o600)
    await run(server, `ALTER SYSTEM SET ssl_key_file = '${key}'`)
    await run(server, `ALTER SYSTEM SET ssl_cert_file = '${certificate}'`)
    await run(server, 'ALTER SYSTEM SET ssl = on')
    await reload()
    expect(await inspectPostgres({ url: withTls('no-verify'), log: noLog })).toContain('PostgreSQL')
    expect(await refusal(withTls('verify-full'))).toContain('is not trusted')
  })

  it('PG-8 a database that was not migrated is refused, and left as it is', async () => {
    const database = await empty()
    expect(await refusal(database.url)).toContain('run `sheaf migrate`')
    expect(await refusal(database.url, inspectPostgres)).toContain('run `sheaf migrate`')
    expect(await tablesOf(database)).toEqual([])
  })

  it('PG-9 many migrate at once, and it happens once', async () => {
    const database = await empty()
    const lines = await Promise.all(Array.from({ length: 8 }, () => migratePostgres({ url: database.url, log: noLog })))
    expect(lines.filter((line) => line.endsWith('now; it was 0.'))).toHaveLength(1)
    expect(lines.filter((line) => line.endsWith(`has migration ${KNOWN_MIGRATION} already.`))).toHaveLength(7)
    expect(await tablesOf(database)).toEqual(['permissions', 'refresh_tokens', 'sheaf_migrations', 'users'])
    const { rows } = await database.run('SELECT number FROM sheaf_migrations ORDER BY number')
    expect(rows).toEqual(Array.from({ length: KNOWN_MIGRATION }, (_, index) => ({ number: index + 1 })))
    expect(await inspectPostgres({ url: database.url, log: noLog })).toContain(`has migration ${KNOWN_MIGRATION}`)
  })

  it('PG-10 a database of a newer version is refused, and left as it is', async () => {
    const database = await migrated()
    await database.run('INSERT INTO sheaf_migrations (number, name) VALUES ($1, $2)', [KNOWN_MIGRATION + 1, 'future'])
    for (const how of [openPostgres, inspectPostgres, migratePostgres])
      expect(await refusal(database.url, how, 'format-unknown')).toContain(
        `was migrated by a newer Sheaf (${KNOWN_MIGRATION + 1}); this program knows ${KNOWN_MIGRATION}`,
      )
  })

  it('PG-11 tables of another program are left alone, and a migration that fails leaves nothing', async () => {
    const database = await empty()
    await database.run('CREATE TABLE permissions (what text)')
    expect(await refusal(database.url, migratePostgres)).toContain('give Sheaf a database of its own')
    expect(await tablesOf(database)).toEqual(['permissions'])
  })

  it('PG-12 tables that are gone are named', async () => {
    const database = await migrated()
    await database.run('DROP TABLE refresh_tokens')
    expect(await refusal(database.url)).toContain('tables are missing')
  })

  it('PG-13 a server without a free connection is named', async () => {
    const database = await migrated()
    await run(server, `CREATE ROLE single LOGIN CONNECTION LIMIT 0`)
    expect(await refusal(as(database.url, 'single'))).toContain('no connection left')
  })

  it('PG-5 a standby is refused', async () => {
    const database = await migrated()
    const postgres = services.get('postgres')
    const { rows } = await run(server, 'SHOW data_directory')
    const folder = rows[0].data_directory as string
    await postgres.stop()
    await writeFile(join(folder, 'standby.signal'), '')
    await chown(join(folder, 'standby.signal'), (await stat(folder)).uid, (await stat(folder)).gid)
    await postgres.start()
    expect(await refusal(database.url)).toContain('is a standby')
    expect(await refusal(database.url, migratePostgres)).toContain('is a standby')
    await run(server, 'SELECT pg_promote()')
    await inspectPostgres({ url: database.url, log: noLog })
  })
})
