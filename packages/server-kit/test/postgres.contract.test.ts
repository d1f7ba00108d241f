import { sharedSetting } from '@sheaf/services'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openPostgres } from '../src/adapters/postgres/index.ts'
import { noLog } from '../src/metrics.ts'
import type { Stores } from '../src/ports.ts'
import { contracts } from '../src/testing/index.ts'
import { aMigratedDatabase } from './support/postgres-under-test.ts'
import type { PostgresAdapter, TestDatabase } from './support/postgres-under-test.ts'
import { storesWith } from './support/stores-under-test.ts'

const server = sharedSetting('postgres')
if (server === null)
  console.warn('The contract of the PostgreSQL adapter is skipped: no TEST_POSTGRES_URL, no `pnpm services up`.')

describe.skipIf(server === null)('the PostgreSQL adapter', () => {
  let database: TestDatabase
  let adapter: PostgresAdapter

  beforeAll(async () => {
    database = await aMigratedDatabase(server!)
    adapter = await openPostgres({ url: database.url, log: noLog })
  })

  afterAll(async () => {
    await adapter.close()
    await database.drop()
  })

  const reopen = async (): Promise<Stores> => {
    await adapter.close()
    adapter = await openPostgres({ url: database.url, log: noLog })
    return storesWith(adapter.ports)
  }

  const ports = {
    users: contracts.users,
    permissions: contracts.permissions,
    refreshTokens: contracts.refreshTokens,
  }
  describe.each(Object.entries(ports))('keeps the contract of %s', (_port, cases) => {
    it.each(cases.map((contract) => [contract.name, contract] as const))('%s', async (_name, contract) => {
      await contract.run({ stores: storesWith(adapter.ports), reopen })
    })
  })
})
