import type { Log } from '../../metrics.ts'
import type { Adapter } from '../../ports.ts'
import { readAddress } from './address.ts'
import { Connections } from './connections.ts'
import { inspect } from './inspection.ts'
import { migrate } from './migration.ts'
import { PostgresPermissionStore } from './permissions.ts'
import { PostgresRefreshTokenStore } from './refresh-tokens.ts'
import { PostgresUserStore } from './users.ts'

export interface PostgresOptions {
  /** Such as `postgres://user:password@host:5432/database`. No message ever shows the password. */
  readonly url: string
  readonly log: Log
}

/**
 * People, their permissions and their log-ins in PostgreSQL. Nothing is written as it opens.
 * @throws {SheafServerError} as {@link inspectPostgres} does.
 */
export async function openPostgres({
  url,
  log,
}: PostgresOptions): Promise<Adapter<'users' | 'permissions' | 'refreshTokens'>> {
  await inspect(url)
  const connections = new Connections(readAddress(url), log)
  return {
    ports: {
      users: new PostgresUserStore(connections),
      permissions: new PostgresPermissionStore(connections),
      refreshTokens: new PostgresRefreshTokenStore(connections),
    },
    dependency: connections.dependency,
    close: () => connections.close(),
  }
}

/**
 * Brings the tables up to date; several may do so at one time. Resolves with a line for people.
 * @throws {SheafServerError} as {@link inspectPostgres} does, save for tables that are not up to date.
 */
export const migratePostgres = ({ url }: PostgresOptions): Promise<string> => migrate(url)

/**
 * Looks whether Sheaf can work with the database as it is, and changes nothing. Resolves with a line for people.
 * @throws {SheafServerError} `configuration`, one line that says what to do, or `format-unknown` where a newer version
 * of Sheaf was here.
 */
export const inspectPostgres = ({ url }: PostgresOptions): Promise<string> => inspect(url)
