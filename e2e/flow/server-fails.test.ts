import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import * as Y from 'yjs'
import type { Member } from '../cluster/member.ts'
import { plainText } from '../simulation/marker.ts'
import { RawSession } from './raw-session.ts'
import { Stage, whyNot } from './stage.ts'
import { WatchedClient } from './watched-client.ts'

const reason = await whyNot('shared stores')
if (reason !== null) console.warn(`Section 9 of the flow is not tried: ${reason}`)

const SOON = { timeout: 60_000, interval: 50 }
const ROUNDS = 3

describe.skipIf(reason !== null)('9. Server failure recovery', { timeout: 180_000 }, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await Stage.open()
  }, 180_000)
  afterAll(() => stage?.close())

  /** The server that has sessions. */
  const home = async (): Promise<Member> => {
    const sessions = await stage.sessions()
    return stage.cluster.servers[sessions.findIndex((count) => count > 0)] as Member
  }

  it('FL-18 opens a document at another server from the newest version and the operations after it, by seq', async () => {
    const { records, cluster, api } = stage
    const [worker] = cluster.workers as readonly [Member]
    const documentId = await api.createDocument()
    const session = await RawSession.open(api, documentId)
    const write = async (from: number, to: number): Promise<void> => {
      for (let count = from; count <= to; count++) {
        session.write(`${count}`)
        await session.hears('committed', ({ counter }) => counter === count)
      }
    }
    const folded = async (): Promise<unknown> => (await records.entities('last_processed_version', documentId)).at(-1)
    await write(1, 5)
    await expect.poll(folded, SOON).toMatchObject({ seq: 5 })
    const kept = async (): Promise<unknown> => (await records.entities('document_versions', documentId)).at(-1)
    await expect.poll(kept, SOON).toMatchObject({ kind: 'auto', seq: 5 })
    await worker.kill('SIGKILL')
    await write(6, 9)
    expect(await folded()).toMatchObject({ seq: 5 })
    // The clock of the server that wrote these was wrong: by their timestamps they would be from before the version.
    const operations = records.mongo.collection('crdt_operations')
    await operations.updateMany({ documentId, seq: { $gt: 5 } }, { $set: { createdAt: new Date(0) } })
    // What the version holds is given up, so that it is the version that brings it back.
    await operations.deleteMany({ documentId, seq: { $lte: 5 } })
    const failing = await home()
    await failing.kill('SIGKILL')
    session.close()

    const doc = new Y.Doc()
    Y.applyUpdateV2(doc, await api.content(documentId))
    expect(plainText(doc).split('\n')).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
    const again = await RawSession.open(api, documentId)
    onTestFinished(() => again.close())
    again.write('10')
    expect(await again.hears('committed')).toMatchObject({ seq: 10 })
    await Promise.all([worker.start(), failing.start()])
    await expect.poll(folded, SOON).toMatchObject({ seq: 10 })
  })

  it('FL-19 lets people go on typing at another server within seconds, and loses nothing', async () => {
    const documentId = await stage.api.createDocument()
    const [writer, reader] = [0, 1].map(() => {
      const client = new WatchedClient(stage.api, documentId, { batching: 'immediate' })
      onTestFinished(() => client.close())
      return client
    }) as [WatchedClient, WatchedClient]
    await Promise.all([writer.document.whenLoaded(), reader.document.whenLoaded()])
    let typed = ''
    const end = new AbortController()
    const typing = (async (): Promise<void> => {
      while (!end.signal.aborted) {
        const key = String.fromCharCode(97 + (typed.length % 26))
        writer.type(key)
        typed += key
        await pause(50)
      }
    })()
    const silences: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const before = writer.acknowledgedAt.length
      await expect.poll(() => writer.acknowledgedAt.length, SOON).toBeGreaterThan(before + 20)
      const failing = await home()
      await failing.kill('SIGKILL')
      const killedAt = performance.now()
      await expect.poll(() => writer.acknowledgedAt.some((at) => at > killedAt + 1), SOON).toBe(true)
      silences.push((writer.acknowledgedAt.find((at) => at > killedAt + 1) ?? 0) - killedAt)
      await failing.start()
    }
    end.abort()
    await typing
    await writer.document.whenDurable()
    await expect.poll(() => reader.text, SOON).toBe(typed)
    expect(writer.text).toBe(typed)
    console.log(
      `Nothing was acknowledged for ${silences.map((ms) => `${Math.round(ms)} ms`).join(', ')} after a kill -9.`,
    )
    expect(Math.max(...silences)).toBeLessThan(10_000)
  })

  it('FL-20 lets people go on where their server hangs instead of dying', async () => {
    const documentId = await stage.api.createDocument()
    const client = new WatchedClient(stage.api, documentId, { batching: 'immediate' })
    onTestFinished(() => client.close())
    await client.document.whenLoaded()
    client.type('before')
    await client.document.whenDurable()
    const hanging = await home()
    await hanging.kill('SIGSTOP')
    const stoppedAt = performance.now()
    try {
      client.type(' meanwhile')
      // Somebody who comes now is not kept waiting.
      const other = await RawSession.open(stage.api, documentId)
      expect(performance.now() - stoppedAt).toBeLessThan(10_000)
      expect(plainText(other.ydoc)).toBe('before')
      other.close()
      await client.document.whenDurable()
      const silence = performance.now() - stoppedAt
      console.log(`Nothing was acknowledged for ${(silence / 1_000).toFixed(1)} s where the server hung.`)
      expect(silence).toBeLessThan(30_000)
    } finally {
      await hanging.kill('SIGCONT')
    }
    expect(client.text).toBe('before meanwhile')
    const doc = new Y.Doc()
    Y.applyUpdateV2(doc, await stage.api.content(documentId))
    expect(plainText(doc)).toBe('before meanwhile')
  })
})
