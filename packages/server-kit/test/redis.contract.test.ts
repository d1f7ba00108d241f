import { sharedSetting } from '@sheaf/services'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openRedis } from '../src/adapters/redis/index.ts'
import type { RedisAdapter } from '../src/adapters/redis/index.ts'
import { contracts } from '../src/testing/index.ts'
import { fanOutBetweenServersContract } from '../src/testing/working-together-contract.ts'
import { aPrefix, redisOptions } from './support/redis-under-test.ts'
import { storesWith } from './support/stores-under-test.ts'

const url = sharedSetting('redis')
if (url === null)
  console.warn('The contract of the Redis adapter is skipped: no TEST_REDIS_URL, no `pnpm services up`.')

describe.skipIf(url === null)('the Redis adapter', () => {
  let one: RedisAdapter
  let other: RedisAdapter

  beforeAll(async () => {
    const prefix = aPrefix()
    one = await openRedis(redisOptions(url!, { prefix }))
    other = await openRedis(redisOptions(url!, { prefix }))
  })

  afterAll(() => Promise.all([one.close(), other.close()]))

  const ports = { cache: contracts.cache, fanOut: contracts.fanOut, attempts: contracts.attempts }
  describe.each(Object.entries(ports))('keeps the contract of %s', (_port, cases) => {
    it.each(cases.map((contract) => [contract.name, contract] as const))('%s', async (_name, contract) => {
      await contract.run({ stores: storesWith(one.ports), reopen: null })
    })
  })

  describe('keeps the contract of fan-out between two servers', () => {
    it.each(fanOutBetweenServersContract.map((contract) => [contract.name, contract] as const))(
      '%s',
      async (_name, contract) => {
        await contract.run({ one: one.ports.fanOut, other: other.ports.fanOut })
      },
    )
  })
})
