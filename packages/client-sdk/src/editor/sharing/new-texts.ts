import type { Schema } from 'prosemirror-model'
import { ContentType, XmlElement, XmlText, isDeleted } from 'yjs'
import type { Item, Transaction, YEvent } from 'yjs'

/** Words that came with the same change, and may be a copy. */
export interface NewText {
  /** An element if it holds no text yet. */
  readonly target: XmlText | XmlElement
  readonly index: number
  readonly words: string
  readonly top: Item
}

/** Whether something is gone now and was there before. */
export const wentAway = ({ deleted, id }: Item, { deleteSet, beforeState }: Transaction): boolean =>
  deleted && isDeleted(deleteSet, id) && id.clock < (beforeState.get(id.client) ?? 0)

const plain = (text: XmlText): string =>
  (text.toDelta() as { insert: unknown }[])
    .map(({ insert }) => (typeof insert === 'string' ? insert : '\uFFFC'))
    .join('')

function textsIn(type: unknown, top: Item, schema: Schema): NewText[] {
  if (type instanceof XmlText) return [{ target: type, index: 0, words: plain(type), top }]
  if (!(type instanceof XmlElement)) return []
  const isEmptyText = type.length === 0 && schema.nodes[type.nodeName]?.isTextblock === true
  if (isEmptyText) return [{ target: type, index: 0, words: '', top }]
  return type.toArray().flatMap((child) => textsIn(child, top, schema))
}

/** The texts, and parts of texts, that a change has written. */
export function newTexts(events: readonly YEvent<XmlElement>[], schema: Schema): NewText[] {
  return events.flatMap((event): NewText[] => {
    const { target } = event as { readonly target: unknown }
    if (target instanceof XmlText && target._item !== null) {
      const top = target._item
      let index = 0
      return event.delta.flatMap(({ retain = 0, insert }): NewText[] => {
        index += retain
        if (typeof insert !== 'string') return []
        index += insert.length
        return [{ target, index: index - insert.length, words: insert, top }]
      })
    }
    return [...event.changes.added].flatMap((item) =>
      item.content instanceof ContentType ? textsIn(item.content.type, item, schema) : [],
    )
  })
}
