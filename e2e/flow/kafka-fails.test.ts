import { startServices } from '@sheaf/services'
import type { Services } from '@sheaf/services'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Member } from '../cluster/member.ts'
import { RawSession } from './raw-session.ts'
import { STORES, Stage, whyNot } from './stage.ts'

const reason = await whyNot('own stores')
if (reason !== null) console.warn(`Section 8 of the flow is not tried: ${reason}`)

const SOON = { timeout: 90_000, interval: 100 }

describe.skipIf(reason !== null)('8. Kafka failure recovery', { timeout: 240_000 }, () => {
  let services: Services
  let stage: Stage
  beforeAll(async () => {
    services = await startServices(STORES)
    stage = await Stage.open(services)
  }, 300_000)
  afterAll(async () => {
    await stage?.close()
    await services?.stop()
  }, 60_000)

  it('FL-16 FL-17 folds at the server while Kafka is away, and hands the backlog over in order when it is back', async () => {
    const { records, cluster, api } = stage
    const documentId = await api.createDocument()
    const session = await RawSession.open(api, documentId)
    onTestFinished(() => session.close())
    const write = async (from: number, to: number): Promise<number> => {
      let slowest = 0
      for (let count = from; count <= to; count++) {
        const startedAt = performance.now()
        session.write(`${count} `)
        await session.hears('committed', ({ counter }) => counter === count)
        slowest = Math.max(slowest, performance.now() - startedAt)
      }
      return slowest
    }
    const folded = async (): Promise<unknown> =>
      (await records.entities('last_processed_version', documentId)).at(-1)?.['seq']
    const published = async (): Promise<unknown> => (await records.document(documentId))?.['publishedSeq']
    await write(1, 5)
    await expect.poll(published, SOON).toBe(5)
    await expect.poll(folded, SOON).toBe(5)

    const kafka = services.get('kafka')
    await kafka.kill('SIGKILL')
    const slowest = await write(6, 30)
    // Nobody waits for Kafka.
    expect(slowest).toBeLessThan(5_000)
    await expect.poll(folded, SOON).toBe(30)
    const kept = async (): Promise<unknown> => (await records.entities('document_versions', documentId)).at(-1)
    await expect.poll(kept, SOON).toMatchObject({ kind: 'auto', seq: 30 })
    const shut = await Promise.all(cluster.servers.map((server: Member) => server.metric('sheaf_feed_shut')))
    expect(Math.max(...shut)).toBe(1)
    expect(await published()).toBe(5)

    await kafka.start()
    await expect.poll(published, SOON).toBe(30)
    const ours = (messages: Awaited<ReturnType<typeof records.topic>>): number[] =>
      messages
        .filter((message) => message.documentId === documentId)
        .flatMap(({ operations }) => operations.map(({ seq }) => seq))
    const seqs = ours(await records.topic((messages) => ours(messages).includes(30), 60_000))
    // An operation may come again, but never before one that it builds on.
    const firsts = [...new Set(seqs)]
    expect(firsts).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    await write(31, 32)
    await expect.poll(folded, SOON).toBe(32)
    console.log(`The slowest commit while Kafka was away took ${Math.round(slowest)} ms.`)
  })
})
