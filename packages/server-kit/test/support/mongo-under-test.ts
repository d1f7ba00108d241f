import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'
import type { Db } from 'mongodb'
import { migrateMongo } from '../../src/adapters/mongo/index.ts'
import { noLog } from '../../src/metrics.ts'

/** A database of its own on a server; the driver's own client sees and changes what is in it. */
export interface TestDatabase {
  readonly url: string
  readonly db: Db
  drop(): Promise<void>
}

/** The address of a database on the same server. */
export const withDatabase = (server: string, name: string): string =>
  server.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`)

/** Where the server is, for whoever stands between it and the adapter. */
export const addressOf = (server: string): { host: string; port: number } => {
  const { hostname, port } = new URL(server)
  return { host: hostname, port: Number(port || 27_017) }
}

/** An empty database. */
export function aDatabase(server: string): TestDatabase {
  const url = withDatabase(server, `sheaf-test-${randomUUID()}`)
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 })
  const db = client.db()
  return {
    url,
    db,
    drop: async () => {
      await db.dropDatabase()
      await client.close()
    },
  }
}

/** One that `sheaf migrate` was run on. */
export async function aMigratedDatabase(server: string): Promise<TestDatabase> {
  const database = aDatabase(server)
  await migrateMongo({ url: database.url, log: noLog })
  return database
}
