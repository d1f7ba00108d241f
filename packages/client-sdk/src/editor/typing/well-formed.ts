import { Plugin } from 'prosemirror-state'
import type { EditorState, Transaction } from 'prosemirror-state'
import { ySyncPluginKey } from 'y-prosemirror'

// With the flag `u` the two halves of a pair are one character: only halves that are alone are found.
const LONE_SURROGATE = /\p{Surrogate}/gu

/** The same text with U+FFFD for each half of a character, as UTF-8 has it. `toWellFormed` is younger than our browsers. */
export const wellFormed = (text: string): string => text.replaceAll(LONE_SURROGATE, '\uFFFD')

/** Puts U+FFFD for each half of a character in what differs between two documents; null where there is none. */
function mended(before: EditorState, state: EditorState): Transaction | null {
  const from = before.doc.content.findDiffStart(state.doc.content)
  const to = before.doc.content.findDiffEnd(state.doc.content)?.b
  if (from === null || to === undefined) return null
  const { tr } = state
  state.doc.nodesBetween(Math.min(from, to), Math.max(from, to), (node, start) => {
    for (const { index } of node.text?.matchAll(LONE_SURROGATE) ?? []) {
      const at = start + index
      tr.replaceWith(at, at + 1, state.schema.text('\uFFFD', node.marks))
    }
  })
  if (!tr.docChanged) return null
  tr.setSelection(state.selection.map(tr.doc, tr.mapping))
  return tr.setStoredMarks(state.storedMarks)
}

/**
 * What is written into the document is text that can be sent. Of half a character everybody else would get U+FFFD, and only who wrote
 * it would go on seeing something else.
 */
export function wellFormedPlugin(): Plugin {
  return new Plugin({
    appendTransaction: (transactions, before, state) => {
      const isOwn = transactions.some((tr) => tr.docChanged && tr.getMeta(ySyncPluginKey) === undefined)
      return isOwn ? mended(before, state) : null
    },
  })
}
