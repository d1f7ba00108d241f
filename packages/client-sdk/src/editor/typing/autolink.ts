import { InputRule } from 'prosemirror-inputrules'
import type { Schema } from 'prosemirror-model'
import type { EditorState, Transaction } from 'prosemirror-state'
import { linkFromInput } from '../content/safe-url.ts'

const ADDRESS = /(?:^|[\s(\u201c"])((?:https?:\/\/|www\.)[^\s<>"\u201d]+)$/i
/** Signs that end a sentence rather than an address. */
const TRAILING = /[.,;:!?'\u2019*_]+$/

/** An address without the sign after it; a closing bracket belongs to it only if the opening one does. */
function withoutTrail(address: string): string {
  const trimmed = address.replace(TRAILING, '')
  if (!trimmed.endsWith(')') || trimmed.split('(').length === trimmed.split(')').length) return trimmed
  return withoutTrail(trimmed.slice(0, -1))
}

/**
 * Makes the address that ends at a position a link. Null where there is none, where it is one already, and in code.
 * @param tr a change whose document is the one that the position is in
 */
export function linkAddressBefore(state: EditorState, position: number, tr: Transaction): Transaction | null {
  const link = state.schema.marks['link']
  const $end = tr.doc.resolve(position)
  const { parent, parentOffset } = $end
  if (link === undefined || !parent.isTextblock || !parent.type.allowsMarkType(link)) return null
  const before = parent.textBetween(Math.max(0, parentOffset - 2_000), parentOffset, undefined, '\ufffc')
  const address = ADDRESS.exec(before)?.[1]
  const written = address === undefined ? '' : withoutTrail(address)
  const href = written === '' ? null : linkFromInput(written)
  if (address === undefined || href === null || !/^https?:\/\/[^/]+\.[^/]/i.test(href)) return null
  const from = position - address.length
  const to = from + written.length
  const { code } = state.schema.marks
  if (tr.doc.rangeHasMark(from, to, link) || (code && tr.doc.rangeHasMark(from, to, code))) return null
  return tr.addMark(from, to, link.create({ href })).removeStoredMark(link)
}

/** An address becomes a link when a space is typed after it. */
export const autolinkRule = (schema: Schema): InputRule[] =>
  schema.marks['link'] === undefined
    ? []
    : [
        new InputRule(
          /(?:https?:\/\/|www\.)\S+\s$/i,
          (state, match, _start, end) => {
            const space = match[0].slice(-1)
            return linkAddressBefore(state, end, state.tr.insertText(space, end))
          },
          { inCodeMark: false },
        ),
      ]
