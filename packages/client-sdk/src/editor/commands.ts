import { chainCommands, lift, setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import type { Attrs, MarkType, Node, NodeType, ResolvedPos, Schema } from 'prosemirror-model'
import { liftListItem, sinkListItem, wrapInList } from 'prosemirror-schema-list'
import type { Command, EditorState } from 'prosemirror-state'
import { markRange } from './mark-range.ts'
import { linkFromInput, safeImageUrl } from './safe-url.ts'
import { redo, undo } from './undo.ts'

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

const isList = (node: Node): boolean => node.type.name === 'bullet_list' || node.type.name === 'ordered_list'

/** Into a list, out of it again, or from one kind of list to the other. */
const toggleList = (schema: Schema, name: string): Command =>
  onNode(schema, name, (type) => (state, dispatch, view) => {
    const item = schema.nodes['list_item']
    const list = nodeAround(state.selection.$from, isList)
    if (item === undefined) return false
    if (list === null) return wrapInList(type)(state, dispatch, view)
    if (list.node.type === type) return liftListItem(item)(state, dispatch, view)
    dispatch?.(state.tr.setNodeMarkup(state.selection.$from.before(list.depth), type))
    return true
  })

const toggleQuote = (schema: Schema): Command =>
  onNode(schema, 'blockquote', (type) => (state, dispatch, view) => {
    const quote = nodeAround(state.selection.$from, (node) => node.type === type)
    return quote === null ? wrapIn(type)(state, dispatch, view) : lift(state, dispatch, view)
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

const inList = (schema: Schema, make: (item: NodeType) => Command): Command => onNode(schema, 'list_item', make)

export interface LinkAttrs {
  /** As a person writes it: `example.com` becomes `https://example.com`; an unsafe scheme makes the command impossible. */
  readonly href: string
  readonly title?: string | null
}

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
  toggleBulletList: (schema: Schema) => toggleList(schema, 'bullet_list'),
  toggleOrderedList: (schema: Schema) => toggleList(schema, 'ordered_list'),
  toggleBlockquote: toggleQuote,
  indentListItem: (schema: Schema) => inList(schema, sinkListItem),
  outdentListItem: (schema: Schema) => inList(schema, liftListItem),
  liftBlock: (schema: Schema) => chainCommands(inList(schema, liftListItem), lift),
  insertHorizontalRule: (schema: Schema) => insertNode(schema, 'horizontal_rule'),
  insertHardBreak: (schema: Schema) => insertNode(schema, 'hard_break'),
  insertImage,
  insertText: (_schema: Schema, text: string): Command => {
    return (state, dispatch) => {
      dispatch?.(state.tr.insertText(text).scrollIntoView())
      return true
    }
  },
  undo: () => undo,
  redo: () => redo,
} satisfies Record<string, (schema: Schema, ...args: never[]) => Command>

export type CommandName = keyof typeof COMMANDS

type CommandArguments<Make> = Make extends (schema: Schema, ...args: infer Args) => Command ? Args : []

/** Each command as a function: runs it and tells whether it could be run. */
export type EditorCommands = {
  readonly [Name in CommandName]: (...args: CommandArguments<(typeof COMMANDS)[Name]>) => boolean
}
