import type { Admin } from 'kafkajs'
import { SheafServerError } from '../../errors.ts'
import { KafkaClient } from './client.ts'
import { explain } from './failure.ts'
import type { KafkaSetup } from './options.ts'
import { within } from './waiting.ts'

interface Open {
  readonly client: KafkaClient
  readonly admin: Admin
  readonly connected: Promise<void>
}

/** Asks Kafka how it is, over a connection of its own that is replaced when it fails. */
export class Monitor {
  readonly #setup: KafkaSetup
  #open: Open | null = null
  #closed = false

  constructor(setup: KafkaSetup) {
    this.#setup = setup
  }

  check(): Promise<void> {
    return this.#ask(async (admin) => {
      // Goes to the leaders of all partitions, which is what publishing and consuming need.
      await admin.fetchTopicOffsets(this.#setup.topic)
    })
  }

  /** Messages behind the offsets that the group has committed. */
  lag(): Promise<number> {
    const { topic, group } = this.#setup
    return this.#ask(async (admin) => {
      // First what is done and then what there is: the other way round it might come out too small.
      const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
      const ends = await admin.fetchTopicOffsets(topic)
      const done = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
      return ends.reduce((sum, { partition, low, high }) => {
        const from = Math.max(done.get(partition) ?? 0, Number(low))
        return sum + Math.max(0, Number(high) - from)
      }, 0)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const open = this.#open
    this.#open = null
    if (open !== null) await leave(open, this.#setup)
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#closed) throw new SheafServerError('unavailable', 'The feed is closed.')
    const open = (this.#open ??= connect(this.#setup))
    try {
      const answer = async (): Promise<T> => {
        await open.connected
        return question(open.admin)
      }
      return await within(this.#setup.timings.checkMs, 'Kafka', answer())
    } catch (error) {
      if (this.#open === open) this.#open = null
      const { line } = explain(error, open.client.sockets.findings, this.#setup)
      open.client.abandon()
      throw new SheafServerError('unavailable', line, { cause: error })
    }
  }
}

function connect(setup: KafkaSetup): Open {
  const client = new KafkaClient(setup)
  const admin = client.kafka.admin()
  return { client, admin, connected: admin.connect() }
}

async function leave({ client, admin }: Open, { timings }: KafkaSetup): Promise<void> {
  try {
    await within(timings.requestMs, 'Kafka', admin.disconnect())
  } finally {
    client.abandon()
  }
}
