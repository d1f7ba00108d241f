import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'
import type { Db } from 'mongodb'
import { onTestFinished } from 'vitest'
import { migrateMongo, openMongo } from '../../src/adapters/mongo/index.ts'
import type { MongoAdapter } from '../../src/adapters/mongo/index.ts'
import { noLog } from '../../src/metrics.ts'
import type { Log } from '../../src/metrics.ts'

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

/** An adapter that closes with the test. */
export async function aMongoAdapter(url: string, log: Log = noLog): Promise<MongoAdapter> {
  const adapter = await openMongo({ url, log })
  onTestFinished(() => adapter.close())
  return adapter
}

/** Waits until it is so; fails after `withinMs`. Resolves with the milliseconds that it took. */
export async function eventually(isSo: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<number> {
  const begun = performance.now()
  while (!(await isSo())) {
    if (performance.now() - begun > withinMs) throw new Error(`it is not so after ${withinMs} ms: ${isSo.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - begun
}

/** What a call ended with, and after how many milliseconds. */
export async function timed<T>(call: () => Promise<T>): Promise<{ outcome: T | Error; milliseconds: number }> {
  const begun = performance.now()
  const outcome = await call().catch((error: Error) => error)
  return { outcome, milliseconds: performance.now() - begun }
}
