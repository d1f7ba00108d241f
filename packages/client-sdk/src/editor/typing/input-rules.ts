import {
  InputRule,
  ellipsis,
  emDash,
  inputRules,
  textblockTypeInputRule,
  wrappingInputRule,
} from 'prosemirror-inputrules'
import type { MarkType, Schema } from 'prosemirror-model'
import { EditorState, TextSelection } from 'prosemirror-state'
import type { Plugin, Transaction } from 'prosemirror-state'
import { autolinkRule } from './autolink.ts'
import { COMMANDS, isActive } from '../commands/commands.ts'
import { linkFromInput } from '../content/safe-url.ts'

/**
 * `**bold**` and the like: what stands between the two signs gets the mark, and the signs go.
 * @param pattern ends at the cursor; groups are what may stand before, the opening sign, and the text
 */
const markRule = (pattern: RegExp, type: MarkType): InputRule =>
  new InputRule(
    pattern,
    (state, match, start, end) => {
      const [, before = '', sign = '', text = ''] = match
      const open = start + before.length
      const textFrom = open + sign.length
      const textTo = textFrom + text.length
      if (text === '' || !state.doc.resolve(open).parent.type.allowsMarkType(type)) return null
      return state.tr
        .delete(textTo, end)
        .delete(open, textFrom)
        .addMark(open, open + text.length, type.create())
        .removeStoredMark(type)
    },
    { inCodeMark: false },
  )

/** `[words](address)` becomes a link, if the address is one that a link may have. */
const linkRule = ({ marks: { link } }: Schema): InputRule[] =>
  link === undefined
    ? []
    : [
        new InputRule(
          /(^|[^!])\[([^[\]]+)\]\(([^\s()]+)\)$/,
          (state, match, start, end) => {
            const [, before = '', words = '', address = ''] = match
            const href = linkFromInput(address)
            const open = start + before.length
            if (href === null || !state.doc.resolve(open).parent.type.allowsMarkType(link)) return null
            const close = open + 1 + words.length
            return state.tr
              .delete(close, end)
              .delete(open, open + 1)
              .addMark(open, close - 1, link.create({ href }))
              .removeStoredMark(link)
          },
          { inCodeMark: false },
        ),
      ]

/** A line of its own, `---`, becomes a rule with a paragraph after it. */
const ruleRule = (schema: Schema): InputRule[] => {
  const { horizontal_rule: rule, paragraph } = schema.nodes
  if (rule === undefined || paragraph === undefined) return []
  return [
    new InputRule(/^(?:---|—-|\*\*\*)$/, (state, _match, start) => {
      const $start = state.doc.resolve(start)
      if ($start.parent.type !== paragraph) return null
      return state.tr.replaceWith($start.before(), $start.after(), [rule.create(), paragraph.create()])
    }),
  ]
}

/** `[ ] ` at the start of a paragraph or of a list item makes it a task. */
const taskRule = (schema: Schema): InputRule =>
  new InputRule(/^\s*\[([ xX]?)\]\s$/, (state, match, start, end) => {
    const tr = state.tr.delete(start, end)
    let changed: Transaction = tr
    const made = COMMANDS.toggleTaskList(schema)(
      EditorState.create({ doc: tr.doc, selection: tr.selection }),
      (list) => {
        for (const step of list.steps) tr.step(step)
        changed = tr.setSelection(TextSelection.create(tr.doc, list.selection.from))
      },
    )
    if (!made || state.doc.resolve(start).parent.type.name !== 'paragraph' || isActive(state, 'task_list')) return null
    const $at = changed.selection.$from
    if (/x/i.test(match[1] ?? '') && $at.depth > 0) changed.setNodeAttribute($at.before(-1), 'checked', true)
    return changed
  })

function blockRules(schema: Schema): InputRule[] {
  const { heading, blockquote, code_block: codeBlock, bullet_list: bullets, ordered_list: numbers } = schema.nodes
  const rules: InputRule[] = []
  if (heading)
    rules.push(textblockTypeInputRule(/^(#{1,6})\s$/, heading, (match) => ({ level: match[1]?.length ?? 1 })))
  if (blockquote) rules.push(wrappingInputRule(/^\s*>\s$/, blockquote))
  if (codeBlock)
    rules.push(textblockTypeInputRule(/^```([\w+#-]*)\s$/, codeBlock, (match) => ({ language: match[1] || null })))
  if (bullets) rules.push(wrappingInputRule(/^\s*[-+*]\s$/, bullets))
  if (numbers)
    rules.push(
      wrappingInputRule(
        /^(\d{1,6})\.\s$/,
        numbers,
        (match) => ({ order: Number(match[1]) }),
        (match, node) => node.childCount + Number(node.attrs['order']) === Number(match[1]),
      ),
    )
  if (schema.nodes['task_list']) rules.push(taskRule(schema))
  return rules
}

function markRules(schema: Schema): InputRule[] {
  const { strong, em, code, strike, highlight } = schema.marks
  const rules: InputRule[] = []
  if (strong) {
    rules.push(markRule(/(^|[^*])(\*\*)([^*\s](?:[^*]*[^*\s])?)\*\*$/, strong))
    rules.push(markRule(/(^|[^\w_])(__)([^_\s](?:[^_]*[^_\s])?)__$/, strong))
  }
  if (em) {
    rules.push(markRule(/(^|[^*])(\*)([^*\s](?:[^*]*[^*\s])?)\*$/, em))
    rules.push(markRule(/(^|[^\w_])(_)([^_\s](?:[^_]*[^_\s])?)_$/, em))
  }
  if (code) rules.push(markRule(/(^|[^`])(`)([^`]+)`$/, code))
  if (strike) rules.push(markRule(/(^|[^~])(~~)([^~\s](?:[^~]*[^~\s])?)~~$/, strike))
  if (highlight) rules.push(markRule(/(^|[^=])(==)([^=\s](?:[^=]*[^=\s])?)==$/, highlight))
  return rules
}

/** Markdown as it is typed. Backspace right after a rule fired brings back what was typed. */
export const editorInputRules = (schema: Schema): Plugin =>
  inputRules({
    rules: [
      ...blockRules(schema),
      ...ruleRule(schema),
      ...markRules(schema),
      ...linkRule(schema),
      ...autolinkRule(schema),
      ellipsis,
      emDash,
    ],
  })
