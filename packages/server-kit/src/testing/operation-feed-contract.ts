import assert from 'node:assert/strict'
import type { StoredOperation } from '@sheaf/protocol'
import type { OperationFeed } from '../ports.ts'
import { anId, operations, plain } from './contract.ts'

/** What a contract of operation feeds is run on. */
export interface FeedUnderTest {
  /** May hold what other cases left; nobody else consumes it. */
  readonly feed: OperationFeed
}

/** One promise of the feed; like the cases of the stores it needs no test runner. */
export interface FeedContractCase {
  /** A sentence that begins with the number of its rule in SPEC.md. */
  readonly name: string
  run(subject: FeedUnderTest): Promise<void>
}

/** What every OperationFeed promises. */
export const operationFeedContract: readonly FeedContractCase[] = [
  {
    name: 'ST-90 operations come byte for byte in the order they were published in, for each document, one call at a time',
    async run({ feed }) {
      const documents = someDocuments(12, 40)
      const heard = new Heard()
      const stop = await feed.consume(async (documentId, batch) => {
        heard.begin(documentId)
        await nextTurn()
        heard.end(documentId, batch)
      })
      await Promise.all(
        [...documents].map(async ([documentId, all]) => {
          for (let from = 0; from < all.length; from += 5) await feed.publish(documentId, all.slice(from, from + 5))
        }),
      )
      await until(() => heard.hasAll(documents))
      await stop()
      for (const [documentId, all] of documents) assert.deepEqual(heard.firsts(documentId), all)
      assert.equal(heard.overlaps, 0)
    },
  },
  {
    name: 'ST-85 what is published while nobody consumes waits for who comes later',
    async run({ feed }) {
      const documents = someDocuments(3, 10)
      for (const [documentId, all] of documents) await feed.publish(documentId, all)
      const heard = new Heard()
      const stop = await feed.consume(async (documentId, batch) => heard.end(documentId, batch))
      await until(() => heard.hasAll(documents))
      await stop()
      for (const [documentId, all] of documents) assert.deepEqual(heard.firsts(documentId), all)
    },
  },
  {
    name: 'ST-86 a batch whose handling failed comes again until it succeeds, before what was published after it',
    async run({ feed }) {
      const documents = someDocuments(6, 6)
      const [troubled] = documents.keys()
      let failures = 0
      const heard = new Heard()
      const stop = await feed.consume(async (documentId, batch) => {
        if (documentId === troubled && failures < 3) {
          failures += 1
          throw new Error('cannot be handled now')
        }
        heard.end(documentId, batch)
      })
      for (const [documentId, all] of documents)
        for (const operation of all) await feed.publish(documentId, [operation])
      await until(() => heard.hasAll(documents))
      await stop()
      assert.equal(failures, 3)
      for (const [documentId, all] of documents) assert.deepEqual(heard.firsts(documentId), all)
    },
  },
  {
    name: 'ST-87 consumers share the documents; one that stops finishes what is under way and leaves the rest to the others',
    async run({ feed }) {
      const documents = someDocuments(60, 4)
      const heard = new Heard()
      const handledBy = { first: 0, second: 0 }
      let firstIsStopped = false
      const consumeAs = (name: 'first' | 'second') =>
        feed.consume(async (documentId, batch) => {
          assert.ok(name === 'second' || !firstIsStopped, 'a stopped consumer was called')
          await nextTurn()
          heard.end(documentId, batch)
          if (documents.has(documentId)) handledBy[name] += 1
        })
      const stopFirst = await consumeAs('first')
      const stopSecond = await consumeAs('second')
      const ids = [...documents.keys()]
      // Consumers may need a while to find each other, so this goes on until both have got something.
      let round = 0
      while (handledBy.first === 0 || handledBy.second === 0) {
        round += 1
        assert.ok(round < 1_000, 'one consumer got everything')
        await Promise.all(someDocumentsOf(ids, 1).map(([documentId, all]) => feed.publish(documentId, all)))
        await pause()
      }
      await stopFirst()
      firstIsStopped = true
      heard.forget()
      for (const [documentId, all] of documents) await feed.publish(documentId, all)
      await until(() => heard.hasAll(documents))
      await stopSecond()
    },
  },
  {
    name: 'ST-88 the lag counts what waits, and is nothing when all is consumed',
    async run({ feed }) {
      const [[documentId, all] = []] = someDocuments(1, 5)
      assert.ok(documentId !== undefined && all !== undefined)
      for (const operation of all) await feed.publish(documentId, [operation])
      assert.ok((await feed.lag()) >= 1)
      const stop = await feed.consume(async () => undefined)
      await until(async () => (await feed.lag()) === 0)
      await stop()
      await feed.publish(documentId, operations(6, 6))
      assert.equal(await feed.lag(), 1)
    },
  },
  {
    name: 'ST-89 a publish of many large operations is taken whole',
    async run({ feed }) {
      const documentId = anId()
      const all = operations(1, 12).map((operation) => ({ ...operation, update: new Uint8Array(200_000).fill(7) }))
      await feed.publish(documentId, all)
      const heard = new Heard()
      const stop = await feed.consume(async (id, batch) => heard.end(id, batch))
      await until(() => heard.hasAll(new Map([[documentId, all]])))
      await stop()
      assert.deepEqual(heard.firsts(documentId), all)
    },
  },
]

/** What consumers were given. */
class Heard {
  readonly #operations = new Map<string, StoredOperation[]>()
  readonly #underWay = new Set<string>()
  overlaps = 0

  begin(documentId: string): void {
    if (this.#underWay.has(documentId)) this.overlaps += 1
    this.#underWay.add(documentId)
  }

  end(documentId: string, batch: readonly StoredOperation[]): void {
    this.#underWay.delete(documentId)
    this.#operations.set(documentId, [...(this.#operations.get(documentId) ?? []), ...batch.map(plain)])
  }

  forget(): void {
    this.#operations.clear()
  }

  hasAll(documents: ReadonlyMap<string, readonly StoredOperation[]>): boolean {
    return [...documents].every(([documentId, all]) => this.firsts(documentId).length >= all.length)
  }

  /** Without what came a second time. */
  firsts(documentId: string): StoredOperation[] {
    const seen = new Set<number>()
    return (this.#operations.get(documentId) ?? []).filter(({ seq }) => !seen.has(seq) && seen.add(seq))
  }
}

const someDocumentsOf = (ids: readonly string[], length: number): [string, StoredOperation[]][] =>
  ids.map((id) => [id, operations(1, length)])

const someDocuments = (count: number, length: number): Map<string, StoredOperation[]> =>
  new Map(someDocumentsOf(Array.from({ length: count }, anId), length))

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

/** A real feed may need a while to share out its documents anew. */
async function until(isReached: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await isReached())) {
    assert.ok(performance.now() < end, 'it did not happen within twenty seconds')
    await pause()
  }
}
