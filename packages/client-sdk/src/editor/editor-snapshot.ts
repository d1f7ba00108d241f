import type { EditorState } from 'prosemirror-state'
import { isActive, nodeAround } from './commands/commands.ts'
import { markRange } from './commands/mark-range.ts'
import { isInTable } from './commands/tables.ts'
import { redo, undo } from './sharing/undo.ts'
import { syncStateOf } from './sharing/sync.ts'

/**
 * `loading`: the document has nothing to show yet. `ready`: the content is shown.
 * `foreign`: the document holds content that this editor's schema does not know; it is shown without that, and read-only,
 * because editing it here would delete it for everybody.
 */
export type EditorStatus = 'loading' | 'ready' | 'foreign'

/** What a toolbar shows. The same object as long as nothing of it changes. */
export interface EditorSnapshot {
  readonly status: EditorStatus
  readonly editable: boolean
  /** True when the document holds nothing but one empty block. */
  readonly empty: boolean
  /** Names of the marks at the selection. */
  readonly marks: readonly string[]
  /** The kind of text block that the selection starts in: `paragraph`, `heading`, `code_block`. */
  readonly block: string
  /** Level of the heading that the selection starts in. */
  readonly headingLevel: number | null
  readonly list: 'bullet' | 'ordered' | 'task' | null
  /** True while the selection is in a table. */
  readonly table: boolean
  readonly quote: boolean
  /** Address of the link at the selection. */
  readonly linkHref: string | null
  readonly selectionEmpty: boolean
  readonly canUndo: boolean
  readonly canRedo: boolean
}

const LIST_KINDS: ReadonlyMap<string, NonNullable<EditorSnapshot['list']>> = new Map([
  ['bullet_list', 'bullet'],
  ['ordered_list', 'ordered'],
  ['task_list', 'task'],
])

function listAround(state: EditorState): EditorSnapshot['list'] {
  const list = nodeAround(state.selection.$from, (node) => LIST_KINDS.has(node.type.name))
  return list === null ? null : (LIST_KINDS.get(list.node.type.name) ?? null)
}

function linkHref(state: EditorState): string | null {
  const type = state.schema.marks['link']
  if (type === undefined) return null
  const { $from, empty, from, to } = state.selection
  // Also at the very end of a link, where what is typed is no part of it any more.
  let href: unknown = empty ? markRange($from, type)?.mark.attrs['href'] : null
  if (!empty)
    state.doc.nodesBetween(from, to, (node) => {
      href ??= type.isInSet(node.marks)?.attrs['href']
    })
  return typeof href === 'string' ? href : null
}

/** Computes the snapshot of a state. */
export function snapshotOf(state: EditorState, status: EditorStatus, editable: boolean): EditorSnapshot {
  const { $from, empty } = state.selection
  const level: unknown = $from.parent.attrs['level']
  const bound = syncStateOf(state) !== null
  const first = state.doc.firstChild
  return {
    status,
    editable,
    empty: state.doc.childCount <= 1 && (first === null || (first.isTextblock && first.childCount === 0)),
    marks: Object.keys(state.schema.marks).filter((name) => isActive(state, name)),
    block: $from.parent.type.name,
    headingLevel: $from.parent.type.name === 'heading' && typeof level === 'number' ? level : null,
    list: listAround(state),
    table: isInTable(state),
    quote: isActive(state, 'blockquote'),
    linkHref: linkHref(state),
    selectionEmpty: empty,
    canUndo: bound && editable && undo(state),
    canRedo: bound && editable && redo(state),
  }
}

/** True when two snapshots say the same. */
export function sameSnapshot(a: EditorSnapshot, b: EditorSnapshot): boolean {
  return (Object.keys(a) as (keyof EditorSnapshot)[]).every((key) =>
    key === 'marks' ? a.marks.join() === b.marks.join() : a[key] === b[key],
  )
}
