import type { Id } from '@sheaf/protocol'
import * as Y from 'yjs'
import { writeUpdate } from '../../../protocol/test/support/update-writer.ts'
import type { WrittenContent, WrittenStruct } from '../../../protocol/test/support/update-writer.ts'
import type { SeededRandom } from './random-editing.ts'

function randomContent(random: SeededRandom): WrittenContent {
  switch (random.below(12)) {
    case 0:
      return { kind: 'gc', length: 1 + random.below(4) }
    case 1:
      return { kind: 'deleted', length: 1 + random.below(4) }
    case 2:
      return { kind: 'format', name: 'strong', value: random.pick([{}, null]) }
    case 3:
    case 4:
      return { kind: 'type', ref: 3, name: random.pick(['paragraph', 'image', 'blockquote']) }
    case 5:
    case 6:
      return { kind: 'type', ref: 6 }
    case 7:
    case 8:
      return {
        kind: 'any',
        values: random.pick<readonly unknown[]>([['x'], [1], ['a', 'b'], ['javascript:1'], [null]]),
      }
    default:
      return { kind: 'text', text: random.pick(['a', 'bcd', '👩‍🚀', '\ud83d', 'long enough to be cut']) }
  }
}

/** The right neighbour of an id. */
function rightOf(doc: Y.Doc, id: Id): Id | null {
  if (id.clock >= Y.getState(doc.store, id.client)) return null
  const struct = Y.getItem(doc.store, new Y.ID(id.client, id.clock))
  return struct instanceof Y.Item ? (struct.right?.id ?? null) : null
}

/**
 * An update that no editor would write, but whose bytes are well formed: random structs at random places, following on what
 * the document has of `client`, and referring to what is there (or, now and then, to what is not).
 */
export function randomUpdate(doc: Y.Doc, client: number, random: SeededRandom): Uint8Array {
  const start = Y.getState(doc.store, client)
  const known = [...doc.store.clients].map(([id, structs]) => ({ id, structs }))
  let clock = start
  const anId = (): Id => {
    if (clock > start && (known.length === 0 || random.chance(0.4))) {
      return { client, clock: start + random.below(clock - start) }
    }
    if (known.length === 0) return { client, clock: 0 }
    const { id, structs } = random.pick(known)
    const struct = random.pick(structs)
    if (random.chance(0.01)) return { client: id, clock: struct.id.clock + 1000 }
    return { client: id, clock: struct.id.clock + random.below(struct.length) }
  }
  const structs: WrittenStruct[] = []
  for (let left = 1 + random.below(6); left > 0; left--) {
    const content = randomContent(random)
    const struct: {
      content: WrittenContent
      origin?: Id
      rightOrigin?: Id
      parent?: string | Id
      key?: string
    } = { content }
    const dice = random.below(100)
    if (dice < 45) {
      struct.origin = anId()
      const right = random.chance(0.5) ? rightOf(doc, struct.origin) : random.chance(0.1) ? anId() : null
      if (right !== null) struct.rightOrigin = right
    } else if (dice < 60) struct.rightOrigin = anId()
    else {
      struct.parent = random.chance(0.3) ? 'content' : anId()
      if (content.kind === 'any' || random.chance(0.1)) struct.key = random.pick(['src', 'level', 'href'])
    }
    structs.push(struct)
    clock += lengthOf(content)
  }
  const deletes = random.chance(0.3)
    ? [{ client, ranges: [[start, 1 + random.below(Math.max(1, clock - start))] as const] }]
    : []
  return writeUpdate({ clients: [{ client, clock: start, structs }], deletes })
}

function lengthOf(content: WrittenContent): number {
  switch (content.kind) {
    case 'gc':
    case 'skip':
    case 'deleted':
      return content.length
    case 'text':
      return content.text.length
    case 'any':
    case 'json':
      return content.values.length
    default:
      return 1
  }
}

/** Deletes something, as another person might do at the same time. */
export function deleteSomething(doc: Y.Doc, random: SeededRandom): Uint8Array {
  const before = Y.encodeStateVector(doc)
  const root = doc.getXmlFragment('content')
  let update: Uint8Array = Y.encodeStateAsUpdateV2(doc, before)
  doc.once('updateV2', (bytes: Uint8Array) => {
    update = bytes
  })
  if (root.length > 0) {
    const at = random.below(root.length)
    const child = root.get(at)
    if (child instanceof Y.XmlElement && child.length > 0 && random.chance(0.5))
      child.delete(random.below(child.length), 1)
    else root.delete(at, 1)
  }
  return update
}
