import { MongoServerError } from 'mongodb'
import type { Document } from 'mongodb'
import { SheafServerError } from '../../errors.ts'
import { INDEXES, LATEST_MIGRATION } from './collections.ts'
import type { IndexDescription } from './collections.ts'
import type { MongoDatabase } from './database.ts'
import { missingRights } from './rights.ts'
import { wrongSetting } from './start-problem.ts'

const OLDEST_MAJOR = 6
const NAMESPACE_NOT_FOUND = 26
/** The `_id` of the one entity of `meta`. */
export const META_ID = 'sheaf'

/** What a server says of itself. */
export interface ServerFacts {
  /** For people. */
  readonly name: string
  /** False on FerretDB, where two updates of one entity may both begin from its old state. */
  readonly updatesAreAtomic: boolean
}

/** Sees whether the server can be worked with: its age, and whether it takes writes of this user. Changes nothing. */
export async function inspectServer(database: MongoDatabase): Promise<ServerFacts> {
  const admin = database.client.db('admin')
  const build = await database.call(() => admin.command({ buildInfo: 1 }))
  const hello = await database.call(() => admin.command({ hello: 1 }))
  if (hello['isWritablePrimary'] !== true || hello['readOnly'] === true)
    throw wrongSetting(
      `the server at ${database.place} takes no writes; name its primary, or the whole replica set with replicaSet=`,
    )
  const facts = factsOf(build)
  const status = await database.call(() => admin.command({ connectionStatus: 1, showPrivileges: true }))
  const missing = missingRights(status, database.db.databaseName)
  if (missing.length > 0)
    throw wrongSetting(
      `the user may not ${missing.join(', ')} in ${database.place}; give it the role readWrite on that database`,
    )
  return facts
}

/** @throws {SheafServerError} `configuration` where it is a MongoDB that is too old. */
export function factsOf(build: Document): ServerFacts {
  const version = String(build['version'])
  const ferret = ferretVersion(build)
  if (ferret !== null) return { name: `FerretDB${ferret} (as MongoDB ${version})`, updatesAreAtomic: false }
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return { name: `MongoDB ${version}`, updatesAreAtomic: true }
  throw wrongSetting(`the server is MongoDB ${version}; take MongoDB ${OLDEST_MAJOR} or newer`)
}

/** FerretDB 1 says its version in a field, FerretDB 2 in a document. It may not know it. */
function ferretVersion(build: Document): string | null {
  const version: unknown = build['ferretdbVersion'] ?? (build['ferretdb'] as Document | undefined)?.['version']
  if (typeof version !== 'string') return build['ferretdb'] === undefined ? null : ''
  return version === 'unknown' ? '' : ` ${version}`
}

/** The one entity that a migration leaves; null before the first one. */
export async function readMeta(database: MongoDatabase): Promise<{ clusterId: string; migration: number } | null> {
  const meta = await database.call(() => database.collections.meta.findOne({ _id: META_ID }))
  if (meta === null) return null
  if (typeof meta.clusterId !== 'string' || !Number.isSafeInteger(meta.migration))
    throw wrongSetting(`the collection meta in ${database.place} is not Sheaf's; name another database`)
  if (meta.migration > LATEST_MIGRATION)
    throw new SheafServerError(
      'format-unknown',
      `SHEAF_MONGODB_URL: the database ${database.place} was written by a newer version of Sheaf ` +
        `(migration ${meta.migration}, this one knows ${LATEST_MIGRATION}); run that version`,
    )
  return meta
}

/** Sees whether `sheaf migrate` has done all there is to do. Changes nothing. */
export async function inspectData(database: MongoDatabase): Promise<{ clusterId: string; migration: number }> {
  const meta = await readMeta(database)
  if (meta === null) throw wrongSetting(`the database ${database.place} is not prepared yet; run \`sheaf migrate\``)
  if (meta.migration < LATEST_MIGRATION)
    throw wrongSetting(`the database ${database.place} is of an older version of Sheaf; run \`sheaf migrate\``)
  const looked = Object.entries(INDEXES).filter(([, indexes]) => indexes.length > 0)
  await Promise.all(looked.map(([collection, indexes]) => inspectIndexes(database, collection, indexes)))
  return meta
}

async function inspectIndexes(
  database: MongoDatabase,
  collection: string,
  wanted: readonly IndexDescription[],
): Promise<void> {
  const present = await indexesOf(database, collection)
  const missing = wanted.find((index) => !present.some((one) => isSame(one, index)))
  if (missing === undefined) return
  throw wrongSetting(
    `the collection ${collection} in ${database.place} lacks its ${missing.unique ? 'unique ' : ''}index on ` +
      `${Object.keys(missing.fields).join(', ')}; run \`sheaf migrate\``,
  )
}

export interface PresentIndex extends IndexDescription {
  readonly name: string
}

/** The indexes of a collection; none where it does not exist. */
export async function indexesOf(database: MongoDatabase, collection: string): Promise<PresentIndex[]> {
  const found = await database.call(async () => {
    try {
      return await database.db.collection(collection).listIndexes().toArray()
    } catch (error) {
      if (error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND) return []
      throw error
    }
  })
  return found.map(({ name, key, unique }) => ({
    name: String(name),
    fields: key as PresentIndex['fields'],
    unique: unique === true,
  }))
}

/** The same fields in the same order. */
export const hasSameFields = (one: IndexDescription, other: IndexDescription): boolean =>
  JSON.stringify(one.fields) === JSON.stringify(other.fields)

const isSame = (one: IndexDescription, other: IndexDescription): boolean =>
  hasSameFields(one, other) && one.unique === other.unique
