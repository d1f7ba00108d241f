import { DatabaseError } from 'pg'
import type { Client } from 'pg'
import { readAddress, wrongUrl } from './address.ts'
import type { Address } from './address.ts'
import { assertNotNewer, highestMigration, judgeServer, look, withConnection } from './inspection.ts'
import { KNOWN_MIGRATION, MIGRATIONS } from './migrations.ts'

/** Any number, as long as nobody else in the database locks by it: "sheaf" in hexadecimal ASCII. */
const LOCK = 0x7368656166
/** A migration may have to rewrite a table; another one that is under way is waited for as long. */
const MIGRATION_MS = 10 * 60_000

/**
 * Brings the tables up to date, each migration in a transaction of its own. Several may do so at one time.
 * Resolves with a line for people.
 * @throws {SheafServerError} `configuration`, or `format-unknown` where a newer version of Sheaf was here.
 */
export async function migrate(url: string): Promise<string> {
  const address = readAddress(url)
  const patient = { ...address, connection: { ...address.connection, query_timeout: MIGRATION_MS } }
  return withConnection(patient, async (client) => {
    const findings = await look(client)
    judgeServer(findings, address)
    assertNotNewer(findings.migration, address.shown)
    // Before anything that needs the right to create tables.
    if (findings.migration === KNOWN_MIGRATION) return isThereAlready(address)
    await client.query(`SET statement_timeout = ${MIGRATION_MS}`)
    let before: number | null = null
    for (;;) {
      const found = await applyNext(client, address)
      before ??= found
      if (found === KNOWN_MIGRATION) break
    }
    return before === KNOWN_MIGRATION
      ? isThereAlready(address)
      : `PostgreSQL at ${address.shown} has migration ${KNOWN_MIGRATION} now; it was ${before}.`
  })
}

const isThereAlready = ({ shown }: Address): string =>
  `PostgreSQL at ${shown} has migration ${KNOWN_MIGRATION} already.`

/** Applies the first migration that is missing; resolves with the one that was found. */
async function applyNext(client: Client, address: Address): Promise<number> {
  await client.query('BEGIN')
  try {
    // Given back with the end of the transaction, whatever ends it.
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    // Made before it is read: a mere look for it may still remember that it was not there.
    await client.query(
      `CREATE TABLE IF NOT EXISTS sheaf_migrations
        (number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
    const found = await highestMigration(client)
    assertNotNewer(found, address.shown)
    const next = MIGRATIONS[found]
    if (next !== undefined) {
      await client.query(next.sql)
      await client.query('INSERT INTO sheaf_migrations (number, name) VALUES ($1, $2)', [next.number, next.name])
    }
    await client.query('COMMIT')
    return found
  } catch (error) {
    // Where not even that can be said the connection is gone, and the transaction with it.
    await client.query('ROLLBACK').catch(() => undefined)
    throw explainMigration(error, address)
  }
}

function explainMigration(error: unknown, { shown, user }: Address): unknown {
  if (!(error instanceof DatabaseError)) return error
  if (error.code === '42P07')
    return wrongUrl(
      `${shown} has tables of another program (${error.message}); give Sheaf a database of its own`,
      error,
    )
  if (error.code === '42501' || error.code === '3F000')
    return wrongUrl(
      `the role ${user} may not create tables in ${shown}; GRANT CREATE, USAGE ON SCHEMA public TO it`,
      error,
    )
  return error
}
