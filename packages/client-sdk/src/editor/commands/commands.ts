import { chainCommands, lift, setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import type { Attrs, MarkType, Node, NodeType, ResolvedPos, Schema } from 'prosemirror-model'
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list'
import { TextSelection } from 'prosemirror-state'
import type { Command, EditorState, Transaction } from 'prosemirror-state'
import { deleteBlock, duplicateBlock, moveBlock } from './block-moves.ts'
import { markRange } from './mark-range.ts'
import { linkFromInput, safeImageUrl } from '../content/safe-url.ts'
import { TABLE_COMMANDS } from './tables.ts'
import { redo, undo } from '../sharing/undo.ts'

/** A command of a schema that lacks the node or mark it is about is never possible. */
const impossible: Command = () => false

function onMark(schema: Schema, name: string, make: (type: MarkType) => Command): Command {
  const type = schema.marks[name]
  return type === undefined ? impossible : make(type)
}

function onNode(schema: Schema, name: string, make: (type: NodeType) => Command): Command {
  const type = schema.nodes[name]
  return type === undefined ? impossible : make(type)
}

/** The innermost node of a type around the start of the selection. */
export function nodeAround($pos: ResolvedPos, fits: (node: Node) => boolean): { node: Node; depth: number } | null {
  for (let depth = $pos.depth; depth > 0; depth--) {
    const node = $pos.node(depth)
    if (fits(node)) return { node, depth }
  }
  return null
}

const hasAttrs = (node: { attrs: Attrs }, attrs: Attrs): boolean =>
  Object.entries(attrs).every(([name, value]) => node.attrs[name] === value)

/** True when the selection stands in a node, or in text with a mark, of this name and with these attributes. */
export function isActive(state: EditorState, name: string, attrs: Attrs = {}): boolean {
  const { $from, from, to, empty } = state.selection
  const nodeType = state.schema.nodes[name]
  if (nodeType !== undefined)
    return nodeAround($from, (node) => node.type === nodeType && hasAttrs(node, attrs)) !== null
  const markType = state.schema.marks[name]
  if (markType === undefined) return false
  if (empty) {
    const mark = markType.isInSet(state.storedMarks ?? $from.marks())
    return mark !== undefined && hasAttrs(mark, attrs)
  }
  let found = false
  state.doc.nodesBetween(from, to, (node) => {
    const mark = found ? undefined : markType.isInSet(node.marks)
    if (mark !== undefined && hasAttrs(mark, attrs)) found = true
    return !found
  })
  return found
}

const toggleBlock = (schema: Schema, name: string, attrs: Attrs = {}): Command =>
  onNode(schema, name, (type) => (state, dispatch, view) => {
    const paragraph = schema.nodes['paragraph']
    const active = isActive(state, name, attrs) && paragraph !== undefined
    return setBlockType(active ? paragraph : type, active ? null : attrs)(state, dispatch, view)
  })

const isList = (node: Node): boolean => /^(?:bullet|ordered|task)_list$/.test(node.type.name)

/** Each kind of list with what it consists of. */
const itemTypeOf = (list: NodeType): NodeType | undefined =>
  list.schema.nodes[list.name === 'task_list' ? 'task_item' : 'list_item']

/** The list at a position as one of another kind; its items go with it. */
function changeListKind(tr: Transaction, position: number, list: Node, type: NodeType): Transaction {
  const item = itemTypeOf(type)
  if (item === undefined || item === itemTypeOf(list.type)) return tr.setNodeMarkup(position, type)
  const items = list.children.map((child) => item.create(null, child.content))
  return tr.replaceWith(position, position + list.nodeSize, type.create(null, items))
}

/** Into a list, out of it again, or from one kind of list to the other. */
const toggleList = (schema: Schema, name: string): Command =>
  onNode(schema, name, (type) => (state, dispatch, view) => {
    const { $from, anchor, head } = state.selection
    const list = nodeAround($from, isList)
    if (list === null) return wrapInList(type)(state, dispatch, view)
    const item = itemTypeOf(list.node.type)
    if (item === undefined) return false
    if (list.node.type === type) return liftListItem(item)(state, dispatch, view)
    if (!dispatch) return true
    const tr = changeListKind(state.tr, $from.before(list.depth), list.node, type)
    // Positions are the same as before: one wrapping took the place of another.
    if (state.selection instanceof TextSelection) tr.setSelection(TextSelection.create(tr.doc, anchor, head))
    dispatch(tr)
    return true
  })

/** A command on the list item around the selection, whichever kind it is. */
const onListItem =
  (schema: Schema, make: (item: NodeType) => Command): Command =>
  (state, dispatch, view) => {
    const around = nodeAround(state.selection.$from, (node) => /^(?:list|task)_item$/.test(node.type.name))
    const item = around === null ? undefined : schema.nodes[around.node.type.name]
    return item !== undefined && make(item)(state, dispatch, view)
  }

/** A new item begins unticked. */
const splitItem = (item: NodeType): Command =>
  splitListItem(item, item.name === 'task_item' ? { checked: false } : undefined)

/** Ticks the task that the cursor is in, or takes the tick away. */
const toggleTaskDone = (schema: Schema): Command =>
  onNode(schema, 'task_item', (type) => (state, dispatch) => {
    const { $from } = state.selection
    const item = nodeAround($from, (node) => node.type === type)
    if (item === null) return false
    dispatch?.(state.tr.setNodeAttribute($from.before(item.depth), 'checked', item.node.attrs['checked'] !== true))
    return true
  })

const toggleQuote = (schema: Schema): Command =>
  onNode(schema, 'blockquote', (type) => (state, dispatch, view) => {
    const quote = nodeAround(state.selection.$from, (node) => node.type === type)
    return quote === null ? wrapIn(type)(state, dispatch, view) : lift(state, dispatch, view)
  })

const setCodeLanguage = (schema: Schema, language: string | null): Command =>
  onNode(schema, 'code_block', (type) => (state, dispatch) => {
    const { $from } = state.selection
    if ($from.parent.type !== type) return false
    dispatch?.(state.tr.setNodeAttribute($from.before(), 'language', language === '' ? null : language))
    return true
  })

const setLink = (schema: Schema, { href, title = null }: LinkAttrs): Command =>
  onMark(schema, 'link', (type) => (state, dispatch) => {
    const url = linkFromInput(href)
    const range = state.selection.empty ? markRange(state.selection.$from, type) : state.selection
    if (url === null || !state.selection.$from.parent.type.allowsMarkType(type)) return false
    if (!dispatch) return true
    const mark = type.create({ href: url, title })
    if (range === null)
      dispatch(state.tr.replaceSelectionWith(schema.text(href.trim(), [mark]), false).scrollIntoView())
    else dispatch(state.tr.removeMark(range.from, range.to, type).addMark(range.from, range.to, mark))
    return true
  })

const unsetLink = (schema: Schema): Command =>
  onMark(schema, 'link', (type) => (state, dispatch) => {
    const range = state.selection.empty ? markRange(state.selection.$from, type) : state.selection
    if (range === null || !(state.selection.empty || isActive(state, 'link'))) return false
    dispatch?.(state.tr.removeMark(range.from, range.to, type))
    return true
  })

const insertNode = (schema: Schema, name: string, attrs: Attrs | null = null): Command =>
  onNode(schema, name, (type) => (state, dispatch) => {
    const { $from } = state.selection
    // A block goes beside the text block it is put into, so what must take it is the parent of that.
    const parent = type.isInline ? $from.parent : $from.node(Math.max(0, $from.depth - 1))
    if (!parent.canReplaceWith(parent.childCount, parent.childCount, type)) return false
    dispatch?.(state.tr.replaceSelectionWith(type.create(attrs)).scrollIntoView())
    return true
  })

const insertImage = (schema: Schema, { src, alt = null, title = null }: ImageAttrs): Command => {
  const url = safeImageUrl(src)
  return url === null ? impossible : insertNode(schema, 'image', { src: url, alt, title })
}

/** A link that is put onto words. */
export interface LinkAttrs {
  /** As a person writes it: `example.com` becomes `https://example.com`; an unsafe scheme makes the command impossible. */
  readonly href: string
  readonly title?: string | null
}

/** An image that is put into the text. */
export interface ImageAttrs {
  /** `http` or `https`; anything else makes the command impossible. */
  readonly src: string
  readonly alt?: string | null
  readonly title?: string | null
}

/** Every command by its name: given a schema and its arguments, a ProseMirror command. */
export const COMMANDS = {
  toggleBold: (schema: Schema) => onMark(schema, 'strong', toggleMark),
  toggleItalic: (schema: Schema) => onMark(schema, 'em', toggleMark),
  toggleUnderline: (schema: Schema) => onMark(schema, 'underline', toggleMark),
  toggleStrike: (schema: Schema) => onMark(schema, 'strike', toggleMark),
  toggleHighlight: (schema: Schema) => onMark(schema, 'highlight', toggleMark),
  toggleCode: (schema: Schema) => onMark(schema, 'code', toggleMark),
  setLink,
  unsetLink,
  setParagraph: (schema: Schema) => onNode(schema, 'paragraph', (type) => setBlockType(type)),
  setHeading: (schema: Schema, level: number) => onNode(schema, 'heading', (type) => setBlockType(type, { level })),
  toggleHeading: (schema: Schema, level: number) => toggleBlock(schema, 'heading', { level }),
  toggleCodeBlock: (schema: Schema) => toggleBlock(schema, 'code_block'),
  setCodeLanguage,
  toggleBulletList: (schema: Schema) => toggleList(schema, 'bullet_list'),
  toggleOrderedList: (schema: Schema) => toggleList(schema, 'ordered_list'),
  toggleTaskList: (schema: Schema) => toggleList(schema, 'task_list'),
  toggleTaskDone,
  toggleBlockquote: toggleQuote,
  indentListItem: (schema: Schema) => onListItem(schema, sinkListItem),
  outdentListItem: (schema: Schema) => onListItem(schema, liftListItem),
  splitListItem: (schema: Schema) => onListItem(schema, splitItem),
  liftBlock: (schema: Schema) => chainCommands(onListItem(schema, liftListItem), lift),
  insertHorizontalRule: (schema: Schema) => insertNode(schema, 'horizontal_rule'),
  insertHardBreak: (schema: Schema) => insertNode(schema, 'hard_break'),
  insertImage,
  insertText: (_schema: Schema, text: string): Command => {
    return (state, dispatch) => {
      dispatch?.(state.tr.insertText(text).scrollIntoView())
      return true
    }
  },
  ...TABLE_COMMANDS,
  moveBlockUp: () => moveBlock(-1),
  moveBlockDown: () => moveBlock(1),
  duplicateBlock: () => duplicateBlock(),
  deleteBlock: () => deleteBlock(),
  undo: () => undo,
  redo: () => redo,
} satisfies Record<string, (schema: Schema, ...args: never[]) => Command>

/** Every command of the editor. */
export type CommandName = keyof typeof COMMANDS

type CommandArguments<Make> = Make extends (schema: Schema, ...args: infer Args) => Command ? Args : []

/** Each command as a function: runs it and tells whether it could be run. */
export type EditorCommands = {
  readonly [Name in CommandName]: (...args: CommandArguments<(typeof COMMANDS)[Name]>) => boolean
}
