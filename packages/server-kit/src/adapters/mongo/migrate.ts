import { randomBytes } from 'node:crypto'
import { MongoServerError } from 'mongodb'
import { INDEXES, LATEST_MIGRATION } from './collections.ts'
import { isDuplicate } from './database.ts'
import type { MongoDatabase } from './database.ts'
import { META_ID, hasSameFields, indexesOf, inspectData, readMeta } from './inspection.ts'
import { SnapshotFiles } from './snapshot-files.ts'
import { wrongSetting } from './start-problem.ts'

const NAMESPACE_EXISTS = 48

/** Makes what is missing, and does what is left to do. Several at once do no harm. Resolves with a line for people. */
export async function migrate(database: MongoDatabase): Promise<string> {
  const before = await readMeta(database)
  for (const [collection, indexes] of Object.entries(INDEXES)) {
    await createCollection(database, collection)
    const present = await indexesOf(database, collection)
    for (const index of indexes) {
      const same = present.find((one) => hasSameFields(one, index))
      if (same?.unique === index.unique) continue
      // Somebody made it otherwise. FerretDB would take it for the one that is wanted.
      if (same !== undefined) await database.call(() => database.db.collection(collection).dropIndex(same.name))
      await createIndex(database, collection, { ...index.fields }, index.unique)
    }
  }
  await writeMeta(database)
  const removed = await new SnapshotFiles(database).removeAbandoned(Date.now())
  const { migration } = await inspectData(database)
  const leftovers = removed === 0 ? '' : `, ${removed} unfinished snapshot files removed`
  return `MongoDB ${database.place}: ${wasDone(before?.migration ?? 0, migration)}${leftovers}`
}

const wasDone = (before: number, after: number): string =>
  before === after ? `up to date (migration ${after})` : `migrated from ${before} to ${after}`

async function createCollection(database: MongoDatabase, name: string): Promise<void> {
  await database.call(async () => {
    try {
      await database.db.createCollection(name)
    } catch (error) {
      if (!(error instanceof MongoServerError && error.code === NAMESPACE_EXISTS)) throw error
    }
  })
}

async function createIndex(
  database: MongoDatabase,
  collection: string,
  fields: Record<string, 1>,
  unique: boolean,
): Promise<void> {
  await database.call(async () => {
    try {
      await database.db.collection(collection).createIndex(fields, { unique })
    } catch (error) {
      if (!holdsTwo(error)) throw error
      throw wrongSetting(
        `the collection ${collection} in ${database.place} holds two entities with the same ` +
          `${Object.keys(fields).join(', ')}, where only one may be; restore the database from a backup`,
        error,
      )
    }
  })
}

/** FerretDB tells it in the words of the PostgreSQL that it stands on: with the code of a violated unique index. */
const holdsTwo = (error: unknown): boolean =>
  isDuplicate(error) || (error instanceof MongoServerError && error.message.includes('23505'))

/** Of several that migrate at once one gives the cluster its id. */
async function writeMeta(database: MongoDatabase): Promise<void> {
  const { meta } = database.collections
  const migration = LATEST_MIGRATION
  await database.call(async () => {
    try {
      const clusterId = randomBytes(16).toString('hex')
      await meta.insertOne({ _id: META_ID, clusterId, migration, createdAt: new Date() })
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
  })
  await database.call(() => meta.updateOne({ _id: META_ID, migration: { $lt: migration } }, { $set: { migration } }))
}
