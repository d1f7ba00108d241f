import type { Node, Schema } from 'prosemirror-model'
import { Plugin, Selection, TextSelection } from 'prosemirror-state'
import type { Command, Transaction } from 'prosemirror-state'
import {
  addColumnAfter,
  addColumnBefore,
  addRowAfter,
  addRowBefore,
  deleteColumn,
  deleteRow,
  deleteTable,
  fixTables,
  goToNextCell,
  isInTable,
  mergeCells,
  setCellAttr,
  splitCell,
  tableEditing,
  toggleHeader,
} from 'prosemirror-tables'
import type { CellAlignment } from '../content/table-nodes.ts'

/** Rows and columns of a new table. A table of thousands of cells is an import, not a key press. */
const MAX_NEW_ROWS = 100
const MAX_NEW_COLUMNS = 30

/** Of a table that is put into the text. */
export interface TableSize {
  /** 1 to 100. Default 3. */
  readonly rows?: number
  /** 1 to 30. Default 3. */
  readonly columns?: number
  /** Whether the first row is a header. Default true. */
  readonly header?: boolean
}

/** The steps of `tr` and its selection, after those of `base`. */
function joined(base: Transaction, tr: Transaction): Transaction {
  for (const step of tr.steps) base.step(step)
  base.setSelection(Selection.fromJSON(base.doc, tr.selection.toJSON()))
  return tr.scrolledIntoView ? base.scrollIntoView() : base
}

/**
 * A command on a table that is mended first, in the same change. A row and a column that two people added at once leave a gap
 * where they cross. Mending that whenever it is seen, as the table plugin would, every open editor would fill the same gap, each
 * one's cell would make a new gap beside those of the others, and they would never come to an end. So it is left alone until
 * somebody changes the rows or columns of a table, and mended by that person only.
 */
const onMendedTables =
  (command: Command): Command =>
  (state, dispatch, view) => {
    if (!isInTable(state)) return false
    const mending = dispatch === undefined ? undefined : fixTables(state)
    if (dispatch === undefined || mending === undefined) return command(state, dispatch, view)
    return command(state.apply(mending), (tr) => dispatch(joined(mending, tr)))
  }

/** To the next cell; from the last one into a new row. */
const toNextCell: Command = (state, dispatch) => {
  if (goToNextCell(1)(state, dispatch)) return true
  return onMendedTables((mended, change) => {
    if (!change) return true
    return addRowAfter(mended, (tr) => {
      const added = mended.apply(tr)
      change(goToNextCell(1)(added, (move) => joined(tr, move)) ? tr.scrollIntoView() : tr)
    })
  })(state, dispatch)
}

const wholeNumber = (value: number | undefined, max: number): number =>
  value === undefined || !Number.isInteger(value) ? 3 : Math.min(Math.max(value, 1), max)

function newTable(schema: Schema, { rows, columns, header = true }: TableSize): Node | null {
  const { table, table_row: row, table_cell: cell, table_header: headerCell } = schema.nodes
  if (table === undefined || row === undefined || cell === undefined || headerCell === undefined) return null
  const width = wholeNumber(columns, MAX_NEW_COLUMNS)
  const made = Array.from({ length: wholeNumber(rows, MAX_NEW_ROWS) }, (_, index) => {
    const type = header && index === 0 ? headerCell : cell
    return row.create(
      null,
      Array.from({ length: width }, () => type.createAndFill()).filter((node) => node !== null),
    )
  })
  return table.create(null, made)
}

/** A new table after the block of the cursor, or in its place if it is empty, with the cursor in its first cell. */
const insertTable =
  (schema: Schema, size: TableSize = {}): Command =>
  (state, dispatch) => {
    const table = newTable(schema, size)
    const { $from } = state.selection
    // A table in a table cannot be told apart by anybody who reads it, and no other program takes it.
    if (table === null || isInTable(state) || $from.depth === 0 || $from.parent.type.spec.code) return false
    const outer = $from.node(-1)
    const replace = $from.parent.isTextblock && $from.parent.content.size === 0
    const index = $from.index(-1)
    if (!outer.canReplaceWith(replace ? index : index + 1, index + 1, table.type)) return false
    if (!dispatch) return true
    const at = replace ? $from.before() : $from.after()
    const paragraph = schema.nodes['paragraph']
    const last = index + 1 === outer.childCount && paragraph !== undefined
    const tr = state.tr.replaceWith(at, $from.after(), last ? [table, paragraph.create()] : [table])
    dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(at + 3))).scrollIntoView())
    return true
  }

/** The commands for tables, each by its name. */
export const TABLE_COMMANDS = {
  insertTable,
  deleteTable: () => deleteTable as Command,
  addRowBefore: () => onMendedTables(addRowBefore),
  addRowAfter: () => onMendedTables(addRowAfter),
  addColumnBefore: () => onMendedTables(addColumnBefore),
  addColumnAfter: () => onMendedTables(addColumnAfter),
  deleteRow: () => onMendedTables(deleteRow),
  deleteColumn: () => onMendedTables(deleteColumn),
  toggleHeaderRow: () => onMendedTables(toggleHeader('row')),
  toggleHeaderColumn: () => onMendedTables(toggleHeader('column')),
  mergeCells: () => onMendedTables(mergeCells),
  splitCell: () => onMendedTables(splitCell),
  /** Null is the default of the direction of the text. */
  alignCells: (_schema: Schema, align: CellAlignment | null) => setCellAttr('align', align) as Command,
  goToNextCell: () => toNextCell,
  goToPreviousCell: () => goToNextCell(-1) as Command,
} satisfies Record<string, (schema: Schema, ...args: never[]) => Command>

export { isInTable } from 'prosemirror-tables'

const isOwnPaste = (tr: Transaction): boolean => ['paste', 'drop'].includes(String(tr.getMeta('uiEvent')))

/** Selection of cells, keys and paste in tables. What upstream mends by itself at every change is mended by commands and paste only. */
export function tablesPlugin(): Plugin {
  const upstream = tableEditing()
  const { appendTransaction } = upstream.spec
  return new Plugin({
    ...upstream.spec,
    appendTransaction(transactions, before, state) {
      const mending = transactions.some(isOwnPaste) && fixTables(state, before)
      // With the same state before and after, upstream does no more than keep selections from crossing cells.
      return mending || appendTransaction?.call(upstream, transactions, state, state)
    },
  })
}
