import assert from 'node:assert/strict'
import type { StoredOperation } from '@sheaf/protocol'
import { anId, anOperation, aReplicaId, atOnce, operations, plain } from './contract.ts'
import type { ContractCase } from './contract.ts'
import type { OperationLog } from '../ports.ts'

/** What every OperationLog promises. */
export const operationLogContract: readonly ContractCase[] = [
  {
    name: 'ST-1 an append is read back byte for byte, in the order of seq',
    async run({ stores: { operations: log } }) {
      const documentId = anId()
      const batch = operations(1, 3)
      assert.deepEqual(await log.append(documentId, batch), { status: 'appended' })
      assert.deepEqual((await log.read(documentId, 0, 100)).map(plain), batch)
      assert.equal(await log.head(documentId), 3)
    },
  },
  {
    name: 'ST-2 an append with a seq that is taken is a conflict and stores nothing from the taken one on',
    async run({ stores: { operations: log } }) {
      const documentId = anId()
      await log.append(documentId, operations(1, 3))
      const late = operations(3, 5)
      assert.deepEqual(await log.append(documentId, late), { status: 'conflict' })
      assert.equal(await log.head(documentId), 3)
      for (const { replicaId, counter } of late) assert.equal(await log.find(documentId, replicaId, counter), null)
      // A store that takes a long batch in pieces must not go on behind the piece that it refused.
      const long = operations(3, 502)
      assert.deepEqual(await log.append(documentId, long), { status: 'conflict' })
      assert.equal(await log.head(documentId), 3)
    },
  },
  {
    name: 'ST-3 of an append with a unique id that is taken nothing is stored from the taken one on, and no hole before it',
    async run({ stores: { operations: log } }) {
      const documentId = anId()
      const [first] = operations(1, 1)
      assert.ok(first)
      await log.append(documentId, [first])
      const again = anOperation({ seq: 4, replicaId: first.replicaId, counter: first.counter })
      const batch = [anOperation({ seq: 2 }), anOperation({ seq: 3 }), again, anOperation({ seq: 5 })]
      assert.deepEqual(await log.append(documentId, batch), { status: 'conflict' })
      await assertPrefix(log, documentId, [first], batch.slice(0, 2))
      const twice = anOperation({ seq: 2 })
      const twiceDocument = anId()
      await log.append(twiceDocument, [first])
      const own = [twice, { ...twice, seq: 3 }, anOperation({ seq: 4 })]
      assert.deepEqual(await log.append(twiceDocument, own), { status: 'conflict' })
      await assertPrefix(log, twiceDocument, [first], own.slice(0, 1))
    },
  },
  {
    name: 'ST-4 of fifty concurrent appends of one seq exactly one is stored',
    async run({ stores: { operations: log } }) {
      const documentId = anId()
      const rivals = Array.from({ length: 50 }, () => anOperation({ seq: 1 }))
      const results = await atOnce(50, (index) => log.append(documentId, rivals.slice(index, index + 1)))
      const won = results.findIndex((result) => result.status === 'appended')
      assert.equal(results.filter((result) => result.status === 'appended').length, 1)
      const stored = await log.read(documentId, 0, 10)
      assert.deepEqual(stored.map(plain), rivals.slice(won, won + 1))
    },
  },
  {
    name: 'ST-5 a read gives the operations behind a seq, at most as many as asked for, and none of another document',
    async run({ stores: { operations: log } }) {
      const documentId = anId()
      const batch = operations(1, 300)
      await log.append(documentId, batch)
      await log.append(`${documentId}-2`, operations(1, 5))
      assert.deepEqual((await log.read(documentId, 290, 100)).map(plain), batch.slice(290))
      assert.deepEqual((await log.read(documentId, 10, 7)).map(plain), batch.slice(10, 17))
      assert.deepEqual(await log.read(documentId, 300, 10), [])
      assert.deepEqual(await log.read(anId(), 0, 10), [])
      assert.equal(await log.head(anId()), 0)
      assert.equal(await log.head(`${documentId}-2`), 5)
    },
  },
  {
    name: 'ST-6 an operation is found by its unique id, in its own document only',
    async run({ stores: { operations: log } }) {
      const documentId = anId()
      const batch = operations(1, 12)
      const [, second] = batch
      assert.ok(second)
      await log.append(documentId, batch)
      const found = await log.find(documentId, second.replicaId, second.counter)
      assert.deepEqual(found && plain(found), second)
      assert.equal(await log.find(documentId, second.replicaId, 13), null)
      assert.equal(await log.find(documentId, aReplicaId(), second.counter), null)
      assert.equal(await log.find(anId(), second.replicaId, second.counter), null)
    },
  },
  {
    name: 'ST-7 an append that resolved is there after the store was opened again',
    async run({ stores, reopen }) {
      const documentId = anId()
      const batch = operations(1, 20)
      await stores.operations.append(documentId, batch)
      if (reopen === null) return
      const { operations: log } = await reopen()
      assert.deepEqual((await log.read(documentId, 0, 100)).map(plain), batch)
      assert.deepEqual(await log.append(documentId, operations(20, 20)), { status: 'conflict' })
    },
  },
  {
    name: 'ST-8 appends of many documents at once are all stored, each in its own order',
    async run({ stores: { operations: log } }) {
      const documents = Array.from({ length: 40 }, () => ({ id: anId(), batch: operations(1, 10) }))
      await Promise.all(
        documents.map(async ({ id, batch }) => {
          for (const operation of batch) assert.deepEqual(await log.append(id, [operation]), { status: 'appended' })
        }),
      )
      for (const { id, batch } of documents) assert.deepEqual((await log.read(id, 0, 100)).map(plain), batch)
    },
  },
  {
    name: 'ST-9 unique ids are kept apart whatever the order of their counters, within a batch, beyond it and after opening again',
    async run({ stores, reopen }) {
      const documentId = anId()
      const [ada, bob] = [aReplicaId(), aReplicaId()]
      const of = (seq: number, replicaId: string, counter: number): StoredOperation =>
        anOperation({ seq, replicaId, counter })
      const stored = [of(1, ada, 5), of(2, bob, 1), of(3, ada, 9), of(4, ada, 2), of(5, bob, 2), of(6, ada, 7)]
      let { operations: log } = stores
      assert.deepEqual(await log.append(documentId, stored.slice(0, 3)), { status: 'appended' })
      assert.deepEqual(await log.append(documentId, stored.slice(3)), { status: 'appended' })
      if (reopen !== null) log = (await reopen()).operations
      for (const operation of stored) {
        const { replicaId, counter } = operation
        const found = await log.find(documentId, replicaId, counter)
        assert.deepEqual(found && plain(found), operation)
        assert.deepEqual(await log.append(documentId, [of(7, replicaId, counter)]), { status: 'conflict' })
      }
      for (const counter of [1, 3, 6, 8, 10]) assert.equal(await log.find(documentId, ada, counter), null)
      assert.deepEqual(await log.append(documentId, [of(7, ada, 4), of(8, ada, 3)]), { status: 'appended' })
      assert.equal(await log.head(documentId), 8)
      // What stands before the conflict may be stored.
      assert.deepEqual(await log.append(documentId, [of(9, ada, 6), of(10, ada, 6)]), { status: 'conflict' })
      assert.ok((await log.head(documentId)) <= 9)
    },
  },
  {
    name: 'ST-10 a trim removes the operations up to a seq, also within what was appended together, and nothing else',
    async run({ stores, reopen }) {
      const documentId = anId()
      const other = anId()
      const batches = [operations(1, 4), operations(5, 10), operations(11, 12)]
      const all = batches.flat()
      for (const batch of batches) await stores.operations.append(documentId, batch)
      await stores.operations.append(other, operations(1, 3))
      assert.equal(await stores.operations.trim(documentId, 7), 7)
      const { operations: log } = reopen === null ? stores : await reopen()
      assert.equal(await log.trim(documentId, 7), 0)
      assert.equal(await log.trim(anId(), 7), 0)
      for (const { seq, replicaId, counter } of all) {
        const found = await log.find(documentId, replicaId, counter)
        assert.equal(found?.seq ?? null, seq > 7 ? seq : null)
      }
      assert.equal(await log.head(documentId), 12)
      assert.deepEqual((await log.read(documentId, 9, 10)).map(plain), all.slice(9))
      assert.equal((await log.read(other, 0, 10)).length, 3)
      const [eighth] = all.slice(7)
      assert.ok(eighth)
      assert.deepEqual(await log.append(documentId, [{ ...eighth, seq: 13 }]), { status: 'conflict' })
      assert.deepEqual(await log.append(documentId, [anOperation({ seq: 12 })]), { status: 'conflict' })
      assert.deepEqual(await log.append(documentId, [anOperation({ seq: 13 })]), { status: 'appended' })
    },
  },
  {
    name: 'ST-111 a read from before what was trimmed begins with the first operation that is left',
    async run({ stores: { operations: log } }) {
      const documentId = anId()
      const batch = operations(1, 300)
      await log.append(documentId, batch)
      await log.trim(documentId, 250)
      assert.deepEqual((await log.read(documentId, 0, 20)).map(plain), batch.slice(250, 270))
      assert.deepEqual((await log.read(documentId, 249, 20)).map(plain), batch.slice(250, 270))
      assert.deepEqual((await log.read(documentId, 251, 20)).map(plain), batch.slice(251, 271))
    },
  },
]

/** What a conflict may leave: all that was there, then the beginning of what stands before the conflict in the batch. */
async function assertPrefix(
  log: OperationLog,
  documentId: string,
  before: readonly StoredOperation[],
  batch: readonly StoredOperation[],
): Promise<void> {
  const stored = (await log.read(documentId, 0, 100)).map(plain)
  assert.deepEqual(stored.slice(0, before.length), before)
  const rest = stored.slice(before.length)
  assert.deepEqual(rest, batch.slice(0, rest.length))
  assert.equal(await log.head(documentId), stored.length)
}
