import type { MongoDatabase } from './database.ts'

/**
 * What turns the data of one version of Sheaf into that of the next, in this order; each may run twice. Collections and
 * indexes are not in here: every run of `sheaf migrate` makes those that are missing.
 */
export const MIGRATIONS: readonly ((database: MongoDatabase) => Promise<void>)[] = [
  // 1: the beginning. Nothing stands in the database yet.
  async () => undefined,
]
