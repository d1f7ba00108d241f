import { reasonOf } from '../../metrics.ts'
import type { Log } from '../../metrics.ts'
import type { Adapter, Dependency } from '../../ports.ts'
import { MongoDatabase } from './database.ts'
import { MongoDocumentStore } from './documents.ts'
import { META_ID, inspectData, inspectServer } from './inspection.ts'
import { MongoLockStore } from './locks.ts'
import { migrate } from './migrate.ts'
import { MongoOperationLog } from './operations.ts'
import { MongoProgressStore } from './progress.ts'
import { startProblem } from './start-problem.ts'
import { MongoVersionStore } from './versions.ts'

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`. A URL that names no database means `sheaf`. */
  readonly url: string
  readonly log: Log
}

export type MongoPorts = 'documents' | 'operations' | 'versions' | 'progress' | 'locks'

export interface MongoAdapter extends Adapter<MongoPorts> {
  /** Made by `sheaf migrate`, the same for all servers on this database. */
  readonly clusterId: string
}

const CHECK_MS = 2_000

/**
 * Documents and their history in MongoDB 6 or newer, or in FerretDB 1.24 for tests. Writes nothing.
 * @throws {SheafServerError} `configuration` or `format-unknown`, where the database is not ready to be worked with.
 */
export async function openMongo(options: MongoOptions): Promise<MongoAdapter> {
  const database = new MongoDatabase(options.url)
  try {
    const { updatesAreAtomic } = await inspectServer(database)
    const { clusterId } = await inspectData(database)
    return {
      clusterId,
      ports: {
        documents: new MongoDocumentStore(database, updatesAreAtomic),
        operations: new MongoOperationLog(database),
        versions: new MongoVersionStore(database),
        progress: new MongoProgressStore(database),
        locks: new MongoLockStore(database, options.log),
      },
      dependency: healthOf(database),
      close: () => database.close(),
    }
  } catch (error) {
    await leave(database, options.log)
    throw startProblem(error, database.place)
  }
}

/**
 * Makes collections, indexes and the cluster's id, and brings older data up to date; resolves with a line for people.
 * @throws {SheafServerError} `configuration` or `format-unknown`.
 */
export const migrateMongo = (options: MongoOptions): Promise<string> =>
  visit(options, 'patient', async (database) => {
    await inspectServer(database)
    return migrate(database)
  })

/**
 * Sees whether everything is ready; changes nothing, and resolves with a line for people.
 * @throws {SheafServerError} `configuration` or `format-unknown`, with what is wrong.
 */
export const inspectMongo = (options: MongoOptions): Promise<string> =>
  visit(options, 'prompt', async (database) => {
    const { name } = await inspectServer(database)
    const { migration } = await inspectData(database)
    return `${name} at ${database.place}: ready (migration ${migration})`
  })

async function visit(
  options: MongoOptions,
  patience: 'prompt' | 'patient',
  work: (database: MongoDatabase) => Promise<string>,
): Promise<string> {
  const database = new MongoDatabase(options.url, patience)
  try {
    return await work(database)
  } catch (error) {
    throw startProblem(error, database.place)
  } finally {
    await leave(database, options.log)
  }
}

async function leave(database: MongoDatabase, log: Log): Promise<void> {
  try {
    await database.close()
  } catch (error) {
    log.warn({ reason: reasonOf(error) }, 'a connection to MongoDB was not closed in good order')
  }
}

/**
 * An update that finds nothing changes nothing, and is a write all the same: a server that may not take writes, or has
 * lost its majority, fails at it.
 */
const healthOf = (database: MongoDatabase): Dependency => ({
  name: 'mongodb',
  check: async () => {
    await database.call(
      () => database.collections.meta.updateOne({ _id: `${META_ID}-health` }, { $set: { migration: 0 } }),
      CHECK_MS,
    )
  },
})
