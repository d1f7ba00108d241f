import { absences, startServices } from '@sheaf/services'
import type { Service, Services } from '@sheaf/services'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { OperationFeed } from '../src/ports.ts'
import { migrateKafka } from '../src/adapters/kafka/index.ts'
import type { KafkaOptions } from '../src/adapters/kafka/index.ts'
import { anId, anOperation, operations } from '../src/testing/contract.ts'
import { aFeed, eventually, everythingIn, kafkaOptions, took } from './support/kafka-under-test.ts'

const absent = (await absences()).find(({ name }) => name === 'kafka')
if (absent !== undefined) console.warn(`Faults of Kafka: skipped, ${absent.reason}; ${absent.remedy}`)

describe.skipIf(absent !== undefined)('Kafka that goes and comes', { timeout: 240_000 }, () => {
  let services: Services
  let kafka: Service

  beforeAll(async () => {
    services = await startServices(['kafka'])
    kafka = services.get('kafka')
  }, 120_000)
  afterAll(() => services.stop(), 60_000)

  /** Options of a topic that exists. */
  async function options(change: Partial<KafkaOptions> = {}): Promise<KafkaOptions> {
    const all = kafkaOptions(kafka.settings['SHEAF_KAFKA_BROKERS'] ?? '', change)
    await migrateKafka(all)
    return all
  }

  /** Until publishing works by itself; the milliseconds from now. */
  const untilPublishing = (feed: OperationFeed): Promise<number> =>
    eventually(async () => {
      try {
        await feed.publish(anId(), operations(1, 1))
        return true
      } catch {
        return false
      }
    }, 60_000)

  it('KF-1 a killed Kafka loses nothing that was published, and publishing and consuming go on by themselves', async () => {
    const setup = await options()
    const adapter = await aFeed(setup)
    const { feed } = adapter
    const handled = new Map<string, number>()
    onTestFinished(await feed.consume(async (id, batch) => void handled.set(id, batch.at(-1)?.seq ?? 0)))
    const published = new Map<string, number>()
    const writing = { isOver: false }
    const write = async (id: string): Promise<void> => {
      for (let seq = 1; !writing.isOver;)
        try {
          await feed.publish(id, [anOperation({ seq })])
          published.set(id, seq)
          seq += 1
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
    }
    const writers = Array.from({ length: 20 }, () => write(anId()))
    await eventually(() => published.size === 20 && [...published.values()].every((seq) => seq > 20))
    const before = new Map(published)
    await kafka.kill('SIGKILL')
    const killedAt = performance.now()
    await expect(feed.publish(anId(), operations(1, 1))).rejects.toMatchObject({ code: 'unavailable' })
    const rejectedAfter = performance.now() - killedAt
    await kafka.start()
    const again = await untilPublishing(feed)
    await eventually(() => [...published].every(([id, seq]) => seq > (before.get(id) ?? 0) + 20), 60_000)
    writing.isOver = true
    await Promise.all(writers)
    await eventually(() => [...published].every(([id, seq]) => (handled.get(id) ?? 0) >= seq), 60_000)
    const topic = await everythingIn(setup)
    for (const [id, seq] of published) expect(seqsOf(topic, id), 'nothing is missing').toEqual(upTo(seq))
    console.info(
      `Kafka: after kill -9 a publish rejected in ${Math.round(rejectedAfter)} ms; publishing again ${Math.round(again)} ms after Kafka answered`,
    )
    expect(rejectedAfter).toBeLessThan(3_500)
  })

  it('KF-2 a publish rejects within seconds where Kafka hangs, at once where it has for long, and works again after it', async () => {
    const { feed, dependency } = await aFeed(await options())
    await feed.publish(anId(), operations(1, 1))
    await kafka.kill('SIGSTOP')
    try {
      const [ms, outcome] = await took(feed.publish(anId(), operations(1, 1)))
      expect(outcome).toMatchObject({ code: 'unavailable' })
      expect(ms).toBeGreaterThan(1_000)
      expect(ms).toBeLessThan(3_500)
      await eventually(async () => (await took(feed.publish(anId(), operations(1, 1))))[0] < 50, 15_000)
      const [checkMs, check] = await took(dependency.check())
      expect(check).toBeInstanceOf(Error)
      expect(checkMs).toBeLessThan(2_500)
      await expect(feed.lag()).rejects.toMatchObject({ code: 'unavailable' })
    } finally {
      await kafka.kill('SIGCONT')
    }
    const again = await untilPublishing(feed)
    console.info(`Kafka: publishing again ${Math.round(again)} ms after SIGCONT`)
    expect(again).toBeLessThan(5_000)
    await eventually(async () => (await took(dependency.check()))[1] === undefined)
  })

  it('KF-3 a Kafka that hangs, is stopped or is killed while documents are consumed hands them on after it', async () => {
    const setup = await options({ timings: { sessionMs: 6_000 } })
    const { feed } = await aFeed(setup)
    const handled = new Set<string>()
    onTestFinished(await feed.consume(async (id) => void handled.add(id)))
    const arrives = async (): Promise<number> => {
      const id = anId()
      await untilPublishing(feed)
      await feed.publish(id, operations(1, 1))
      return eventually(() => handled.has(id), 60_000)
    }
    await arrives()
    await kafka.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 8_000))
    await kafka.kill('SIGCONT')
    const afterHanging = await arrives()
    await kafka.stop()
    await kafka.start()
    const afterStopping = await arrives()
    await kafka.kill('SIGKILL')
    await kafka.start()
    const afterKilling = await arrives()
    console.info(
      `Kafka: consuming again ${[afterHanging, afterStopping, afterKilling].map(Math.round).join(', ')} ms after publishing worked (SIGSTOP, stop, kill -9)`,
    )
  })

  it('KF-4 a feed is closed while Kafka is away', async () => {
    const adapter = await aFeed(await options())
    await adapter.feed.consume(async () => undefined)
    await adapter.feed.publish(anId(), operations(1, 1))
    await kafka.kill('SIGKILL')
    try {
      const waiting = took(adapter.feed.publish(anId(), operations(1, 1)))
      const [ms] = await took(adapter.close())
      expect(ms).toBeLessThan(8_000)
      expect((await waiting)[1]).toMatchObject({ code: 'unavailable' })
      await expect(adapter.feed.publish(anId(), operations(1, 1))).rejects.toMatchObject({ code: 'unavailable' })
    } finally {
      await kafka.start()
    }
  })
})

const seqsOf = (topic: ReadonlyMap<string, ReadonlySet<number>>, id: string): number[] =>
  [...(topic.get(id) ?? [])].sort((a, b) => a - b)

const upTo = (seq: number): number[] => Array.from({ length: seq }, (_, index) => index + 1)
