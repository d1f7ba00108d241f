import { SheafServerError } from '../../errors.ts'
import { KafkaClient } from './client.ts'
import { explain } from './failure.ts'
import { Monitor } from './monitor.ts'
import { setupOf } from './options.ts'
import type { KafkaOptions } from './options.ts'
import { within } from './waiting.ts'

/** Those who consume the topic, as Kafka knows them. */
export interface GroupState {
  readonly members: number
  /** Messages behind what they have finished. */
  readonly lag: number
}

/**
 * Looks who consumes; changes nothing.
 * @throws {SheafServerError} `unavailable`, or `configuration` for a list of brokers that is none.
 */
export async function inspectGroup(options: KafkaOptions): Promise<GroupState> {
  const setup = setupOf(options)
  const monitor = new Monitor(setup)
  const client = new KafkaClient(setup)
  const admin = client.kafka.admin()
  const describe = async (): Promise<number> => {
    await admin.connect()
    const { groups } = await admin.describeGroups([setup.group])
    return groups[0]?.members.length ?? 0
  }
  try {
    const members = await within(setup.timings.startMs, 'Kafka', describe())
    return { members, lag: await monitor.lag() }
  } catch (error) {
    if (error instanceof SheafServerError) throw error
    throw new SheafServerError('unavailable', explain(error, client.sockets.findings, setup).line, { cause: error })
  } finally {
    client.abandon()
    await monitor.close()
  }
}
