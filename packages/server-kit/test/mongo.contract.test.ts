import { sharedSetting } from '@sheaf/services'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openMongo } from '../src/adapters/mongo/index.ts'
import type { MongoAdapter } from '../src/adapters/mongo/index.ts'
import { noLog } from '../src/metrics.ts'
import type { Stores } from '../src/ports.ts'
import { contracts } from '../src/testing/index.ts'
import { aMigratedDatabase } from './support/mongo-under-test.ts'
import type { TestDatabase } from './support/mongo-under-test.ts'
import { storesWith } from './support/stores-under-test.ts'

const server = sharedSetting('mongodb')
if (server === null)
  console.warn('The contract of the MongoDB adapter is skipped: no TEST_MONGODB_URL, no `pnpm services up`.')

describe.skipIf(server === null)('the MongoDB adapter', () => {
  let database: TestDatabase
  let adapter: MongoAdapter

  beforeAll(async () => {
    database = await aMigratedDatabase(server!)
    adapter = await openMongo({ url: database.url, log: noLog })
  })

  afterAll(async () => {
    await adapter?.close()
    await database?.drop()
  })

  const reopen = async (): Promise<Stores> => {
    await adapter.close()
    adapter = await openMongo({ url: database.url, log: noLog })
    return storesWith(adapter.ports)
  }

  const { operations, documents, versions, progress, locks } = contracts
  describe.each(Object.entries({ operations, documents, versions, progress, locks }))(
    'keeps the contract of %s',
    (_port, cases) => {
      it.each(cases.map((contract) => [contract.name, contract] as const))('%s', async (_name, contract) => {
        await contract.run({ stores: storesWith(adapter.ports), reopen })
      })
    },
  )
})
