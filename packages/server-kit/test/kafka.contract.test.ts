import { sharedSetting } from '@sheaf/services'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Adapter } from '../src/ports.ts'
import { operationFeedContract } from '../src/testing/index.ts'
import { aTopic, kafkaOptions } from './support/kafka-under-test.ts'
import { migrateKafka, openKafka } from '../src/adapters/kafka/index.ts'

const brokers = sharedSetting('kafka')
if (brokers === null) console.warn('Kafka: skipped, there is none; "pnpm services up kafka" starts one.')

describe.skipIf(brokers === null)('Kafka: feed', { timeout: 60_000 }, () => {
  let adapter: Adapter<'feed'>

  beforeAll(async () => {
    const options = kafkaOptions(brokers ?? '', { topic: aTopic() })
    await migrateKafka(options)
    adapter = await openKafka(options)
  }, 30_000)
  afterAll(() => adapter.close(), 30_000)

  for (const { name, run } of operationFeedContract)
    it(name, async () => {
      const { feed } = adapter.ports
      if (feed === null) throw new Error('no feed')
      await run({ feed })
    })
})
