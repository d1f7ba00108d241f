import { Client } from 'pg'
import { SheafServerError } from '../../errors.ts'
import { readAddress, wrongUrl } from './address.ts'
import type { Address } from './address.ts'
import { letGo } from './farewell.ts'
import { explainConnect } from './failure.ts'
import { KNOWN_MIGRATION, TABLES } from './migrations.ts'

const OLDEST_SERVER = 13

/** What was found behind an address. */
export interface Findings {
  /** As the server counts: 15 or 16. */
  readonly serverVersion: number
  readonly encoding: string
  readonly isStandby: boolean
  readonly isReadOnly: boolean
  /** The highest migration in it; 0 where there is none. */
  readonly migration: number
  /** Tables of Sheaf that are not there. */
  readonly missingTables: readonly string[]
  /** Rights that the role lacks, such as `INSERT on users`. */
  readonly missingRights: readonly string[]
}

/** One connection for the time of a piece of work; what goes wrong is said as a setting that is wrong. */
export async function withConnection<T>(address: Address, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(address.connection)
  // What is under way rejects for the same reason; without a listener the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw explainConnect(error, address)
  } finally {
    await letGo([client], client.end())
  }
}

/**
 * Looks at the database and changes nothing. Resolves with a line for people.
 * @throws {SheafServerError} `configuration`, or `format-unknown` where a newer version of Sheaf was here.
 */
export async function inspect(url: string): Promise<string> {
  const address = readAddress(url)
  const findings = await withConnection(address, look)
  judgeServer(findings, address)
  judgeTables(findings, address)
  return `PostgreSQL ${findings.serverVersion} at ${address.shown} has migration ${findings.migration}, as this version needs it.`
}

export async function look(client: Client): Promise<Findings> {
  const { rows } = await client.query<Omit<Findings, 'migration' | 'missingTables' | 'missingRights'>>(
    `SELECT current_setting('server_version_num')::int / 10000 AS "serverVersion",
      current_setting('server_encoding') AS encoding,
      pg_is_in_recovery() AS "isStandby",
      current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
  )
  const [server] = rows
  if (server === undefined) throw new SheafServerError('internal', 'the server tells nothing of itself')
  const migration = await migrationOf(client)
  if (migration === 0) return { ...server, migration, missingTables: [], missingRights: [] }
  const rights = await client.query<{ name: string; right: string; isThere: boolean; isGranted: boolean }>(
    `SELECT name, "right", to_regclass(name) IS NOT NULL AS "isThere",
      coalesce(has_table_privilege(to_regclass(name), "right"), false) AS "isGranted"
      FROM unnest($1::text[]) AS name, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS "right"`,
    [TABLES],
  )
  return {
    ...server,
    migration,
    missingTables: [...new Set(rights.rows.filter(({ isThere }) => !isThere).map(({ name }) => name))],
    missingRights: rights.rows.filter((r) => r.isThere && !r.isGranted).map(({ name, right }) => `${right} on ${name}`),
  }
}

async function migrationOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ isThere: boolean }>(
    `SELECT to_regclass('sheaf_migrations') IS NOT NULL AS "isThere"`,
  )
  return rows[0]?.isThere === true ? highestMigration(client) : 0
}

/** 0 where the table of migrations is empty. */
export async function highestMigration(client: Client): Promise<number> {
  const { rows } = await client.query<{ number: number }>(
    'SELECT coalesce(max(number), 0) AS number FROM sheaf_migrations',
  )
  return rows[0]?.number ?? 0
}

/** @throws {SheafServerError} `configuration` where Sheaf cannot work with this server, whatever is in it. */
export function judgeServer(found: Findings, { shown }: Pick<Address, 'shown'>): void {
  if (found.serverVersion < OLDEST_SERVER)
    throw wrongUrl(`${shown} is PostgreSQL ${found.serverVersion}; Sheaf needs ${OLDEST_SERVER} or newer`)
  if (found.encoding !== 'UTF8')
    throw wrongUrl(`the database ${shown} is in ${found.encoding}; create one with ENCODING 'UTF8'`)
  if (found.isStandby) throw wrongUrl(`${shown} is a standby and takes no writes; name the primary`)
  if (found.isReadOnly)
    throw wrongUrl(`${shown} takes no writes; switch default_transaction_read_only off, for the database and the role`)
}

/** @throws {SheafServerError} `configuration` or `format-unknown` where the tables are not those of this program. */
export function judgeTables(found: Findings, { shown, user }: Pick<Address, 'shown' | 'user'>): void {
  assertNotNewer(found.migration, shown)
  if (found.migration < KNOWN_MIGRATION)
    throw wrongUrl(
      `${shown} has migration ${found.migration} of Sheaf and this version needs ${KNOWN_MIGRATION}; run \`sheaf migrate\``,
    )
  if (found.missingTables.length > 0)
    throw wrongUrl(`tables are missing in ${shown} (${found.missingTables.join(', ')}); restore them from a backup`)
  if (found.missingRights.length > 0)
    throw wrongUrl(`the role ${user} lacks rights in ${shown} (${found.missingRights.join(', ')}); grant them`)
}

export function assertNotNewer(migration: number, shown: string): void {
  if (migration > KNOWN_MIGRATION)
    throw new SheafServerError(
      'format-unknown',
      `SHEAF_POSTGRES_URL: ${shown} was migrated by a newer Sheaf (${migration}); this program knows ${KNOWN_MIGRATION}: use the newer version`,
    )
}
