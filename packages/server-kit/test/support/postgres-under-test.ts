import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import type { QueryResult } from 'pg'
import { migratePostgres } from '../../src/adapters/postgres/index.ts'
import type { openPostgres } from '../../src/adapters/postgres/index.ts'
import { noLog } from '../../src/metrics.ts'

export type PostgresAdapter = Awaited<ReturnType<typeof openPostgres>>

/** A database of its own on a server, and a role to change it with. */
export interface TestDatabase {
  readonly name: string
  readonly url: string
  /** Runs statements in it, with all rights. */
  run(sql: string, values?: readonly unknown[]): Promise<QueryResult>
  drop(): Promise<void>
}

/** The same address with something else in it. */
export function changed(url: string, change: (url: URL) => void): string {
  const parsed = new URL(url)
  change(parsed)
  return parsed.href
}

export async function run(url: string, sql: string, values: readonly unknown[] = []): Promise<QueryResult> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql, [...values])
  } finally {
    await client.end()
  }
}

/** An empty database; `options` as in `CREATE DATABASE name options`. */
export async function aDatabase(server: string, options = ''): Promise<TestDatabase> {
  const name = `sheaf_test_${randomUUID().replaceAll('-', '')}`
  await run(server, `CREATE DATABASE ${name} ${options}`)
  const url = changed(server, (parsed) => (parsed.pathname = `/${name}`))
  return {
    name,
    url,
    run: (sql, values) => run(url, sql, values),
    drop: async () => {
      await run(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

/** One that `sheaf migrate` was run on. */
export async function aMigratedDatabase(server: string): Promise<TestDatabase> {
  const database = await aDatabase(server)
  await migratePostgres({ url: database.url, log: noLog })
  return database
}
