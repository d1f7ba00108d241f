import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { anId, aVersion } from './contract.ts'
import type { ContractCase } from './contract.ts'

/** What every VersionStore promises. */
export const versionStoreContract: readonly ContractCase[] = [
  {
    name: 'ST-21 a version and its snapshot are read back, in their own document only',
    async run({ stores: { versions } }) {
      const version = aVersion()
      const snapshot = Uint8Array.from(randomBytes(1_000))
      await versions.put(version, snapshot)
      assert.deepEqual(await versions.get(version.documentId, version.id), version)
      assert.deepEqual(bytes(await versions.getSnapshot(version.documentId, version.id)), bytes(snapshot))
      assert.equal(await versions.get(anId(), version.id), null)
      assert.equal(await versions.getSnapshot(anId(), version.id), null)
      assert.equal(await versions.getSnapshot(version.documentId, anId()), null)
    },
  },
  {
    name: 'ST-22 a snapshot of twenty megabytes and an empty one are kept as they are',
    async run({ stores: { versions } }) {
      for (const size of [20_000_000, 0]) {
        const version = aVersion()
        const snapshot = Uint8Array.from(randomBytes(size))
        await versions.put(version, snapshot)
        const stored = await versions.getSnapshot(version.documentId, version.id)
        assert.ok(stored !== null && Buffer.compare(stored, snapshot) === 0)
      }
    },
  },
  {
    name: 'ST-23 versions are listed newest first by seq and then by time, page by page without a gap or a repeat',
    async run({ stores: { versions } }) {
      const documentId = anId()
      const order = [
        [9, 1_000],
        [10, 3_000],
        [10, 2_000],
        [2, 9_000],
        [100, 500],
      ] as const
      for (const [seq, createdAt] of order)
        await versions.put(aVersion({ documentId, seq, createdAt }), new Uint8Array(3))
      await versions.put(aVersion({ seq: 1_000 }), new Uint8Array(3))

      const seen: (readonly [number, number])[] = []
      let before: string | undefined
      for (;;) {
        const page = await versions.list(documentId, { limit: 2, ...(before === undefined ? {} : { before }) })
        seen.push(...page.map(({ seq, createdAt }) => [seq, createdAt] as const))
        before = page.at(-1)?.id
        if (before === undefined) break
      }
      assert.deepEqual(seen, [
        [100, 500],
        [10, 3_000],
        [10, 2_000],
        [9, 1_000],
        [2, 9_000],
      ])
      assert.equal((await versions.latest(documentId))?.seq, 100)
      assert.equal(await versions.latest(anId()), null)
    },
  },
  {
    name: 'ST-24 a version can be named, and only that changes',
    async run({ stores: { versions } }) {
      const version = aVersion()
      await versions.put(version, new Uint8Array(3))
      assert.equal(await versions.rename(version.documentId, version.id, 'Draft'), true)
      assert.deepEqual(await versions.get(version.documentId, version.id), { ...version, name: 'Draft' })
      assert.equal(await versions.rename(anId(), version.id, 'Draft'), false)
    },
  },
  {
    name: 'ST-25 a removed version is gone from every list, its neighbours stay',
    async run({ stores: { versions } }) {
      const documentId = anId()
      const [old, young] = [aVersion({ documentId, seq: 1 }), aVersion({ documentId, seq: 2 })]
      await versions.put(old, new Uint8Array(3))
      await versions.put(young, new Uint8Array(4))
      await versions.remove(documentId, young.id)
      await versions.remove(documentId, young.id)
      assert.deepEqual(await versions.list(documentId, { limit: 10 }), [old])
      assert.equal(await versions.getSnapshot(documentId, young.id), null)
      assert.equal((await versions.getSnapshot(documentId, old.id))?.length, 3)
    },
  },
  {
    name: 'ST-26 versions are there after the store was opened again',
    async run({ stores, reopen }) {
      const version = aVersion()
      const snapshot = Uint8Array.from(randomBytes(2_000_000))
      await stores.versions.put(version, snapshot)
      if (reopen === null) return
      const { versions } = await reopen()
      const stored = await versions.getSnapshot(version.documentId, version.id)
      assert.ok(stored !== null && Buffer.compare(stored, snapshot) === 0)
      assert.deepEqual(await versions.latest(version.documentId), version)
    },
  },
]

const bytes = (value: Uint8Array | null): number[] | null => (value === null ? null : [...value])
