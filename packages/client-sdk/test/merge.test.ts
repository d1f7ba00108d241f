import { DEFAULT_UPDATE_LIMITS, inspectUpdate } from '@sheaf/protocol'
import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { mergeUpdates, versionVectorOf } from '../src/merge.ts'
import { seededRandom } from '../src/testing/index.ts'
import { text, write } from './support/world.ts'

/** What a document says of each of some random edits. */
function randomEdits(seed: number): { doc: Y.Doc; updates: Uint8Array[] } {
  const random = seededRandom(seed)
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('updateV2', (update: Uint8Array) => updates.push(update))
  for (let edit = 0; edit < 40; edit++) {
    if (random.fraction() < 0.1) doc.clientID = Math.floor(random.fraction() * 2 ** 32)
    if (random.fraction() < 0.7 || text(doc).length < 3) write(doc, 'word ')
    else (doc.getXmlFragment('content').get(0) as Y.XmlText).delete(0, 2)
  }
  return { doc, updates }
}

it('OB-1 the vector of an operation is the one that the server finds in its bytes', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { updates } = randomEdits(seed)
    for (const update of [...updates, mergeUpdates(updates), mergeUpdates(updates.slice(10, 20))]) {
      const inspection = inspectUpdate(update, DEFAULT_UPDATE_LIMITS)
      expect(inspection).toMatchObject({ status: 'sound', facts: { versionVector: versionVectorOf(update) } })
    }
  }
})

it('OB-2 many updates merge in slices to one that says the same', () => {
  const { doc, updates } = randomEdits(7)
  const many = Array.from({ length: 20 }, () => updates).flat()
  const merged = new Y.Doc()
  Y.applyUpdateV2(merged, mergeUpdates(many))
  expect(text(merged)).toBe(text(doc))
  expect(text(new Y.Doc())).toBe('')
  Y.applyUpdateV2(new Y.Doc(), mergeUpdates([]))
})
