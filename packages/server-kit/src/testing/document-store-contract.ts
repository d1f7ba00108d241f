import assert from 'node:assert/strict'
import { aDocument, anId, atOnce, walk } from './contract.ts'
import type { ContractCase } from './contract.ts'
import { isServerError } from '../errors.ts'

/** What every DocumentStore promises. */
export const documentStoreContract: readonly ContractCase[] = [
  {
    name: 'ST-11 a document is found as it was created, and a second one with its id is a conflict',
    async run({ stores: { documents } }) {
      const document = aDocument({ versionVector: [[3, 9]], seq: 9 })
      await documents.create(document)
      assert.deepEqual(await documents.get(document.id), document)
      await assert.rejects(documents.create({ ...document, title: 'Other' }), (error) =>
        isServerError(error, 'conflict'),
      )
      assert.equal((await documents.get(document.id))?.title, 'Minutes')
      assert.equal(await documents.get(anId()), null)
    },
  },
  {
    name: 'ST-12 of fifty concurrent creations of one id exactly one succeeds',
    async run({ stores: { documents } }) {
      const id = anId()
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) => documents.create(aDocument({ id, title: String(index) }))),
      )
      assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1)
    },
  },
  {
    name: 'ST-13 an update changes the named fields only, also while the position moves',
    async run({ stores: { documents } }) {
      const document = aDocument()
      await documents.create(document)
      await Promise.all([
        documents.update(document.id, { title: 'Plan' }),
        documents.advance(document.id, { seq: 5, versionVector: [[1, 5]], updatedAt: 2_000 }),
        documents.update(document.id, { schemaId: 'sheaf-1' }),
      ])
      assert.deepEqual(await documents.get(document.id), {
        ...document,
        title: 'Plan',
        schemaId: 'sheaf-1',
        seq: 5,
        versionVector: [[1, 5]],
        updatedAt: 2_000,
      })
      assert.equal(await documents.update(anId(), { title: 'Nothing' }), false)
    },
  },
  {
    name: 'ST-14 a position never moves back, in whatever order the calls arrive',
    async run({ stores: { documents } }) {
      const document = aDocument()
      await documents.create(document)
      await atOnce(20, (index) =>
        documents.advance(document.id, {
          seq: 20 - index,
          versionVector: [[1, 20 - index]],
          publishedSeq: index,
          updatedAt: 3_000,
        }),
      )
      const moved = await documents.get(document.id)
      assert.deepEqual([moved?.seq, moved?.versionVector, moved?.publishedSeq], [20, [[1, 20]], 19])
      await documents.advance(anId(), { seq: 1, versionVector: [], updatedAt: 1 })
    },
  },
  {
    name: 'ST-15 a deleted document is found with the time of its deletion, and without once that is taken back',
    async run({ stores: { documents } }) {
      const document = aDocument()
      await documents.create(document)
      await documents.update(document.id, { deletedAt: 5_000 })
      assert.equal((await documents.get(document.id))?.deletedAt, 5_000)
      await documents.update(document.id, { deletedAt: null })
      assert.deepEqual(await documents.get(document.id), document)
    },
  },
  {
    name: 'ST-16 many documents are fetched at once, unknown ids left out',
    async run({ stores: { documents } }) {
      const [first, second] = [aDocument(), aDocument()]
      await documents.create(first)
      await documents.create(second)
      const found = await documents.getMany([second.id, anId(), first.id])
      assert.deepEqual(new Set(found.map(({ id }) => id)), new Set([first.id, second.id]))
    },
  },
  {
    name: 'ST-17 description and position are there after the store was opened again',
    async run({ stores, reopen }) {
      const document = aDocument()
      await stores.documents.create(document)
      await stores.documents.update(document.id, { title: 'Plan' })
      await stores.documents.advance(document.id, { seq: 3, versionVector: [[1, 3]], updatedAt: 4_000 })
      if (reopen === null) return
      const { documents } = await reopen()
      const found = await documents.get(document.id)
      assert.deepEqual([found?.title, found?.seq, found?.updatedAt], ['Plan', 3, 4_000])
    },
  },
  {
    name: 'ST-18 all documents are listed by ascending id, deleted ones too, page by page without a gap or a repeat',
    async run({ stores: { documents } }) {
      const made = Array.from({ length: 9 }, (_, index) => aDocument({ deletedAt: index % 4 === 0 ? 5_000 : null }))
      for (const document of made) await documents.create(document)
      const listed = await walk((page) => documents.list(page), 4)
      const ids = listed.map(({ id }) => id)
      assert.deepEqual(ids, [...new Set(ids)].sort())
      for (const document of made)
        assert.deepEqual(
          listed.find(({ id }) => id === document.id),
          document,
        )
    },
  },
  {
    name: 'ST-19 the documents that the feed is behind of are listed, oldest change first, at most as many as asked for',
    async run({ stores: { documents } }) {
      // Older than whatever other cases left.
      const at = (updatedAt: number, seq: number, publishedSeq: number) =>
        aDocument({ createdAt: 1, updatedAt, seq, publishedSeq, versionVector: [[1, seq]] })
      const [young, old, done, never] = [at(3, 4, 3), at(2, 4, 0), at(1, 4, 4), at(1, 0, 0)]
      for (const document of [young, old, done, never]) await documents.create(document)
      const behind = await documents.listUnpublished(10_000)
      for (const { id } of [done, never]) assert.equal(behind.includes(id), false)
      assert.ok(behind.includes(old.id) && behind.indexOf(old.id) < behind.indexOf(young.id))
      assert.equal((await documents.listUnpublished(1)).length, 1)
      for (const { id } of [old, young])
        await documents.advance(id, { seq: 4, versionVector: [[1, 4]], publishedSeq: 4, updatedAt: 3 })
      const rest = await documents.listUnpublished(10_000)
      for (const { id } of [old, young]) assert.equal(rest.includes(id), false)
    },
  },
]
