import { CONTENT_ROOT } from '@sheaf/protocol'
import * as Y from 'yjs'
import { ClockRanges } from './clock-ranges.ts'

/** What an update does: exactly, and in words. */
export interface Change {
  /** Clocks of everything that was inserted: characters, nodes, formats. */
  readonly inserted: ClockRanges
  /** Clocks of everything that was deleted. */
  readonly deleted: ClockRanges
  /** The characters that were inserted, one piece behind the other. */
  readonly text: string
}

/** Reads an update in Yjs's V2 format. */
export function changeOf(update: Uint8Array): Change {
  const { structs, ds } = Y.decodeUpdateV2(update)
  const inserted = new ClockRanges()
  const deleted = new ClockRanges()
  const pieces: string[] = []
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue
    inserted.add(struct.id.client, struct.id.clock, struct.id.clock + struct.length)
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentString) pieces.push(struct.content.str)
  }
  for (const [client, ranges] of ds.clients)
    for (const { clock, len } of ranges) deleted.add(client, clock, clock + len)
  return { inserted, deleted, text: pieces.join('') }
}

/** What is in a document. */
export interface Content {
  readonly inserted: ClockRanges
  /** What people see: neither deleted nor a mere format. */
  readonly shown: ClockRanges
  /** What was deleted by itself, and not because something around it or after it was. */
  readonly removed: ClockRanges
  readonly text: string
}

// An attribute gives way to a later one, and what is written into a node goes with it, without anybody deleting just that.
const isRemovedByItself = (struct: Y.Item | Y.GC): boolean =>
  struct instanceof Y.Item &&
  struct.deleted &&
  struct.parentSub === null &&
  struct.parent instanceof Y.AbstractType &&
  struct.parent._item?.deleted !== true

export function contentOf(doc: Y.Doc): Content {
  const inserted = new ClockRanges()
  const shown = new ClockRanges()
  const removed = new ClockRanges()
  for (const [client, structs] of doc.store.clients) {
    const last = structs.at(-1)
    if (last === undefined) continue
    inserted.add(client, 0, last.id.clock + last.length)
    for (const struct of structs) {
      const { clock } = struct.id
      if (isRemovedByItself(struct)) removed.add(client, clock, clock + struct.length)
      if (struct instanceof Y.Item && !struct.deleted && struct.countable)
        shown.add(client, clock, clock + struct.length)
    }
  }
  return { inserted, shown, removed, text: textOf(doc) }
}

/** All text of a document, without its formats; blocks are lines. */
export function textOf(doc: Y.Doc): string {
  const linesOf = (node: unknown): string => {
    if (node instanceof Y.XmlText)
      return (node.toDelta() as { insert: unknown }[])
        .map(({ insert }) => (typeof insert === 'string' ? insert : ''))
        .join('')
    if (node instanceof Y.XmlElement) return node.toArray().map(linesOf).join('\n')
    return ''
  }
  return doc.getXmlFragment(CONTENT_ROOT).toArray().map(linesOf).join('\n')
}
