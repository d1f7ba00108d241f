import type { DeviceStore, JournaledOperation } from '../device/store.ts'

const DOCUMENT = 'document'
const REPLICA = 'a'.repeat(32)
const OTHER = 'b'.repeat(32)

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

const operation = (counter: number): JournaledOperation => ({
  counter,
  baseSeq: counter + 10,
  versionVector: [
    [7, counter],
    [4_000_000_000, 2],
  ],
  update: bytes(counter, 1),
  edits: 3,
})

/** What a test framework gives: vitest, Jest and node:test fit. */
export interface ContractTools {
  readonly it: (name: string, run: () => Promise<void>) => void
  /** Throws unless both are deeply equal. */
  readonly equal: (actual: unknown, expected: unknown) => void
}

/** The guarantees of a {@link DeviceStore}, one test each. Run them on every store you write. */
export function deviceStoreContract({ it, equal }: ContractTools, create: () => Promise<DeviceStore>): void {
  const test = (name: string, run: (store: DeviceStore) => Promise<void>): void =>
    it(name, async () => {
      const store = await create()
      try {
        await run(store)
      } finally {
        await store.close()
      }
    })

  test('JO-1 what was never written is not there', async (store) => {
    equal(await store.read(DOCUMENT, REPLICA), null)
    equal(await store.list(DOCUMENT), [])
    equal(await store.readState(DOCUMENT), null)
    equal(await store.lastPrincipal(), null)
  })

  test('JO-2 updates and operations come back in order, byte for byte', async (store) => {
    await store.write(DOCUMENT, REPLICA, [
      { kind: 'update', key: 1, update: bytes(1) },
      { kind: 'update', key: 2, update: bytes(2, 2) },
    ])
    await store.write(DOCUMENT, REPLICA, [
      { kind: 'operation', operation: operation(1), consumes: 1 },
      { kind: 'operation', operation: operation(2), consumes: 1 },
      { kind: 'update', key: 3, update: bytes() },
    ])
    equal(await store.read(DOCUMENT, REPLICA), {
      principalId: null,
      counter: 2,
      updates: [
        { key: 2, update: bytes(2, 2) },
        { key: 3, update: bytes() },
      ],
      operations: [operation(1), operation(2)],
    })
  })

  test('JO-3 committed operations leave, the counter stays', async (store) => {
    for (const counter of [1, 2, 3])
      await store.write(DOCUMENT, REPLICA, [{ kind: 'operation', operation: operation(counter), consumes: 0 }])
    await store.write(DOCUMENT, REPLICA, [{ kind: 'committed', counter: 2 }])
    const journal = await store.read(DOCUMENT, REPLICA)
    equal(
      journal?.operations.map(({ counter }) => counter),
      [3],
    )
    await store.write(DOCUMENT, REPLICA, [{ kind: 'committed', counter: 9 }])
    equal((await store.read(DOCUMENT, REPLICA))?.counter, 9)
    equal((await store.read(DOCUMENT, REPLICA))?.operations, [])
  })

  test('JO-4 counters and keys are ordered as numbers', async (store) => {
    for (const key of [9, 10, 11, 200])
      await store.write(DOCUMENT, REPLICA, [{ kind: 'update', key, update: bytes(key) }])
    for (const counter of [9, 10, 11, 200])
      await store.write(DOCUMENT, REPLICA, [{ kind: 'operation', operation: operation(counter), consumes: 0 }])
    const journal = await store.read(DOCUMENT, REPLICA)
    equal(
      journal?.updates.map(({ key }) => key),
      [9, 10, 11, 200],
    )
    equal(
      journal?.operations.map(({ counter }) => counter),
      [9, 10, 11, 200],
    )
  })

  test('JO-5 calls for one journal take effect in the order in which they were made', async (store) => {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        store.write(DOCUMENT, REPLICA, [
          { kind: 'update', key: index + 1, update: bytes(index) },
          { kind: 'operation', operation: operation(index + 1), consumes: index + 1 },
          { kind: 'committed', counter: index },
        ]),
      ),
    )
    const journal = await store.read(DOCUMENT, REPLICA)
    equal([journal?.counter, journal?.updates.length, journal?.operations.length], [30, 0, 1])
  })

  test('JO-6 journals of replicas and documents are apart, and listed with what is left', async (store) => {
    await store.write(DOCUMENT, REPLICA, [{ kind: 'update', key: 1, update: bytes(1) }])
    await store.write(DOCUMENT, OTHER, [
      { kind: 'principal', principalId: 'ada' },
      { kind: 'operation', operation: operation(1), consumes: 0 },
      { kind: 'committed', counter: 1 },
    ])
    await store.write(`${DOCUMENT}2`, REPLICA, [{ kind: 'update', key: 1, update: bytes(1) }])
    const journals = [...(await store.list(DOCUMENT))].sort((a, b) => (a.replicaId < b.replicaId ? -1 : 1))
    equal(journals, [
      { documentId: DOCUMENT, replicaId: REPLICA, principalId: null, leftovers: 1 },
      { documentId: DOCUMENT, replicaId: OTHER, principalId: 'ada', leftovers: 0 },
    ])
  })

  test('JO-7 a forgotten journal is gone with all that was in it, and only that one', async (store) => {
    for (const replicaId of [REPLICA, OTHER])
      await store.write(DOCUMENT, replicaId, [
        { kind: 'update', key: 1, update: bytes(1) },
        { kind: 'operation', operation: operation(1), consumes: 0 },
      ])
    await store.forget(DOCUMENT, REPLICA)
    await store.forget(DOCUMENT, 'c'.repeat(32))
    equal(await store.read(DOCUMENT, REPLICA), null)
    equal((await store.read(DOCUMENT, OTHER))?.updates.length, 1)
    await store.write(DOCUMENT, REPLICA, [{ kind: 'principal', principalId: 'ada' }])
    equal(await store.read(DOCUMENT, REPLICA), { principalId: 'ada', counter: 0, updates: [], operations: [] })
  })

  test('JO-8 an older state never replaces a newer one', async (store) => {
    await store.writeState(DOCUMENT, { update: bytes(5), lastSeq: 5, schemaId: 's' })
    await store.writeState(DOCUMENT, { update: bytes(4), lastSeq: 4, schemaId: 's' })
    equal(await store.readState(DOCUMENT), { update: bytes(5), lastSeq: 5, schemaId: 's' })
    await store.writeState(DOCUMENT, { update: bytes(6), lastSeq: 6, schemaId: '' })
    equal(await store.readState(DOCUMENT), { update: bytes(6), lastSeq: 6, schemaId: '' })
    await store.forgetState(DOCUMENT)
    equal(await store.readState(DOCUMENT), null)
  })

  test('JO-9 the last principal is remembered', async (store) => {
    await store.rememberPrincipal('ada')
    await store.rememberPrincipal('grace')
    equal(await store.lastPrincipal(), 'grace')
  })

  test('JO-29 a user who is forgotten leaves no state, no journal and no name, and others keep their journals', async (store) => {
    const owners: [string, string, string | null][] = [
      [DOCUMENT, REPLICA, 'ada'],
      [DOCUMENT, OTHER, 'grace'],
      [`${DOCUMENT}2`, REPLICA, null],
      [`${DOCUMENT}2`, OTHER, 'ada'],
    ]
    for (const [documentId, replicaId, principalId] of owners) {
      await store.write(documentId, replicaId, [
        { kind: 'update', key: 1, update: bytes(1) },
        { kind: 'operation', operation: operation(1), consumes: 0 },
      ])
      if (principalId !== null) await store.write(documentId, replicaId, [{ kind: 'principal', principalId }])
      await store.writeState(documentId, { update: bytes(1), lastSeq: 1, schemaId: '' })
    }
    await store.rememberPrincipal('ada')
    equal((await store.listAll()).length, 4)
    await store.forgetUser('ada')
    equal(await store.listAll(), [{ documentId: DOCUMENT, replicaId: OTHER, principalId: 'grace', leftovers: 2 }])
    equal(await store.read(DOCUMENT, REPLICA), null)
    equal((await store.read(DOCUMENT, OTHER))?.operations, [operation(1)])
    equal(await store.readState(DOCUMENT), null)
    equal(await store.lastPrincipal(), null)
    await store.write(DOCUMENT, REPLICA, [{ kind: 'update', key: 7, update: bytes(7) }])
    equal((await store.read(DOCUMENT, REPLICA))?.counter, 0)
  })

  test('JO-42 a reset journal is new, in one write with what follows', async (store) => {
    await store.write(DOCUMENT, REPLICA, [
      { kind: 'principal', principalId: 'ada' },
      { kind: 'update', key: 1, update: bytes(1) },
      { kind: 'operation', operation: operation(8), consumes: 0 },
    ])
    await store.write(DOCUMENT, OTHER, [{ kind: 'update', key: 1, update: bytes(1) }])
    await store.write(DOCUMENT, REPLICA, [
      { kind: 'reset' },
      { kind: 'operation', operation: operation(2), consumes: 0 },
      { kind: 'update', key: 4, update: bytes(4) },
    ])
    equal(await store.read(DOCUMENT, REPLICA), {
      principalId: null,
      counter: 2,
      updates: [{ key: 4, update: bytes(4) }],
      operations: [operation(2)],
    })
    equal((await store.read(DOCUMENT, OTHER))?.updates.length, 1)
  })

  test('JO-10 after close every call rejects, and close may be called again', async (store) => {
    await store.write(DOCUMENT, REPLICA, [{ kind: 'principal', principalId: 'ada' }])
    await store.close()
    await store.close()
    const outcome = await store.read(DOCUMENT, REPLICA).then(
      () => 'read',
      () => 'rejected',
    )
    equal(outcome, 'rejected')
  })
}
